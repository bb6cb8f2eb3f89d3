-- plumb workload: the workloads of the Well-Architected Tool with their risks, one of them lens by lens, or where it
-- is in the console.

local function list(args, cli)
  local rows_of, listing, source = require "plumb.view.workload_rows", require "plumb.view.listing",
    require "plumb.view.source"
  local survey = require "plumb.survey"
  local shown = { schema = "plumb.workload-list/1", columns = rows_of.columns, eyes = rows_of.eyes,
    programs = rows_of.programs }
  listing.columns(shown, cli)
  local plumb <close> = source.open(args, cli)
  local found = survey.of(plumb)
  shown.rows, shown.head = rows_of.rows(survey.only(found.readings, args), found.items), source.head(found)
  if shown.rows[1] or cli.format() ~= "table" then listing.show(cli, shown) end
  return source.tell(cli, found, source.count(#shown.rows, "workload"))
end

-- The workload that somebody means by its name or id; an id beats a name.
local function which(rows, name, all_names)
  local problem, quoted = require "plumb.problem", require("plumb.cli.printable").quote(name)
  local named = {}
  for _, row in ipairs(rows) do
    if row.id == name or row.arn == name then return row end
    if row.workload == name then named[#named + 1] = row end
  end
  if #named == 1 then return named[1] end
  if named[1] then
    local ids, seen, twice = {}, {}, false
    for i, row in ipairs(named) do
      ids[i] = row.id
      twice = twice or seen[row.id]
      seen[row.id] = true
    end
    for i, row in ipairs(twice and named or {}) do ids[i] = row.arn end
    problem.raise { id = "E103", what = ("%d workloads are called %s"):format(#named, quoted),
      fix = (twice and "name one by its ARN: " or "name one by its id: ") .. table.concat(ids, ", ") }
  end
  local near = require("plumb.suggest").suggest(name, all_names())
  problem.raise { id = "E103", what = ("there is no workload %s"):format(quoted),
    fix = (near and ("did you mean '%s'?   "):format(near) or "") .. "plumb workload list   shows them all" }
end

-- One workload: its row, its readings, its risks and where all that comes from. Where AWS is asked, the others are
-- not read.
local function find(plumb, args)
  local rows_of, survey = require "plumb.view.workload_rows", require "plumb.survey"
  args.workload = { args.subject:match("workload/(%w+)$") or args.subject }
  local found = survey.of(plumb)
  local here = survey.only(found.readings, { region_list = args.region_list })
  local row = which(rows_of.rows(here, found.items), args.subject, function()
    if found.from == "tool" then return survey.names(plumb) end
    local names = {}
    for i, reading in ipairs(found.readings) do names[i] = reading.workload_name end
    return names
  end)
  local readings, risks = {}, {}
  for _, reading in ipairs(found.readings) do
    if reading.workload_arn == row.arn then readings[#readings + 1] = reading end
  end
  for _, risk in ipairs(found.risks) do
    if risk.workload_arn == row.arn then risks[#risks + 1] = risk end
  end
  return row, readings, risks, found
end

local function show(args, cli)
  local rows_of, listing, source = require "plumb.view.workload_rows", require "plumb.view.listing",
    require "plumb.view.source"
  local risk_rows, json = require "plumb.view.risk_rows", require "plumb.json"
  local plumb <close> = source.open(args, cli)
  local row, readings, risks, found = find(plumb, args)
  local pillars, rows = rows_of.pillars(readings), {}
  for i, risk in ipairs(risks) do rows[i] = risk_rows.row(risk, found.items) end
  row.url = require("plumb.console_url").workload(row.arn)
  if args.json then
    row.pillars, row.risks = json.list(pillars), json.list(rows)
    local document = source.head(found)
    document.schema, document.workload = "plumb.workload/1", row
    cli.json(document)
  elseif cli.format() == "table" then
    cli.out(require("plumb.cli.printable").line(row.workload))
    source.facts(cli, { { "id", row.id }, { "account", row.account }, { "Region", row.region },
      { "lenses", row.lenses }, { "open items", row.items }, { "changed", row.changed }, { "console", row.url } })
    cli.out ""
    cli.table(pillars, rows_of.pillar_columns)
    if rows[1] then
      cli.out ""
      listing.show(cli, { schema = "", columns = risk_rows.columns, rows = rows,
        eyes = { "risk", "lens", "question", "title", "missing", "items", "since" } })
    end
  else
    listing.show(cli, { schema = "", columns = rows_of.pillar_columns, rows = pillars })
  end
  return source.tell(cli, found, source.count(#rows, "risk"))
end

local function open(args, cli)
  local source = require "plumb.view.source"
  local plumb <close> = source.open(args, cli)
  local row = find(plumb, args)
  local url = require("plumb.console_url").workload(row.arn)
  if args.json then return cli.json { schema = "plumb.workload-open/1", url = url } end
  cli.out(url)
end

local LIST = "plumb workload list"

local ACTIONS = {
  list = { run = list },
  show = { run = show, subject = "NAME", find = LIST },
  open = { run = open, subject = "NAME", find = LIST },
}

return {
  name = "workload",
  group = "LOOK AROUND",
  summary = "Show workloads and their risks: list, show NAME or open NAME",
  description = "Counts are of questions by their rating; items are open OpsItems of plumb. The state answers,\n"
    .. "as of the last scan and without a call; --live, or a state without a scan, asks AWS. open prints the\n"
    .. "address in the console.",
  examples = {
    { "plumb workload list", "all of them, those with most HIGH risks first" },
    { "plumb workload show shop-prod", "one by lens and pillar, with its risks" },
    { "plumb workload list --live -o csv", "as they are in the Tool now, for a spreadsheet" },
    { "plumb workload open shop-prod", "its address in the AWS console" },
  },
  arguments = {
    { name = "ACTION", choices = { "list", "show", "open" }, help = "list, show or open" },
    { name = "NAME", optional = true, target = "subject", completes = "workloads",
      help = "for show and open: name, id or ARN of a workload" },
  },
  flags = {
    { "--workload", value = "GLOB", many = true, help = "for list: only those with this name or id" },
    { "--lens", value = "GLOB", many = true, help = "count only lenses with this alias, name or ARN" },
    { "--live", help = "ask AWS, not the state" },
    { "--accounts", value = "FILE", help = "for --live: read these accounts, as plumb scan does" },
  },
  lists = function() return { ["plumb.workload-list/1"] = require("plumb.view.workload_rows").columns } end,
  uses = { "aws", "policy", "state", "output", "rows" },
  places = true,
  run = function(args, cli) return require("plumb.cli.action")("workload", ACTIONS, args, cli) end,
}
