-- One run of a workflow that writes: read, show the plan, ask, carry it out, report. The commands scan
-- and resolve differ in their words only.

local apply = require "plumb.apply"
local context = require "plumb.context"
local err = require "plumb.err"
local narrate = require "plumb.view.narrate"
local open = require "plumb.open"
local problem = require "plumb.problem"
local view = require "plumb.view.outcome"

local runner = {}

local SOME_FAILED = 5

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

local function month_left(plumb, plan)
  local budget = plumb.policy.budget.month
  local first = plan.steps[1] and plan.steps[1].finding
  if not budget or not first then return nil end
  return math.max(0, budget - plumb.opener:created_this_month(first.account))
end

local function draw_up(plumb, command)
  local plan = context.run_workflow(plumb, command)
  if type(plan) ~= "table" or not plan.steps then
    problem.raise { id = "E410", what = ("the workflow '%s' did not return its plan"):format(command),
      fix = "end it with: return plan" }
  end
  take_over(plumb, plan)
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

local function exit_code(summary, outcomes)
  for _, outcome in ipairs(outcomes) do
    if outcome.quota then return SOME_FAILED end
  end
  return (summary.failed > 0 or summary.pending > 0) and SOME_FAILED or 0
end

local function run(plumb, command, words)
  local args, cli = plumb.args, plumb.cli
  local record = begin_run(plumb, command)
  local plan = draw_up(plumb, command)
  local facts = facts_of(plumb, command)
  narrate.read(cli, facts, plan)

  local outcomes, interrupted = nil, false
  if args.dry_run then
    narrate.plan(cli, facts, plan)
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
  local code = exit_code(summary, outcomes or {})
  if outcomes and not interrupted and code == 0 and not args.limit and words.complete then words.complete(plumb) end
  narrate.result(cli, facts, plan, outcomes, summary)
  end_run(plumb, record, summary, code)
  return code
end

---Runs a workflow as a command. Waits.
---@param command string  "scan" or "resolve"
---@param args table
---@param cli plumb.Cli
---@param words { question: fun(plan: plumb.Plan, facts: table): string, complete: (fun(plumb: plumb.Context))? }
---@return integer exit_code  0, or 5 when something failed or waits
function runner.run(command, args, cli, words)
  check_may_write(args, cli)
  local plumb = context.open(args, cli)
  local _ <close> = plumb -- lets go of the state however this ends
  return or_problem(run, plumb, command, words)
end

return runner
