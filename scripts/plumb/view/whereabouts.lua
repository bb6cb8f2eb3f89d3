-- Account and Region in tables: a workload has the same name, and often the same questions, in several of them. One
-- place needs no column that says the same in every line. Pure.

local whereabouts = {}

local KEYS = { "account", "region" }

local function has(columns, key)
  for _, column in ipairs(columns) do
    if column == key or type(column) == "table" and column.key == key then return true end
  end
  return false
end

local function varies(rows, key)
  local first
  for _, row in ipairs(rows) do
    local value = row[key]
    first = first or value
    if value and value ~= first then return true end
  end
  return false
end

local function insert(columns, at, keys)
  local more = table.move(columns, 1, at, 1, {})
  for _, key in ipairs(keys) do more[#more + 1] = { key = key, whole = true } end
  return table.move(columns, at + 1, #columns, #more + 1, more)
end

---Columns for eyes: with account and Region behind the workload, each where the rows have several.
---@param rows table[]           with `account` and `region`
---@param columns plumb.Column[]
---@return plumb.Column[]
function whereabouts.for_eyes(rows, columns)
  local keys, at = {}, #columns - 1
  for _, key in ipairs(KEYS) do
    if varies(rows, key) and not has(columns, key) then keys[#keys + 1] = key end
  end
  if not keys[1] then return columns end
  for i, column in ipairs(columns) do
    if column.key == "workload" then at = i end
  end
  return insert(columns, at, keys)
end

---Columns for programs, which count them: with account and Region behind all others.
---@param columns plumb.Column[]
---@return plumb.Column[]
function whereabouts.for_programs(columns) return insert(columns, #columns, KEYS) end

return whereabouts
