-- Run with: plumb test

describe("category-by-pillar", function()
  local policy = plumb.test.load "policy.lua"

  local function category(pillar)
    return policy:item(plumb.test.finding { question = { PillarId = pillar } }).category
  end

  it("goes by pillar", function()
    assert.equal("Security", category "security")
    assert.equal("Cost", category "costOptimization")
  end)

  it("is left out elsewhere", function()
    assert.is_nil(category "sustainability")
  end)
end)
