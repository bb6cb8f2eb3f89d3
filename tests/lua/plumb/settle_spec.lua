local json = require "plumb.json"
local settle = require "plumb.settle"
local world = require "support.world"

local MINUTE = 60
local w

before_each(function()
  w = world.new()
  w:scan()
end)
after_each(world.restore)

describe("a resolved item", function()
  it("becomes an UpdateAnswer with nothing but its choice", function()
    local record = w:people_resolve "ops_observe_alarms"
    local _, outcomes = w:resolve()
    assert.same({ { WorkloadId = world.workload_id(record), LensAlias = "wellarchitected", QuestionId = "ops_observe",
      ChoiceUpdates = { ops_observe_alarms = { Status = "SELECTED" } } } }, w:inputs "UpdateAnswer")
    assert.equal("settled", world.statuses(outcomes))
    assert.equal(outcomes[1].answer.Risk, w:answer(record).Risk)
  end)

  it("leaves notes, other choices and applicability as they were", function()
    local record = w:finding("rel_recovery_drill", "shop-prod")
    local before = w:answer(record)
    w:person_resolves(record.item_id)
    w:resolve()
    local after = w:answer(record)
    assert.equal("Drill planned for spring.", after.Notes)
    assert.equal(before.IsApplicable, after.IsApplicable)
    local selected = after.SelectedChoices
    assert.same({ "rel_recovery_targets", "rel_recovery_drill" }, { selected[1], selected[2] })
    for _, choice in ipairs(after.ChoiceAnswers) do
      if choice.ChoiceId == "rel_recovery_targets" then
        assert.equal("4 h / 15 min, agreed with the shop team", choice.Notes)
      end
    end
  end)

  it("is settled on record, its resolution used up, the audit row written", function()
    local record = w:people_resolve "ops_observe_alarms"
    w:resolve()
    local after = w:finding "ops_observe_alarms"
    assert.equal("settled", after.status)
    assert.equal(record.item_id, after.item_id)
    assert.equal(w:answer(record).Risk, after.risk)
    local item = w.store:get("item", record.item_id)
    assert.is_true(item.processed)
    assert.equal("implemented", item.outcome)
    assert.equal(0, w:records "applying")
    local last
    for row in w.store:trail() do last = row end
    assert.equal("settle", last.operation)
    assert.equal(record.item_id, last.resource)
    assert.equal("settled", json.decode(last.detail).status)
  end)

  it("does nothing the second time", function()
    w:people_resolve "ops_observe_alarms"
    w:resolve()
    local plan = w:resolve()
    assert.equal(0, #plan.steps)
    assert.equal(1, w:count "wellarchitected.UpdateAnswer")
    local _, outcomes = w:scan()
    assert.equal(0, #world.with_status(outcomes, "created"))
    assert.is_nil(w:doubles())
  end)

  it("goes to a custom lens by its ARN", function()
    local record = w:people_resolve "house_change_notes"
    w:resolve()
    assert.equal(record.lens_arn, w:inputs("UpdateAnswer")[1].LensAlias)
    assert.equal("SELECTED", w:status_in_tool(record))
  end)

  it("shares one call with the others of its question", function()
    w:people_resolve("ops_incidents_oncall", "ops_incidents_reviews", "ops_observe_alarms")
    local _, outcomes = w:resolve()
    assert.equal("settled settled settled", world.statuses(outcomes))
    assert.equal(2, #w:inputs "UpdateAnswer")
  end)
end)

describe("a none-choice", function()
  it("is unselected in the same call when a scan saw it", function()
    local record = w:people_resolve "sec_identity_mfa"
    w:resolve()
    assert.same({ sec_identity_mfa = { Status = "SELECTED" }, sec_identity_no = { Status = "UNSELECTED" } },
      w:inputs("UpdateAnswer")[1].ChoiceUpdates)
    assert.equal(1, #w:inputs "UpdateAnswer")
    local answer = w:answer(record)
    assert.same({ "sec_identity_federation", "sec_identity_mfa" }, { answer.SelectedChoices[1],
      answer.SelectedChoices[2] })
  end)

  -- Guards clear_none(): only the reply knows of a none-choice that was selected after the scan.
  it("is unselected by a second call when only the reply shows it", function()
    local record = w:people_resolve "ops_observe_alarms"
    w:person_answers(record, { ops_observe_no = "SELECTED" })
    w:resolve()
    local inputs = w:inputs "UpdateAnswer"
    assert.same({ ops_observe_alarms = { Status = "SELECTED" } }, inputs[2].ChoiceUpdates)
    assert.same({ ops_observe_no = { Status = "UNSELECTED" } }, inputs[3].ChoiceUpdates)
    assert.equal(3, #inputs)
  end)

  it("is known by its title alone, too", function()
    local record = w:people_resolve "house_logs_format"
    w:resolve()
    assert.same({ house_logs_format = { Status = "SELECTED" }, house_logs_none = { Status = "UNSELECTED" } },
      w:inputs("UpdateAnswer")[1].ChoiceUpdates)
    assert.equal("SELECTED", w:status_in_tool(record))
  end)

  it("stays where nothing is selected", function()
    local record = w:finding "sec_identity_mfa"
    w:person_resolves(record.item_id, "not_applicable")
    w:resolve()
    assert.same({ sec_identity_mfa = { Status = "NOT_APPLICABLE" } }, w:inputs("UpdateAnswer")[1].ChoiceUpdates)
    assert.equal(1, #w:inputs "UpdateAnswer")
  end)

  it("that is gone from the lens does not hold the practice up", function()
    local record = w:people_resolve "ops_observe_alarms"
    record.none_selected = { "ops_observe_gone" }
    w.store:commit { { "put", "finding", record } }
    local _, outcomes = w:resolve()
    assert.equal("settled", world.statuses(outcomes))
    assert.equal("SELECTED", w:status_in_tool(record))
  end)

  -- Guards the applying row while the second call is under way: its refusal says nothing about the first one.
  it("that could not be unselected is tried again, and the practice is not written twice", function()
    local record = w:people_resolve "ops_observe_alarms"
    w:person_answers(record, { ops_observe_no = "SELECTED" })
    w.sim:fault { operation = "wellarchitected.UpdateAnswer", nth = 2, count = 1000, kind = "throttle" }
    local _, outcomes = w:resolve()
    assert.equal("failed", world.statuses(outcomes))
    assert.equal(1, w:records "applying")
    w.sim:clear_faults()
    w:later(20 * MINUTE)
    _, outcomes = w:resolve()
    assert.equal("settled", world.statuses(outcomes))
    assert.same({ ops_observe_no = { Status = "UNSELECTED" } }, w:inputs("UpdateAnswer")[3].ChoiceUpdates)
    assert.equal(3, #w:inputs "UpdateAnswer")
  end)
end)

describe("an outcome", function()
  local function resolve_with(outcome)
    local record = w:finding "ops_observe_alarms"
    w:person_resolves(record.item_id, outcome)
    local _, outcomes = w:resolve()
    return record, outcomes
  end

  it("not_applicable goes with its reason", function()
    local record, outcomes = resolve_with "not_applicable: OUT_OF_SCOPE"
    assert.same({ ops_observe_alarms = { Status = "NOT_APPLICABLE", Reason = "OUT_OF_SCOPE" } },
      w:inputs("UpdateAnswer")[1].ChoiceUpdates)
    assert.equal("settled", world.statuses(outcomes))
    assert.equal("settled", w:finding("ops_observe_alarms").status)
    assert.equal("NOT_APPLICABLE", w:status_in_tool(record))
    w:scan()
    assert.equal(0, w:open_items(record.key))
  end)

  it("accepted writes nothing and comes back on its day", function()
    local record, outcomes = resolve_with "accepted: until 2026-02-01"
    assert.equal("kept", world.statuses(outcomes))
    assert.equal(0, #w:inputs "UpdateAnswer")
    assert.equal("accepted", w:finding("ops_observe_alarms").status)
    w.clock = require("plumb.time").parse "2026-01-31T23:59:59Z"
    w:scan()
    assert.equal(0, w:open_items(record.key))
    w:later(1)
    local _, created = w:scan()
    assert.equal("created", world.statuses(created))
    assert.equal(record.item_id, w:finding("ops_observe_alarms").previous_item)
  end)

  it("ignore writes nothing and never comes back", function()
    local record, outcomes = resolve_with "ignore"
    assert.equal("kept", world.statuses(outcomes))
    assert.equal("ignored", w:finding("ops_observe_alarms").reason)
    w:later(10 * 365 * 86400)
    w:scan()
    assert.equal(0, w:open_items(record.key))
    assert.equal(0, #w:inputs "UpdateAnswer")
  end)

  it("that writes nothing is settled even when its neighbours cannot be", function()
    w:person_resolves(w:finding("ops_incidents_oncall").item_id, "ignore")
    w:person_resolves(w:finding("ops_incidents_reviews").item_id)
    w.sim:fault { operation = "wellarchitected.UpdateAnswer", kind = "throttle" }
    local _, outcomes = w:resolve()
    assert.equal("kept", outcomes[1].status)
    assert.equal("failed", outcomes[2].status)
    assert.equal("accepted", w:finding("ops_incidents_oncall").status)
    assert.equal("open", w:finding("ops_incidents_reviews").status)
  end)

  it("nobody understands leaves the item for later", function()
    local record = w:finding "ops_observe_alarms"
    w:person_resolves(record.item_id, "implementted")
    local plan = w:resolve()
    assert.equal(0, #plan.steps)
    assert.equal("E331", plan.problems[1].id)
    assert.is_false(w.store:get("item", record.item_id).processed)
  end)
end)

describe("a refusal", function()
  it("of access keeps the item for the next run", function()
    local record = w:people_resolve "ops_observe_alarms"
    local workload = w.sim.world.workload[world.workload_id(record)]
    workload.owner, workload.share = "444455556666", { permission = "READONLY", invitation = ("0"):rep(32) }
    local _, outcomes = w:resolve()
    assert.equal("failed", world.statuses(outcomes))
    assert.equal("AccessDeniedException", outcomes[1].error.code)
    assert.equal(0, w:records "applying")
    assert.is_false(w.store:get("item", record.item_id).processed)
    workload.share.permission = "CONTRIBUTOR"
    _, outcomes = w:resolve()
    assert.equal("settled", world.statuses(outcomes))
  end)

  it("of one question does not stop the others", function()
    w:people_resolve("ops_observe_alarms", "sec_identity_mfa", "house_change_notes")
    w.sim:fault { operation = "wellarchitected.UpdateAnswer", nth = 2, count = 1, kind = "reset" }
    local _, outcomes = w:resolve()
    assert.equal(2, #world.with_status(outcomes, "settled"))
    assert.equal(1, #world.with_status(outcomes, "failed"))
  end)
end)

describe("a reply that does not show the choice", function()
  it("is checked by a reading, and contested when that does not show it either", function()
    w:people_resolve "ops_observe_alarms"
    local handle = w.client.wellarchitected
    local stale = w:answer(w:finding "ops_observe_alarms")
    rawset(handle, "UpdateAnswer", function() return { Answer = stale } end)
    local _, outcomes = w:resolve()
    assert.equal("Contested", outcomes[1].error.code)
    assert.equal("contested", w:finding("ops_observe_alarms").status)
  end)

  it("is fine when the reading shows it", function()
    w:people_resolve "ops_observe_alarms"
    local handle = w.client.wellarchitected
    local real, stale = handle.UpdateAnswer, w:answer(w:finding "ops_observe_alarms")
    rawset(handle, "UpdateAnswer", function(...)
      assert(real(...))
      return { Answer = stale }
    end)
    local _, outcomes = w:resolve()
    assert.equal("settled", world.statuses(outcomes))
  end)
end)

describe("two resolved items of one finding", function()
  -- An item that the state does not know, made for the same finding.
  local function older_item(record, fields)
    local made = assert(w.client.ssm:GetOpsItem { OpsItemId = record.item_id }).OpsItem
    w:person_resolves(record.item_id)
    local data = made.OperationalData
    data["/aws/dedup"] = nil
    local id = assert(w.client.ssm:CreateOpsItem { Title = "older", Description = "d", Source = made.Source,
      OperationalData = data }).OpsItemId
    w:person_resolves(id, fields)
    return id
  end

  it("are both used up; the one that stands for the finding decides", function()
    local record = w:finding "ops_observe_alarms"
    local other = older_item(record, "ignore")
    local _, outcomes = w:resolve { item = { other, record.item_id } }
    assert.equal("settled settled", world.statuses(outcomes))
    assert.is_true(w.store:get("item", other).processed)
    assert.is_true(w.store:get("item", record.item_id).processed)
    assert.equal("settled", w:finding("ops_observe_alarms").status)
    assert.equal(1, w:count "wellarchitected.UpdateAnswer")
  end)

  -- Guards follows() in settle.lua: the finding would be settled while its item stays open for ever.
  it("do not end the finding while the item that stands for it is open", function()
    local record = w:finding "ops_observe_alarms"
    local other = older_item(record)
    w:set_status(record.item_id, "Open")
    w:resolve { item = { other } }
    assert.equal("SELECTED", w:status_in_tool(record))
    assert.equal("open", w:finding("ops_observe_alarms").status)
    assert.equal(record.item_id, w:finding("ops_observe_alarms").item_id)
    w:scan()
    assert.equal("fixed", w:finding("ops_observe_alarms").status)
    assert.equal(0, w:open_items(record.key))
  end)
end)

describe("settle.by_question", function()
  it("tells questions apart by workload, lens and id", function()
    local function step(workload, lens, question, key)
      return { resolved = { id = "oi-" .. key, record = { workload_arn = workload, lens_arn = lens,
        question_id = question, key = key } } }
    end
    local groups = settle.by_question { step("w", "l", "q", "1"), step("w", "l", "q", "2"), step("w", "l", "p", "3"),
      step("w", "m", "q", "4"), step("v", "l", "q", "5") }
    local sizes = {}
    for i, group in ipairs(groups) do sizes[i] = #group end
    assert.same({ 2, 1, 1, 1 }, sizes)
  end)
end)
