-- A command that changes something after showing what: the plan as a table, a question, the work, and a
-- line for each thing that could not be done. scan and resolve have a runner of their own; this is for
-- the commands that look after the state.

local actor = require "plumb.actor"
local context = require "plumb.context"
local err = require "plumb.err"
local json = require "plumb.json"
local place_of = require("plumb.view.narrate").place
local problem = require "plumb.problem"
local writer = require "plumb.writer"
local whereabouts = require "plumb.view.whereabouts"

local errand = {}

local SOME_FAILED = 5
local EYES = { table = true, markdown = true }
local SHOWN = 12 -- steps shown on a terminal before "… more"

---@class plumb.Errand
---@field command string   "state rebuild"
---@field columns plumb.Column[]
---@field draw_up fun(): table           the plan: `steps`, and what the other functions want
---@field row fun(step: table): table    a step for tables and JSON
---@field tally fun(plan: table): string
---@field question fun(plan: table, place: string): string
---@field remarks fun(plan: table): (string|plumb.Problem)[]  what people have to know beside the steps
---@field left fun(plan: table): integer how much is left that no run of this can do; 5 is the exit code then
---@field done string      "restored": what the steps are when they are done
---@field carry_out fun(plan: table): { step: table, status: string, error: plumb.Error? }[]
---@field document fun(plan: table): table  more members of the JSON document

---Refuses to begin where nobody can be asked, before the first call instead of after the last.
---@param args table
---@param cli plumb.Cli
function errand.check_may_write(args, cli)
  if not args.dry_run and not args.yes and not cli.can_ask() then cli.may_write "" end
end

---Calls fn; what AWS, the network or the state refused becomes a problem in the user's words.
---@param fn function
---@return any ...
function errand.or_problem(fn, ...)
  local result = table.pack(pcall(fn, ...))
  if result[1] then return table.unpack(result, 2, result.n) end
  error(err.is(result[2]) and problem.from(result[2]) or result[2], 0)
end

-- Without these nothing else will work either, wherever it is tried.
local FATAL = { credentials = true, readonly = true, state = true, input = true }

---Calls fn in every place of a run, accounts times Regions, one after the other. With several, what
---AWS refuses in one is noted, and the others go on. Waits.
---@param plumb plumb.Context
---@param fn fun(place: plumb.Context)
---@return plumb.Problem[] problems
function errand.in_places(plumb, fn)
  local all, problems = context.places(plumb), {}
  for _, place in ipairs(all) do
    local ok, failure = pcall(fn, place)
    if not ok and (#all == 1 or not err.is(failure) or FATAL[failure.kind]) then error(failure, 0) end
    if not ok then
      local shown = problem.from(failure)
      shown.where = place.place .. (shown.where and "\n" .. shown.where or "")
      problems[#problems + 1] = shown
    end
  end
  return problems
end

local function cut(plan, limit)
  local held_back = math.max(0, #plan.steps - (limit or #plan.steps))
  for i = #plan.steps, #plan.steps - held_back + 1, -1 do plan.steps[i] = nil end
  plan.partial = plan.partial or held_back > 0
  return held_back
end

local function rows_of(job, plan, outcomes)
  local rows = {}
  for i, entry in ipairs(outcomes or plan.steps) do
    rows[i] = job.row(outcomes and entry.step or entry)
    if outcomes then
      rows[i].status = entry.status
      if entry.error then rows[i].error = { code = entry.error.code, message = entry.error.message } end
    end
  end
  return rows
end

local function show(cli, job, plan)
  local args = cli.args
  if not cli.tty.stdout or args.json or args.output then return end -- there the rows are the result
  local rows = rows_of(job, plan)
  local more = (args.verbose or 0) == 0 and #rows - SHOWN or 0
  for i = #rows, #rows - more + 1, -1 do rows[i] = nil end
  if rows[1] then cli.table(rows, whereabouts.for_eyes(rows, job.columns)) end
  if more > 0 then cli.note(("  %s %d more; -v shows all"):format(cli.symbol "dots", more)) end
end

local function failures(outcomes)
  local failed = {}
  for _, outcome in ipairs(outcomes or {}) do
    if outcome.status == "failed" then failed[#failed + 1] = outcome end
  end
  return failed
end

local function report(plumb, cli, job, plan, outcomes)
  local args = cli.args
  for _, remark in ipairs(job.remarks(plan)) do cli.warn(remark) end
  for _, outcome in ipairs(failures(outcomes)) do
    cli.warn(("%s: %s"):format(job.row(outcome.step).id, tostring(outcome.error)))
  end
  local rows = rows_of(job, plan, outcomes)
  if args.json or args.output == "json" then
    local document = job.document(plan)
    document.schema = ("plumb.%s/1"):format(job.command:gsub(" ", "-"))
    document.run, document.region, document.simulated = plumb.run_id, plumb.region, plumb.session.simulated or nil
    document.dry_run, document.items, document.calls = args.dry_run or false, json.list(rows), plumb.aws.calls
    cli.json(document)
  elseif not cli.tty.stdout or args.output then
    local columns = table.move(job.columns, 1, #job.columns, 1, {})
    if outcomes then table.insert(columns, 1, "status") end
    local eyes = EYES[args.output or cli.tty.stdout and "table"]
    cli.table(rows, eyes and whereabouts.for_eyes(rows, columns) or columns)
  end
end

-- What was done is remembered like any other run.
local function note_run(plumb, job, started_at, outcomes, code)
  local summary = {}
  for _, outcome in ipairs(outcomes) do summary[outcome.status] = (summary[outcome.status] or 0) + 1 end
  assert(plumb.store:commit { { "put", "run", { id = plumb.run_id, command = job.command, started_at = started_at,
    ended_at = plumb.time.now(), summary = summary, calls = plumb.aws.calls, exit = code } } })
end

local function finish(plumb, cli, job, plan, outcomes)
  local failed = #failures(outcomes)
  local code = (failed > 0 or job.left(plan) > 0) and SOME_FAILED or 0
  report(plumb, cli, job, plan, outcomes)
  if not outcomes then
    cli.note("Dry run: nothing was written.")
    return code
  end
  local said = outcomes[1] and ("%d %s"):format(#outcomes - failed, job.done) or "nothing to do"
  if failed > 0 then said = said .. (", %d failed; run it again"):format(failed) end
  cli.note(("%s %s."):format(cli.symbol(code == 0 and "ok" or "warn"), said))
  return code
end

---Runs an errand. Waits.
---@param plumb plumb.Context
---@param job plumb.Errand
---@return integer exit_code  0; 5 when something failed or is left
function errand.run(plumb, job)
  local args, cli, started_at = plumb.args, plumb.cli, plumb.time.now()
  local _ <close> = writer.hold(plumb)
  local plan = job.draw_up()
  local held_back = cut(plan, args.limit)
  show(cli, job, plan)
  cli.note(job.tally(plan) .. (held_back > 0 and (" %d held back (--limit)."):format(held_back) or ""))
  if args.dry_run then return finish(plumb, cli, job, plan, nil) end
  if plan.steps[1] and not cli.may_write(job.question(plan, place_of { region = plumb.region,
    simulated = plumb.session.simulated })) then
    cli.note("Nothing was written.")
    return 0
  end
  if plan.steps[1] then actor.begin(plumb, job.command) end
  local outcomes = job.carry_out(plan)
  local code = finish(plumb, cli, job, plan, outcomes)
  note_run(plumb, job, started_at, outcomes, code)
  return code
end

return errand
