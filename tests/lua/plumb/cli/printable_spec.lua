local printable = require("plumb.cli.printable")

describe("printable", function()
  it("leaves letters of any language and emoji alone", function()
    local text = "prod \"é\" <漢> 🔥 👩‍💻"
    assert.equal(text, printable.line(text))
  end)

  it("shows terminal escapes instead of obeying them", function()
    assert.equal("a\\x1b[31mb\\x07", printable.line("a\27[31mb\7"))
    assert.equal("\\u{9b}31m", printable.line("\u{9b}31m"))
    assert.equal("\\x7f\\x00", printable.line("\127\0"))
  end)

  it("shows what hides or reverses text", function()
    assert.equal("a\\u{202e}b\\u{2066}\\u{200b}\\u{feff}", printable.line("a\u{202e}b\u{2066}\u{200b}\u{feff}"))
  end)

  it("keeps line ends only where several lines are wanted", function()
    assert.equal("a\\nb\\tc\\r", printable.line("a\nb\tc\r"))
    assert.equal("a\nb\tc\\r", printable.lines("a\nb\tc\r"))
  end)

  it("shows bytes that are not UTF-8", function()
    assert.equal("\\xff\\xfeé\\xc3", printable.line("\xff\xfeé\xc3"))
  end)

  it("quotes a long argument by its head and its length", function()
    local quoted = printable.quote(("x"):rep(1024 * 1024))
    assert.is_true(#quoted < 100)
    assert.truthy(quoted:find("1048576 bytes", 1, true))
    assert.equal("'scna'", printable.quote("scna"))
  end)

  it("does not show half a character at the cut", function()
    assert.falsy(printable.quote(("é"):rep(100), 61):find("\\x", 1, true))
  end)
end)
