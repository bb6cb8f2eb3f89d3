-- Risks as rows of a list, with what they are called and which items stand for them. Pure.

local age = require "plumb.view.age"
local json = require "plumb.json"
local survey = require "plumb.survey"
local time = require "plumb.time"

local risk_rows = {}

local COLORS = { HIGH = "red", MEDIUM = "yellow" }

---How a cell with a risk is painted.
---@param value any
---@return string?
function risk_rows.color(value) return COLORS[value] end

-- The first of several, and how many more there are.
local function some_ids(ids)
  return #ids > 1 and ("%s +%d"):format(ids[1], #ids - 1) or ids[1]
end

---@type plumb.Column[]
risk_rows.columns = {
  { key = "risk", color = risk_rows.color },
  { key = "workload", cut = true }, { key = "lens", cut = true }, { key = "pillar" },
  { key = "question", whole = true },
  { key = "title", cut = true }, { key = "missing" }, { key = "items", text = some_ids, whole = true },
  { key = "since", title = "age", text = age.of_iso, align = "right" },
  { key = "id" }, { key = "account" }, { key = "region" }, { key = "workload_arn" }, { key = "lens_arn" },
}
risk_rows.eyes = { "risk", "workload", "question", "title", "missing", "items", "since" }
risk_rows.programs = { "workload", "lens", "pillar", "question", "risk", "missing", "items", "since" }

---What names a risk for people: workload, lens and question.
---@param record plumb.RiskRow
---@return string
function risk_rows.id(record)
  return ("%s/%s/%s"):format(record.workload_name or record.workload_arn, survey.lens_word(record), record.question_id)
end

---@param record plumb.RiskRow
---@param items table<string, string[]>  see plumb.Survey
---@return table
function risk_rows.row(record, items)
  return {
    id = risk_rows.id(record), risk = record.risk, workload = record.workload_name, lens = survey.lens_word(record),
    pillar = record.pillar, question = record.question_id, title = record.title, missing = #record.missing,
    items = json.list(items[survey.question_key(record)] or {}), since = record.since and time.iso(record.since),
    account = record.account, region = record.region, workload_arn = record.workload_arn, lens_arn = record.lens_arn,
  }
end

---The same with the ARN of the workload, which no other account or Region has.
---@param record plumb.RiskRow
---@return string
function risk_rows.whole_id(record)
  return ("%s/%s/%s"):format(record.workload_arn, survey.lens_word(record), record.question_id)
end

---The risks that somebody means by an id, or a part of one: QUESTION, WORKLOAD/QUESTION or WORKLOAD/LENS/QUESTION,
---where WORKLOAD is a name or an ARN.
---@param records plumb.RiskRow[]
---@param text string
---@return plumb.RiskRow[]
function risk_rows.named(records, text)
  local list = {}
  for _, record in ipairs(records) do
    local id = risk_rows.id(record)
    local names = { [id] = true, [risk_rows.whole_id(record)] = true, [record.question_id] = true }
    for _, workload in ipairs { record.workload_arn, record.workload_name } do
      names[("%s/%s"):format(workload, record.question_id)] = true
    end
    if names[text] then list[#list + 1] = record end
  end
  return list
end

return risk_rows
