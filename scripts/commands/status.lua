-- plumb status: what the state knows, without asking AWS: open items, the last runs, and everything
-- that could not be brought to its end, with the reason.

local STATUSES = { "open", "intended", "settled", "fixed", "accepted", "obsolete", "parked", "contested" }

-- Statuses that want somebody to look.
local UNFINISHED = { intended = true, parked = true, contested = true }

local function gather(plumb)
  local counts, unfinished = {}, {}
  for _, status in ipairs(STATUSES) do counts[status] = 0 end
  for record in plumb.store:each("finding") do
    counts[record.status] = counts[record.status] + 1
    if UNFINISHED[record.status] then
      unfinished[#unfinished + 1] = {
        status = record.status, id = record.item_id, workload = record.workload_name,
        question = record.question_id, choice = record.choice_id,
        reason = record.reason or "a create whose outcome is not known yet; the next scan looks",
      }
    end
  end
  local waiting = 0
  for _ in plumb.store:each("applying") do waiting = waiting + 1 end
  return counts, unfinished, waiting
end

local function last_runs(plumb)
  local last = {}
  for run in plumb.store:each("run") do
    if run.ended_at then last[run.command] = run end
  end
  return last
end

local function run_line(time, run)
  local words = {}
  for _, name in ipairs { "created", "updated", "closed", "failed", "pending" } do
    local n = run.summary and run.summary[name] or 0
    if n > 0 then words[#words + 1] = ("%d %s"):format(n, name) end
  end
  return ("last %-8s %s  %s"):format(run.command, time.iso(run.ended_at),
    #words > 0 and table.concat(words, ", ") or "nothing to do")
end

return {
  name = "status",
  group = "DO THE WORK",
  summary = "Show open items, the last runs and what is unfinished",
  examples = { { "plumb status", "from the state file alone; AWS is not asked" } },
  uses = { "state", "output" },
  run = function(args, cli)
    local json, time = require "plumb.json", require "plumb.time"
    args.dry_run = true -- only looks: a state file that is not there yet is not made
    local plumb = require("plumb.context").open(args, cli)
    local _ <close> = plumb -- lets go of the state however this ends
    local counts, unfinished, waiting = gather(plumb)
    local runs = last_runs(plumb)
    if args.json then
      cli.json { schema = "plumb.status/1", findings = counts, unfinished = json.list(unfinished),
        answers_on_their_way = waiting, runs = runs }
      return 0
    end
    cli.out(("findings   %d open, %d settled, %d fixed in the Tool, %d accepted, %d obsolete"):format(counts.open,
      counts.settled, counts.fixed, counts.accepted, counts.obsolete))
    for _, command in ipairs { "scan", "resolve" } do
      if runs[command] then cli.out(run_line(time, runs[command])) end
    end
    if waiting > 0 then cli.out(("%d answers were sent and not confirmed; the next resolve looks"):format(waiting)) end
    if #unfinished > 0 then
      cli.out(("\n%d unfinished:"):format(#unfinished))
      cli.table(unfinished, { { key = "status" }, { key = "id", title = "item" }, { key = "workload", cut = true },
        { key = "question" }, { key = "choice" }, { key = "reason" } })
    end
    return 0
  end,
}
