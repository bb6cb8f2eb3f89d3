-- Run with: plumb test

describe("sla-in-the-item", function()
  local policy = plumb.test.load "policy.lua"

  local function days(risk, pillar)
    return policy:item(plumb.test.finding { risk = risk, question = { PillarId = pillar } }).fields["Due in days"]
  end

  it("goes by risk", function()
    assert.equal("30", days("HIGH", "reliability"))
    assert.equal("90", days("MEDIUM", "reliability"))
  end)

  it("gives security half the time", function()
    assert.equal("15", days("HIGH", "security"))
  end)
end)
