-- plumb item: the OpsItems that plumb made, as they are in OpsCenter now.

local COLORS = { HIGH = "red", MEDIUM = "yellow" }

local function day(at) return at and require("plumb.time").iso(at) end

local COLUMNS = {
  { key = "id", title = "item", whole = true }, { key = "status" }, { key = "severity" },
  { key = "risk", color = function(risk) return risk and COLORS[risk:upper()] end },
  { key = "workload", cut = true }, { key = "lens" }, { key = "question" }, { key = "choice" },
  { key = "title" },
  { key = "created", title = "age", align = "right",
    text = function(iso) return require("plumb.view.age").of_iso(iso) end },
  { key = "modified" }, { key = "key" },
}

local function row_of(found)
  return {
    id = found.id, status = found.status, severity = found.severity, risk = found.fields["Risk level"],
    workload = found.fields.WorkloadName, question = found.fields.QuestionId, title = found.title,
    choice = found.fields.ChoiceId, lens = found.fields.Lens, key = found.key, created = day(found.created_at),
    modified = day(found.modified_at),
  }
end

local function rows_of(plumb, args)
  local glob = require("plumb.policy.glob").any
  local rows = {}
  local function wanted(name, globs) return not globs[1] or glob(name, globs) end
  for found in plumb.sink:each(not args.all and "open" or nil) do
    local row = row_of(found)
    if found.key and (found.open or args.all) and wanted(row.workload, args.workload)
      and wanted((row.risk or ""):upper(), args.risk or {}) then rows[#rows + 1] = row end
  end
  table.sort(rows, function(a, b)
    if a.severity ~= b.severity then return tostring(a.severity) < tostring(b.severity) end
    return a.title == b.title and a.id < b.id or a.title < b.title
  end)
  return rows
end

local function list(args, cli)
  local errand, listing = require "plumb.errand", require "plumb.view.listing"
  args.risk = require("plumb.cli.risks")(args.risk)
  local shown = { schema = "plumb.item-list/1", columns = COLUMNS,
    eyes = { "id", "status", "severity", "risk", "title" } }
  listing.columns(shown, cli)
  local plumb <close> = require("plumb.context").open(args, cli)
  shown.rows = errand.or_problem(rows_of, plumb, args)
  if shown.rows[1] or cli.format() ~= "table" then listing.show(cli, shown) end
  cli.note(("%d %s"):format(#shown.rows, args.all and "items" or "open items; --all shows resolved ones too"))
end

-- The item as it is, or a problem when there is none.
local function get(plumb, id)
  local problem = require "plumb.problem"
  local found, failure = plumb.sink:get(id)
  if found then return found end
  if failure.code ~= "OpsItemNotFoundException" then error(failure, 0) end
  problem.raise { id = "E324", what = ("there is no OpsItem %s"):format(id), because = tostring(failure),
    fix = "plumb item list" }
end

local function address(plumb, id)
  return require("plumb.console_url").item(id, plumb.policy.items_in.region or plumb.region)
end

local function show_found(cli, found, url)
  local line, lines = require("plumb.cli.printable").line, require("plumb.cli.printable").lines
  cli.out(line(("%s  %s  severity %s"):format(found.id, found.status, found.severity or "none")))
  cli.out(line(found.title))
  if url then cli.out(url) end
  cli.out("\n" .. lines(found.description or "") .. "\n")
  local rows = {}
  for name, value in pairs(found.fields) do rows[#rows + 1] = { name = name, value = value } end
  table.sort(rows, function(a, b) return a.name < b.name end)
  cli.table(rows, { { key = "name", title = "field" }, { key = "value" } })
end

local function show(args, cli)
  local plumb <close> = require("plumb.context").open(args, cli)
  local found = require("plumb.errand").or_problem(get, plumb, args.subject)
  local url = address(plumb, found.id)
  if args.json then
    cli.json { schema = "plumb.item/1", item = {
      id = found.id, status = found.status, severity = found.severity, title = found.title, url = url,
      description = found.description, source = found.source, fields = found.fields, created = day(found.created_at),
      modified = day(found.modified_at),
    } }
    return
  end
  show_found(cli, found, url)
end

local function open(args, cli)
  local plumb <close> = require("plumb.context").open(args, cli)
  local url = address(plumb, args.subject)
  if url then return cli.out(url) end
  require("plumb.problem").raise { id = "E103",
    what = ("%s is not the id of an OpsItem"):format(require("plumb.cli.printable").quote(args.subject)),
    fix = "one looks like oi-0123456789ab; plumb item list shows them" }
end

local ACTIONS = {
  list = { run = list },
  show = { run = show, subject = "OI", find = "plumb item list" },
  open = { run = open, subject = "OI", find = "plumb item list" },
}

return {
  name = "item",
  group = "LOOK AROUND",
  summary = "Show the OpsItems that plumb made: list, show OI or open OI",
  description = "Asks OpsCenter, where people change them. open prints the address in the console, without a call.",
  examples = {
    { "plumb item list", "open items, the most severe first" },
    { "plumb item list --all --json", "resolved ones too, for a program" },
    { "plumb item list --workload 'shop-*' -o markdown", "of some workloads, for a wiki" },
    { "plumb item show oi-0123456789ab", "one item with its description and operational data" },
  },
  arguments = {
    { name = "ACTION", choices = { "list", "show", "open" }, help = "list, show or open" },
    { name = "OI", optional = true, target = "subject", help = "id of an OpsItem, for show and open" },
  },
  flags = {
    { "--all", help = "resolved items too" },
    { "--workload", value = "GLOB", many = true, help = "only items of workloads with this name" },
    { "--risk", value = "high,medium", many = true, help = "only items of these risks" },
  },
  lists = function() return { ["plumb.item-list/1"] = COLUMNS } end,
  uses = { "aws", "policy", "state", "output", "rows" },
  run = function(args, cli) return require("plumb.cli.action")("item", ACTIONS, args, cli) end,
}
