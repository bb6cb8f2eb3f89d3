local clock = require("sim.clock")
local pattern = require("sim.pattern")
local uri = require("sim.uri")

describe("sim.clock", function()
  it("spells times as the wire does", function()
    assert.equal("2026-01-02T03:04:05Z", clock.iso(1767323045))
    assert.equal("2026-01-02T03:04:05.678Z", clock.iso(1767323045.678, true))
    assert.equal("20260102T030405Z", clock.basic(1767323045))
    assert.equal("Fri, 02 Jan 2026 03:04:05 GMT", clock.http(1767323045))
    assert.equal("2024-02-29T00:00:00Z", clock.iso(1709164800))
    assert.equal("1969-12-31T23:59:59Z", clock.iso(-1))
  end)

  it("reads them back", function()
    for _, text in ipairs({ "2026-01-02T03:04:05Z", "20260102T030405Z", "1767323045" }) do
      assert.equal(1767323045, clock.parse(text))
    end
    assert.equal(1767323045.5, clock.parse("2026-01-02T03:04:05.5Z"))
    assert.equal(1767312000, clock.parse("2026-01-02"))
    for _, text in ipairs({ "yesterday", "2026-13-02T03:04:05Z", "2026-01-02T03:04:05", "" }) do
      assert.is_nil(clock.parse(text))
    end
  end)
end)

describe("sim.uri", function()
  it("encodes all but unreserved characters, and decodes", function()
    assert.equal("a%2Bb%2Fc%3D%3D~_.-", uri.encode("a+b/c==~_.-"))
    assert.equal("a/b%3A", uri.encode("a/b:", "/"))
    assert.equal("a b/%", uri.decode("a%20b%2f%"))
  end)

  it("splits a query in order, with empty values and repeats", function()
    assert.same({ { "b", "2" }, { "a", "" }, { "b", "x y=" } }, uri.query("b=2&a&b=x+y="))
  end)
end)

describe("sim.pattern", function()
  local cases = {
    { "^(oi)-[0-9a-f]{12}$", "oi-0123456789ab", true }, { "^(oi)-[0-9a-f]{12}$", "oi-0123456789AB", false },
    { "[0-9a-f]{32}", ("a"):rep(32), true }, { "[0-9a-f]{32}", ("a"):rep(33), false },
    { "^(?!\\s*$).+", " x", true }, { "^(?!\\s*$).+", "  ", false },
    { "^(?!no).*$", "note", false }, { "^(?!no).*$", "yes", true },
    { "[\\s\\S]*\\S[\\s\\S]*", "\n a\n", true }, { "[\\s\\S]*\\S[\\s\\S]*", " \n", false },
    { "arn:aws(-us-gov|-cn)?:x:[a-z]{2}-\\d", "arn:aws-cn:x:eu-1", true },
    { "arn:aws(-us-gov|-cn)?:x:[a-z]{2}-\\d", "arn:aws-gov:x:eu-1", false },
    { "^(|(https?|ftp):\\/\\/[^\\s/$.?#].[^\\s]*)$", "", true },
    { "^(|(https?|ftp):\\/\\/[^\\s/$.?#].[^\\s]*)$", "https://a.example", true },
    { "^(|(https?|ftp):\\/\\/[^\\s/$.?#].[^\\s]*)$", "htp://a", false },
    { "[\\w+=,.@-]*", "a+b=c,d.e@f-g_h", true }, { "[\\w+=,.@-]*", "a b", false },
    { "^([\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*)$", "Käse 12/a-b", true }, { "^([\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*)$", "a;b",
      false },
    { "[\\u0009\\u000A\\u000D\\u0020-\\u007E]+", "arn:aws:iam", true }, { "(ab){2,3}", "ababab", true },
    { "(ab){2,3}", "ab", false }, { "tag:.+|Name", "Name", true }, { "tag:.+|Name", "tag:", false },
  }

  for _, case in ipairs(cases) do
    it(("%s %q: %s"):format(case[1], case[2], case[3] and "matches" or "does not match"), function()
      assert.equal(case[3], pattern.matches(case[1], case[2]))
    end)
  end
end)
