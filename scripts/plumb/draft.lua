-- Draws up the plan of one place: what the workflow wants, and what follows from state and lists that no
-- workflow has to think of: items taken over on a new state file, items of what is gone, workloads that
-- were not read because nothing moved.

local context = require "plumb.context"
local freshness_of = require "plumb.freshness"
local history = require "plumb.history"
local gather = require "plumb.plan.gather"
local problem = require "plumb.problem"
local recall = require "plumb.recall"
local stock = require "plumb.stock"
local survey = require "plumb.survey"
local take_over = require "plumb.take_over"
local stores = require "plumb.store"

local draft = {}

local function is_here(plumb, record)
  return record.region == plumb.region and (not plumb.account or record.account == plumb.account)
end

-- A run on a state that knew nothing is the first one, unless there were items all the same.
local function note_taken_over(plumb, plan, taken)
  local creates = false
  for _, step in ipairs(plan.steps) do creates = creates or step.kind == "create" end
  take_over.check_legacy(plumb, taken, creates)
  plan.taken_over, plan.first_run = taken.items > 0 and taken.items or nil, taken.items == 0
end

-- Risks that --fail-on asks about, also those of which the policy makes no item.
local function count_risks(plumb, plan, freshness)
  local unread = {}
  for risk in plumb.store:each("risk", { status = "open" }) do
    if freshness:is_unread(risk) then unread[#unread + 1] = risk end
  end
  for _, risk in ipairs(survey.only(unread, { lens = plumb.args.lens })) do
    plan.risks[risk.risk] = (plan.risks[risk.risk] or 0) + #risk.missing
  end
end

-- Findings of what was not read, because nothing moved, are what the state says they are.
local function count_unchanged(plumb, plan)
  local freshness = rawget(plumb, "freshness")
  if not freshness then return end
  plan.unchanged_workloads = freshness.unchanged
  for status, counted in pairs { open = "kept", accepted = "accepted" } do
    for record in plumb.store:each("finding", { status = status }) do
      if freshness:is_unread(record) then plan[counted] = plan[counted] + 1 end
    end
  end
  if plumb.args.fail_on then count_risks(plumb, plan, freshness) end
end

-- The findings of this place that have an item, or may have one, one by one.
local function each_standing(plumb, statuses)
  return coroutine.wrap(function()
    for _, status in ipairs(statuses) do
      for record in plumb.store:each("finding", { status = status }) do coroutine.yield(record) end
    end
  end)
end

local WITH_ITEM, STANDING = { "open", "intended" }, { "open", "intended", "contested" }

-- Not one workload, where there are items: rather a wrong account, Region or permission than a clean sweep.
local function refuse_to_close_all(plumb, plan)
  local n = 0
  for record in each_standing(plumb, WITH_ITEM) do
    if plumb.account and is_here(plumb, record) then n = n + 1 end
  end
  if n == 0 then return end
  plan:fail(problem.new {
    id = "E332", what = ("no workload is listed, and %d findings have open items"):format(n),
    where = plumb.place or plumb.region, tried = "closed nothing",
    fix = "check account, Region and permissions; plumb cleanup resolves the items if it is true",
  })
end

-- Whether a workload that is not on the list is gone. One that is there all the same, or of which nobody can tell,
-- counts as listed, and the run says that it did not read it. Waits.
local function is_gone(plumb, plan, record)
  local arn = record.workload_arn
  local gone, failure = plumb.reader:is_gone(arn)
  if gone then return true end
  local shown = failure and problem.from(failure) or problem.new { id = "E332",
    what = "a workload was left out of the list of workloads, and is there",
    tried = "closed nothing of it", fix = "plumb scan   reads it the next time" }
  shown.where = ("workload '%s'%s"):format(record.workload_name or arn, shown.where and "\n" .. shown.where or "")
  plan:fail(shown)
  plumb.reader.listed[arn] = true
  return false
end

-- Items of workloads that are gone, and of lenses that a workload no longer has. Only a list that came to
-- its end says that something is not on it.
local function close_gone(plumb, plan)
  local reader = rawget(plumb, "reader")
  if not reader or not reader.complete then return end
  if not next(reader.listed) then
    refuse_to_close_all(plumb, plan)
    return
  end
  local gone = {}
  for record in each_standing(plumb, STANDING) do
    local arn, reason = record.workload_arn, nil
    local lenses = reader:lenses_of(arn)
    if plumb.account and is_here(plumb, record) and not reader.listed[arn] then
      gone[arn] = gone[arn] or is_gone(plumb, plan, record)
      reason = gone[arn] and "the workload no longer exists" or nil
    elseif lenses and not lenses[record.lens_arn] then
      reason = "the workload is no longer reviewed with this lens"
    end
    if reason then plan.steps[#plan.steps + 1] = { kind = "obsolete", record = record, reason = reason } end
  end
end

-- What was reviewed once and is no more ends in the history too.
local function end_history(plumb)
  local reader = rawget(plumb, "reader")
  if plumb.args.dry_run or not reader or not reader.complete or not next(reader.listed) then return end
  history.sweep(plumb.store, function(reading)
    local lenses = reader:lenses_of(reading.workload_arn)
    if lenses then return not lenses[reading.lens_arn] end
    return plumb.account and is_here(plumb, reading) and not reader.listed[reading.workload_arn]
  end, plumb.time.now())
end

-- What a baseline put down has no item that could be closed; once it is dealt with, it is a practice like any other,
-- and gets an item when it goes missing again.
local function leave_baseline(plumb, plan)
  local writes, steps = {}, {}
  for _, step in ipairs(plan.steps) do
    local record = (step.kind == "close" or step.kind == "obsolete") and step.record
    if record and record.status == "accepted" and not record.item_id then
      record.status, record.reason = step.kind == "close" and "fixed" or "obsolete", step.reason
      writes[#writes + 1] = { "put", "finding", record }
    else
      steps[#steps + 1] = step
    end
  end
  plan.steps = steps
  if not plumb.args.dry_run then stores.commit_pieces(plumb.store, writes) end
end

-- Whether findings of a group have its item although the group has not: a run ended between the two.
local function is_ahead(plumb, of_group)
  for record in plumb.store:each("finding", { workload_arn = of_group.workload_arn }) do
    if record.group_key == of_group.key and record.status == "open" then return true end
  end
  return false
end

-- Groups whose items are not known to say what they should, or were being made or closed when a run ended, are
-- looked at even when nothing about their findings moved.
local function look_at_groups(plumb, plan)
  local function look(record)
    plan.steps[#plan.steps + 1] = { kind = gather.LOOK, group_key = record.key }
  end
  for record in plumb.store:each("item_group", { status = "open" }) do
    if (record.reason or not record.shown) and is_here(plumb, record) then look(record) end
  end
  for record in plumb.store:each("item_group", { status = "intended" }) do
    local settled = (record.ambiguous_until or 0) <= plumb.time.now()
    if settled and is_here(plumb, record) and is_ahead(plumb, record) then look(record) end
  end
end

-- What is true of practices whose items are not what the state took them for, only a reading tells.
local function read_again(plumb, taken)
  local due = {}
  for _, name in ipairs { "gone", "doubted", "taken_up" } do
    for _, record in ipairs(taken[name]) do due[record.workload_arn] = true end
  end
  for _, found in ipairs(taken.strays) do due[recall.workload_arn(found.fields)] = true end
  for arn in pairs(due) do freshness_of.forget(plumb.store, arn) end
end

-- Once in the time of a full check, what the state takes for open is compared with what is.
local function take_stock(plumb)
  local name = "stock/" .. plumb.mark
  local mark = plumb.store:get("mark", name)
  local due = mark and plumb.time.now() >= mark.value + plumb.policy.seconds("full_check")
  if plumb.args.dry_run or mark and not due then return end
  if due then
    local taken = stock.take { store = plumb.store, sink = plumb.sink, now = plumb.time.now, run = plumb.run_id,
      settling = plumb.policy.seconds("quarantine"), place = plumb.mark,
      belongs = function(record) return is_here(plumb, record) end,
      is_about_here = function(found) return take_over.belongs(plumb, found, is_here) end }
    take_over.strays(plumb, taken.strays)
    read_again(plumb, taken)
  end
  mark = mark or { name = name }
  mark.value = plumb.time.now()
  assert(plumb.store:commit { { "put", "mark", mark } })
end

---Runs a workflow in one place and completes its plan. Waits.
---@param plumb plumb.Context  the place
---@param command string       "scan" or "resolve"
---@return plumb.Plan  not finished yet: several places have one budget
function draft.draw_up(plumb, command)
  if command == "scan" then take_stock(plumb) end
  local taken = command == "scan" and take_over.items(plumb, is_here)
  local plan = context.run_workflow(plumb, command)
  if type(plan) ~= "table" or not plan.steps then
    problem.raise { id = "E410", what = ("the workflow '%s' did not return its plan"):format(command),
      fix = "end it with: return plan" }
  end
  if taken then note_taken_over(plumb, plan, taken) end
  rawset(plumb, "taken", taken or nil)
  close_gone(plumb, plan)
  end_history(plumb)
  count_unchanged(plumb, plan)
  leave_baseline(plumb, plan)
  if plumb.args.baseline then plan.baseline = plumb.baseline:finish() end
  if command == "scan" then look_at_groups(plumb, plan) end
  plan:complete()
  for _, step in ipairs(plan.steps) do step.place = plumb end
  return plan
end

local DONE = { created = true, adopted = true, updated = true, closed = true }

---What was read in a place is known from now on, except where something was left undone.
---@param plumb plumb.Context
---@param plan plumb.Plan  of the whole run
---@param outcomes plumb.Outcome[]
function draft.remember(plumb, plan, outcomes)
  local freshness, args = rawget(plumb, "freshness"), plumb.args
  if not freshness or args.lens or args.risk then return end
  local function undone(what)
    local record = what.record or what.finding and { workload_arn = what.finding.workload.WorkloadArn }
    if record then freshness:keep_due(record.workload_arn) end
  end
  for arn in pairs(plan.due) do freshness:keep_due(arn) end
  for _, action in ipairs(plan.waiting) do undone(action) end
  for arn in pairs(plumb.unread) do freshness:keep_due(arn) end
  local settled = {}
  for _, outcome in ipairs(outcomes) do settled[outcome.step] = DONE[outcome.status] end
  for _, step in ipairs(plan.steps) do
    if not settled[step] then undone(step) end
  end
  stores.commit_pieces(plumb.store, freshness:writes())
  stores.commit_pieces(plumb.store, { take_over.noted(plumb, rawget(plumb, "taken")) })
end

return draft
