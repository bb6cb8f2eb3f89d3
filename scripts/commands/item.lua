-- plumb item: the OpsItems that plumb made, as they are in OpsCenter now.

local function rows_of(plumb, only_open)
  local rows = {}
  for found in plumb.sink:each() do
    if found.key and (found.open or not only_open) then
      rows[#rows + 1] = {
        id = found.id, status = found.status, severity = found.severity, risk = found.fields["Risk level"],
        workload = found.fields.WorkloadName, question = found.fields.QuestionId, title = found.title,
        choice = found.fields.ChoiceId, lens = found.fields.Lens, key = found.key,
      }
    end
  end
  table.sort(rows, function(a, b)
    if a.severity ~= b.severity then return tostring(a.severity) < tostring(b.severity) end
    return a.title == b.title and a.id < b.id or a.title < b.title
  end)
  return rows
end

local function list(plumb, args, cli)
  local json = require "plumb.json"
  local rows = rows_of(plumb, not args.all)
  if args.json then
    cli.json { schema = "plumb.item-list/1", items = json.list(rows) }
    return
  end
  cli.table(rows, { { key = "id", title = "item" }, { key = "status" }, { key = "severity" }, { key = "risk" },
    { key = "title" } })
  cli.note(("%d %s"):format(#rows, args.all and "items" or "open items; --all shows resolved ones too"))
end

local function show(plumb, id, cli)
  local problem = require "plumb.problem"
  local found, failure = plumb.sink:get(id)
  if not found then
    if failure.code ~= "OpsItemNotFoundException" then error(failure, 0) end
    problem.raise { id = "E324", what = ("there is no OpsItem %s"):format(id), because = tostring(failure),
      fix = "plumb item list" }
  end
  if cli.args.json then
    cli.json { schema = "plumb.item/1", item = {
      id = found.id, status = found.status, severity = found.severity, title = found.title,
      description = found.description, source = found.source, fields = found.fields,
    } }
    return
  end
  cli.out(("%s  %s  severity %s"):format(found.id, found.status, found.severity or "none"))
  cli.out(found.title)
  cli.out("\n" .. (found.description or "") .. "\n")
  local rows = {}
  for name, value in pairs(found.fields) do rows[#rows + 1] = { name = name, value = value } end
  table.sort(rows, function(a, b) return a.name < b.name end)
  cli.table(rows, { { key = "name", title = "field" }, { key = "value" } })
end

return {
  name = "item",
  group = "LOOK AROUND",
  summary = "Show the OpsItems that plumb made: list, or show OI",
  examples = {
    { "plumb item list", "open items, the most severe first" },
    { "plumb item list --all --json", "resolved ones too, for a program" },
    { "plumb item show oi-0123456789ab", "one item with its description and operational data" },
  },
  arguments = {
    { name = "ACTION", choices = { "list", "show" }, help = "list or show" },
    { name = "OI", optional = true, help = "id of an OpsItem, for show" },
  },
  flags = { { "--all", help = "resolved items too" } },
  uses = { "aws", "policy", "state", "output" },
  run = function(args, cli)
    local problem = require "plumb.problem"
    if args.action == "show" and not args.oi then
      problem.raise { id = "E104", what = "which item?", fix = "plumb item show OI; plumb item list shows the ids" }
    end
    local plumb = require("plumb.context").open(args, cli)
    local _ <close> = plumb -- lets go of the state however this ends
    local ok, failure
    if args.action == "list" then
      ok, failure = pcall(list, plumb, args, cli)
    else
      ok, failure = pcall(show, plumb, args.oi, cli)
    end
    if ok then return 0 end
    if require("plumb.err").is(failure) then failure = problem.from(failure) end
    error(failure, 0)
  end,
}
