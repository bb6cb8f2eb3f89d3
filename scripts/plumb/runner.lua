-- One run of a workflow that writes: draw up a plan in every place, show it, ask, carry it out, report.
-- The commands scan, resolve and apply differ in their words only.

local actor = require "plumb.actor"
local acceptance = require "plumb.acceptance"
local apply = require "plumb.apply"
local context = require "plumb.context"
local draft = require "plumb.draft"
local err = require "plumb.err"
local narrate = require "plumb.view.narrate"
local places = require "plumb.places"
local plan_file = require "plumb.plan_file"
local plans = require "plumb.plan"
local problem = require "plumb.problem"
local view = require "plumb.view.outcome"
local writer = require "plumb.writer"

local runner = {}

-- Exit codes beside 0; `plumb help exit-codes` tells them all.
local RISKS_FOUND, SOME_FAILED, HAS_CHANGES = 3, 5, 6

-- Off a terminal nothing is ever written without --yes; said before the first call, not after it.
local function check_may_write(args, cli)
  if args.dry_run or args.yes then return end
  if not cli.can_ask() then cli.may_write("") end
end

-- A baseline is put down while everything is read, so the question comes first.
local function wants_baseline(args, cli)
  return not args.baseline or args.dry_run
    or cli.may_write "Put down all that is missing now as known, so that only what goes missing later gets an item?"
end

-- A failure of AWS as what the user is told.
local function as_problem(failure)
  if err.is(failure) then return problem.from(failure) end
  return failure
end

-- The name of an earlier place that is the same account and Region by another way: a role in it, or another role.
local function same_as(place, seen)
  local ok, mark = pcall(function() return place.account and place.mark end)
  if not ok or not mark then return nil end -- what is wrong with it is told when it is read
  local first = seen[mark]
  seen[mark] = first or place.place
  return first
end

