-- The grammar of DynamoDB's expressions: text in, tree out. A tree is made of
--
--   paths       { path = { "a", "b", 1 } }            indexes count from 1 here, from 0 in the text
--   operands    a path, { value = attribute value }, { size = path }
--   conditions  { op = "and"|"or", a, b }, { op = "not", a }, { op = "=" and so on, a, b },
--               { op = "between", a, low, high }, { op = "in", a, { b, ... } }, { op = "begins_with" and so on, ... }
--
-- One request may hold several expressions that share names and values; what none of them used is refused.
-- https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.OperatorsAndFunctions.html

local fail = require("sim.fail")
local parser_of = require("sim.dynamodb.parser")
local value_of = require("sim.dynamodb.value")

local M = {}

---@class sim.dynamodb.Scope  what the expressions of one request share
---@field names table<string, string>?
---@field values table<string, sim.dynamodb.Value>?
---@field used table<string, boolean>  names and values that occurred
local Scope = {}
Scope.__index = Scope

local function invalid(message)
  fail.raise("ValidationException", message)
end

---A condition; nil when there is none.
---@param kind string  "ConditionExpression", "FilterExpression", "KeyConditionExpression"
---@param text string?
---@return table? tree  raises a ValidationException
function Scope:condition(kind, text)
  if not text then
    return nil
  end
  local parser = parser_of.new(self, kind, text)
  local tree = parser:condition()
  parser:finish()
  return tree
end

---The paths of a projection; nil when there is none.
---@param text string?
---@return table[]? paths  lists of segments
function Scope:projection(text)
  if not text then
    return nil
  end
  local parser, paths = parser_of.new(self, "ProjectionExpression", text), {}
  repeat
    paths[#paths + 1] = parser:path().path
  until not parser:accept(",")
  parser:finish()
  M.check_overlap(parser, paths)
  return paths
end

local function shown(path)
  local parts = {}
  for i, segment in ipairs(path) do
    parts[i] = type(segment) == "string" and segment or ("[%d]"):format(segment - 1)
  end
  return "[" .. table.concat(parts, ", ") .. "]"
end

local function overlap(a, b)
  for i = 1, math.min(#a, #b) do
    if math.type(a[i]) ~= math.type(b[i]) then
      return "conflict"
    elseif a[i] ~= b[i] then
      return nil
    end
  end
  return "overlap"
end

---Refuses paths of which one holds another.
---@param parser sim.dynamodb.Parser
---@param paths table[]
function M.check_overlap(parser, paths)
  for i = 2, #paths do
    for j = 1, i - 1 do
      local how = overlap(paths[j], paths[i])
      if how then
        parser:invalid(("Two document paths %s with each other; must remove or rewrite one of these paths; "
          .. "path one: %s, path two: %s"):format(how, shown(paths[j]), shown(paths[i])))
      end
    end
  end
end

local function unused(map, used)
  local left = {}
  for key in pairs(map or {}) do
    if not used[key] then
      left[#left + 1] = key
    end
  end
  table.sort(left)
  return #left > 0 and table.concat(left, ", ") or nil
end

---Refuses names and values that no expression used; to be called when all are parsed.
function Scope:finish()
  local values, names = unused(self.values, self.used), unused(self.names, self.used)
  if values then
    invalid(("Value provided in ExpressionAttributeValues unused in expressions: keys: {%s}"):format(values))
  elseif names then
    invalid(("Value provided in ExpressionAttributeNames unused in expressions: keys: {%s}"):format(names))
  end
end

local function check_given(input, member, pattern, expressions)
  local map = input[member]
  if not map then
    return
  end
  local some = false
  for _, name in ipairs(expressions) do
    some = some or input[name] ~= nil
  end
  if not some then
    local which = (": %s %s null"):format(table.concat(expressions, " and "), #expressions > 1 and "are" or "is")
    invalid(member .. " can only be specified when using expressions"
      .. (member == "ExpressionAttributeValues" and which or ""))
  elseif not next(map) then
    invalid(member .. " must not be empty")
  end
  for key in pairs(map) do
    if not key:find(pattern) then
      invalid(("%s contains invalid key: Syntax error; key: \"%s\""):format(member, key))
    end
  end
end

---What the expressions of one request share.
---@param input table           with ExpressionAttributeNames and ExpressionAttributeValues
---@param expressions string[]  the members of the input that may hold expressions
---@return sim.dynamodb.Scope   raises a ValidationException
function M.scope(input, expressions)
  local with_values = {}
  for _, name in ipairs(expressions) do
    with_values[#with_values + 1] = name ~= "ProjectionExpression" and name or nil
  end
  check_given(input, "ExpressionAttributeNames", "^#[%w_]+$", expressions)
  check_given(input, "ExpressionAttributeValues", "^:[%w_]+$", with_values)
  local values
  if input.ExpressionAttributeValues then
    values = {}
    for key, given in pairs(input.ExpressionAttributeValues) do
      local ok, checked = pcall(value_of.check, given)
      if not ok then
        if not fail.is(checked) then
          error(checked, 0)
        end
        invalid(("ExpressionAttributeValues contains invalid value: %s for key %s"):format(checked.message, key))
      end
      values[key] = checked
    end
  end
  return setmetatable({ names = input.ExpressionAttributeNames, values = values, used = {} }, Scope)
end

return M
