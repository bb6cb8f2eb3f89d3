-- plumb report: risks, their course and their items for people who do not use plumb, as one file.

local BY_ENDING = { html = "html", htm = "html", md = "markdown", markdown = "markdown", csv = "csv", json = "json" }

local function format_of(path, args)
  local ending = path:match("%.(%w+)$")
  local format = BY_ENDING[(ending or ""):lower()] or args.format
  if format then return format end
  require("plumb.problem").raise { id = "E103",
    what = ("%s does not say what to write"):format(require("plumb.cli.printable").quote(path)),
    fix = "end it with .html, .md, .csv or .json, or add --format html" }
end

-- The command line that makes the same report again.
local function command_of(args)
  local words = { "plumb report" }
  for _, name in ipairs { "workload", "lens", "pillar" } do
    for _, value in ipairs(args[name]) do
      words[#words + 1] = ("--%s %s"):format(name, value:find("^[%w_.-]+$") and value or "'" .. value .. "'")
    end
  end
  if args.live then words[#words + 1] = "--live" end
  for _, path in ipairs(args.output) do words[#words + 1] = "-o " .. path end
  return table.concat(words, " ")
end

local function policy_hash(plumb)
  local digest, files = require "plumb.digest", require "plumb.files"
  local text = plumb.policy.path and files.read(plumb.policy.path, 1 << 20)
  return text and digest.hex(digest.sha256(text)):sub(1, 12) or nil
end

local function read(plumb, args)
  local store = plumb.store
  local found, findings = require("plumb.survey").of(plumb), {}
  for record in store:each("finding") do findings[#findings + 1] = record end
  local now = require("plumb.time").now()
  return found, require("plumb.report.model").of { found = found, findings = findings, now = now, only = args,
    records = require("plumb.history").all(store),
    median_days = require("plumb.state.standing").of(store, now).items.median_days }
end

local WRITERS = {
  html = function(report, about) return require("plumb.report.html")(report, about) end,
  markdown = function(report, about, args) return require("plumb.report.markdown")(report, about, args.max_bytes) end,
  json = function(report)
    local json = require "plumb.json"
    local document = { schema = "plumb.report/1" }
    for name, value in pairs(report) do
      document[name] = type(value) == "table" and (value[1] ~= nil or next(value) == nil) and json.list(value) or value
    end
    for _, row in ipairs(report.risks) do row.practices = json.list(row.practices) end
    return json.encode_pretty(document):gsub("\n*$", "\n")
  end,
  csv = function(report)
    local rows_of, columns = require "plumb.view.risk_rows", {}
    for i, name in ipairs(rows_of.programs) do columns[i] = { key = name } end
    columns[#columns + 1] = { key = "title" }
    columns[#columns + 1] = { key = "practices" }
    columns[#columns + 1] = { key = "account" }
    columns[#columns + 1] = { key = "region" }
    return require("plumb.table_view").csv(report.risks, columns)
  end,
}

local function write_file(path, text, cli)
  local done, message = require("plumb.files").write_atomic(path, text, tonumber("644", 8))
  if done then return cli.note(("%s %s, %d bytes"):format(cli.symbol "ok", path, #text)) end
  require("plumb.problem").raise { id = "E111", what = "the report could not be written", where = path,
    because = message, fix = "name a file in a folder that is there and yours" }
end

local function run(args, cli)
  local source = require "plumb.view.source"
  local formats = {}
  for i, path in ipairs(args.output) do formats[i] = format_of(path, args) end
  local plumb <close> = source.open(args, cli)
  local found, report = read(plumb, args)
  local about = { version = require("plumb.build").version, command = command_of(args), policy = policy_hash(plumb) }
  for i, path in ipairs(args.output) do write_file(path, WRITERS[formats[i]](report, about, args), cli) end
  if not args.output[1] then cli.write((WRITERS[args.format or "markdown"](report, about, args))) end
  return source.tell(cli, found, source.count(#report.risks, "risk"))
end

return {
  name = "report",
  group = "DO THE WORK",
  summary = "Write a report: HTML, Markdown, CSV or JSON",
  description = "An HTML report is one file without scripts that loads nothing from anywhere, for mail and\n"
    .. "archives; a Markdown one suits pull requests and $GITHUB_STEP_SUMMARY. The state answers, as of the last\n"
    .. "scan and without a call; --live, or a state without a scan, asks AWS.",
  examples = {
    { "plumb report -o risks.html", "for everybody, in a browser" },
    { "plumb report --workload shop-prod -o shop.html -o shop.json", "one workload, twice" },
    { "plumb report --max-bytes 65000 >> \"$GITHUB_STEP_SUMMARY\"", "Markdown, cut to what fits" },
  },
  flags = {
    { "-o", "--output", value = "FILE", many = true, help = "write there; .html, .md, .csv or .json says what" },
    { "--format", value = "FORMAT", choices = { "html", "markdown", "csv", "json" },
      help = "html, markdown, csv or json; markdown unless told, on standard output" },
    { "--max-bytes", value = "N", type = "integer", min = 1000, help = "cut Markdown to this size, and say so" },
    { "--workload", value = "GLOB", many = true, help = "only workloads with this name or id" },
    { "--lens", value = "GLOB", many = true, help = "only lenses with this alias, name or ARN" },
    { "--pillar", value = "GLOB", many = true, help = "list only risks of pillars with this id" },
    { "--live", help = "ask AWS, not the state" },
    { "--accounts", value = "FILE", help = "for --live: read these accounts, as plumb scan does" },
  },
  uses = { "aws", "policy", "state" },
  places = true,
  run = run,
}
