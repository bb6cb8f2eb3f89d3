local world = require "support.world"

local UNKNOWN = "oi-ffffffffffff"
local w

before_each(function()
  w = world.new()
  w:scan()
end)
after_each(world.restore)

local function follow(...) return w:resolve { hints = { ... } } end

describe("a hint", function()
  it("leads to the answer of an item that was resolved, and of that one only", function()
    local record, other = w:people_resolve("ops_observe_alarms", "sec_identity_mfa")
    local _, outcomes = follow(record.item_id)
    assert.equal("settled", world.statuses(outcomes))
    assert.equal("SELECTED", w:status_in_tool(record))
    assert.not_equal("SELECTED", w:status_in_tool(other))
  end)

  it("costs one look and one update, and the same hint again nothing", function()
    local record = w:people_resolve "ops_observe_alarms"
    local before = #w.sim.journal
    follow(record.item_id, record.item_id)
    local calls = {}
    for i = before + 1, #w.sim.journal do
      local name = w.sim.journal[i].operation
      calls[name] = (calls[name] or 0) + 1
    end
    calls.GetCallerIdentity = nil
    assert.same({ GetOpsItem = 1, UpdateAnswer = 1 }, calls)
    before = #w.sim.journal
    assert.equal(0, #follow(record.item_id).steps)
    assert.equal(before, #w.sim.journal)
  end)

  it("that is not true leads to nothing: not resolved, gone, or not plumb's", function()
    local record = w:finding "ops_observe_alarms"
    local gone = w:finding "sec_identity_mfa"
    assert(w.client.ssm:DeleteOpsItem { OpsItemId = gone.item_id })
    assert.equal(0, #follow(record.item_id, gone.item_id, UNKNOWN).steps)
    assert.equal(0, w:count "wellarchitected.UpdateAnswer")
  end)

  it("to an item that plumb itself closed is its echo", function()
    local record = w:finding "ops_observe_alarms"
    w:person_answers(record, { ops_observe_alarms = "SELECTED" })
    w:scan { full = true }
    assert.equal(0, #follow(record.item_id).steps)
  end)

  it("does not move the watermark of the poll", function()
    local first, second = w:people_resolve("ops_observe_alarms", "sec_identity_mfa")
    follow(first.item_id)
    local _, outcomes = w:resolve()
    assert.equal("settled", world.statuses(outcomes))
    assert.equal(second.item_id, outcomes[1].id)
  end)

  it("about an item that cannot be read says so, and leaves the others alone", function()
    w.store:close()
    w = world.new { set = { parallel = 1 } }
    w:scan()
    local records = { w:people_resolve("ops_observe_alarms", "sec_identity_mfa") }
    w.sim:fault { operation = "ssm.GetOpsItem", kind = "5xx", count = 3 } -- as often as a call is tried
    local plan, outcomes = follow(records[1].item_id, records[2].item_id)
    assert.equal("settled", world.statuses(outcomes))
    assert.equal(records[2].item_id, outcomes[1].id)
    assert.equal(records[1].item_id, plan.problems[1].item)
    assert.equal("settled", world.statuses(select(2, follow(records[1].item_id))))
  end)

  it("that cannot be looked at since nothing can stops the run, so that it comes again", function()
    local record = w:people_resolve "ops_observe_alarms"
    w.sim:fault { operation = "ssm.GetOpsItem", kind = "reset" }
    assert.is_false((pcall(follow, record.item_id)))
  end)

  it("is followed in the place of its finding alone", function()
    local record = w:people_resolve "ops_observe_alarms"
    local plumb = w:begin { hints = { record.item_id } }
    rawset(plumb, "mark", "111122223333/eu-west-1")
    assert.equal(0, #require("workflows.resolve")(plumb).steps)
    plumb = w:begin { hints = { record.item_id } }
    assert.equal(1, #require("workflows.resolve")(plumb).steps)
  end)
end)

describe("a hint about a group", function()
  it("leads to the answers of all its practices", function()
    w.store:close()
    w = world.new { policy = [[return { group = "question" }]] }
    w:scan()
    local record = w:finding "ops_observe_alarms"
    w:person_resolves(record.item_id)
    local _, outcomes = follow(record.item_id)
    assert.is_true(#outcomes >= 1)
    for _, outcome in ipairs(outcomes) do assert.equal("settled", outcome.status) end
    assert.equal("SELECTED", w:status_in_tool(record))
  end)
end)
