-- The main job, with the built binary and the simulator in processes of their own: scan, resolve, and what follows.

local oracle = require("support.oracle")
local process = require("support.process")
local simulator = require("support.simulator_process")

local SUMMARY = { "created", "updated", "closed", "skipped", "failed" }

local RISK_WORD = { HIGH = "High", MEDIUM = "Medium" }
local SEVERITY = { HIGH = "2", MEDIUM = "3" }

local function keys(map)
  local list = {}
  for key in pairs(map) do list[#list + 1] = key end
  table.sort(list)
  return list
end

local function operations(calls)
  local list = {}
  for i, call in ipairs(calls) do list[i] = call.service .. "." .. call.operation end
  return list
end

describe("the main job", function()
  local stage

  before_each(function() stage = simulator.start() end)
  after_each(function() stage:stop() end)

  local function scan() return stage:document("scan --yes --json") end
  local function lose_state() os.execute("rm " .. process.quote(stage.state) .. "*") end
  local function resolve() return stage:document("resolve --yes --json") end

  -- The open item of a choice.
  local function item_for(choice, of)
    for _, item in pairs(stage:items()) do
      if oracle.field(item, "ChoiceId") == choice and oracle.field(item, "WorkloadName") == (of or "billing")
        and item.Status == "Open" then
        return item
      end
    end
    error("no open item for " .. choice)
  end

  local function workload(name)
    for entry in stage:client().wellarchitected:each("ListWorkloads", {}) do
      if entry.WorkloadName == name then return entry end
    end
  end

  local function answer(name, question, lens)
    return assert(stage:client().wellarchitected:GetAnswer({ WorkloadId = workload(name).WorkloadId,
      LensAlias = lens or "wellarchitected", QuestionId = question })).Answer
  end

  it("writes nothing in a dry run, in AWS or on disk", function()
    local document = stage:document("scan --dry-run --json")
    local _, count = oracle.missing(stage:client(), stage.account)
    assert.equal(count, document.planned.create)
    assert.equal(count, #document.items)
    assert.equal(0, document.summary.created)
    assert.is_true(document.dry_run)
    assert.same({}, stage:journal(true))
    assert.same("", process.shell("ls -A " .. process.quote(stage.home)))
  end)

  it("makes exactly the items that are missing, each as it should be", function()
    local wanted, count = oracle.missing(stage:client(), stage.account)
    assert.is_true(count > 20)
    stage:forget()
    local document = scan()
    assert.equal(count, document.summary.created)
    for _, name in ipairs(SUMMARY) do assert.equal("integer", math.type(document.summary[name]), name) end

    local made = oracle.by_name(stage:items())
    assert.same(keys(wanted), keys(made))
    for name, found in pairs(wanted) do
      assert.equal(1, #made[name], name)
      local item, field = made[name][1], function(key) return oracle.field(made[name][1], key) end
      assert.equal(("%s Risk - %s - %s"):format(RISK_WORD[found.answer.Risk], found.workload.WorkloadName,
        found.choice.Title), item.Title)
      assert.equal(SEVERITY[found.answer.Risk], item.Severity)
      assert.equal("Well-Architected", item.Source)
      assert.equal("Open", item.Status)
      assert.equal(found.workload.WorkloadName, field("WorkloadName"))
      assert.equal(found.choice.Title, field("Best practices missing"))
      assert.equal(found.answer.PillarId, field("Pillar"))
      assert.equal(found.answer.QuestionTitle, field("Question"))
      assert.equal(found.answer.Risk, field("Risk level"))
      assert.equal(found.answer.QuestionId, field("QuestionId"))
      assert.equal(found.choice.ChoiceId, field("ChoiceId"))
      assert.equal(found.lens.LensAlias or found.lens.LensArn, field("Lens"))
      local plan = found.choice.ImprovementPlan and found.choice.ImprovementPlan.Url or found.answer.ImprovementPlanUrl
      assert.equal(plan, field("Improvement Plan"), name)
      assert.same({ { arn = found.workload.WorkloadArn } }, require("plumb.json").decode(field("/aws/resources")))
      assert.truthy(require("plumb.json").decode(field("/aws/dedup")).dedupString:find("^%x+$"))
      assert.truthy(item.Description:find(found.answer.QuestionTitle, 1, true), item.Description)
      assert.truthy(item.Description:find(found.choice.Title, 1, true), item.Description)
    end
  end)

  it("changes nothing but OpsItems, and creates each with one call", function()
    scan()
    local _, count = oracle.missing(stage:client(), stage.account)
    local writes = operations(stage:journal(true))
    assert.equal(count, #writes)
    for _, name in ipairs(writes) do assert.equal("ssm.CreateOpsItem", name) end
  end)

  it("gives every item its own dedup string", function()
    scan()
    local seen = {}
    for _, item in pairs(stage:items()) do
      local dedup = oracle.field(item, "/aws/dedup"):lower()
      assert.is_nil(seen[dedup], dedup)
      seen[dedup] = true
    end
  end)

  it("makes nothing the second time", function()
    local first = scan()
    stage:forget()
    local second = scan()
    assert.equal(0, second.summary.created)
    assert.equal(first.summary.created, second.summary.unchanged)
    assert.same({}, stage:journal(true))
  end)

  it("makes nothing new when the state file is lost", function()
    local first = scan()
    lose_state()
    stage:forget()
    local second = scan()
    assert.equal(0, second.summary.created)
    assert.equal(first.summary.created, second.summary.unchanged)
    assert.same({}, stage:journal(true))
    assert.equal(0, scan().summary.created)
  end)

  it("reads with whole pages and only what it needs", function()
    scan()
    local calls = stage:calls()
    assert.equal(1, calls["wellarchitected.ListWorkloads"])
    assert.equal(6, calls["wellarchitected.ListAnswers"])
    assert.is_nil(calls["wellarchitected.GetAnswer"])
    assert.is_nil(calls["wellarchitected.GetWorkload"])
  end)

  describe("when people resolve items", function()
    local before, targets

    before_each(function()
      scan()
      before, targets = answer("billing", "rel_recovery"), item_for("rel_recovery_targets").OpsItemId
      stage:person({ id = targets, status = "Resolved" })
      stage:person({ id = item_for("rel_recovery_strategy").OpsItemId, status = "Resolved" })
      stage:forget()
    end)

    it("writes nothing in a dry run", function()
      local document = stage:document("resolve --dry-run --json")
      assert.equal(2, document.planned.settle)
      assert.same({}, stage:journal(true))
    end)

    it("selects the practices of a question in one call and unselects the none-choice", function()
      assert.same({ "rel_recovery_no" }, before.SelectedChoices)
      local document = resolve()
      assert.equal(2, document.summary.updated)
      local writes = stage:journal(true)
      assert.same({ "wellarchitected.UpdateAnswer" }, operations(writes))
      assert.same({
        rel_recovery_targets = { Status = "SELECTED" }, rel_recovery_strategy = { Status = "SELECTED" },
        rel_recovery_no = { Status = "UNSELECTED" },
      }, writes[1].input.ChoiceUpdates)
      assert.is_nil(writes[1].input.SelectedChoices)
      assert.is_nil(writes[1].input.Notes)
      assert.is_nil(writes[1].input.IsApplicable)
      local after = answer("billing", "rel_recovery")
      table.sort(after.SelectedChoices)
      assert.same({ "rel_recovery_strategy", "rel_recovery_targets" }, after.SelectedChoices)
    end)

    it("does nothing the second time", function()
      resolve()
      stage:forget()
      local document = resolve()
      assert.equal(0, document.summary.updated)
      assert.same({}, stage:journal(true))
    end)

    it("is at peace with the scan that follows", function()
      resolve()
      stage:forget()
      local document = scan()
      assert.equal(0, document.summary.created)
      assert.equal(0, document.summary.closed)
      assert.equal(0, document.summary.failed)
      for _, call in ipairs(stage:journal(true)) do
        -- The risk of the question went down, so the item that is left says so.
        assert.equal("UpdateOpsItem", call.operation)
        assert.is_nil(call.input.Status)
      end
    end)

    it("opens a new item, related to the old one, when a practice goes missing again", function()
      resolve()
      stage:tick({ workload = workload("billing").WorkloadId, lens = "wellarchitected", question = "rel_recovery",
        unselect = { "rel_recovery_targets" } })
      stage:forget()
      assert.equal(1, scan().summary.created)
      local create
      for _, call in ipairs(stage:journal(true)) do
        if call.operation == "CreateOpsItem" then create = call end
      end
      assert.same({ { OpsItemId = targets } }, create.input.RelatedOpsItems)
      -- The old item is still resolved; its resolution is used up.
      stage:forget()
      assert.equal(0, resolve().summary.updated)
      assert.same({}, stage:journal(true))
      assert.equal(0, scan().summary.created)
    end)
  end)

  it("keeps notes, other choices and applicability when it writes back", function()
    local before = answer("shop-prod", "rel_recovery")
    assert.truthy(before.Notes:find("Drill"))
    scan()
    stage:person({ id = item_for("rel_recovery_drill", "shop-prod").OpsItemId, status = "Resolved" })
    resolve()
    local after = answer("shop-prod", "rel_recovery")
    assert.equal(before.Notes, after.Notes)
    assert.equal(before.IsApplicable, after.IsApplicable)
    local notes = {}
    for _, entry in ipairs(after.ChoiceAnswers) do notes[entry.ChoiceId] = entry.Notes end
    assert.equal("4 h / 15 min, agreed with the shop team", notes.rel_recovery_targets)
    table.sort(after.SelectedChoices)
    assert.same({ "rel_recovery_drill", "rel_recovery_targets" }, after.SelectedChoices)
  end)

  it("writes back an answer under a custom lens, whose ARN is its name", function()
    scan()
    local item = item_for("house_secrets_vault")
    local arn = oracle.field(item, "Lens")
    assert.truthy(arn:find("^arn:aws:wellarchitected:us%-east%-1:111122223333:lens/%x+$"), arn)
    stage:person({ id = item.OpsItemId, status = "Resolved" })
    assert.equal(1, resolve().summary.updated)
    local selected = {}
    for _, id in ipairs(answer("billing", "house_secrets", arn).SelectedChoices) do selected[id] = true end
    assert.is_true(selected.house_secrets_vault)
  end)

  it("does what the item's Outcome entry says", function()
    scan()
    stage:person({ id = item_for("rel_recovery_strategy").OpsItemId, status = "Resolved",
      data = { Outcome = "not_applicable: OUT_OF_SCOPE" } })
    stage:person({ id = item_for("sec_response_plan", "shop-prod").OpsItemId, status = "Resolved",
      data = { Outcome = "accepted: until 2199-01-01" } })
    stage:forget()
    resolve()
    local writes = stage:journal(true)
    assert.equal(1, #writes)
    assert.same({ rel_recovery_strategy = { Status = "NOT_APPLICABLE", Reason = "OUT_OF_SCOPE" } },
      writes[1].input.ChoiceUpdates)
    stage:forget()
    assert.equal(0, scan().summary.created) -- an accepted risk is no news
  end)

  it("resolves the item of a practice ticked by hand, and its echo selects nothing", function()
    scan()
    local item = item_for("rel_recovery_strategy")
    local ticked = { workload = workload("billing").WorkloadId, lens = "wellarchitected", question = "rel_recovery" }
    stage:tick({ workload = ticked.workload, lens = ticked.lens, question = ticked.question,
      select = { "rel_recovery_strategy" } })
    stage:forget()
    assert.equal(1, scan().summary.closed)
    assert.equal("Resolved", stage:items()[item.OpsItemId].Status)
    -- Somebody takes the tick away again before the resolve sees the closed item.
    stage:tick({ workload = ticked.workload, lens = ticked.lens, question = ticked.question,
      unselect = { "rel_recovery_strategy" } })
    stage:forget()
    assert.equal(0, resolve().summary.updated)
    assert.equal(0, stage:document({ "resolve", "--yes", "--json", "--item", item.OpsItemId }).summary.updated)
    assert.same({}, stage:journal(true))
    assert.equal(1, scan().summary.created)
  end)

  it("writes back one item by its id, even when the state file is lost", function()
    scan()
    local item = item_for("rel_recovery_strategy")
    stage:person({ id = item.OpsItemId, status = "Resolved" })
    stage:person({ id = item_for("rel_recovery_targets").OpsItemId, status = "Resolved" })
    lose_state()
    stage:forget()
    local document = stage:document({ "resolve", "--yes", "--json", "--item", item.OpsItemId })
    assert.equal(1, document.summary.updated)
    -- Nobody remembers the none-choice any more: the reply shows it, and a second call takes it away.
    local writes = stage:journal(true)
    assert.same({ "wellarchitected.UpdateAnswer", "wellarchitected.UpdateAnswer" }, operations(writes))
    assert.same({ rel_recovery_strategy = { Status = "SELECTED" } }, writes[1].input.ChoiceUpdates)
    assert.same({ rel_recovery_no = { Status = "UNSELECTED" } }, writes[2].input.ChoiceUpdates)
  end)

  it("tells an item that people only reworked from one that they resolved", function()
    scan()
    stage:person({ id = item_for("rel_recovery_strategy").OpsItemId, status = "InProgress", title = "ours now" })
    stage:forget()
    assert.equal(0, resolve().summary.updated)
    assert.equal(0, scan().summary.created)
    assert.same({}, stage:journal(true))
  end)
end)
