local time = require("plumb.time")

describe("time", function()
  after_each(function() time.set(nil) end)

  it("asks the clock, or whoever a test puts there", function()
    assert.is_true(math.abs(time.now() - os.time()) < 2)
    time.set(function() return 12.5 end)
    assert.equal(12.5, time.now())
    time.set(nil)
    assert.is_true(time.now() > 1e9)
    assert.is_true(time.monotonic() <= time.monotonic())
  end)

  it("writes moments the way AWS does", function()
    assert.equal("2026-01-02T03:04:05Z", time.iso(1767323045.9))
    assert.equal("20260102T030405Z", time.basic(1767323045))
    assert.equal("1970-01-01T00:00:00Z", time.iso(0))
  end)

  it("reads ISO 8601", function()
    local cases = {
      ["2026-01-02T03:04:05Z"] = 1767323045,
      ["2026-01-02t03:04:05z"] = 1767323045,
      ["2026-01-02 03:04:05"] = 1767323045,
      ["2026-01-02T05:04:05+02:00"] = 1767323045,
      ["2026-01-01T22:34:05-0430"] = 1767323045,
      ["2026-01-02T03:04:05.25Z"] = 1767323045.25,
      ["2026-01-02T03:04:05,5+00:00"] = 1767323045.5,
      ["2026-01-02T03:04Z"] = 1767323040,
      ["2026-01-02"] = 1767312000,
      ["20260102T030405Z"] = 1767323045,
      ["1969-12-31T23:59:59Z"] = -1,
      ["2024-02-29"] = 1709164800,
      ["2000-02-29"] = 951782400,
    }
    for text, expected in pairs(cases) do
      assert.equal(expected, time.parse(text), text)
    end
  end)

  it("reads the three forms of HTTP dates", function()
    assert.equal(784111777, time.parse("Sun, 06 Nov 1994 08:49:37 GMT"))
    assert.equal(784111777, time.parse("Sunday, 06-Nov-94 08:49:37 GMT"))
    assert.equal(784111777, time.parse("Sun Nov  6 08:49:37 1994"))
  end)

  it("reads seconds since 1970", function()
    assert.equal(1767323045, time.parse("1767323045"))
    assert.equal("integer", math.type(time.parse("1767323045")))
    assert.equal(1767323045.5, time.parse("1767323045.5"))
    assert.equal(1767323045, time.parse("1.767323045E9"))
  end)

  it("gives nil for what is no moment", function()
    for _, text in ipairs { "", "soon", "2026-13-01", "2026-02-29", "2100-02-29", "2026-00-10", "2026-01-32",
      "2026-01-02T24:00:00Z", "2026-01-02T03:60:00Z", "2026-01-02T03:04:05+25:00", "2026-01-02T",
      "2026-01-02T03:04:05Zx", "Sun, 06 Foo 1994 08:49:37 GMT", "20260102", "1e", "0x10" } do
      assert.is_nil(time.parse(text), text)
    end
    assert.is_nil(time.parse(nil))
    assert.is_nil(time.parse(12))
  end)

  it("writes what it reads", function()
    for _, t in ipairs { 0, 951782399, 951782400, 1709251199, 4107542400, 253402300799 } do
      assert.equal(t, time.parse(time.iso(t)))
      assert.equal(t, time.parse(time.basic(t)))
    end
  end)
end)

describe("time.duration", function()
  it("reads spans", function()
    local cases = { ["20m"] = 1200, ["24h"] = 86400, ["1h30m"] = 5400, ["7d"] = 604800, ["2w"] = 1209600,
      ["90s"] = 90, ["1.5h"] = 5400, ["1d 12h"] = 129600, ["0s"] = 0, ["50ms"] = 0.05 }
    for text, expected in pairs(cases) do
      assert.equal(expected, time.duration(text), text)
    end
    assert.equal("integer", math.type(time.duration("1.5h")))
    assert.equal(90, time.duration(90))
  end)

  it("says what a span looks like", function()
    for _, text in ipairs { "", "20", "m", "20 minutes", "-5m", "1h30", "1e3s" } do
      local seconds, message = time.duration(text)
      assert.is_nil(seconds, text)
      assert.matches("looks like 20m", message)
    end
    assert.is_nil((time.duration(-1)))
    assert.is_nil((time.duration(0 / 0)))
    assert.is_nil((time.duration(nil)))
  end)
end)
