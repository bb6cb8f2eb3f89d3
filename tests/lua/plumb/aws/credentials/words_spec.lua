local words = require "plumb.aws.credentials.words"

describe("splitting a command line", function()
  -- What `sh -c 'printf "%s|" ...'` makes of them, without variables and globs.
  local CASES = {
    { "", {} },
    { "  \t ", {} },
    { "a", { "a" } },
    { "  a   b\tc ", { "a", "b", "c" } },
    { [['a b' "c d"]], { "a b", "c d" } },
    { [[a'b c'd"e f"g]], { "ab cde fg" } },
    { [['' ""]], { "", "" } },
    { [[a\ b \' \\]], { "a b", "'", [[\]] } },
    { [["a\"b\\c\d"]], { [[a"b\c\d]] } },
    { [['a\b"c']], { [[a\b"c]] } },
    { [["it's"]], { "it's" } },
    { "$HOME `id` $(id) *.txt ; | & > x # y",
      { "$HOME", "`id`", "$(id)", "*.txt", ";", "|", "&", ">", "x", "#", "y" } },
    { "/opt/my tool/x", { "/opt/my", "tool/x" } },
    { "a\nb", { "a", "b" } },
  }
  for _, case in ipairs(CASES) do
    it(("%q"):format(case[1]), function() assert.same(case[2], words.split(case[1])) end)
  end

  it("refuses what a shell would wait for, without repeating it", function()
    for _, text in ipairs { "hush 'a", 'hush "a', [[hush "a\"]], [[hush a\]], "hush 'a\"", [[hush "\]] } do
      local found, why = words.split(text)
      assert.is_nil(found)
      assert.is_nil(why:find("hush", 1, true))
    end
  end)
end)
