local age = require("plumb.view.age")
local problem = require("plumb.problem")
local time = require("plumb.time")

local NOW = 1767323045 -- 2026-01-02T03:04:05Z

describe("age", function()
  before_each(function() time.set(function() return NOW end) end)
  after_each(function() time.set(nil) end)

  it("says spans as people do", function()
    for seconds, text in pairs({ [0] = "0 s", [59.9] = "59 s", [60] = "1 min", [3600] = "1 h", [86400] = "24 h",
      [2 * 86400] = "2 d", [-5] = "0 s" }) do
      assert.equal(text, age.span(seconds))
    end
    assert.equal("3 d", age.of_iso("2025-12-30T03:04:05Z"))
    assert.equal("not a date", age.of_iso("not a date"))
  end)

  it("reads how long ago, and dates", function()
    for text, iso in pairs({ ["30d"] = "2025-12-03T03:04:05Z", ["12h"] = "2026-01-01T15:04:05Z",
      ["6m"] = "2025-07-02T03:04:05Z", ["1y"] = "2025-01-02T03:04:05Z", ["90min"] = "2026-01-02T01:34:05Z",
      ["2025-10-01"] = "2025-10-01T00:00:00Z", ["2025-10-01T12:00:00Z"] = "2025-10-01T12:00:00Z",
      ["2w"] = "2025-12-19T03:04:05Z", ["1d12h"] = "2025-12-31T15:04:05Z" }) do
      assert.equal(iso, time.iso(age.moment(text, "--since")), text)
    end
  end)

  it("keeps to a month that is too short", function()
    time.set(function() return time.parse("2026-03-31T00:00:00Z") end)
    assert.equal("2026-02-28T00:00:00Z", time.iso(age.moment("1m", "--since")))
  end)

  it("refuses anything else", function()
    for _, text in ipairs({ "yesterday", "7", "7q", "-", "2026-13-45", "" }) do
      local ok, failure = pcall(age.moment, text, "--since")
      assert.is_false(ok, text)
      assert.equal("E103", problem.is(failure) and failure.id, tostring(failure))
    end
  end)
end)
