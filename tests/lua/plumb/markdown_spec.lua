local markdown = require("plumb.markdown")

describe("Markdown", function()
  it("says just what the text says", function()
    assert.equal("a \\| b \\*c\\* \\[x\\](y) \\`z\\` \\~n\\~", markdown.escape("a | b *c* [x](y) `z` ~n~"))
    assert.equal("&lt;script&gt;alert(1)&lt;/script&gt; &amp;amp;", markdown.escape("<script>alert(1)</script> &amp;"))
    assert.equal("back\\\\slash", markdown.escape("back\\slash"))
  end)

  it("leaves ids as they are and disarms emphasis", function()
    assert.equal("sec_identities_1", markdown.escape("sec_identities_1"))
    assert.equal("\\_this\\_ and \\__that\\__", markdown.escape("_this_ and __that__"))
  end)

  it("keeps a text with several lines in its cell", function()
    assert.equal("one<br>two<br>three", markdown.escape("one\ntwo\r\nthree"))
    assert.equal("a\\\\nb", markdown.escape("a\\nb"))
  end)

  it("has a heading, and numbers to the right", function()
    assert.equal("| name | n |\n| --- | ---: |\n| shop | 3 |\n| a \\| b |  |\n",
      markdown.table({ { name = "shop", n = 3 }, { name = "a | b" } }, { "name", "n" }))
    assert.equal("| name |\n| --- |\n", markdown.table({}, { "name" }))
  end)
end)
