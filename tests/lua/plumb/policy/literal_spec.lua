local literal = require("plumb.policy.literal")

describe("literal", function()
  it("reads Lua's literals", function()
    assert.equal(100, literal.parse("100"))
    assert.equal("integer", math.type(literal.parse("100")))
    assert.equal(-1.5, literal.parse("-1.5"))
    assert.is_true(literal.parse(" true "))
    assert.is_false(literal.parse("false"))
    assert.equal("a b", literal.parse('"a b"'))
    assert.same({ "a", b = { 1, ["c d"] = false } }, literal.parse([[{ "a", b = { 1; ["c d"] = false }, }]]))
  end)

  it("takes everything else as it stands", function()
    for _, text in ipairs({ "HIGH", "20m", "a, b", "os.exit()", "{ a", "{ f() }", "1 2", "", "nil", "Well-Architected",
      "arn:aws:sns:eu-west-1:111122223333:x" }) do
      assert.equal(text, literal.parse(text))
    end
  end)

  it("writes values on one line, keys in order", function()
    assert.equal('{ "a", 1, b = true, ["c d"] = { 2 } }', literal.text({ "a", 1, b = true, ["c d"] = { 2 } }))
    assert.equal([["x\"\\\n\0y"]], literal.text('x"\\\n\0y'))
    assert.equal("function", literal.text(print))
    assert.equal("{ 1, 2, ... }", literal.text({ 1, 2, 3 }, 2))
  end)

  it("does not follow a table into itself", function()
    local t = {}
    t.t = t
    assert.equal("{ t = { t = { t = { t = { ... } } } } }", literal.text(t))
  end)
end)
