-- Tells how a run goes: what was read, what is planned, what became of it. Results go to standard
-- output as a table or one JSON document, everything else to standard error.

local told_once = require "plumb.policy.group"
local problem = require "plumb.problem"
local view = require "plumb.view.outcome"
local whereabouts = require "plumb.view.whereabouts"

local narrate = {}

local SHOWN = 12 -- steps shown on a terminal before "… more"

---@param n integer
---@param word string  for one: "lens"
---@return string  "2 lenses"
local function plural(n, word)
  if n == 1 then return "1 " .. word end
  return ("%d %s"):format(n, word:sub(-1) == "s" and word .. "es" or word .. "s")
end

narrate.plural = plural

local function place(facts)
  local words = {}
  if facts.simulated then words[1] = "simulator" end
  if facts.places then words[#words + 1] = ("%d places"):format(facts.places) end
  if facts.account then words[#words + 1] = "account " .. facts.account end
  words[#words + 1] = facts.region
  return table.concat(words, ", ")
end
narrate.place = place

-- "Not read: 2 workloads that the policy leaves out, 1 workload that another account shares."
local function not_read(left)
  local words = {}
  if left.own > 0 then words[1] = ("%s that the policy leaves out"):format(plural(left.own, "workload")) end
  if left.shared > 0 then
    words[#words + 1] = ("%s that another account shares"):format(plural(left.shared, "workload"))
  end
  return words[1] and ("Not read: %s."):format(table.concat(words, ", "))
end

---Says what was read.
---@param cli plumb.Cli
---@param facts table  `left`: how many workloads the policy did not want, { own, shared }; nil where the command line
---  named some
---@param plan plumb.Plan
function narrate.read(cli, facts, plan)
  if facts.command ~= "scan" then return end
  local same = plan.unchanged_workloads
  cli.note(("Read %s, %s, %s%s (%s)"):format(plural(plan:workload_count(), "workload"),
    plural(plan.lenses, "lens"), plural(plan.questions, "question"),
    same > 0 and ("; %s unchanged"):format(plural(same, "workload")) or "", place(facts)))
  local left = facts.left and not_read(facts.left)
  if left then cli.note(left) end
  if plan.baseline then
    cli.note(("Baseline: %s %s as known; items are made for what goes missing from now on."):format(
      plural(plan.baseline, "finding"), facts.dry_run and "to be put down" or "put down"))
  end
  if plan.taken_over then
    cli.note(("Took over %s that exist already: this state file knew none."):format(
      plural(plan.taken_over, "item")))
  end
end

local COLUMNS = {
  scan = {
    { key = "action" }, { key = "risk" }, { key = "workload", cut = true }, { key = "question" },
    { key = "practice", cut = true }, { key = "severity" },
  },
  resolve = {
    { key = "id", title = "item", whole = true }, { key = "workload", cut = true }, { key = "question" },
    { key = "practice", cut = true }, { key = "outcome" }, { key = "reason", cut = true },
  },
}

local DONE_COLUMNS = {
  scan = {
    { key = "status" }, { key = "id", title = "item", whole = true }, { key = "risk" },
    { key = "workload", cut = true }, { key = "question" }, { key = "practice", cut = true },
  },
  resolve = {
    { key = "status" }, { key = "id", title = "item", whole = true }, { key = "workload", cut = true },
    { key = "question" }, { key = "practice", cut = true }, { key = "risk" }, { key = "risk_after", title = "now" },
    { key = "reason", cut = true },
  },
}

-- On a terminal a column of reasons shows only where there is one; elsewhere the columns are always the same.
local function for_eyes(rows, columns)
  for _, row in ipairs(rows) do
    if row.reason then return columns end
  end
  local kept = {}
  for _, column in ipairs(columns) do
    if column.key ~= "reason" then kept[#kept + 1] = column end
  end
  return kept
end

local EYES = { table = true, markdown = true }

-- Where a run has several places, a row says which; for programs always, for eyes where the rows differ.
local function with_whereabouts(cli, facts, rows, columns)
  if EYES[cli.args.output or cli.tty.stdout and "table"] then return whereabouts.for_eyes(rows, columns) end
  return facts.places and whereabouts.for_programs(columns) or columns
end

-- "accepted until 2027-06-30" where a program gets the parts.
local function in_words(row)
  if row.accepted_until then row.outcome = row.outcome .. " until " .. row.accepted_until end
  if row.outcome_reason then row.outcome = ("%s: %s"):format(row.outcome, row.outcome_reason) end
  if row.status == "kept" and row.action == "answer" then row.reason = row.reason or row.outcome end
  return row
end

-- A row for each step, or for what became of it, and for each item whose outcome nobody could tell.
local function rows_of(plan, outcomes)
  local rows = {}
  for i, entry in ipairs(outcomes or plan.steps) do
    rows[i] = in_words(outcomes and view.done(entry) or view.planned(entry))
  end
  for _, refused in ipairs(plan.refused) do rows[#rows + 1] = view.refused(refused) end
  return rows
end

-- What the budget and --limit hold back: ", 3 held back (--limit 5)", and how many these are.
local function held_back(plan)
  local reasons, words = {}, ""
  for reason in pairs(plan.left.held) do reasons[#reasons + 1] = reason end
  table.sort(reasons)
  for _, reason in ipairs(reasons) do
    words = words .. (", %d held back (%s)"):format(plan.left.held[reason], reason)
  end
  return words, plan:held()
end

-- "; 3 shared items stand for 9 practices", where there are any.
local function shared(plan)
  local items, practices = 0, 0
  for _, step in ipairs(plan.steps) do
    local count = step.group and step.group.count or step.resolved and step.resolved.members and #step.resolved.members
    if count then items, practices = items + 1, practices + count end
  end
  return items > 0 and ("; %s for %s"):format(plural(items, "shared item"), plural(practices, "practice")) or ""
end

local function tally_line(command, plan)
  local t = plan:tally()
  if command == "resolve" then
    return ("Plan: %s to write back%s%s."):format(plural(t.settle, "resolved item"), (held_back(plan)), shared(plan))
  end
  local accepted = plan.accepted > 0 and (" %d accepted,"):format(plan.accepted) or ""
  local unasked = plan.left.unasked > 0 and (", %d by --risk"):format(plan.left.unasked) or ""
  local line = ("Plan: %d to create, %d to update, %d to close; %d open already,%s %d left out by policy%s"):format(
    t.create + t["return"], t.update, t.close + t.obsolete, plan.kept, accepted, plan.left.filtered, unasked)
  return line .. held_back(plan) .. shared(plan) .. "."
end

---Shows the plan before anything is written.
---@param cli plumb.Cli
---@param facts table
---@param plan plumb.Plan
function narrate.plan(cli, facts, plan)
  local args = cli.args
  -- What will be done is a result only when nothing is done; otherwise it is said, not printed.
  if cli.tty.stdout and not args.json and not args.output then
    local rows = {}
    for i, step in ipairs(plan.steps) do
      if i > SHOWN and args.verbose == 0 then break end
      rows[i] = in_words(view.planned(step))
    end
    if rows[1] then
      cli.table(rows, with_whereabouts(cli, facts, rows, for_eyes(rows, COLUMNS[facts.command])))
    end
    if #plan.steps > #rows then
      cli.note(("  %s %d more; -v shows all"):format(cli.symbol "dots", #plan.steps - #rows))
    end
  end
  cli.note(tally_line(facts.command, plan))
end

local function cut_notes(cli, outcomes)
  for _, outcome in ipairs(outcomes) do
    local item = outcome.step.item
    if item and item.cuts[1] and outcome.status == "created" then
      cli.warn(("%s: too long for OpsCenter and cut: %s"):format(outcome.id, table.concat(item.cuts, ", ")))
    end
  end
end

local function problem_text(p)
  return p.because and ("%s: %s"):format(p.what, p.because) or p.what
end

-- The same failure for many items is one message with a count.
local function grouped(outcomes, wanted)
  local groups, by_text = {}, {}
  for _, outcome in ipairs(outcomes) do
    if wanted(outcome) then
      local failure = outcome.error or outcome.problem
      local text = outcome.problem and problem_text(outcome.problem)
        or failure and ("%s: %s"):format(failure.code, failure.message) or outcome.reason or "no reason given"
      if not by_text[text] then
        by_text[text] = { text = text, first = outcome, n = 0 }
        groups[#groups + 1] = by_text[text]
      end
      by_text[text].n = by_text[text].n + 1
    end
  end
  return groups
end

local function where(outcome)
  local row = view.planned(outcome.step)
  local practice = row.group and row.practice or row.choice
  return ("%s / %s%s%s"):format(row.workload, row.question and row.question .. " / " or "", practice,
    row.id and " (" .. row.id .. ")" or "")
end

-- A hook of the policy is corrected at its line; which item it failed on first comes after.
local function place_of_failure(outcome)
  local p = outcome.problem
  return p and p.line and ("%s:%d\nwith %s"):format(p.file, p.line, where(outcome)) or where(outcome)
end

local FIX = {
  scan = "run plumb scan again: it goes on with what is left",
  resolve = "run plumb resolve again: it goes on with what is left",
}

-- Nothing is left to go on with: the resolution is used up, and people have the last word.
local CONTESTED_FIX = "look at the answer in the Well-Architected Tool; if the practice is still missing,\n"
  .. "the next plumb scan makes a new item"

local function is_contested(outcome) return outcome.error ~= nil and outcome.error.code == "Contested" end

local function failures(cli, facts, outcomes)
  local resolving = facts.command == "resolve"
  for _, group in ipairs(grouped(outcomes, function(o) return o.status == "failed" end)) do
    cli.warn(problem.new {
      id = resolving and "E331" or "E332",
      what = ("%s not %s"):format(plural(group.n, "item"), resolving and "written back" or "made or changed"),
      where = place_of_failure(group.first) .. (group.n > 1 and ("\nand %d more"):format(group.n - 1) or ""),
      because = group.text,
      fix = is_contested(group.first) and CONTESTED_FIX or group.first.problem and group.first.problem.fix
        or FIX[facts.command],
    })
  end
  for _, group in ipairs(grouped(outcomes, function(o) return o.status == "pending" end)) do
    cli.warn(problem.new {
      id = resolving and "E331" or "E332",
      what = ("%s: nobody knows yet whether AWS did it"):format(plural(group.n, "item")),
      where = where(group.first),
      because = group.text,
      tried = "sent once; a second one could make a double",
      fix = "run plumb " .. facts.command .. " again later: it looks before it writes",
    })
  end
  for _, group in ipairs(grouped(outcomes, function(o) return o.status == "stopped" end)) do
    cli.warn(("%s left out: %s"):format(plural(group.n, "item"), group.text))
  end
end

local function waiting(cli, plan)
  if #plan.waiting == 0 then return end
  cli.warn(("%s waiting: an earlier create may still be on its way; the next scan after the quarantine looks again")
    :format(plural(#plan.waiting, "finding")))
end

-- One line for what happened; zeros are left out. What waits for another run is told apart from what is unwanted.
local function counts(summary, names, plan)
  local held, all = held_back(plan)
  local words = {}
  for _, entry in ipairs(names) do
    local n = summary[entry[1]] - (entry[1] == "skipped" and all or 0)
    if n > 0 then words[#words + 1] = ("%d %s"):format(n, entry[2]) end
  end
  return (table.concat(words, ", ") .. held):gsub("^, ", "")
end

local COUNTS = {
  scan = { { "created", "created" }, { "adopted", "taken over" }, { "updated", "updated" }, { "closed", "closed" },
    { "unchanged", "open already" }, { "accepted", "accepted" }, { "skipped", "left out" },
    { "pending", "waiting" }, { "failed", "failed" } },
  resolve = { { "updated", "written back" }, { "noted", "noted, nothing to write" }, { "closed", "obsolete" },
    { "pending", "waiting" }, { "failed", "failed" } },
}

local NEXT = {
  scan = "plumb item list   shows them;  plumb resolve   writes back what people resolve",
}

local ENDING_SHOWN = 5 -- the others are in plumb status

---Names the accepted risks that end soon: a scan warns; a resolve, which a daemon makes every few minutes, mentions
---them.
---@param cli plumb.Cli
---@param command string
---@param ending plumb.Ending[]
function narrate.ending(cli, command, ending)
  if not ending[1] then return end
  local lines = {}
  for i = 1, math.min(#ending, ENDING_SHOWN) do
    local row = ending[i]
    lines[i] = ("  %s  %s / %s / %s%s"):format(row.ends, row.workload or row.lens, row.question, row.choice,
      row.id and " (" .. row.id .. ")" or "")
  end
  if #ending > ENDING_SHOWN then lines[#lines + 1] = ("  %d more: plumb status"):format(#ending - ENDING_SHOWN) end
  local tell = command == "scan" and cli.warn or cli.note
  tell(("%s soon; what is still missing then gets a new item:\n%s"):format(
    #ending == 1 and "1 accepted risk ends" or ("%d accepted risks end"):format(#ending), table.concat(lines, "\n")))
end

---Reports the end of a run.
---@param cli plumb.Cli
---@param facts table
---@param plan plumb.Plan
---@param outcomes plumb.Outcome[]|nil  nil for a dry run
---@param summary table<string, integer>
function narrate.result(cli, facts, plan, outcomes, summary)
  for _, failure in ipairs(told_once(plan.problems)) do cli.warn(failure) end
  waiting(cli, plan)
  narrate.ending(cli, facts.command, facts.ending or {})
  failures(cli, facts, outcomes or {})
  cut_notes(cli, outcomes or {})
  if cli.args.json or cli.args.output == "json" then
    cli.json(view.document(facts, plan, outcomes))
  elseif not (cli.tty.stdout and not cli.args.output) then
    local rows = rows_of(plan, outcomes)
    if rows[1] or cli.args.output ~= "table" then
      cli.table(rows, with_whereabouts(cli, facts, rows, (outcomes and DONE_COLUMNS or COLUMNS)[facts.command]))
    end
  elseif outcomes and facts.command == "resolve" and (outcomes[1] or plan.refused[1]) then
    local rows = rows_of(plan, outcomes)
    cli.table(rows, with_whereabouts(cli, facts, rows, for_eyes(rows, DONE_COLUMNS.resolve)))
  end
  if not outcomes then
    cli.note("Dry run: nothing was written.")
    return
  end
  if summary.milestones then
    cli.note(("  %s made before the first change"):format(plural(summary.milestones, "milestone")))
  end
  local said = counts(summary, COUNTS[facts.command], plan)
  local good = summary.failed == 0 and summary.pending == 0 and not facts.interrupted
  local nothing = facts.interrupted and "nothing was written" or "nothing to do"
  cli.note(("%s %s."):format(cli.symbol(good and "ok" or "warn"), said ~= "" and said or nothing))
  if facts.interrupted then cli.note("Interrupted: the rest was not begun; run it again to go on.") end
  if NEXT[facts.command] and summary.created > 0 then cli.note("  Next: " .. NEXT[facts.command]) end
end

return narrate
