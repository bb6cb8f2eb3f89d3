-- Settings laid over one another, later wins: the defaults, the policy file, --set. Records and maps are
-- merged field by field, so `budget = { run = 100 }` keeps the limit per month; lists are replaced. Each value
-- keeps where it came from.

local literal = require("plumb.policy.literal")
local locate = require("plumb.policy.locate")
local schema = require("plumb.policy.schema")

local M = {}

local function extended(keys, key)
  local copy = table.move(keys, 1, #keys, 1, {})
  copy[#copy + 1] = key
  return copy
end

local function is_nested(spec)
  return spec.type == "record" or spec.type == "map"
end

local function field_spec(spec, key)
  if spec.type == "map" then
    return spec.of
  end
  for _, field in ipairs(spec.fields) do
    if field[1] == key then
      return field[2]
    end
  end
end

local function merge(spec, under, over, keys, origin, origins)
  if over == nil then
    return under
  elseif not is_nested(spec) then
    origins[locate.path(keys)] = origin(keys)
    -- A function in the place of a word is a hook, and the word below it is its default.
    return spec.hook and type(over) == "function" and under or over
  end
  local result = {}
  for key, value in pairs(under or {}) do
    result[key] = value
  end
  for key, value in pairs(over) do
    result[key] = merge(field_spec(spec, key), result[key], value, extended(keys, key), origin, origins)
  end
  return result
end

---Lays `over` on `under`; neither is changed.
---@param under table|nil
---@param over table  checked by validate
---@param origin fun(keys: (string|integer)[]): table  where a value of `over` was written
---@param origins table<string, table>  by path; added to
---@return table
function M.lay(under, over, origin, origins)
  return merge(schema.policy(), under or {}, over, {}, origin, origins)
end

local function nested(keys, value)
  for i = #keys, 1, -1 do
    value = { [keys[i]] = value }
  end
  return value
end

---What may stand at a path.
---@param path string  "budget.run"
---@return table|nil spec  of plumb.policy.schema
function M.spec(path)
  local spec = schema.policy()
  for key in path:gmatch("[^.]+") do
    spec = spec and is_nested(spec) and field_spec(spec, key) or nil
  end
  return spec
end

---One --set as a table to lay over the rest: "budget.run=100" is { budget = { run = 100 } }. Where a list is
---expected, words with commas between them will do: "risks=HIGH" or "lenses=wellarchitected,serverless".
---@param written string
---@return table|nil settings
---@return string|nil message  what is wrong with it
function M.read_set(written)
  local path, text = written:match("^%s*([%w_.]+)%s*=%s*(.-)%s*$")
  if not path then
    return nil, "it is not of the form KEY=VALUE"
  end
  local keys, spec = {}, M.spec(path)
  for key in path:gmatch("[^.]+") do
    keys[#keys + 1] = key
  end
  if spec and spec.type == "hook" then
    return nil, ("'%s' is a function, which only a policy file can hold"):format(path)
  end
  local value = literal.parse(text)
  if spec and spec.type == "text" and type(value) == "number" then
    value = text
  elseif spec and spec.type == "list" and type(value) ~= "table" then
    value = {}
    for word in text:gmatch("[^,]+") do
      value[#value + 1] = word:match("^%s*(.-)%s*$")
    end
  end
  return nested(keys, value)
end

-- The origin of a value; that of a list is the list's, of an untouched field its parent's.
local function lookup(origins, path)
  while path ~= "" do
    if origins[path] then
      return origins[path]
    end
    path = path:match("^(.*)[.%[]") or ""
  end
end
M.lookup = lookup

local function rows_of(spec, value, keys, rows, origins)
  if is_nested(spec) and type(value) == "table" and next(value) ~= nil then
    local names = {}
    if spec.type == "record" then
      for _, field in ipairs(spec.fields) do
        names[#names + 1] = field[1]
      end
    else
      for key in pairs(value) do
        names[#names + 1] = key
      end
      table.sort(names)
    end
    for _, name in ipairs(names) do
      if value[name] ~= nil then
        rows_of(field_spec(spec, name), value[name], extended(keys, name), rows, origins)
      end
    end
    return
  end
  local path = locate.path(keys)
  rows[#rows + 1] = { key = path, value = literal.text(value), data = value, origin = lookup(origins, path) }
end

---Every setting and hook in force, in the order of the reference.
---@param values table
---@param origins table<string, table>
---@return { key: string, value: string, data: any, origin: table|nil }[]
function M.rows(values, origins)
  local rows = {}
  rows_of(schema.policy(), values, {}, rows, origins)
  return rows
end

return M
