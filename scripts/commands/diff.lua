-- plumb diff: which risks are new, worse, better or gone: between two scans, two moments, or two milestones of a
-- workload.

local RUN_ID = "^[0-9A-HJKMNP-TV-Z]+$"

-- The last two scans that ended, newest first.
local function last_scans(store)
  local scans = {}
  for run in store:each("run") do
    if run.command == "scan" and run.ended_at then scans[#scans + 1] = run end
  end
  table.sort(scans, function(a, b) return a.ended_at > b.ended_at end)
  return scans
end

local function moment(store, text, flag)
  if #text == 26 and text:find(RUN_ID) then
    local run = store:get("run", text)
    if run then return run.ended_at or run.started_at end
    require("plumb.problem").raise { id = "E103", what = ("there is no run %s"):format(text),
      fix = "plumb audit list --columns run, or a moment such as 7d or 2026-10-01" }
  end
  return require("plumb.view.age").moment(text, flag)
end

-- From the history: risks at two moments. Unless told, what the last scan changed.
local function by_history(plumb, args)
  local source, survey = require "plumb.view.source", require "plumb.survey"
  local history, time = require "plumb.history", require "plumb.time"
  local store = plumb.store
  if not survey.is_known(store) then source.no_history() end
  local records = survey.only(survey.with_lens_names(store, history.all(store)), args)
  local scans = last_scans(store)
  local to = args.to and moment(store, args.to, "--to") or time.now()
  local from = args.from and moment(store, args.from, "--from")
    or scans[2] and scans[2].ended_at or scans[1] and scans[1].started_at or 0
  return history.at(records, from), history.at(records, to), time.iso(from), time.iso(to)
end

local function one_workload(plumb, args)
  local problem, survey = require "plumb.problem", require "plumb.survey"
  local list, trouble = {}, { problems = {} }
  if args.workload[1] then
    for workload in survey.workloads(plumb, trouble) do list[#list + 1] = workload end
  end
  if #list ~= 1 then
    problem.raise { id = "E104", what = args.workload[1] and ("--workload names %d workloads"):format(#list)
      or "milestones belong to a workload", fix = "plumb diff --workload NAME --from milestone:NAME" }
  end
  return list[1]
end

-- From the Tool: a milestone, and another or what there is now.
local function by_milestone(plumb, args)
  local milestone, survey = require "plumb.milestone", require "plumb.survey"
  local workload = one_workload(plumb, args)
  local function side(text)
    local name = text and text:match("^milestone:(.+)$")
    if not name then
      args.live = true
      return survey.of(plumb).risks, "now"
    end
    local number, title = milestone.find(plumb.aws, workload, name)
    return milestone.risks(plumb.aws, workload, number, plumb.policy), ("milestone %d, %s"):format(number, title)
  end
  local before, from = side(args.from)
  local after, to = side(args.to)
  return survey.only(before, args), survey.only(after, args), from, to
end

local MARKS = { new = { "+", "red" }, worse = { "!", "red" }, better = { "~", "green" }, gone = { "-", "green" } }

local COLUMNS = {
  { key = "change", text = function(change) return MARKS[change][1] .. " " .. change end,
    color = function(change) return MARKS[change][2] end },
  { key = "workload", cut = true }, { key = "lens", cut = true }, { key = "pillar" }, { key = "question" },
  { key = "title", cut = true }, { key = "was" }, { key = "now" }, { key = "id" },
}

local function row_of(change)
  local rows_of = require "plumb.view.risk_rows"
  local row = rows_of.row(change.record, {})
  return { change = change.change, workload = row.workload, lens = row.lens, pillar = row.pillar,
    question = row.question, title = row.title, was = change.was or "NONE", now = change.now or "NONE", id = row.id }
end

local function is_milestone(text) return text ~= nil and text:find("^milestone:") ~= nil end

local function check(args)
  local other = is_milestone(args.from) and args.to or is_milestone(args.to) and (args.from or "")
  if other and not is_milestone(other) and other ~= "now" then
    require("plumb.problem").raise { id = "E103", what = "a milestone is compared with another one, or with now",
      fix = "plumb diff --workload NAME --from milestone:1 --to milestone:2, or without --to" }
  end
end

local function run(args, cli)
  local listing, source, survey = require "plumb.view.listing", require "plumb.view.source", require "plumb.survey"
  local glob = require "plumb.policy.glob"
  check(args)
  local risks = require("plumb.cli.risks")(args.risk)
  args.risk = nil -- a risk that changes its level must not look like a new one
  local shown = { schema = "plumb.diff/1", columns = COLUMNS, rows = {},
    eyes = { "change", "workload", "question", "title", "was", "now" },
    programs = { "change", "workload", "lens", "pillar", "question", "was", "now" } }
  listing.columns(shown, cli)
  local plumb <close> = source.open(args, cli)
  local compare = is_milestone(args.from) and by_milestone or by_history
  local before, after, from, to = require("plumb.errand").or_problem(compare, plumb, args)
  local counts = { new = 0, worse = 0, better = 0, gone = 0 }
  for _, change in ipairs(require("plumb.trend").changes(before, after, survey.question_key)) do
    if not risks or glob.any(change.was, risks) or glob.any(change.now, risks) then
      table.insert(shown.rows, row_of(change))
      counts[change.change] = counts[change.change] + 1
    end
  end
  shown.head = { from = from, to = to, summary = counts }
  if shown.rows[1] or cli.format() ~= "table" then listing.show(cli, shown) end
  cli.note(("%s to %s: %d new, %d worse, %d better, %d gone"):format(from, to, counts.new, counts.worse,
    counts.better, counts.gone))
end

return {
  name = "diff",
  group = "LOOK AROUND",
  summary = "Show which risks changed between two scans, moments or milestones",
  description = "Unless told, what the last scan found changed. Moments and scans are answered from the history that\n"
    .. "scans leave in the state; milestones of one workload are read from AWS. Exit code 0 with or without changes.",
  examples = {
    { "plumb diff", "what the last scan found changed" },
    { "plumb diff --from 30d -o markdown", "the last 30 days, for a report" },
    { "plumb diff --workload shop-prod --from milestone:1", "since a milestone of a workload" },
  },
  flags = {
    { "--from", value = "WHEN", help = "7d, 6m (months), a date, the id of a run, or milestone:NUMBER or :NAME" },
    { "--to", value = "WHEN", help = "the same; now unless told" },
    { "--workload", value = "GLOB", many = true, help = "only workloads with this name or id" },
    { "--lens", value = "GLOB", many = true, help = "only lenses with this alias or ARN" },
    { "--pillar", value = "GLOB", many = true, help = "only pillars with this id, such as security" },
    { "--risk", value = "high,medium", many = true, help = "only what was or is rated so" },
  },
  lists = function() return { ["plumb.diff/1"] = COLUMNS } end,
  uses = { "aws", "policy", "state", "output", "rows" },
  run = run,
}
