-- Which columns tell most about a list of records: what people look for first in the common ones, and for any other
-- names before ids before the rest, long ARNs last.

local show = require("plumb.cli.show")

local M = {}

-- A path is what is typed to get at the value: _[1].RiskCounts.HIGH.
local KNOWN = {
  workload = { "WorkloadName", "WorkloadId", "RiskCounts.HIGH", "RiskCounts.MEDIUM", "UpdatedAt", "Lenses", "Owner" },
  answer = { "WorkloadName", "QuestionId", "Risk", "QuestionTitle", "PillarId", "LensAlias" },
  risk = { "Risk", "WorkloadName", "QuestionId", "QuestionTitle", "Missing", "PillarId", "LensAlias" },
  finding = { "risk", "workload.WorkloadName", "question.QuestionId", "choice.Title", "choice.ChoiceId",
    "question.PillarId" },
  item = { "id", "status", "severity", "title", "risk", "workload" },
  step = { "action", "risk", "workload", "question", "title", "item" },
  opsitem = { "OpsItemId", "Status", "Severity", "Title", "CreatedTime", "Source" },
  choice = { "ChoiceId", "Risk", "Changes", "Title" },
}

-- Known by a member that nothing else has, the most telling first.
local SIGNS = {
  { "Missing", "risk" }, { "OpsItemId", "opsitem" }, { "SelectedChoices", "answer" }, { "RiskCounts", "workload" },
}

local marked = setmetatable({}, { __mode = "k" })

---Says what a list is a list of: "workload", "risk", "finding", "item", "step".
---@generic T: table
---@param list T
---@param kind string
---@return T list
function M.mark(list, kind)
  marked[list] = kind
  return list
end

---Whether somebody said what a list is a list of.
---@param list any
---@return boolean
function M.is_marked(list)
  return marked[list] ~= nil
end

local function kind_of(list, rows)
  if marked[list] then
    return marked[list]
  end
  for _, sign in ipairs(SIGNS) do
    if rows[1] and rows[1][sign[1]] ~= nil then
      return sign[2]
    end
  end
end

---The value at the end of a path.
---@param row table
---@param path string  "RiskCounts.HIGH"
---@return any
function M.at(row, path)
  if row[path] ~= nil then
    return row[path]
  end
  local value = row
  for name in path:gmatch("[^.]+") do
    if type(value) ~= "table" then
      return nil
    end
    value = value[name]
  end
  return value
end

local function any_has(rows, path)
  for _, row in ipairs(rows) do
    if M.at(row, path) ~= nil then
      return true
    end
  end
  return false
end

---The columns that somebody chose, for lists that have any of them.
---@param paths string[]?
---@param rows table[]
---@return string[]? paths
function M.chosen(paths, rows)
  for _, path in ipairs(paths or {}) do
    if any_has(rows, path) then
      return paths
    end
  end
end

---The paths to show, the most telling first.
---@param list any        what is shown; it may have been marked
---@param rows table[]    its records
---@return string[] paths
function M.of(list, rows)
  local paths = {}
  for _, path in ipairs(KNOWN[kind_of(list, rows)] or {}) do
    if any_has(rows, path) then
      paths[#paths + 1] = path
    end
  end
  return #paths > 0 and paths or M.every(rows)
end

---Every path there is, names before ids before the rest, ARNs last.
---@param rows table[]
---@return string[] paths
function M.every(rows)
  local flat = {}
  for i, row in ipairs(rows) do
    flat[i] = show.flatten(row)
  end
  return show.column_names(flat)
end

---What stands above a column: the last name of its path, unless another column ends alike.
---@param paths string[]
---@return string[] titles
function M.titles(paths)
  local count, titles = {}, {}
  for _, path in ipairs(paths) do
    local last = path:match("[^.]+$")
    count[last] = (count[last] or 0) + 1
  end
  for i, path in ipairs(paths) do
    local last = path:match("[^.]+$")
    titles[i] = count[last] == 1 and last or path
  end
  return titles
end

return M
