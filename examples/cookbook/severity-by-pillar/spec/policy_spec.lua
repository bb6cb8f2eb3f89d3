-- Run with: plumb test

describe("severity-by-pillar", function()
  local policy = plumb.test.load "policy.lua"

  local function severity(pillar, risk)
    return policy:severity(plumb.test.finding { risk = risk, question = { PillarId = pillar } })
  end

  it("goes by pillar", function()
    assert.equal("1", severity("security", "HIGH"))
    assert.equal("4", severity("costOptimization", "MEDIUM"))
  end)

  it("goes by risk elsewhere", function()
    assert.equal("2", severity("reliability", "HIGH"))
    assert.equal("3", severity("reliability", "MEDIUM"))
  end)
end)
