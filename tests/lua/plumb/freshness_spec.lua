-- What a run reads when something moved, or nothing did: counted in calls that reached the service.

local world = require "support.world"

local DAY = 86400

describe("an incremental scan", function()
  local w

  before_each(function() w = world.new() end)
  after_each(world.restore)

  -- A scan as the command makes it, with what it remembers at its end.
  local function scan(args)
    local draft = require "plumb.draft"
    local apply = require "plumb.apply"
    local plumb = w:begin(args)
    local plan = draft.draw_up(plumb, "scan")
    plan:finish { budget = w.policy.budget, limit = plumb.args.limit }
    local outcomes = {}
    if not (args and args.dry_run) then
      outcomes = apply.plan(plan, { opener = plumb.opener, settler = plumb.settler, policy = w.policy })
      draft.remember(plumb, plan, outcomes)
    end
    return plan, outcomes
  end

  local function calls_of(fn)
    local counts, before = {}, {}
    for name, n in pairs(w.sim.counts) do before[name] = n end
    local plan, outcomes = fn()
    for name, n in pairs(w.sim.counts) do
      if n ~= (before[name] or 0) then counts[name:match("[^.]+$")] = n - (before[name] or 0) end
    end
    return counts, plan, outcomes
  end

  local function a_record()
    for record in w.store:each("finding", { status = "open" }) do
      if record.workload_name == "billing" and record.question_id == "rel_recovery" then return record end
    end
  end

  it("asks for two lists and nothing else when nothing moved", function()
    scan()
    local counts, plan = calls_of(scan)
    assert.same({ ListWorkloads = 1, ListLenses = 1 }, counts)
    assert.equal(0, #plan.steps)
    assert.equal(4, plan.unchanged_workloads)
    assert.is_true(plan.kept > 20) -- what the state knows still counts as open
  end)

  it("asks the state for all it remembers at once, not for each workload", function()
    scan()
    local asked, get = {}, w.store.get
    w.store.get = function(self, kind, key)
      asked[kind] = (asked[kind] or 0) + 1
      return get(self, kind, key)
    end
    scan()
    scan { full = true }
    w.store.get = nil
    assert.is_nil(asked.workload)
    assert.is_nil(asked.review)
  end)

  -- Guards what is kept of a workload that was read: ten thousand of them fit beside everything else.
  it("keeps a few hundred bytes for each workload", function()
    local fresh = require("plumb.freshness").new { store = w.store, now = function() return w.clock end,
      full_check = DAY, salt = "" }
    local function see(from, to)
      for i = from, to do
        assert(fresh:workload_due { WorkloadName = ("workload %06d"):format(i), UpdatedAt = i,
          Lenses = { "wellarchitected" }, RiskCounts = { HIGH = 3, NONE = 20 },
          WorkloadArn = ("arn:aws:wellarchitected:us-east-1:111122223333:workload/%032x"):format(i) })
      end
      collectgarbage()
      collectgarbage()
      return collectgarbage "count" * 1024
    end
    local before = see(1, 1100)
    assert.is_true((see(1101, 4000) - before) / 2900 < 400)
  end)

  it("reads only the lens that moved", function()
    scan()
    local record = a_record()
    w:later(60)
    w:person_answers(record, { [record.choice_id] = "SELECTED" })
    local counts, plan = calls_of(scan)
    assert.equal(1, counts.ListLensReviews) -- billing has two lenses
    assert.equal(1, counts.ListAnswers)
    assert.equal(1, plan:tally().close)
  end)

  it("counts what is open in the lenses that did not move", function()
    local created = scan():tally().create
    local record = w:finding "house_secrets_vault"
    w:later(60)
    w:person_answers(record, { [record.choice_id] = "SELECTED" })
    local counts, plan = calls_of(scan)
    assert.equal(1, counts.ListAnswers)
    assert.equal(1, plan:tally().close)
    assert.equal(created - 1, plan.kept)
  end)

  -- Guards --fail-on: the same risks say the same, read again or not, with an item or without.
  it("knows the risks of what did not move", function()
    local options = { fail_on = "high", set = { "risks=MEDIUM" } }
    local first = scan(options).risks
    assert.is_true(first.HIGH > 10)
    local counts, plan = calls_of(function() return scan(options) end)
    assert.is_nil(counts.ListAnswers)
    assert.same(first, plan.risks)
  end)

  -- Guards the rolling check: AWS may or may not move UpdatedAt when an answer changes.
  it("finds a change that moved nothing within the period of the full check", function()
    scan()
    local counts = calls_of(function()
      w:later(DAY + 1)
      return scan()
    end)
    assert.is_true(counts.ListAnswers >= 6)
  end)

  it("reads everything when it is told to", function()
    scan()
    assert.equal(6, calls_of(function() return scan { full = true } end).ListAnswers)
  end)

  it("reads everything when the policy changed", function()
    scan()
    local counts = calls_of(function() return scan { set = { "parallel=4" } } end)
    assert.equal(5, counts.ListAnswers) -- all but the workload that has no risk at all
  end)

  it("keeps a workload due when something about it was left undone", function()
    scan { limit = 1 }
    local counts, plan = calls_of(scan)
    assert.is_true(counts.ListAnswers >= 5)
    assert.is_true(plan:tally().create > 20)
    assert.is_nil(calls_of(scan).ListAnswers)
  end)

  it("does not take a part for the whole", function()
    scan { risk = { "HIGH" } }
    local _, plan = calls_of(scan)
    assert.is_true(plan:tally().create > 5) -- the MEDIUM ones
  end)

  it("reads a workload again on the day until which something was accepted", function()
    scan()
    local record = a_record()
    record.status, record.accepted_until = "accepted", w.clock + 1000
    assert(w.store:commit { { "put", "finding", record } })
    w:later(999)
    assert.is_nil(calls_of(scan).ListAnswers)
    w:later(2)
    local counts, plan = calls_of(scan)
    assert.equal(2, counts.ListAnswers)
    assert.equal(1, plan:tally()["return"])
  end)

  -- Guards expired() beside a change elsewhere: the lens of the acceptance has not moved, and would not be read.
  it("reads all lenses of a workload on that day, when something else in it moved as well", function()
    scan()
    local record = w:finding "house_secrets_vault"
    record.status, record.accepted_until = "accepted", w.clock + 1000
    assert(w.store:commit { { "put", "finding", record } })
    w:later(1001)
    w:person_answers(a_record(), { rel_recovery_drill = "SELECTED" })
    local _, plan = calls_of(scan)
    assert.equal(1, plan:tally()["return"])
    assert.equal("open", w:finding("house_secrets_vault").status)
  end)

  -- Guards every run after it: a practice that was dealt with meanwhile stays accepted, whatever the day.
  it("reads a workload for such a day once, also when nothing follows from it", function()
    scan()
    local record = a_record()
    record.status, record.accepted_until = "accepted", w.clock + 1000
    assert(w.store:commit { { "put", "finding", record } })
    w:later(10)
    w:person_answers(record, { [record.choice_id] = "SELECTED" })
    scan()
    w:later(1000)
    assert.equal(2, calls_of(scan).ListAnswers)
    assert.is_nil(calls_of(scan).ListAnswers)
  end)

  it("reads a workload again when its practice is asked for again, though nothing moved", function()
    scan()
    local late, taken_back = w:finding "house_secrets_vault", w:finding("rel_recovery_drill", "shop-prod")
    w:person_resolves(late.item_id, "accepted until 2025-06-30")
    w:person_resolves(taken_back.item_id)
    local function put(kind, record) assert(w.store:commit { { "put", kind, record } }) end
    put("applying", { question = taken_back.workload_arn .. " " .. taken_back.lens_arn .. " " .. taken_back.question_id,
      items = require("plumb.json").list { taken_back.item_id }, at = w.clock - 3600 })
    w:resolve()
    assert.equal("accepted", w:finding("house_secrets_vault").status)
    assert.equal("contested", w:finding("rel_recovery_drill", "shop-prod").status)
    local plan = scan()
    assert.equal(2, plan:tally()["return"])
    assert.equal(2, plan:workload_count())
    assert.equal(2, plan.unchanged_workloads)
  end)

  -- Guards the history: what people accepted and then dealt with has no item that would be closed.
  it("reads a workload once more when its last risk is gone", function()
    scan()
    local arn
    for record in w.store:each("finding", { status = "open" }) do
      if record.workload_name == "billing" then
        arn, record.status = record.workload_arn, "accepted"
        assert(w.store:commit { { "put", "finding", record } })
      end
    end
    w:later(60)
    for record in w.store:each("finding", { workload_arn = arn }) do
      w:person_answers(record, { [record.choice_id] = "SELECTED" })
    end
    local counts, plan = calls_of(scan)
    assert.equal(0, #plan.steps)
    assert.equal(2, counts.ListAnswers)
    for risk in w.store:each("risk", { workload_arn = arn }) do assert.equal("over", risk.status) end
    assert.is_nil(calls_of(scan).ListAnswers)
  end)

  it("reads a workload again when stock was taken and an item of it is not what it seemed", function()
    scan()
    local gone = w:finding "house_secrets_vault"
    w.sim.world.opsitem[gone.item_id].deleted_at = w.clock
    w:later(DAY + 1)
    for record in w.store:each "workload" do
      record.last_full_check = w.clock
      assert(w.store:commit { { "put", "workload", record } })
    end
    local plan = scan()
    assert.equal(1, plan:tally()["return"])
    assert.equal(3, plan.unchanged_workloads)
  end)

  it("does not pass over such a day that comes while a run goes on", function()
    scan()
    local record = a_record()
    record.status, record.accepted_until = "accepted", w.clock + 1000
    assert(w.store:commit { { "put", "finding", record } })
    w:later(999)
    local draft, plumb = require "plumb.draft", w:begin { full = true }
    local plan = draft.draw_up(plumb, "scan")
    w:later(2)
    draft.remember(plumb, plan, {})
    assert.equal(1, scan():tally()["return"])
  end)

  it("keeps a workload due while the policy's function for a lens fails on it", function()
    w = world.new { policy = [[return {
      lens = function(w, l) return w.WorkloadName ~= "billing" or l.LensAlias ~= nil or l.nothing.at_all end,
    }]] }
    assert.equal(1, #scan().problems)
    local counts, plan = calls_of(scan)
    assert.equal(1, #plan.problems)
    assert.equal(1, counts.ListAnswers) -- the other lens of the workload
    assert.equal(3, plan.unchanged_workloads)
  end)

  it("remembers nothing of a dry run", function()
    require("plumb.draft").draw_up(w:begin {}, "scan")
    assert.is_nil(w.store:each("workload")())
  end)

  it("resolves the items of a workload that is gone, after a complete list only", function()
    scan()
    local record = a_record()
    local id = record.workload_arn:match("workload/(.+)$")
    assert(w.client.wellarchitected:DeleteWorkload { WorkloadId = id })
    w.sim:fault { operation = "wellarchitected.ListWorkloads", kind = "5xx", count = 9 }
    assert.has_error(scan)
    w.sim:clear_faults()
    local _, plan = calls_of(scan)
    assert.is_true(plan:tally().obsolete > 0)
    for _, step in ipairs(plan.steps) do assert.equal("the workload no longer exists", step.reason) end
  end)

  it("resolves the items of a lens that a workload is no longer reviewed with", function()
    scan()
    local arn, workload
    for entry in w.store:each("finding", { status = "open" }) do
      if entry.lens_alias == "serverless" then arn, workload = entry.lens_arn, entry.workload_arn end
    end
    w:later(60)
    assert(w.client.wellarchitected:DisassociateLenses { WorkloadId = workload:match("workload/(.+)$"),
      LensAliases = { "serverless" } })
    local _, plan = calls_of(scan)
    local gone = 0
    for _, step in ipairs(plan.steps) do
      if step.kind == "obsolete" and step.record.lens_arn == arn then gone = gone + 1 end
    end
    assert.is_true(gone > 0)
    for entry in w.store:each("finding", { workload_arn = workload }) do
      if entry.lens_arn == arn then assert.equal("obsolete", entry.status) end
    end
  end)
end)

describe("a baseline", function()
  after_each(world.restore)

  it("puts down what is missing today, and makes items for what goes missing later", function()
    local w = world.new()
    local draft = require "plumb.draft"
    local plan = draft.draw_up(w:begin { baseline = true }, "scan")
    assert.equal(0, #plan.steps)
    assert.is_true(plan.baseline > 20)
    assert.equal(0, w:count("ssm.CreateOpsItem"))
    assert.equal(0, #draft.draw_up(w:begin { full = true }, "scan").steps)

    local answer = w.client.wellarchitected:all("ListAnswers", { LensAlias = "wellarchitected",
      WorkloadId = w.store:each("finding")().workload_arn:match("workload/(.+)$") })
    local selected
    for _, a in ipairs(answer) do
      if (a.Risk == "HIGH" or a.Risk == "MEDIUM") and #a.SelectedChoices > 0
        and not a.SelectedChoices[1]:find("_no$") then
        selected = selected or { question = a.QuestionId, choice = a.SelectedChoices[1] }
      end
    end
    assert.is_not_nil(selected)
    local record = w.store:each("finding")()
    w:person_answers({ workload_arn = record.workload_arn, lens_alias = "wellarchitected",
      question_id = selected.question }, { [selected.choice] = "UNSELECTED" })
    local later = draft.draw_up(w:begin { full = true }, "scan")
    assert.is_true(#later.steps > 0)
    for _, step in ipairs(later.steps) do assert.equal("create", step.kind) end
  end)

  -- Guards plan.lua's add: what is put down is written meanwhile, which lets others in between.
  it("puts a practice down once, also when its workload is listed twice", function()
    local w = world.new { seed = require("sim.seed.large") { workloads = 2 } }
    local plumb = w:begin { baseline = true }
    local plan = plumb.plan()
    require("plumb.task").map({ 1, 2 }, function()
      for workload in w.client.wellarchitected:each("ListWorkloads", {}) do
        for _, lens in ipairs(plumb.reader:lenses(workload)) do
          plan:review(workload, lens, plumb.findings(workload, lens))
        end
      end
    end)
    assert.equal(120, plumb.baseline:finish())
    assert.equal(120, w:records "finding")
  end)

  it("asks for what was dealt with since, when it goes missing again", function()
    local w, draft = world.new(), require "plumb.draft"
    draft.draw_up(w:begin { baseline = true }, "scan")
    local record = w:finding "ops_observe_alarms"
    w:person_answers(record, { ops_observe_alarms = "SELECTED" })
    assert.equal(0, #draft.draw_up(w:begin { full = true }, "scan").steps)
    assert.equal("fixed", w:finding("ops_observe_alarms").status)
    w:person_answers(record, { ops_observe_alarms = "UNSELECTED" })
    local _, outcomes = w:scan { full = true }
    assert.equal("created", world.statuses(outcomes))
    assert.equal("open", w:finding("ops_observe_alarms").status)
  end)
end)
