-- plumb status: what the state knows, without asking AWS: risks, open items, the last runs, and everything that could
-- not be brought to its end, with the reason.

local UNFINISHED = { { key = "status" }, { key = "id", title = "item", whole = true }, { key = "workload", cut = true },
  { key = "question" }, { key = "choice" }, { key = "reason" } }
local ENDING = { { key = "ends" }, { key = "id", title = "item", whole = true }, { key = "workload", cut = true },
  { key = "question" }, { key = "choice" } }

local function line(cli, name, text) cli.out(("%-10s %s"):format(name, text)) end

local function show_places(cli, places)
  for _, place in ipairs(places) do
    line(cli, "account", ("%s, %s: %d workload%s"):format(place.account, place.region, place.workloads,
      place.workloads == 1 and "" or "s"))
  end
end

-- "HIGH 11 ▇▇▆▄▃▂   MEDIUM 15 ▇▇▇▆▅▅   since 2026-06-01"
local function show_risks(cli, risks)
  local spark, time = require "plumb.view.spark", require "plumb.time"
  local parts, top = {}, 0
  for _, point in ipairs(risks.points) do top = math.max(top, point.high, point.medium) end
  for _, level in ipairs { "high", "medium" } do
    local numbers = {}
    for i, point in ipairs(risks.points) do numbers[i] = point[level] end
    local bars = spark.line(numbers, { ascii = not cli.utf8, top = top })
    parts[#parts + 1] = ("%s %d %s"):format(level:upper(), risks[level],
      cli.color(level == "high" and "red" or "yellow", bars, "stdout"))
  end
  line(cli, "risks", ("%s   since %s"):format(table.concat(parts, "   "), time.iso(risks.points[1].at):sub(1, 10)))
end

local function show_items(cli, items)
  local parts = { ("%d open"):format(items.open) }
  if items.old > 0 then parts[#parts + 1] = ("%d older than 90 days"):format(items.old) end
  if items.median_days then
    parts[#parts + 1] = ("%d dealt with, in %.0f days (median)"):format(items.resolved, items.median_days)
  end
  line(cli, "items", table.concat(parts, ", "))
end

local function run_line(run)
  local time, words = require "plumb.time", {}
  for _, name in ipairs { "created", "adopted", "updated", "closed", "noted", "failed", "pending" } do
    local n = run.summary and run.summary[name] or 0
    if n > 0 then words[#words + 1] = ("%d %s"):format(n, name) end
  end
  return ("last %-8s %s, %s, %.0f s  %s"):format(run.command, time.iso(run.ended_at),
    require("plumb.view.age").ago(run.ended_at), run.ended_at - run.started_at,
    #words > 0 and table.concat(words, ", ") or "nothing to do")
end

local function show(cli, found)
  show_places(cli, found.places)
  if found.risks then show_risks(cli, found.risks) end
  show_items(cli, found.items)
  local n = found.findings
  line(cli, "findings", ("%d open, %d settled, %d fixed in the Tool, %d accepted, %d obsolete"):format(n.open,
    n.settled, n.fixed, n.accepted, n.obsolete))
  for _, command in ipairs { "scan", "resolve" } do
    if found.runs[command] then cli.out(run_line(found.runs[command])) end
  end
  if not next(found.runs) then cli.note("No run has ended on this state yet: plumb scan begins.") end
  if found.waiting > 0 then
    cli.out(("%s sent and not confirmed; the next resolve looks"):format(
      found.waiting == 1 and "1 answer was" or ("%d answers were"):format(found.waiting)))
  end
  if #found.ending > 0 then
    cli.out(("\n%d accepted until a day that is near; what is missing then gets a new item:"):format(
      #found.ending))
    cli.table(found.ending, ENDING)
  end
  if #found.unfinished > 0 then
    cli.out(("\n%d unfinished:"):format(#found.unfinished))
    cli.table(found.unfinished, UNFINISHED)
  end
end

local function document(found)
  local json, time, points = require "plumb.json", require "plumb.time", {}
  for i, point in ipairs(found.risks and found.risks.points or {}) do
    points[i] = { at = time.iso(point.at), high = point.high, medium = point.medium }
  end
  return { schema = "plumb.status/1", findings = found.findings, unfinished = json.list(found.unfinished),
    ending = json.list(found.ending), answers_on_their_way = found.waiting,
    runs = found.runs, items = found.items, places = json.list(found.places),
    risks = found.risks and { high = found.risks.high, medium = found.risks.medium, trend = json.list(points) } }
end

return {
  name = "status",
  group = "DO THE WORK",
  summary = "Show risks, open items, the last runs and what is unfinished",
  description = "The state answers, as of the last scan and without a call. Days are counted from the day on which a\n"
    .. "practice was first seen missing to that on which its item was dealt with. Risks that were accepted until\n"
    .. "a day are named when that day is near; the policy's accepted_notice says how near.",
  examples = {
    { "plumb status", "from the state file alone; AWS is not asked" },
    { "plumb status --json", "for a program" },
    { "plumb status --set accepted_notice=90d", "acceptances that end within three months as well" },
  },
  uses = { "aws", "policy", "state", "output" },
  run = function(args, cli)
    local plumb <close> = require("plumb.view.source").open(args, cli)
    local now, notice = require("plumb.time").now(), plumb.policy.seconds "accepted_notice"
    local found = require("plumb.state.standing").of(plumb.store, now)
    found.ending = require("plumb.acceptance").ending(plumb.store, now, notice)
    if cli.format() == "json" then
      cli.json(document(found))
    elseif cli.format() == "jsonl" or cli.format() == "csv" or cli.format() == "markdown" then
      cli.table(found.unfinished, UNFINISHED)
    else
      show(cli, found)
    end
    return 0
  end,
}
