-- Run with: plumb test

describe("team-by-tag", function()
  local policy = plumb.test.load "policy.lua"

  it("writes the team of the workload's tag on the item", function()
    local aws = plumb.test.simulator { seed = "demo" }
    assert.equal(0, aws:scan(policy).failed)
    for _, item in ipairs(aws:items()) do
      local expected = ({ ["shop-prod"] = "shop", billing = "billing" })[item.fields.WorkloadName] or "unknown"
      assert.equal(expected, item.fields.Team)
    end
  end)
end)
