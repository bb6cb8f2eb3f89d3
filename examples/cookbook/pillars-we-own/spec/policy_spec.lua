-- Run with: plumb test

describe("pillars-we-own", function()
  local policy = plumb.test.load "policy.lua"

  local function wants(workload, pillar)
    return policy:wants(plumb.test.finding { workload = { WorkloadName = workload }, question = { PillarId = pillar } })
  end

  it("takes our workloads and pillars", function()
    assert.is_true((wants("shop-prod", "security")))
    assert.is_true((wants("billing", "reliability")))
  end)

  it("says what left out the rest", function()
    assert.same({ false, "workload" }, { wants("intranet", "security") })
    assert.same({ false, "filter" }, { wants("billing", "costOptimization") })
  end)
end)
