local world = require "support.world"

local MINUTE = 60
local w

before_each(function()
  w = world.new()
  w:scan()
end)
after_each(world.restore)

describe("a reply that was lost", function()
  local record

  local function lose_reply(kind)
    record = w:people_resolve "ops_observe_alarms"
    w.sim:fault { operation = "wellarchitected.UpdateAnswer", nth = 1, kind = kind }
    local _, outcomes = w:resolve()
    assert.equal("failed", world.statuses(outcomes))
    assert.equal("maybe", outcomes[1].error.executed)
  end

  -- Guards note_applying(): without the row the next run selects again what a person may have unselected since.
  it("leaves a row that says so, the item open", function()
    lose_reply "exec_then_reset"
    local row = w.store:each "applying"()
    assert.same({ record.item_id }, row.items)
    assert.equal(w.clock, row.at)
    assert.is_false(w.store:get("item", record.item_id).processed)
  end)

  it("is settled by the next run without a second write, however late, when it had been executed", function()
    lose_reply "exec_then_reset"
    w:later(86400)
    local _, outcomes = w:resolve()
    assert.equal("settled", world.statuses(outcomes))
    assert.equal(1, w:count "wellarchitected.UpdateAnswer")
    assert.equal(0, w:records "applying")
    assert.equal("settled", w:finding("ops_observe_alarms").status)
  end)

  it("is sent again within ten minutes when it had not", function()
    lose_reply "reset"
    w:later(10 * MINUTE)
    local _, outcomes = w:resolve()
    assert.equal("settled", world.statuses(outcomes))
    assert.equal("SELECTED", w:status_in_tool(record))
  end)

  -- Guards the age check in recover(): after that a person may have unselected it on purpose.
  it("is contested afterwards: nothing is written, people are asked again", function()
    lose_reply "reset"
    w:later(10 * MINUTE + 1)
    local _, outcomes = w:resolve()
    assert.equal("failed", world.statuses(outcomes))
    assert.equal("Contested", outcomes[1].error.code)
    assert.equal(1, w:count "wellarchitected.UpdateAnswer")
    assert.equal("contested", w:finding("ops_observe_alarms").status)
    assert.is_true(w.store:get("item", record.item_id).processed)
    assert.equal(0, w:records "applying")
    local _, created = w:scan()
    assert.equal("created", world.statuses(created))
    assert.equal(record.item_id, w:finding("ops_observe_alarms").previous_item)
  end)

  it("does not select again what a person unselected since", function()
    lose_reply "exec_then_reset"
    w:later(11 * MINUTE)
    w:person_answers(record, { ops_observe_alarms = "UNSELECTED" })
    local written = w:count "wellarchitected.UpdateAnswer"
    w:resolve()
    assert.equal(written, w:count "wellarchitected.UpdateAnswer")
    assert.equal("UNSELECTED", w:status_in_tool(record))
  end)

  -- Guards the `at` of an earlier row in note_applying(): repeats must not make an old update young again.
  it("is as old as its first sending", function()
    lose_reply "reset"
    w:later(9 * MINUTE)
    w.sim:fault { operation = "wellarchitected.UpdateAnswer", nth = 1, kind = "reset" }
    w:resolve()
    w:later(9 * MINUTE)
    w:resolve()
    assert.equal("contested", w:finding("ops_observe_alarms").status)
  end)

  -- Guards `not earlier` in write(): a refusal of the second try says nothing about the first.
  it("stays on record when the second try is refused for certain", function()
    lose_reply "reset"
    w:later(MINUTE)
    w.sim:fault { operation = "wellarchitected.UpdateAnswer", kind = "throttle" }
    w:resolve()
    assert.equal(1, w:records "applying")
    assert.equal(w.clock - MINUTE, w.store:each "applying"().at)
  end)

  it("does not make an item contested that was resolved only later", function()
    lose_reply "reset"
    w:later(20 * MINUTE)
    w:people_resolve "ops_observe_indicators"
    local _, outcomes = w:resolve()
    local by_choice = {}
    for _, outcome in ipairs(outcomes) do by_choice[outcome.step.resolved.record.choice_id] = outcome.status end
    assert.same({ ops_observe_alarms = "failed", ops_observe_indicators = "settled" }, by_choice)
    assert.equal("contested", w:finding("ops_observe_alarms").status)
    assert.equal("settled", w:finding("ops_observe_indicators").status)
    assert.equal("SELECTED", w:status_in_tool(w:finding "ops_observe_indicators"))
  end)

  it("stays on record for an item that the run was not asked about", function()
    lose_reply "exec_then_reset"
    local other = w:people_resolve "ops_observe_indicators"
    w:resolve { item = { other.item_id } }
    assert.same({ record.item_id }, w.store:each "applying"().items)
    w:resolve()
    assert.equal(0, w:records "applying")
    assert.equal("settled", w:finding("ops_observe_alarms").status)
  end)

  it("may be one without an answer in it", function()
    record = w:people_resolve "ops_observe_alarms"
    w.sim:fault { operation = "wellarchitected.UpdateAnswer", nth = 1, kind = "garbage" }
    local _, outcomes = w:resolve()
    assert.equal("failed", world.statuses(outcomes))
    assert.equal(1, w:records "applying")
  end)

  it("waits when the answer cannot be read", function()
    lose_reply "exec_then_reset"
    w.sim:fault { operation = "wellarchitected.GetAnswer", kind = "throttle" }
    local _, outcomes = w:resolve()
    assert.equal("failed", world.statuses(outcomes))
    assert.equal(1, w:records "applying")
  end)
end)

