-- One run of a workflow that writes: read, show the plan, ask, carry it out, report. The commands scan
-- and resolve differ in their words only.

local apply = require "plumb.apply"
local context = require "plumb.context"
local err = require "plumb.err"
local narrate = require "plumb.view.narrate"
local open = require "plumb.open"
local plan_file = require "plumb.plan_file"
local problem = require "plumb.problem"
local view = require "plumb.view.outcome"

local runner = {}

-- Exit codes beside 0; `plumb help exit-codes` tells them all.
local RISKS_FOUND, SOME_FAILED, HAS_CHANGES = 3, 5, 6

-- Off a terminal nothing is ever written without --yes; said before the first call, not after it.
local function check_may_write(args, cli)
  if args.dry_run or args.yes then return end
  if not cli.can_ask() then cli.may_write("") end
end

-- On a new or lost state file, the items that exist are taken over instead of made again.
local function take_over(plumb, plan)
  if plumb.store:each("finding")() then return end
  local creates = false
  for _, step in ipairs(plan.steps) do creates = creates or step.kind == "create" end
  if not creates then return end
  local standing, steps = open.standing(plumb.sink:each()), {}
  for _, step in ipairs(plan.steps) do
    local existing = step.kind == "create" and standing[step.finding.key]
    if existing and existing.open then
      if not plumb.args.dry_run then plumb.opener:adopt(step.finding, existing) end
      plan.taken_over = (plan.taken_over or 0) + 1
    else
      steps[#steps + 1] = step
    end
  end
  plan.steps = steps
end

-- Findings of workloads that were not read, because nothing moved, are what the state says they are.
local function count_unchanged(plumb, plan)
  local freshness = rawget(plumb, "freshness")
  if not freshness then return end
  plan.unchanged_workloads = freshness.unchanged
  for record in plumb.store:each("finding", { status = "open" }) do
    local arn = record.workload_arn
    if plumb.reader.listed[arn] and not freshness.seen[arn] then
      plan.kept = plan.kept + 1
      plan.risks[record.risk] = (plan.risks[record.risk] or 0) + 1
    end
  end
end

-- Items of workloads that are gone, and of lenses that a workload no longer has. Only a list that came to
-- its end says that something is not on it.
local function close_gone(plumb, plan)
  local reader = rawget(plumb, "reader")
  if not reader or not reader.complete then return end
  for record in plumb.store:each("finding", { status = "open" }) do
    local lenses, reason = reader.lens_sets[record.workload_arn], nil
    local here = record.region == plumb.region and record.account == plumb.account
    if here and not reader.listed[record.workload_arn] then
      reason = "the workload no longer exists"
    elseif lenses and not lenses[record.lens_arn] then
      reason = "the workload is no longer reviewed with this lens"
    end
    if reason then plan.steps[#plan.steps + 1] = { kind = "obsolete", record = record, reason = reason } end
  end
end

-- What was read is known from now on, except where something was left undone.
local function keep_fingerprints(plumb, plan, outcomes)
  local freshness, args = rawget(plumb, "freshness"), plumb.args
  if not freshness or args.lens or args.risk then return end
  local function undone(what)
    local record = what.record or what.finding and { workload_arn = what.finding.workload.WorkloadArn }
    if record then freshness:keep_due(record.workload_arn) end
  end
  for _, skipped in ipairs(plan.skipped) do
    if skipped.budget or skipped.limit or skipped.failed then undone(skipped) end
  end
  for _, action in ipairs(plan.waiting) do undone(action) end
  for arn in pairs(plan.unread) do freshness:keep_due(arn) end
  local DONE = { created = true, adopted = true, updated = true, closed = true }
  local settled = {}
  for _, outcome in ipairs(outcomes) do settled[outcome.step] = DONE[outcome.status] end
  for _, step in ipairs(plan.steps) do
    if not settled[step] then undone(step) end
  end
  assert(plumb.store:commit(freshness:writes()))
end

local function month_left(plumb, plan)
  local budget = plumb.policy.budget.month
  local first = plan.steps[1] and plan.steps[1].finding
  if not budget or not first then return nil end
  return math.max(0, budget - plumb.opener:created_this_month(first.account))
end

local STALE_SHOWN = 5 -- names of stale steps; the count says the rest

-- Of a plan drawn up now, what a saved plan holds too.
local function keep_to(saved, plan, cli)
  local stale, by_reason = nil, {}
  plan.steps, stale = plan_file.match(saved, plan.steps)
  for _, row in ipairs(stale) do
    local names = by_reason[row.reason] or {}
    by_reason[row.reason] = names
    names[#names + 1] = ("%s %s"):format(row.action, row.id or row.title or row.key)
  end
  for reason, names in pairs(by_reason) do
    cli.warn(("%d of %d steps left out: %s\n  %s%s"):format(#names, #saved.steps, reason,
      table.concat(names, "\n  ", 1, math.min(#names, STALE_SHOWN)), #names > STALE_SHOWN and "\n  ..." or ""))
  end
  plan.stale = stale
end

local function draw_up(plumb, command, saved)
  local plan = context.run_workflow(plumb, command)
  if type(plan) ~= "table" or not plan.steps then
    problem.raise { id = "E410", what = ("the workflow '%s' did not return its plan"):format(command),
      fix = "end it with: return plan" }
  end
  take_over(plumb, plan)
  close_gone(plumb, plan)
  count_unchanged(plumb, plan)
  if saved then keep_to(saved, plan, plumb.cli) end
  plan:finish { budget = plumb.policy.budget, month_left = month_left(plumb, plan), limit = plumb.args.limit }
  return plan
end

local function facts_of(plumb, command)
  return {
    command = command, run = plumb.run_id, account = plumb.account or nil, region = plumb.region,
    dry_run = plumb.args.dry_run or false, simulated = plumb.session.simulated, calls = plumb.aws.calls,
  }
end

local function begin_run(plumb, command)
  local record = { id = plumb.run_id, command = command, started_at = plumb.time.now() }
  if not plumb.args.dry_run then assert(plumb.store:commit { { "put", "run", record } }) end
  return record
end

local function end_run(plumb, record, summary, code)
  if plumb.args.dry_run then return end
  record.ended_at, record.summary, record.calls, record.exit = plumb.time.now(), summary, plumb.aws.calls, code
  assert(plumb.store:commit { { "put", "run", record } })
end

local function carry_out(plumb, plan)
  return apply.plan(plan, {
    opener = plumb.opener, settler = plumb.settler, policy = plumb.policy,
  })
end

-- A first call that fails is the answer to the whole command, in the user's words.
local function or_problem(fn, ...)
  local result = table.pack(pcall(fn, ...))
  if result[1] then return table.unpack(result, 2, result.n) end
  if err.is(result[2]) then error(problem.from(result[2]), 0) end
  error(result[2], 0)
end

local LEVELS = { high = { "HIGH" }, medium = { "HIGH", "MEDIUM" } }

local function reaches(plan, level)
  for _, risk in ipairs(LEVELS[level] or {}) do
    if (plan.risks[risk] or 0) > 0 then return true end
  end
  return false
end

-- What failed weighs most, then what was found, then what is left to do.
local function exit_code(args, plan, summary, outcomes)
  for _, outcome in ipairs(outcomes or {}) do
    if outcome.quota then return SOME_FAILED end
  end
  if summary.failed > 0 or summary.pending > 0 then return SOME_FAILED end
  if reaches(plan, args.fail_on) then return RISKS_FOUND end
  if args.pending_exit and not outcomes and #plan.steps > 0 then return HAS_CHANGES end
  return 0
end

local function run(plumb, command, words)
  local args, cli = plumb.args, plumb.cli
  local record = begin_run(plumb, command)
  local plan = draw_up(plumb, command, words.saved)
  local facts = facts_of(plumb, command)
  narrate.read(cli, facts, plan)

  local outcomes, interrupted = nil, false
  if args.dry_run then
    narrate.plan(cli, facts, plan)
    if args.save then
      local sha256 = plan_file.save(args.save, facts, plan, plumb.time.now())
      cli.note(("Saved to %s (sha256 %s…). Next: plumb apply %s"):format(args.save, sha256:sub(1, 12), args.save))
    end
  elseif #plan.steps == 0 then
    outcomes = {}
  else
    narrate.plan(cli, facts, plan)
    if not cli.may_write(words.question(plan, facts)) then
      cli.note("Nothing was written.")
      end_run(plumb, record, view.summary(plan, {}), 0)
      return 0
    end
    outcomes, interrupted = carry_out(plumb, plan)
  end
  facts.interrupted = interrupted
  local summary = view.summary(plan, outcomes or {})
  local code = exit_code(args, plan, summary, outcomes)
  if outcomes and not interrupted and code == 0 and not args.limit and words.complete then words.complete(plumb) end
  narrate.result(cli, facts, plan, outcomes, summary)
  if outcomes and not words.saved then keep_fingerprints(plumb, plan, outcomes) end
  end_run(plumb, record, summary, code)
  return code
end

---Runs a workflow as a command. Waits.
---@param command string  "scan" or "resolve"
---@param args table
---@param cli plumb.Cli
---@param words { question: fun(plan: plumb.Plan, facts: table): string, complete: (fun(plumb: plumb.Context))?,
---  saved: table? }  saved: a plan from plan_file.load, to do nothing but what it holds
---@return integer exit_code  0; 3 with --fail-on; 5 when something failed or waits; 6 with --pending-exit
function runner.run(command, args, cli, words)
  if args.save then args.dry_run = true end -- a plan that is kept is not carried out
  check_may_write(args, cli)
  local plumb = context.open(args, cli)
  local _ <close> = plumb -- lets go of the state however this ends
  return or_problem(run, plumb, command, words)
end

return runner