-- Draws up the plan of each place, one place after the other, each of them many calls at a time. With
-- several places one that fails is noted, and the others go on. Returns also the places whose plan it holds.
local function draw_up_all(all, command)
  local drawn, ready, seen = {}, {}, {}
  for _, place in ipairs(all) do
    local first = #all > 1 and same_as(place, seen)
    local ok, plan = true, nil
    if not first then ok, plan = pcall(draft.draw_up, place, command) end
    if first then
      place.cli.note(("Left out %s: it is the same account and Region as %s."):format(place.place, first))
      drawn[#drawn + 1] = place.plan()
    elseif ok then
      drawn[#drawn + 1], ready[#ready + 1] = plan, place
    elseif #all > 1 and places.lacks_tool(place.region, plan) then
      place.cli.note(("Skipped %s: this Region has no Well-Architected Tool."):format(place.place))
      drawn[#drawn + 1] = place.plan()
    else
      local failure = as_problem(plan)
      if #all == 1 or not problem.is(failure) then error(failure, 0) end
      failure.where = place.place .. (failure.where and "\n" .. failure.where or "")
      local nothing = place.plan()
      nothing:fail(failure)
      drawn[#drawn + 1] = nothing
    end
  end
  return plans.join(drawn), ready
end

local STALE_SHOWN = 5 -- names of stale steps; the count says the rest

-- Of a plan drawn up now, what a saved plan holds too.
local function keep_to(saved, plan, cli, all)
  local by_reason, regions = {}, {}
  for _, place in ipairs(all) do regions[place.region] = true end
  local same, stale = plan_file.match(saved, plan.steps, regions)
  for _, row in ipairs(stale) do
    local names = by_reason[row.reason] or {}
    by_reason[row.reason] = names
    names[#names + 1] = ("%s %s"):format(row.action, row.id or row.title or row.key)
  end
  for reason, names in pairs(by_reason) do
    cli.warn(("%d of %d steps left out: %s\n  %s%s"):format(#names, #saved.steps, reason,
      table.concat(names, "\n  ", 1, math.min(#names, STALE_SHOWN)), #names > STALE_SHOWN and "\n  ..." or ""))
  end
  plan.steps, plan.stale = same, stale
end

-- Workloads that the policy did not want, in all places: own ones, and those that others share.
local function left_out(args, all)
  if args.workload and args.workload[1] then return nil end -- people know what they named
  local own, shared = 0, 0
  for _, place in ipairs(all) do
    local reader = rawget(place, "reader")
    for owner, n in pairs(reader and reader.left or {}) do
      if place.account and owner ~= place.account then shared = shared + n else own = own + n end
    end
  end
  return { own = own, shared = shared }
end

local function facts_of(plumb, all, command, words)
  local first = all[1]
  return {
    command = command, run = plumb.run_id, account = #all == 1 and first.account or nil,
    region = #all == 1 and first.region or nil, places = #all > 1 and #all or nil,
    dry_run = plumb.args.dry_run or false, simulated = plumb.session.simulated, calls = plumb.aws.calls,
    asides = words.asides, left = left_out(plumb.args, all),
    ending = acceptance.ending(plumb.store, plumb.time.now(), plumb.policy.seconds "accepted_notice"),
  }
end

local function begin_run(plumb, command)
  local record = { id = plumb.run_id, command = command, started_at = plumb.time.now() }
  if not plumb.args.dry_run then assert(plumb.store:commit { { "put", "run", record } }) end
  return record
end

local NAMED = 100 -- items of which a run remembers that nobody could tell their outcome

-- What `plumb status` tells of a run: its counts, and the resolved items that wait for somebody to say what is meant.
local function remembered(plan, summary)
  local kept = { unclear = {} }
  for name, n in pairs(summary) do kept[name] = n end
  for i = 1, math.min(#plan.refused, NAMED) do
    local refused = plan.refused[i]
    kept.unclear[i] = { id = refused.resolved.id, reason = refused.problem.because or refused.problem.what }
  end
  kept.unclear = kept.unclear[1] and kept.unclear or nil
  return kept
end

local function end_run(plumb, record, summary, code)
  if plumb.args.dry_run then return end
  record.ended_at, record.summary, record.calls, record.exit = plumb.time.now(), summary, plumb.aws.calls, code
  assert(plumb.store:commit { { "put", "run", record } })
end

-- Each place carries out its own steps: a full quota or a hook that asks AWS concerns one account.
local function carry_out(all, plan)
  local outcomes, interrupted, done = {}, false, 0
  local function note_progress()
    done = done + 1
    all[1].progress:wrote(done, #plan.steps)
  end
  for _, place in ipairs(all) do
    local own = {}
    for _, step in ipairs(plan.steps) do
      if step.place == place then own[#own + 1] = step end
    end
    if #own > 0 and not interrupted then
      place:bind_policy()
      local some
      some, interrupted = apply.plan({ steps = own },
        { opener = place.opener, settler = place.settler, policy = place.policy, on_outcome = note_progress })
      table.move(some, 1, #some, #outcomes + 1, outcomes)
    end
  end
  return outcomes, interrupted
end

local LEVELS = { high = { "HIGH" }, medium = { "HIGH", "MEDIUM" } }

local function reaches(plan, level)
  for _, risk in ipairs(LEVELS[level] or {}) do
    if (plan.risks[risk] or 0) > 0 then return true end
  end
  return false
end

-- What failed weighs most, then what was found, then what is left to do.
local function exit_code(args, plan, summary, outcomes, set_aside)
  for _, outcome in ipairs(outcomes or {}) do
    if outcome.quota then return SOME_FAILED end
  end
  if summary.failed > 0 or summary.pending > 0 or set_aside > 0 then return SOME_FAILED end
  if reaches(plan, args.fail_on) then return RISKS_FOUND end
  if args.pending_exit and not outcomes and #plan.steps > 0 then return HAS_CHANGES end
  return 0
end

-- What a first run makes when nobody minds how many: all, or what the budget leaves.
local function at_once(plan)
  local held = plan:held()
  return held == 0 and "all of them at once" or ("these at once; the budget keeps %d for later runs"):format(held)
end

-- A first run that would make hundreds of items wants a word first.
local function check_flood(plumb, plan)
  local limit, args = plumb.policy.flood, plumb.args
  local tally = plan:tally()
  if not plan.first_run or not limit or args.limit or args.dry_run or tally.create <= limit then return end
  local fewer = plumb.policy.group == "practice" and not plumb.policy:is_own "group"
    and "plumb scan --yes --set group=question   fewer items, one for each question; keep it in the policy\n" or ""
  problem.raise {
    id = "E112", what = ("this first run would create %d items"):format(tally.create),
    because = ("the policy's flood limit is %d"):format(limit),
    fix = ("plumb scan --yes --limit %d   the most severe first, and again when they are dealt with\n"):format(limit)
      .. "plumb scan --baseline --yes    items only for what goes missing from now on\n" .. fewer
      .. ("plumb scan --yes --set flood=%d   %s"):format(tally.create, at_once(plan)),
  }
end

local function save(plumb, facts, plan)
  local path = plumb.args.save
  local sha256 = plan_file.save(path, facts, plan, plumb.time.now())
  plumb.cli.note(("Saved to %s (sha256 %s…). Next: plumb apply %s"):format(path, sha256:sub(1, 12), path))
end

-- Shows the plan and carries it out, if it may. Returns nil for a dry run, false when somebody said no.
local function show_and_carry_out(plumb, all, plan, facts, words)
  if plumb.args.dry_run then
    narrate.plan(plumb.cli, facts, plan)
    if plumb.args.save then save(plumb, facts, plan) end
    return nil, false
  end
  if #plan.steps == 0 then return {}, false end
  narrate.plan(plumb.cli, facts, plan)
  check_flood(plumb, plan)
  if not plumb.cli.may_write(words.question(plan, facts)) then return false, false end
  actor.begin(plumb, facts.command)
  return carry_out(all, plan)
end

-- Whether a place was not read to its end because time was short.
local function was_cut_short(all)
  for _, place in ipairs(all) do
    if rawget(place, "cut_short") then return true end
  end
  return false
end

local function tell_unmatched(cli, args, all)
  local readers = {}
  for _, place in ipairs(all) do readers[#readers + 1] = rawget(place, "reader") end
  require("plumb.view.unmatched")(cli, args, readers)
end

-- Items that people named, and of which nothing follows.
local function tell_named(cli, plan, args, all)
  local inboxes = {}
  if not (args.item or {})[1] then return end
  for _, place in ipairs(all) do inboxes[#inboxes + 1] = rawget(place, "inbox") end
  require("plumb.inbox.named").tell(cli, plan, args.item, inboxes, #all)
end

local function run(plumb, command, words)
  local args, cli = plumb.args, plumb.cli
  local _ <close> = writer.hold(plumb)
  local record = begin_run(plumb, command)
  local all = context.places(plumb)
  local plan, ready = draw_up_all(all, command)
  if words.saved then keep_to(words.saved, plan, cli, all) end
  plan:finish { budget = plumb.policy.budget, month_left = plumb.month_left or nil, limit = args.limit }
  local facts = facts_of(plumb, all, command, words)
  narrate.read(cli, facts, plan)
  tell_unmatched(cli, args, all)
  tell_named(cli, plan, args, all)
  local outcomes, interrupted = show_and_carry_out(plumb, all, plan, facts, words)
  if outcomes == false then
    cli.note("Nothing was written.")
    end_run(plumb, record, view.summary(plan, {}), 0)
    return 0
  end
  facts.interrupted = interrupted or was_cut_short(all)
  local summary = view.summary(plan, outcomes or {})
  local code = exit_code(args, plan, summary, outcomes, #(words.asides or {}))
  narrate.result(cli, facts, plan, outcomes, summary)
  for _, place in ipairs(outcomes and not words.saved and ready or {}) do draft.remember(place, plan, outcomes) end
  if outcomes and not interrupted and summary.failed + summary.pending == 0 and not args.limit and words.complete then
    for _, place in ipairs(all) do words.complete(place) end
  end
  end_run(plumb, record, remembered(plan, summary), code)
  return code
end

---Runs a workflow as a command. Waits.
---@param command string  "scan" or "resolve"
---@param args table
---@param cli plumb.Cli
---@param words { question: fun(plan: plumb.Plan, facts: table): string, complete: (fun(plumb: plumb.Context))?,
---  saved: table?, asides: plumb.Aside[]? }  saved: a plan from plan_file.load, to do nothing but what it holds;
---  asides: what of the events behind it was not understood
---@return integer exit_code  0; 3 with --fail-on; 5 when something failed or waits; 6 with --pending-exit
function runner.run(command, args, cli, words)
  if args.save then args.dry_run = true end -- a plan that is kept is not carried out
  check_may_write(args, cli)
  if not wants_baseline(args, cli) then
    cli.note("Nothing was written.")
    return 0
  end
  local plumb = context.open(args, cli)
  local _ <close> = plumb -- lets go of the state however this ends
  local ok, result = pcall(run, plumb, command, words)
  if ok then return result end
  error(as_problem(result), 0)
end

return runner
