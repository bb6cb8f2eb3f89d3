-- plumb trend: how many risks there were over time, as plumb's scans saw it.

local BAR = 24 -- cells of the longest bar

local WORDS = {
  pillar = function(record) return record.pillar or "none" end,
  workload = function(record) return record.workload_name or record.workload_arn end,
  lens = function(record) return require("plumb.survey").lens_word(record) end,
}

local function numbers(points, level)
  local list = {}
  for i, point in ipairs(points) do list[i] = point[level] end
  return list
end

-- Bars as high as the highest of both, numbers at both ends.
local function lines(cli, points)
  local spark = require "plumb.view.spark"
  local top, widest = 0, 0
  for _, point in ipairs(points) do top = math.max(top, point.high, point.medium) end
  for _, level in ipairs { "high", "medium" } do widest = math.max(widest, #tostring(points[1][level])) end
  for _, level in ipairs { "high", "medium" } do
    local first, last = points[1][level], points[#points][level]
    local bars = spark.line(numbers(points, level), { ascii = not cli.utf8, top = top })
    bars = cli.color(level == "high" and "red" or "yellow", bars, "stdout")
    cli.out(("  %-7s %s %s %d"):format(level, (" "):rep(widest - #tostring(first)) .. first, bars, last))
  end
end

local DAYS = { hour = 13, day = 0, week = 0, month = 0 }

local function span_line(points, step)
  local time = require "plumb.time"
  local function day(at) return time.iso(at):sub(1, DAYS[step] > 0 and 16 or 10):gsub("T", " ") end
  return ("          %s to %s UTC, by %s"):format(day(points[1].at), day(points[#points].at), step)
end

-- How risks are spread now, by pillar or whatever was asked for.
local function spread(cli, groups, moments)
  local spark, line = require "plumb.view.spark", require("plumb.cli.printable").line
  local trend, term = require "plumb.trend", require "plumb.term"
  local rows, top, widest = {}, 0, 0
  for i, group in ipairs(groups) do
    local points = trend.points(group.records, { moments[1], moments[#moments] })
    rows[i] = { name = line(group.name), first = points[1], last = points[2] or points[1] }
    top = math.max(top, rows[i].last.high, rows[i].last.medium)
    widest = math.max(widest, term.display_width(rows[i].name))
  end
  table.sort(rows, function(a, b)
    if a.last.high ~= b.last.high then return a.last.high > b.last.high end
    if a.last.medium ~= b.last.medium then return a.last.medium > b.last.medium end
    return a.name < b.name
  end)
  local width = math.max(4, math.min(BAR, (cli.width() - widest - 24) // 2))
  cli.out ""
  for _, row in ipairs(rows) do
    local out = { "  ", row.name, (" "):rep(widest - term.display_width(row.name)) }
    for _, level in ipairs { "high", "medium" } do
      local bar = spark.bar(row.last[level], top, width, not cli.utf8)
      out[#out + 1] = ("  %3d %s%s"):format(row.last[level],
        cli.color(level == "high" and "red" or "yellow", bar, "stdout"), (" "):rep(width - term.display_width(bar)))
    end
    cli.out((table.concat(out):gsub("%s+$", "")))
  end
end

local COLUMNS = { { key = "group" }, { key = "at" }, { key = "high" }, { key = "medium" } }

-- A row for each moment, or for each moment and group.
local function rows_of(records, groups, moments)
  local trend, time = require "plumb.trend", require "plumb.time"
  local rows = {}
  for _, group in ipairs(groups or { { records = records } }) do
    for _, point in ipairs(trend.points(group.records, moments)) do
      rows[#rows + 1] = { group = group.name, at = time.iso(point.at), high = point.high, medium = point.medium }
    end
  end
  return rows
end

local function run(args, cli)
  local source, survey, trend = require "plumb.view.source", require "plumb.survey", require "plumb.trend"
  local time, listing = require "plumb.time", require "plumb.view.listing"
  local from = args.since and require("plumb.view.age").moment(args.since, "--since")
  local plumb <close> = source.open(args, cli)
  local readings = {}
  for reading in plumb.store:each("reading") do readings[#readings + 1] = reading end
  local records = require("plumb.history").all(plumb.store)
  local begins = trend.beginning(records, readings)
  if not begins then source.no_history() end
  args.risk = require("plumb.cli.risks")(args.risk)
  records = survey.only(records, args)
  local now = time.now()
  local moments, step = trend.moments(math.max(from or begins, begins), now)
  local groups = args.by and trend.groups(records, WORDS[args.by])
  if cli.format() == "table" and not args.columns then
    local points = trend.points(records, moments)
    lines(cli, points)
    cli.out(span_line(points, step))
    spread(cli, groups or trend.groups(records, WORDS.pillar), moments)
  else
    listing.show(cli, { schema = "plumb.trend/1", columns = COLUMNS,
      eyes = groups and { "group", "at", "high", "medium" } or { "at", "high", "medium" },
      rows = rows_of(records, groups, moments),
      head = { by = args.by, step = step, since = time.iso(moments[1]) } })
  end
  if from and from < begins then
    cli.note(("The history begins %s."):format(time.iso(begins)))
  end
end

return {
  name = "trend",
  group = "LOOK AROUND",
  summary = "Show how many risks there were over time",
  description = "Counts questions rated HIGH or MEDIUM, as plumb's scans read them; the state answers, without a\n"
    .. "call. On a terminal it draws; elsewhere it has a row for each hour, day, week or month, whichever suits the\n"
    .. "span.",
  examples = {
    { "plumb trend --since 6m", "the last six months" },
    { "plumb trend --by workload -o csv", "each workload for itself, for a spreadsheet" },
    { "plumb trend --pillar security --json", "one pillar, for a program" },
  },
  flags = {
    { "--since", value = "WHEN", help = "from then on: 30d, 4w, 6m (months), 1y or a date; all of it unless told" },
    { "--by", value = "WHAT", choices = { "pillar", "workload", "lens" }, help = "apart by pillar, workload or lens" },
    { "--workload", value = "GLOB", many = true, help = "only workloads with this name or id" },
    { "--lens", value = "GLOB", many = true, help = "only lenses with this alias or ARN" },
    { "--pillar", value = "GLOB", many = true, help = "only pillars with this id, such as security" },
    { "--risk", value = "high,medium", many = true, help = "only these risks" },
  },
  lists = function() return { ["plumb.trend/1"] = COLUMNS } end,
  uses = { "aws", "policy", "state", "output", "rows" },
  run = run,
}
