local suggest = require("plumb.suggest")

describe("suggest", function()
  local commands = { "scan", "resolve", "sim", "version", "status" }

  it("sees through a swap, a missing, a doubled and a wrong letter", function()
    assert.equal("scan", suggest.suggest("scna", commands))
    assert.equal("resolve", suggest.suggest("reslve", commands))
    assert.equal("version", suggest.suggest("verrsion", commands))
    assert.equal("status", suggest.suggest("stadus", commands))
    assert.equal("--dry-run", suggest.suggest("--dry-rum", { "--dry-run", "--yes" }))
    assert.equal("string", suggest.suggest("stirng", { "string", "table" }))
  end)

  it("stays silent when nothing is near", function()
    assert.is_nil(suggest.suggest("frobnicate", commands))
    assert.is_nil(suggest.suggest("", commands))
  end)

  it("allows a word of three letters one mistake only", function()
    assert.equal("sim", suggest.suggest("sin", commands))
    assert.is_nil(suggest.suggest("xyz", { "abz" }))
    assert.is_nil(suggest.suggest("x", { "y" }))
  end)

  it("completes a name when only one begins so", function()
    assert.equal("policy_file", suggest.suggest("policy", { "policy_file", "region" }))
    assert.equal("shop-prod", suggest.suggest("Shop", { "shop-prod", "billing" }))
    assert.is_nil(suggest.suggest("shop", { "shop-prod", "shop-test" }))
    assert.is_nil(suggest.suggest("re", { "region-name" }))
  end)

  it("does not mind capitals", function()
    assert.equal("ListAnswers", suggest.suggest("listanswers", { "ListAnswers", "ListLenses" }))
  end)

  it("gives the same answer whatever the order of the list", function()
    assert.equal("bat", suggest.suggest("bax", { "bay", "bat" }))
    assert.equal("bat", suggest.suggest("bax", { "bat", "bay" }))
  end)

  it("answers for a word of a megabyte without trying", function()
    assert.is_nil(suggest.suggest(("a"):rep(1024 * 1024), commands))
  end)

  it("finds keys of a table", function()
    assert.equal("title", suggest.key("titel", { title = 1, filter = 2 }))
  end)

  it("counts edits", function()
    assert.equal(0, suggest.distance("abc", "abc", 2))
    assert.equal(1, suggest.distance("abc", "acb", 2))
    assert.equal(2, suggest.distance("abc", "abcde", 2))
    assert.equal(3, suggest.distance("abc", "xyz", 2))
  end)
end)
