-- Run with: plumb test

describe("outcome-by-title", function()
  local policy = plumb.test.load "policy.lua"

  it("marks a practice as not applicable", function()
    local answer = policy:outcome(plumb.test.resolved { title = "N/A: we have no servers" })
    assert.equal("not_applicable", answer.outcome)
    assert.equal("OUT_OF_SCOPE", answer.reason)
  end)

  it("selects it otherwise, and writes that into the answer", function()
    assert.equal("implemented", policy:outcome(plumb.test.resolved()).outcome)
    local aws = plumb.test.simulator { seed = "demo" }
    aws:scan(policy)
    aws:person_resolves(aws:items()[1].id)
    assert.equal(1, aws:resolve(policy).updated)
  end)
end)
