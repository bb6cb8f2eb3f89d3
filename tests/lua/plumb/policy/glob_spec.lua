local glob = require("plumb.policy.glob")

describe("glob", function()
  it("covers the whole text", function()
    for _, case in ipairs({
      { "prod-shop", "prod-*", true }, { "my-prod-shop", "prod-*", false }, { "prod", "prod-*", false },
      { "", "*", true }, { "", "", true }, { "x", "", false }, { "abc", "a?c", true }, { "ac", "a?c", false },
      { "a.c", "a.c", true }, { "abc", "a.c", false }, { "%d", "%d", true }, { "1", "%d", false },
      { "abcabd", "*abd", true }, { "aXbXc", "a*b*c", true }, { "Prod", "prod", false },
      { "arn:aws:wellarchitected::aws:lens/serverless", "arn:*:lens/*", true },
    }) do
      assert.equal(case[3], glob.match(case[1], case[2]), case[1] .. " " .. case[2])
    end
  end)

  it("takes a whole character for ?", function()
    assert.is_true(glob.match("aüb", "a?b"))
    assert.is_true(glob.match("🔥", "?"))
    assert.is_false(glob.match("üü", "?"))
  end)

  it("needs no more than text times glob steps", function()
    assert.is_false(glob.match(("a"):rep(5000), ("*a"):rep(40) .. "b"))
  end)

  it("answers for lists, single globs and absent texts", function()
    assert.is_true(glob.any("b", { "a", "b" }))
    assert.is_true(glob.any("b", "*"))
    assert.is_false(glob.any("b", {}))
    assert.is_false(glob.any(nil, { "*" }))
  end)
end)
