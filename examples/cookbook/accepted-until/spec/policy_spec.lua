-- Run with: plumb test

describe("accepted-until", function()
  local policy = plumb.test.load "policy.lua"

  it("accepts until the day on the item", function()
    local answer = policy:outcome(plumb.test.resolved { fields = { ["Accepted until"] = "2027-06-30" } })
    assert.equal("accepted", answer.outcome)
    assert.equal("2027-06-30", os.date("!%Y-%m-%d", answer.expires))
  end)

  it("takes everything else as done, or as its Outcome says", function()
    assert.equal("implemented", policy:outcome(plumb.test.resolved()).outcome)
    assert.equal("not_applicable", policy:outcome(plumb.test.resolved { outcome_field = "not_applicable" }).outcome)
  end)
end)
