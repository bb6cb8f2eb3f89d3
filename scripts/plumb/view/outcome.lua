-- What a run shows: rows for people and programs, and the JSON document. Pure: plan and outcomes in,
-- tables and text out.

local day = require "plumb.policy.day"
local json = require "plumb.json"

local view = {}

local WORDS = {
  create = "create", ["return"] = "create", update = "update", close = "close", obsolete = "close",
  settle = "answer",
}

-- An item that stands for several practices: how many, and which group they are.
local function group_subject(record, found, count, id)
  return {
    risk = found and found.risk or record.risk, workload = record.workload_name,
    lens = record.lens_alias or record.lens_arn, question = record.mode == "question" and record.name or nil,
    practice = ("%d %s"):format(count, count == 1 and "practice" or "practices"), practices = count,
    group = record.mode, key = record.key, id = id or record.item_id, account = record.account, region = record.region,
  }
end

-- The parts of a step that every row has, wherever they come from.
local function subject(step)
  if step.group then return group_subject(step.group.record, step.finding, step.group.count) end
  if step.resolved and step.resolved.members then
    return group_subject(step.resolved.record, step.resolved.finding, #step.resolved.members, step.resolved.id)
  end
  local found = step.finding or step.resolved and step.resolved.finding
  local record = step.record or step.resolved and step.resolved.record or {}
  if found then
    return {
      risk = found.risk, workload = found.workload.WorkloadName, lens = found.lens.LensAlias or found.lens.LensArn,
      question = found.question.QuestionId, choice = found.choice.ChoiceId, practice = found.choice.Title,
      key = found.key, id = step.resolved and step.resolved.id or record.item_id, account = found.account,
      region = found.region,
    }
  end
  return {
    risk = record.risk, workload = record.workload_name, lens = record.lens_alias or record.lens_arn,
    question = record.question_id, choice = record.choice_id, key = record.key,
    practice = step.practice or record.choice_id, -- the state knows the title of the item alone
    id = record.item_id, account = record.account, region = record.region,
  }
end

---One row for what is going to be done.
---@param step table
---@return table
function view.planned(step)
  local row = subject(step)
  row.action = WORDS[step.kind]
  row.title = step.item and step.item.title or step.record and step.record.title
    or step.resolved and step.resolved.title
  row.severity = step.item and step.item.severity
  row.shown = step.item and step.item.shown
  row.reason = step.reason
  row.cut = step.item and step.item.cuts[1] and json.list(step.item.cuts) or nil
  if step.outcome then
    row.outcome, row.outcome_reason = step.outcome.outcome, step.outcome.reason
    row.accepted_until = step.outcome.expires and day.text(step.outcome.expires) or nil
  end
  if WORDS[step.kind] == "create" then
    row.id = nil -- what the record says is the item before, or, after the create, the new one
    row.previous_item = step.item and step.item.related[1]
  end
  return row
end

---One row for what became of it.
---@param outcome plumb.Outcome
---@return table
function view.done(outcome)
  local row = view.planned(outcome.step)
  row.status = outcome.status
  row.id = outcome.id or row.id
  row.reason = outcome.reason or row.reason
  if outcome.error then
    row.error = { code = outcome.error.code, message = outcome.error.message,
      request_id = outcome.error.request_id }
  elseif outcome.problem then
    row.error = { code = outcome.problem.id, message = outcome.problem.what, because = outcome.problem.because,
      where = outcome.problem.where }
  end
  if outcome.answer then row.risk_after = outcome.answer.Risk end
  row.milestone = outcome.milestone
  return row
end

---One row for a resolved item whose outcome nobody could tell.
---@param refused { resolved: table, problem: plumb.Problem }
---@return table
function view.refused(refused)
  return view.done { step = { kind = "settle", resolved = refused.resolved }, status = "failed",
    problem = refused.problem, reason = refused.problem.because }
end

-- Milestones that were made before answers were changed; nil for none.
local function milestones(outcomes)
  local seen, n = {}, 0
  for _, outcome in ipairs(outcomes) do
    local name = outcome.milestone
    local which = name and outcome.step.resolved.record.workload_arn .. " " .. name
    if which and not seen[which] then seen[which], n = true, n + 1 end
  end
  return n > 0 and n or nil
end

---Counts for the summary. `failed` counts findings and items, and also workloads or lenses that could
---not be read.
---@param plan plumb.Plan
---@param outcomes plumb.Outcome[]
---@return table<string, integer>
function view.summary(plan, outcomes)
  local n = { created = 0, adopted = 0, updated = 0, closed = 0, noted = 0, pending = #plan.waiting,
    skipped = plan.left.all - plan.left.failed, unchanged = plan.kept, accepted = plan.accepted, failed = 0 }
  local counted = { created = "created", adopted = "adopted", updated = "updated", closed = "closed",
    settled = "updated", kept = "noted", obsolete = "closed", failed = "failed", pending = "pending",
    stopped = "skipped" }
  for _, outcome in ipairs(outcomes) do
    local name = counted[outcome.status]
    n[name] = n[name] + 1
  end
  n.failed = n.failed + #plan.problems
  n.milestones = milestones(outcomes)
  return n
end

local function problem_rows(problems)
  local rows = {}
  for i, p in ipairs(problems) do
    rows[i] = { code = p.id, message = p.what, item = p.item, where = p.where, because = p.because, fix = p.fix }
  end
  return json.list(rows)
end

local function skipped_rows(plan)
  local rows = {}
  for i, skipped in ipairs(plan.skipped) do
    local row = subject(skipped)
    row.action, row.status, row.reason = "skip", "skipped", skipped.reason
    rows[i] = row
  end
  return json.list(rows)
end

---The JSON document of a run; fields are only ever added.
---@param facts { command: string, run: string, account: string?, region: string, dry_run: boolean,
---  simulated: boolean, calls: table<string, integer>, interrupted: boolean }
---@param plan plumb.Plan
---@param outcomes plumb.Outcome[]|nil  nil for a dry run
---@return table
function view.document(facts, plan, outcomes)
  local items = {}
  if outcomes then
    for i, outcome in ipairs(outcomes) do items[i] = view.done(outcome) end
  else
    for i, step in ipairs(plan.steps) do items[i] = view.planned(step) end
  end
  for _, refused in ipairs(plan.refused) do items[#items + 1] = view.refused(refused) end
  return {
    schema = ("plumb.%s/1"):format(facts.command),
    run = facts.run,
    account = facts.account or nil,
    region = facts.region,
    simulated = facts.simulated or nil,
    dry_run = facts.dry_run,
    interrupted = facts.interrupted or nil,
    summary = view.summary(plan, outcomes or {}),
    planned = plan:tally(),
    read = { workloads = plan:workload_count(), lenses = plan.lenses, questions = plan.questions,
      findings = plan.findings },
    items = json.list(items),
    skipped = skipped_rows(plan),
    problems = problem_rows(plan.problems),
    asides = facts.asides and json.list(facts.asides) or nil,
    ending = json.list(facts.ending or {}),
    calls = facts.calls,
  }
end

return view
