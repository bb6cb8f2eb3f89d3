-- Workloads as rows of a list, made of what was read of their lenses. Pure.

local age = require "plumb.view.age"
local json = require "plumb.json"
local survey = require "plumb.survey"
local time = require "plumb.time"

local workload_rows = {}

local function paint(name)
  return function(value) return (value or 0) > 0 and name or nil end
end

---@type plumb.Column[]
workload_rows.columns = {
  { key = "workload", cut = true }, { key = "lenses", cut = true }, { key = "questions" },
  { key = "high", color = paint "red" }, { key = "medium", color = paint "yellow" }, { key = "unanswered" },
  { key = "items" }, { key = "changed", text = age.of_iso, align = "right" },
  { key = "id" }, { key = "account" }, { key = "region" }, { key = "arn" },
}
workload_rows.eyes = { "workload", "lenses", "high", "medium", "unanswered", "items", "changed" }
workload_rows.programs = { "workload", "id", "account", "region", "lenses", "questions", "high", "medium", "unanswered",
  "items", "changed" }

---How many questions have a rating, over all pillars.
---@param counts table<string, table<string, integer>>
---@param risk? string  nil for all of them
---@return integer
function workload_rows.count(counts, risk)
  local n = 0
  for _, by_risk in pairs(counts) do
    for name, count in pairs(by_risk) do
      if not risk or name == risk then n = n + count end
    end
  end
  return n
end

local function new(reading)
  return {
    workload = reading.workload_name, id = reading.workload_arn:match("workload/(.+)$"), account = reading.account,
    region = reading.region, arn = reading.workload_arn, lenses = json.list {}, questions = 0, high = 0, medium = 0,
    unanswered = 0, items = 0,
  }
end

local function add(row, reading)
  local count = workload_rows.count
  table.insert(row.lenses, survey.lens_word(reading))
  row.questions = row.questions + count(reading.counts)
  row.high, row.medium = row.high + count(reading.counts, "HIGH"), row.medium + count(reading.counts, "MEDIUM")
  row.unanswered = row.unanswered + count(reading.counts, "UNANSWERED")
  if reading.at then row.at = math.max(row.at or 0, reading.at) end
end

local function item_counts(items)
  local counts, seen = {}, {}
  for key, ids in pairs(items) do
    local arn = key:match("^%S+")
    for _, id in ipairs(ids) do
      if not seen[arn .. id] then seen[arn .. id], counts[arn] = true, (counts[arn] or 0) + 1 end
    end
  end
  return counts
end

---One row for each workload, those with most HIGH risks first.
---@param readings table[]
---@param items table<string, string[]>  see plumb.Survey
---@return table[]
function workload_rows.rows(readings, items)
  local rows, by_arn, counts = {}, {}, item_counts(items)
  for _, reading in ipairs(readings) do
    local row = by_arn[reading.workload_arn]
    if not row then
      row = new(reading)
      by_arn[row.arn], rows[#rows + 1] = row, row
    end
    add(row, reading)
  end
  for _, row in ipairs(rows) do
    row.items = counts[row.arn] or 0
    row.changed, row.at = row.at and time.iso(row.at), nil
    table.sort(row.lenses)
  end
  table.sort(rows, function(a, b)
    if a.high ~= b.high then return a.high > b.high end
    if a.medium ~= b.medium then return a.medium > b.medium end
    if a.workload ~= b.workload then return (a.workload or "") < (b.workload or "") end
    return a.arn < b.arn
  end)
  return rows
end

---A row for each lens and pillar of some readings.
---@param readings table[]
---@return table[]
function workload_rows.pillars(readings)
  local rows = {}
  for _, reading in ipairs(readings) do
    for pillar, by_risk in pairs(reading.counts) do
      rows[#rows + 1] = { workload = reading.workload_name, lens = survey.lens_word(reading), pillar = pillar,
        high = by_risk.HIGH or 0, medium = by_risk.MEDIUM or 0, none = by_risk.NONE or 0,
        unanswered = by_risk.UNANSWERED or 0, not_applicable = by_risk.NOT_APPLICABLE or 0 }
    end
  end
  table.sort(rows, function(a, b)
    if a.lens ~= b.lens then return a.lens < b.lens end
    return a.pillar < b.pillar
  end)
  return rows
end

---@type plumb.Column[]
workload_rows.pillar_columns = {
  { key = "lens", cut = true }, { key = "pillar" }, { key = "high", color = paint "red" },
  { key = "medium", color = paint "yellow" }, { key = "none" }, { key = "unanswered" },
  { key = "not_applicable", title = "n/a" },
}

return workload_rows
