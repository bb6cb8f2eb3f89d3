-- What is in a report, whatever it is written as: counts, risks by pillar, their course, each risk with its missing
-- practices and items, what changed, what was accepted. Pure: survey, history and state in, one table out.

local history = require "plumb.history"
local risk_rows = require "plumb.view.risk_rows"
local survey = require "plumb.survey"
local time = require "plumb.time"
local trend = require "plumb.trend"

local model = {}

local DAY = 86400
local SPAN = 183 * DAY -- the course of the risks
local MONTH = 30 * DAY -- what changes are counted over

---@class plumb.Report
---@field generated string   ISO 8601
---@field from "state"|"tool"
---@field at? string         of the reading
---@field places { account: string, region: string }[]
---@field workloads string[]  each once; with account and Region where several have the name
---@field lenses string[]
---@field high integer
---@field medium integer
---@field before? { high: integer, medium: integer, at: string }  a month before, or when the history begins
---@field items integer      open ones that stand for these risks
---@field median_days? number
---@field pillars { pillar: string, high: integer, medium: integer, none: integer, other: integer }[]
---@field trend { at: string, high: integer, medium: integer }[]
---@field risks table[]      as risk_rows.row, with `practices` and `days`, and as `label` what its workload is called
---@field changes table[]    { change, risk, id, title } since `before`
---@field accepted table[]   { workload, question, choice, reason, until }

local function sorted_names(set)
  local names = {}
  for name in pairs(set) do names[#names + 1] = name end
  table.sort(names)
  return names
end

-- What each workload is called, by its ARN: its name, with account and Region where several have that name.
local function labels_of(readings)
  local of_name, labels = {}, {}
  for _, reading in ipairs(readings) do
    local name = reading.workload_name or reading.workload_arn
    of_name[name] = of_name[name] or reading.workload_arn
    if of_name[name] ~= reading.workload_arn then of_name[name] = "several" end
  end
  for _, reading in ipairs(readings) do
    local name = reading.workload_name or reading.workload_arn
    labels[reading.workload_arn] = of_name[name] ~= "several" and name
      or ("%s (%s, %s)"):format(name, reading.account, reading.region)
  end
  return labels
end

local function add_places(report, readings, labels)
  local places, workloads, lenses = {}, {}, {}
  for _, reading in ipairs(readings) do
    places[reading.account .. " " .. reading.region] = true
    workloads[labels[reading.workload_arn]] = true
    lenses[survey.lens_word(reading)] = true
  end
  report.places, report.workloads, report.lenses = {}, sorted_names(workloads), sorted_names(lenses)
  for i, place in ipairs(sorted_names(places)) do
    local account, region = place:match("^(%S*) (%S*)$")
    report.places[i] = { account = account, region = region }
  end
end

local function pillars_of(readings)
  local rows, by_name = {}, {}
  for _, reading in ipairs(readings) do
    for pillar, counts in pairs(reading.counts) do
      local row = by_name[pillar]
      if not row then
        row = { pillar = pillar, high = 0, medium = 0, none = 0, other = 0 }
        by_name[pillar], rows[#rows + 1] = row, row
      end
      for risk, n in pairs(counts) do
        local name = ({ HIGH = "high", MEDIUM = "medium", NONE = "none" })[risk] or "other"
        row[name] = row[name] + n
      end
    end
  end
  table.sort(rows, function(a, b)
    if a.high ~= b.high then return a.high > b.high end
    if a.medium ~= b.medium then return a.medium > b.medium end
    return a.pillar < b.pillar
  end)
  return rows
end

local function risks_of(risks, items, labels, now)
  local rows, open, seen = {}, 0, {}
  for i, record in ipairs(risks) do
    local row = risk_rows.row(record, items)
    row.label = labels[record.workload_arn] or row.workload or record.workload_arn
    row.practices, row.days = {}, record.since and math.floor((now - record.since) / DAY) or nil
    for n, missing in ipairs(record.missing) do row.practices[n] = missing.title end
    for _, id in ipairs(row.items) do
      if not seen[id] then seen[id], open = true, open + 1 end
    end
    rows[i] = row
  end
  return rows, open
end

-- The course of the risks, the month's changes, and how it was a month ago.
local function add_history(report, records, readings, now)
  report.trend, report.changes = {}, {}
  local begins = trend.beginning(records, readings)
  if not begins or begins > now then return end
  for i, point in ipairs(trend.points(records, (trend.moments(math.max(begins, now - SPAN), now)))) do
    report.trend[i] = { at = time.iso(point.at), high = point.high, medium = point.medium }
  end
  local since = now - MONTH
  if begins > since then return end -- nobody knows how it was a month ago
  local then_ = trend.points(records, { since })[1]
  report.before = { high = then_.high, medium = then_.medium, at = time.iso(since) }
  local changes = trend.changes(history.at(records, since), history.at(records, now), survey.question_key)
  for i, change in ipairs(changes) do
    report.changes[i] = { change = change.change, was = change.was, now = change.now,
      id = risk_rows.id(change.record), title = change.record.title }
  end
end

local function accepted_of(findings, labels)
  local rows = {}
  for _, record in ipairs(findings) do
    if record.status == "accepted" then
      rows[#rows + 1] = { workload = labels[record.workload_arn] or record.workload_name,
        question = record.question_id, choice = record.choice_id, reason = record.reason,
        ["until"] = record.accepted_until and time.iso(record.accepted_until) or nil }
    end
  end
  return rows
end

---@param facts { found: plumb.Survey, records: table[], findings: table[], median_days: number?, now: number,
---  only: table }  records: of kind `risk`; findings: of the state; only: globs, as survey.only takes them
---@return plumb.Report
function model.of(facts)
  local found, only, now = facts.found, facts.only, facts.now
  local readings, risks = survey.only(found.readings, only), survey.only(found.risks, only)
  local report = { generated = time.iso(now), from = found.from, at = found.at and time.iso(found.at),
    pillars = pillars_of(readings), median_days = facts.median_days, high = 0, medium = 0 }
  for _, record in ipairs(risks) do
    local level = record.risk:lower()
    report[level] = report[level] + 1
  end
  local labels = labels_of(readings)
  add_places(report, readings, labels)
  report.risks, report.items = risks_of(risks, found.items, labels, now)
  add_history(report, survey.only(facts.records, only), readings, now)
  report.accepted = accepted_of(survey.only(facts.findings, { workload = only.workload, lens = only.lens,
    region_list = only.region_list }), labels)
  return report
end

---A title: the workload when there is one, otherwise how many there are.
---@param report plumb.Report
---@return string
function model.title(report)
  if #report.workloads == 1 then return "Well-Architected risks: " .. report.workloads[1] end
  return ("Well-Architected risks of %d workloads"):format(#report.workloads)
end

---"3 fewer than a month ago"; nil when nobody knows.
---@param report plumb.Report
---@param level "high"|"medium"
---@return string?
function model.change(report, level)
  if not report.before then return nil end
  local by = report[level] - report.before[level]
  if by == 0 then return "as many as a month ago" end
  return ("%d %s than a month ago"):format(math.abs(by), by < 0 and "fewer" or "more")
end

return model
