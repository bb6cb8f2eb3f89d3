local patterns = require("plumb.policy.patterns")

-- Both ways give the same results, errors included, on whatever pattern; the guard in front decides by cost
-- alone. `long` makes every subject expensive enough for plumb's own matcher.
local PATTERNS = { "a", "^a", "a*", "a-b", "(a)(b?)", "()a()", "[%a]+", "[^,]*", "%b()", "%f[%w]%w+", "(.)%1", "$",
  "a$",
  "^(.-)%s*$", "%d+%.%d*", "[]]", "[^]]", "[a-c]+", "%%", "x?x?x?xxx", "(a*(.)%w(%s*))", "^", "", "[%]]", "%s-",
  "(%w+)=(%w*)", "[%w_-]+", "[a-]", "%a+$", "((a)|b)" }

-- What is wrong with these is seen at once here, while Lua's own may not get that far.
local MALFORMED = { "%", "(", ")", "[a", "%b", "%f", "(()", "%1", "(a)%2", "a%" }

local SUBJECTS = { "", "a", "aab", "abc, abc", "a(b(c)d)e", "THE (quick) fox", "aa bb", "  hello  ", "12.5 and 3.",
  "]x]", "xxx", "key=val, k2=", "a-b_c", "ünï", "a|b", "%d%", "a\0b" }

local function all_of(gmatch)
  return function(subject, pattern)
    local found = {}
    for a, b, c in gmatch(subject, pattern) do
      found[#found + 1] = table.pack(a, b, c)
    end
    return found
  end
end

describe("patterns", function()
  local own

  setup(function() -- the same file, with nothing cheap enough for Lua's own functions
    local text = require("plumb.scripts").source("plumb/policy/patterns.lua")
    own = assert(load(text:gsub("local CHEAP = 1e7", "local CHEAP = -1"), "@patterns.lua", "t"))()
  end)

  local function same(usual, ours, ...)
    local expected, got = table.pack(pcall(usual, ...)), table.pack(pcall(ours, ...))
    assert.equal(expected[1], got[1])
    if expected[1] then
      assert.same(expected, got)
    end
  end

  it("find and match what Lua's own do", function()
    for _, pattern in ipairs(PATTERNS) do
      for _, subject in ipairs(SUBJECTS) do
        for _, init in ipairs({ 1, 2, -2, 100 }) do
          same(string.find, own.find, subject, pattern, init)
          same(string.match, own.match, subject, pattern, init)
        end
      end
    end
  end)

  it("go through and replace what Lua's own do", function()
    for _, pattern in ipairs(PATTERNS) do
      for _, subject in ipairs(SUBJECTS) do
        same(all_of(string.gmatch), all_of(own.gmatch), subject, pattern)
        for _, replacement in ipairs({ "<%0>", "<%1>", "%2", "%", { a = "Q", b = false }, string.len, true }) do
          same(string.gsub, own.gsub, subject, pattern, replacement)
          same(string.gsub, own.gsub, subject, pattern, replacement, 1)
        end
      end
    end
  end)

  it("refuse what Lua's own refuse", function()
    for _, pattern in ipairs(MALFORMED) do
      for _, subject in ipairs(SUBJECTS) do
        if not pcall(string.find, subject, pattern) then
          assert.is_false((pcall(own.find, subject, pattern)), pattern)
          assert.is_false((pcall(own.gsub, subject, pattern, "")), pattern)
        end
      end
    end
  end)

  it("finds plain texts at any length", function()
    assert.same({ 100001, 100001 }, { patterns.find(("a"):rep(100000) .. "+", "+", 1, true) })
  end)

  it("blames the caller for a bad pattern", function()
    local ok, message = pcall(function()
      return (own.find("x", "[a"))
    end)
    assert.is_false(ok)
    assert.matches("^tests/lua/plumb/policy/patterns_spec.lua:%d+: malformed pattern", message)
  end)
end)
