-- A person's choice in the Tool is never written over: what is contested ends in a report, not in an overwrite.

local world = require "support.world"

local w

local function begin(settings)
  w = world.new { set = settings }
  w:scan()
end

after_each(world.restore)

describe("an outcome that could undo a person's choice", function()
  -- Guards may_unselect(): NOT_APPLICABLE would unselect what somebody selected since the scan.
  it("is contested when the practice was selected meanwhile", function()
    begin()
    local record = w:finding "ops_observe_alarms"
    w:person_resolves(record.item_id, "not_applicable")
    w:person_answers(record, { ops_observe_alarms = "SELECTED" })
    local before = #w:inputs "UpdateAnswer"
    local _, outcomes = w:resolve()
    assert.equal("failed", world.statuses(outcomes))
    assert.equal("Contested", outcomes[1].error.code)
    assert.matches("somebody selected the practice", outcomes[1].reason, 1, true)
    assert.equal(before, #w:inputs "UpdateAnswer")
    assert.equal("SELECTED", w:status_in_tool(record))
    assert.equal("contested", w:finding("ops_observe_alarms").status)
  end)

  it("does not hold up the other practices of its question", function()
    begin()
    local first = w:finding "ops_incidents_oncall"
    w:person_resolves(first.item_id, "n/a")
    w:people_resolve "ops_incidents_reviews"
    w:person_answers(first, { ops_incidents_oncall = "SELECTED" })
    local _, outcomes = w:resolve()
    assert.equal("failed settled", world.statuses(outcomes))
    assert.equal("SELECTED", w:status_in_tool(first))
  end)

  it("reads no answer where selecting is all there is to do", function()
    begin()
    w:people_resolve "ops_observe_alarms"
    w:resolve()
    assert.equal(0, w:count "wellarchitected.GetAnswer")
  end)
end)

describe("a policy that looks first", function()
  -- Guards contest_overruled(): the practice would be ticked although somebody says that it does not apply.
  it("leaves a practice alone that was marked as not applicable meanwhile", function()
    begin { look_first = true }
    local record = w:people_resolve "ops_observe_alarms"
    w:person_answers(record, { ops_observe_alarms = "NOT_APPLICABLE" })
    local _, outcomes = w:resolve()
    assert.equal("Contested", outcomes[1].error.code)
    assert.equal("NOT_APPLICABLE", w:status_in_tool(record))
  end)

  it("writes nothing where people selected the practice themselves", function()
    begin { look_first = true }
    local record = w:people_resolve "ops_observe_alarms"
    w:person_answers(record, { ops_observe_alarms = "SELECTED" })
    local before = #w:inputs "UpdateAnswer"
    local _, outcomes = w:resolve()
    assert.equal("settled", world.statuses(outcomes))
    assert.equal(before, #w:inputs "UpdateAnswer")
  end)

  -- Guards look_at() in a poll: lists leave out what is not searchable, and the practice would be ticked.
  it("sees an Outcome that is not searchable", function()
    begin { look_first = true }
    local record = w:finding "ops_observe_alarms"
    assert(w.client.ssm:UpdateOpsItem { OpsItemId = record.item_id, Status = "Resolved",
      OperationalData = { Outcome = { Type = "String", Value = "ignore" } } })
    local _, outcomes = w:resolve()
    assert.equal("kept", world.statuses(outcomes))
    assert.equal("ignored", w:finding("ops_observe_alarms").reason)
    assert.equal("UNSELECTED", w:status_in_tool(record))
  end)

  it("does not take an item that was opened again after the list was made", function()
    begin { look_first = true }
    local record = w:people_resolve "ops_observe_alarms"
    local get = w.client.ssm.GetOpsItem
    rawset(w.client.ssm, "GetOpsItem", function(...)
      rawset(w.client.ssm, "GetOpsItem", nil)
      w:set_status(record.item_id, "Open")
      return get(...)
    end)
    local plan = w:resolve()
    assert.equal(0, #plan.steps)
    assert.equal("UNSELECTED", w:status_in_tool(record))
  end)
end)

describe("a contested practice", function()
  local function contest()
    local record = w:finding "ops_observe_alarms"
    w:person_resolves(record.item_id, "not_applicable")
    w:person_answers(record, { ops_observe_alarms = "SELECTED" })
    w:resolve()
    return record
  end

  it("is used up: the next resolve has nothing to do", function()
    begin()
    contest()
    local plan = w:resolve()
    assert.equal(0, #plan.steps)
  end)

  it("is asked for with a new item that names the old one, when it is missing after all", function()
    begin()
    local record = contest()
    w:person_answers(record, { ops_observe_alarms = "UNSELECTED" })
    w:scan()
    local after = w:finding "ops_observe_alarms"
    assert.equal("open", after.status)
    assert.equal(record.item_id, after.previous_item)
    assert.equal(1, w:open_items(record.key))
  end)

  it("is over with the next scan when it is not, and its item stays as people left it", function()
    begin()
    local record = contest()
    local function updates()
      local n = 0
      for _, input in ipairs(w:inputs "UpdateOpsItem") do n = n + (input.OpsItemId == record.item_id and 1 or 0) end
      return n
    end
    local before = updates()
    w:scan()
    assert.equal("fixed", w:finding("ops_observe_alarms").status)
    assert.equal(before, updates())
    assert.equal(0, w:open_items(record.key))
  end)
end)
