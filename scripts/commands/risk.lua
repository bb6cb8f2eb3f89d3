-- plumb risk: the questions that are rated HIGH or MEDIUM, one of them with its missing practices, or how its rating
-- changed.

local function list(args, cli)
  local rows_of, listing, source = require "plumb.view.risk_rows", require "plumb.view.listing",
    require "plumb.view.source"
  local survey = require "plumb.survey"
  local shown = { schema = "plumb.risk-list/1", columns = rows_of.columns, eyes = rows_of.eyes,
    programs = rows_of.programs, rows = {} }
  listing.columns(shown, cli)
  local plumb <close> = source.open(args, cli)
  local found = survey.of(plumb)
  local workloads, count = {}, 0
  for i, record in ipairs(survey.only(found.risks, args)) do
    shown.rows[i] = rows_of.row(record, found.items)
    if not workloads[record.workload_arn] then workloads[record.workload_arn], count = true, count + 1 end
  end
  shown.head = source.head(found)
  if shown.rows[1] or cli.format() ~= "table" then listing.show(cli, shown) end
  return source.tell(cli, found, ("%s in %s"):format(source.count(#shown.rows, "risk"),
    source.count(count, "workload")))
end

local function which(found, args)
  local problem, rows_of = require "plumb.problem", require "plumb.view.risk_rows"
  local named = rows_of.named(found, args.subject)
  if #named == 1 then return named[1] end
  local ids, all, seen, twice = {}, {}, {}, false
  for i, record in ipairs(named) do
    ids[i] = rows_of.id(record)
    twice = twice or seen[ids[i]]
    seen[ids[i]] = true
  end
  for i, record in ipairs(twice and named or {}) do ids[i] = rows_of.whole_id(record) end
  for _, record in ipairs(found) do
    table.move({ rows_of.id(record), record.workload_name .. "/" .. record.question_id, record.question_id }, 1, 3,
      #all + 1, all)
  end
  local quoted = require("plumb.cli.printable").quote(args.subject)
  if #named > 1 then
    problem.raise { id = "E103", what = ("%s names %d risks"):format(quoted, #named),
      fix = "one of: " .. table.concat(ids, ", ") .. (twice and "; or name the Region with --region" or "") }
  end
  local near = require("plumb.suggest").suggest(args.subject, all)
  problem.raise { id = "E103", what = ("there is no risk %s"):format(quoted),
    fix = (near and ("did you mean '%s'?   "):format(near) or "") .. "plumb risk list   shows them all" }
end

-- The practices of a risk that are missing, each with its item where it has one.
local function practices(plumb, record)
  local items, rows = {}, {}
  for finding in plumb.store:each("finding", { workload_arn = record.workload_arn }) do
    if finding.lens_arn == record.lens_arn and finding.question_id == record.question_id then
      items[finding.choice_id] = finding
    end
  end
  for i, missing in ipairs(record.missing) do
    local finding = items[missing.id] or {}
    rows[i] = { practice = missing.title, choice = missing.id, status = finding.status, item = finding.item_id,
      reason = finding.reason }
  end
  return rows
end

local PRACTICES = { { key = "practice" }, { key = "choice" }, { key = "status" }, { key = "item" }, { key = "reason" } }

local function show(args, cli)
  local rows_of, source = require "plumb.view.risk_rows", require "plumb.view.source"
  local json = require "plumb.json"
  -- Where AWS is asked, the others are not read.
  local workload = args.subject:match("^arn:.-:workload/(%w+)/") or args.subject:match("^(.-)/")
  args.workload = workload and { workload .. "*" } or nil
  local plumb <close> = source.open(args, cli)
  local survey = require "plumb.survey"
  local found = survey.of(plumb)
  local record = which(survey.only(found.risks, { region_list = args.region_list }), args)
  local row, rows = rows_of.row(record, found.items), practices(plumb, record)
  if args.json then
    row.practices = json.list(rows)
    local document = source.head(found)
    document.schema, document.risk = "plumb.risk/1", row
    cli.json(document)
    return source.tell(cli, found, row.id)
  end
  if cli.format() == "table" then
    cli.out(require("plumb.cli.printable").line(row.title or row.question))
    source.facts(cli, { { "risk", row.risk }, { "workload", row.workload }, { "account", row.account },
      { "Region", row.region }, { "lens", row.lens },
      { "pillar", row.pillar }, { "question", row.question }, { "since", row.since } })
    cli.out(("\n%s"):format(source.count(#rows, "missing practice")))
  end
  require("plumb.view.listing").show(cli, { schema = "plumb.risk/1", columns = PRACTICES, rows = rows })
  return source.tell(cli, found, row.id)
end

local HISTORY = { { key = "risk", color = function(risk) return require("plumb.view.risk_rows").color(risk) end },
  { key = "since" }, { key = "ended" }, { key = "missing" } }

local function history(args, cli)
  local rows_of, listing, source = require "plumb.view.risk_rows", require "plumb.view.listing",
    require "plumb.view.source"
  local time = require "plumb.time"
  local plumb <close> = source.open(args, cli)
  local records = require("plumb.history").all(plumb.store)
  local latest, by_id, rows = {}, {}, {}
  for _, record in ipairs(records) do by_id[rows_of.whole_id(record)] = record end
  for _, record in pairs(by_id) do latest[#latest + 1] = record end
  table.sort(latest, function(a, b) return rows_of.whole_id(a) < rows_of.whole_id(b) end)
  local found = which(require("plumb.survey").only(latest, { region_list = args.region_list }), args)
  local wanted = rows_of.id(found)
  for _, record in ipairs(records) do
    if rows_of.whole_id(record) == rows_of.whole_id(found) then
      rows[#rows + 1] = { risk = record.risk, since = time.iso(record.since), missing = #record.missing,
        ended = record.ended and time.iso(record.ended) }
    end
  end
  listing.show(cli, { schema = "plumb.risk-history/1", rows = rows, head = { id = wanted },
    columns = HISTORY })
  cli.note(("%s as plumb's scans saw it; %s"):format(wanted, rows[#rows].ended and "no risk now" or "a risk still"))
end

local ACTIONS = {
  list = { run = list },
  show = { run = show, subject = "ID", find = "plumb risk list --columns id" },
  history = { run = history, subject = "ID", find = "plumb risk list --columns id" },
}

return {
  name = "risk",
  group = "LOOK AROUND",
  summary = "Show questions rated HIGH or MEDIUM: list, show ID or history ID",
  description = "A risk is a question rated HIGH or MEDIUM; missing counts its missing practices. The state answers,\n"
    .. "as of the last scan and without a call; --live, or a state without a scan, asks AWS. An ID is\n"
    .. "WORKLOAD/LENS/QUESTION, or as much of it as names one: WORKLOAD/QUESTION, QUESTION. WORKLOAD is a name, or\n"
    .. "an ARN where several accounts or Regions have a workload of that name. --region shows those of one Region.",
  examples = {
    { "plumb risk list --risk high", "what is worst, with items and age" },
    { "plumb risk list --live --workload 'shop-*'", "as it is in the Tool now" },
    { "plumb risk show shop-prod/rel_recovery", "one question with its missing practices" },
    { "plumb risk list --json=workload,question,risk,items", "for a program" },
  },
  arguments = {
    { name = "ACTION", choices = { "list", "show", "history" }, help = "list, show or history" },
    { name = "ID", optional = true, target = "subject", completes = "open_risks",
      help = "for show and history: which risk" },
  },
  flags = {
    { "--workload", value = "GLOB", many = true, help = "only workloads with this name or id" },
    { "--lens", value = "GLOB", many = true, help = "only lenses with this alias, name or ARN" },
    { "--pillar", value = "GLOB", many = true, help = "only pillars with this id, such as security" },
    { "--risk", value = "high,medium", many = true, help = "only these risks" },
    { "--live", help = "ask AWS, not the state" },
    { "--accounts", value = "FILE", help = "for --live: read these accounts, as plumb scan does" },
  },
  lists = function()
    return { ["plumb.risk-list/1"] = require("plumb.view.risk_rows").columns, ["plumb.risk-history/1"] = HISTORY }
  end,
  uses = { "aws", "policy", "state", "output", "rows" },
  places = true,
  run = function(args, cli)
    args.risk = require("plumb.cli.risks")(args.risk)
    return require("plumb.cli.action")("risk", ACTIONS, args, cli)
  end,
}
