local pattern = require "plumb.aws.pattern"

describe("plumb.aws.pattern", function()
  local CASES = { -- expression, texts that match, texts that do not
    { "[0-9a-f]{4}", { "0af9" }, { "", "0ag9", "0a", "0AF9", "00000" } },
    { "a{2,3}", { "aa", "aaa", "aaaa" }, { "a", "aab" } }, -- the upper bound is the business of max
    { "^(oi)-[0-9a-f]{3}$", { "oi-012" }, { "oi012", "xoi-012" } },
    { "[a-zA-Z0-9_.-]+", { "a.b-c_D" }, { "", "a b", "a/b" } },
    { "[\\w+=,.@-]*", { "", "a+b=c,d.e@f-g_h" }, { "a b", "a:b" } },
    { "[\\s\\S]*\\S[\\s\\S]*", { " a\n" }, { "", " \n\t" } },
    { "^(?!\\s*$).+", { "a", " a " }, { "", "  " } },
    { "^[A-Z][A-Z0-9_]*$", { "AB_1" }, { "aB", "1A" } },
    { "a\\.b?", { "a.", "a.b" }, { "axb" } },
    { "x%y", { "x%y" }, { "x%%y", "xy" } },
  }
  for _, case in ipairs(CASES) do
    it("translates " .. case[1], function()
      local matches = assert(pattern.matcher(case[1]))
      for _, text in ipairs(case[2]) do assert.is_true(matches(text), text) end
      for _, text in ipairs(case[3]) do assert.is_false(matches(text), text) end
    end)
  end

  for _, regex in ipairs {
    "a|b", "(ab)+", "(?i)a", "[\\p{L}]+", "\\bword", "[\\u0020-\\u007E]+", "[a-z&&[^b]]", "a*?", "(a(b)c)+", "é", "[",
    "a**", "(-gov)?-x",
  } do
    it("leaves alone " .. regex, function()
      assert.is_nil(pattern.matcher(regex))
    end)
  end

  it("says yes to what it cannot judge", function()
    local matches = pattern.matcher("[a-z]+")
    assert.is_true(matches("é"))
    assert.is_true(matches(("A"):rep(5000)))
  end)
end)
