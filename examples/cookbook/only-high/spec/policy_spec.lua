-- Run with: plumb test

describe("only-high", function()
  local policy = plumb.test.load "policy.lua"

  it("takes HIGH", function()
    assert.is_true(policy:wants(plumb.test.finding { risk = "HIGH" }))
  end)

  it("leaves out MEDIUM", function()
    local wanted, who = policy:wants(plumb.test.finding { risk = "MEDIUM" })
    assert.is_false(wanted)
    assert.equal("filter", who)
  end)
end)