describe("what is gone", function()
  local function world_workload(record)
    return w.sim.world.workload[world.workload_id(record)]
  end

  -- Takes a question, or one of its choices, out of the lens that the workload is reviewed under.
  local function upgrade_without(record, question_id, choice_id)
    local review = world_workload(record).reviews[1]
    local document, copy = review.document, { question = {}, questions = {} }
    for name, value in pairs(document) do copy[name] = copy[name] or value end
    for _, question in ipairs(document.questions) do
      local kept = {}
      for name, value in pairs(question) do kept[name] = value end
      if question.id == question_id and choice_id then
        kept.choices, kept.choice = {}, {}
        for _, choice in ipairs(question.choices) do
          if choice.id ~= choice_id then
            table.insert(kept.choices, choice)
            kept.choice[choice.id] = choice
          end
        end
      end
      if question.id ~= question_id or choice_id then
        table.insert(copy.questions, kept)
        copy.question[question.id] = kept
      end
    end
    review.document = copy
  end

  it("ends the items of a question as obsolete", function()
    local record = w:people_resolve("ops_incidents_oncall", "ops_incidents_reviews")
    upgrade_without(record, "ops_incidents")
    local _, outcomes = w:resolve()
    assert.equal("obsolete obsolete", world.statuses(outcomes))
    assert.equal("obsolete", w:finding("ops_incidents_oncall").status)
    assert.is_true(w.store:get("item", record.item_id).processed)
    assert.equal(0, w:records "applying")
    assert.equal(0, #w:resolve().steps)
  end)

  it("ends the item of a choice as obsolete while the others of its question go on", function()
    local record, other = w:people_resolve("ops_incidents_oncall", "ops_incidents_reviews")
    upgrade_without(record, "ops_incidents", "ops_incidents_oncall")
    local _, outcomes = w:resolve()
    assert.equal("obsolete settled", world.statuses(outcomes))
    assert.equal("obsolete", w:finding("ops_incidents_oncall").status)
    assert.equal("SELECTED", w:status_in_tool(other))
    assert.equal(0, w:records "applying")
  end)

  it("ends the items of a workload that was deleted as obsolete", function()
    local record = w:people_resolve "ops_observe_alarms"
    w.sim.world:remove_workload(world_workload(record))
    local _, outcomes = w:resolve()
    assert.equal("obsolete", world.statuses(outcomes))
    assert.equal("obsolete", w:finding("ops_observe_alarms").status)
  end)

  it("is found out as well when a reply had been lost", function()
    local record = w:people_resolve "ops_observe_alarms"
    w.sim:fault { operation = "wellarchitected.UpdateAnswer", nth = 1, kind = "exec_then_reset" }
    w:resolve()
    w.sim.world:remove_workload(world_workload(record))
    local _, outcomes = w:resolve()
    assert.equal("obsolete", world.statuses(outcomes))
    assert.equal(0, w:records "applying")
  end)

  it("is not concluded from a refusal alone", function()
    local record = w:people_resolve "ops_observe_alarms"
    local refuse = w.client.wellarchitected
    rawset(refuse, "UpdateAnswer", function()
      return nil, require("plumb.err").new { code = "ValidationException", kind = "aws", executed = "no",
        message = "something else is wrong" }
    end)
    local _, outcomes = w:resolve()
    assert.equal("failed", world.statuses(outcomes))
    assert.equal("ValidationException", outcomes[1].error.code)
    assert.equal("open", w:finding("ops_observe_alarms").status)
    assert.is_false(w.store:get("item", record.item_id).processed)
  end)
end)

describe("when the state changed meanwhile", function()
  it("the step fails alone and the next run finishes it without a second write", function()
    local record = w:people_resolve("ops_observe_alarms", "sec_identity_mfa")
    local plan = require "workflows.resolve"(w:begin())
    local other = w:finding "ops_observe_alarms"
    other.last_seen = other.last_seen + 1
    w.store:commit { { "put", "finding", other } } -- somebody else's run
    local outcomes = require("plumb.apply").plan(plan, { settler = w.plumb.settler, policy = w.policy })
    assert.equal(1, #world.with_status(outcomes, "settled"))
    assert.equal("Conflict", world.with_status(outcomes, "failed")[1].error.code)
    local written = w:count "wellarchitected.UpdateAnswer"
    local _, again = w:resolve()
    assert.equal("settled", world.statuses(again))
    assert.equal(written, w:count "wellarchitected.UpdateAnswer")
    assert.equal("settled", w.store:get("finding", record.key).status)
  end)
end)

describe("a crash", function()
  local function crash_at(n)
    local real, commits = w.store.commit, 0
    rawset(w.store, "commit", function(...)
      commits = commits + 1
      if commits == n then error("crash", 0) end
      return real(...)
    end)
    local ok = pcall(w.resolve, w)
    rawset(w.store, "commit", nil)
    return not ok
  end

  it("at any commit leaves what the next run brings to the same end", function()
    local record = w:people_resolve "sec_identity_mfa"
    local n = 1
    while crash_at(n) do
      n = n + 1
      assert.is_true(n < 10)
      w:resolve()
      assert.equal("settled", w.store:get("finding", record.key).status)
      assert.is_true(w.store:get("item", record.item_id).processed)
      assert.equal(0, w:records "applying")
      assert.equal(1, w:count "wellarchitected.UpdateAnswer")
      -- and once more from the beginning
      w = world.new()
      w:scan()
      record = w:people_resolve "sec_identity_mfa"
    end
    assert.equal(4, n) -- applying, end, watermark: three commits, three crashes
  end)
end)
