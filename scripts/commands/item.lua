-- plumb item: the OpsItems that plumb made, as they are in OpsCenter now.

local SOME_FAILED = 5

local COLORS = { HIGH = "red", MEDIUM = "yellow" }

local function day(at) return at and require("plumb.time").iso(at) end

local COLUMNS = {
  { key = "id", title = "item", whole = true }, { key = "status" }, { key = "severity" },
  { key = "risk", color = function(risk) return risk and COLORS[risk:upper()] end },
  { key = "workload", cut = true }, { key = "lens" }, { key = "question" }, { key = "choice" },
  { key = "account" }, { key = "region" }, { key = "title" },
  { key = "created", title = "age", align = "right",
    text = function(iso) return require("plumb.view.age").of_iso(iso) end },
  { key = "modified" }, { key = "key" },
}

-- The account and Region of the workload that an item is about, as its entries say.
local function whose(found)
  local arn = require("plumb.recall").workload_arn(found.fields)
  return arn and require("plumb.finding").parse_arn(arn) or {}
end

local function row_of(found)
  local arn = whose(found)
  return {
    id = found.id, status = found.status, severity = found.severity, risk = found.fields["Risk level"],
    workload = found.fields.WorkloadName, question = found.fields.QuestionId, title = found.title,
    choice = found.fields.ChoiceId, lens = found.fields.Lens, key = found.key, created = day(found.created_at),
    modified = day(found.modified_at), account = arn.account, region = arn.region,
  }
end

-- Those of all places, and the problems of places that could not be asked. Several places may have their items in one.
local function rows_of(plumb, args)
  local glob = require("plumb.policy.glob").any
  local rows, seen = {}, {}
  local function wanted(name, globs) return not globs[1] or glob(name, globs) end
  local problems = require("plumb.errand").in_places(plumb, function(place)
    for found in place.sink:each(not args.all and "open" or nil) do
      local row = row_of(found)
      if found.key and not seen[found.id] and (found.open or args.all) and wanted(row.workload, args.workload)
        and wanted((row.risk or ""):upper(), args.risk or {}) then rows[#rows + 1] = row end
      seen[found.id] = true
    end
  end)
  table.sort(rows, function(a, b)
    if a.severity ~= b.severity then return tostring(a.severity) < tostring(b.severity) end
    return a.title == b.title and a.id < b.id or a.title < b.title
  end)
  return rows, problems
end

local function list(args, cli)
  local errand, listing = require "plumb.errand", require "plumb.view.listing"
  args.risk = require("plumb.cli.risks")(args.risk)
  local shown = { schema = "plumb.item-list/1", columns = COLUMNS,
    eyes = { "id", "status", "severity", "risk", "title" } }
  listing.columns(shown, cli)
  local plumb <close> = require("plumb.context").open(args, cli)
  local problems
  shown.rows, problems = errand.or_problem(rows_of, plumb, args)
  if shown.rows[1] or cli.format() ~= "table" then listing.show(cli, shown) end
  for _, failure in ipairs(problems) do cli.warn(failure) end
  cli.note(("%d %s"):format(#shown.rows, args.all and "items" or "open items; --all shows resolved ones too"))
  return problems[1] and SOME_FAILED or 0
end

-- The item as it is, and the Region it is in; or a problem when no place has it.
local function get(plumb, id)
  local problem = require "plumb.problem"
  local found, region, absent
  local problems = require("plumb.errand").in_places(plumb, function(place)
    if found then return end
    local item, failure = place.sink:get(id)
    found, region, absent = item, place.sink.client.region, failure
    if failure and failure.code ~= "OpsItemNotFoundException" then error(failure, 0) end
  end)
  if found then return found, region end
  if problems[1] then error(problems[1], 0) end
  problem.raise { id = "E324", what = ("there is no OpsItem %s"):format(id), because = tostring(absent),
    fix = "plumb item list   shows those that are here; --region or --accounts looks elsewhere" }
end

-- Where an item is, as far as the state can tell without a call.
local function region_of(plumb, id)
  local item = plumb.store:get("item", id)
  local record = item and (plumb.store:get("finding", item.key) or plumb.store:get("item_group", item.key))
  return plumb.policy.items_in.region or record and record.region or plumb.region
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
  local found, region = require("plumb.errand").or_problem(get, plumb, args.subject)
  local url = require("plumb.console_url").item(found.id, region)
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
  local plumb <close> = require("plumb.view.source").open(args, cli)
  local id = args.subject
  local url = id:find "^oi%-%x+$" and require("plumb.console_url").item(id, region_of(plumb, id))
  if url and args.json then return cli.json { schema = "plumb.item-open/1", url = url } end
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
  description = "Asks OpsCenter, where people change them, in every account and Region that the policy, --region or\n"
    .. "--accounts names. open prints the address in the console, without a call.",
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
    { "--accounts", value = "FILE", help = "look in these accounts: JSON list of name, role, regions" },
  },
  lists = function() return { ["plumb.item-list/1"] = COLUMNS } end,
  uses = { "aws", "policy", "state", "output", "rows" },
  places = true,
  run = function(args, cli) return require("plumb.cli.action")("item", ACTIONS, args, cli) end,
}
