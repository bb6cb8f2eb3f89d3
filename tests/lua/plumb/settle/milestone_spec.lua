-- One milestone of a workload before its first change in a run, for a policy that wants one.

local world = require "support.world"

local w

before_each(function()
  w = world.new { set = { milestone = "before plumb" } }
  w:scan()
end)
after_each(world.restore)

local function milestones(record)
  return w.sim.world.workload[world.workload_id(record)].milestones
end

-- The operations of a run that change something, in their order.
local function writes()
  local names = {}
  for _, call in ipairs(w.sim.journal) do
    local name = call.operation
    if name == "CreateMilestone" or name == "UpdateAnswer" then names[#names + 1] = name end
  end
  return table.concat(names, " ")
end

describe("a milestone", function()
  it("is made once for a workload, before any of its answers is changed", function()
    local record = w:people_resolve("ops_observe_alarms", "ops_deploy_rollback", "sec_identity_mfa")
    local _, outcomes = w:resolve()
    assert.equal("settled settled settled", world.statuses(outcomes))
    local first = milestones(record)
    assert.equal(1, #first)
    assert.matches("^CreateMilestone UpdateAnswer", writes())
    assert.matches("^before plumb 2026%-01%-02T", first[1].name)
    assert.equal(first[1].name, outcomes[1].milestone)
    assert.equal(1, require("plumb.view.outcome").summary(w.plumb.plan(), outcomes).milestones)
  end)

  it("is a new one in the next run, under another name", function()
    local record = w:people_resolve "ops_observe_alarms"
    w:resolve()
    w:people_resolve "ops_observe_indicators"
    w:resolve()
    local made = milestones(record)
    assert.equal(2, #made)
    assert.are_not.equal(made[1].name, made[2].name)
  end)

  it("is not made where nothing is written", function()
    local record = w:finding "ops_observe_alarms"
    w:person_resolves(record.item_id, "ignore")
    w:resolve()
    assert.equal(0, #milestones(record))
  end)

  it("is made once when its reply is lost", function()
    local record = w:people_resolve "ops_observe_alarms"
    w.sim:fault { operation = "wellarchitected.CreateMilestone", nth = 1, count = 1, kind = "exec_then_reset" }
    local _, outcomes = w:resolve()
    assert.equal("settled", world.statuses(outcomes))
    assert.equal(1, #milestones(record))
  end)

  -- Guards is_there(): all replies lost, and the milestone is there all the same.
  it("is looked up when every reply is lost", function()
    local record = w:people_resolve "ops_observe_alarms"
    w.sim:fault { operation = "wellarchitected.CreateMilestone", kind = "exec_then_reset" }
    local _, outcomes = w:resolve()
    assert.equal("settled", world.statuses(outcomes))
    assert.equal(1, #milestones(record))
  end)

  -- Guards the refusal in write(): the policy would find its answers changed without the record it asked for.
  it("that cannot be made keeps everything in its workload from being written, and the next run goes on", function()
    local record = w:people_resolve("ops_observe_alarms", "ops_observe_indicators")
    w.sim:fault { operation = "wellarchitected.CreateMilestone", kind = "5xx" }
    local _, outcomes = w:resolve()
    assert.equal("failed failed", world.statuses(outcomes))
    assert.matches("the policy wants a milestone before the first change", outcomes[1].error.message, 1, true)
    assert.equal(0, #w:inputs "UpdateAnswer")
    assert.equal(0, w:records "applying")
    w.sim:clear_faults()
    _, outcomes = w:resolve()
    assert.equal("settled settled", world.statuses(outcomes))
    assert.equal(1, #milestones(record))
  end)
end)

describe("a policy that wants none", function()
  it("gets none", function()
    world.restore()
    w = world.new()
    w:scan()
    w:people_resolve "ops_observe_alarms"
    w:resolve()
    assert.equal(0, w:count "wellarchitected.CreateMilestone")
  end)
end)
