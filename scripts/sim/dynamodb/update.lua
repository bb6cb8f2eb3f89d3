-- Update expressions: SET, REMOVE, ADD and DELETE. All operands are read from the item as it was; then all changes are
-- made to a copy of it.

local condition = require("sim.dynamodb.condition")
local expression = require("sim.dynamodb.expression")
local fail = require("sim.fail")
local number = require("sim.dynamodb.number")
local parser_of = require("sim.dynamodb.parser")
local value_of = require("sim.dynamodb.value")

local M = {}

local function invalid(message)
  fail.raise("ValidationException", message)
end

-- ---- reading ----

local LONG = { S = "STRING", N = "NUMBER", B = "BINARY", SS = "STRING_SET", NS = "NUMBER_SET", BS = "BINARY_SET",
  L = "LIST", M = "MAP", BOOL = "BOOLEAN", NULL = "NULL" }

-- A value of the wrong type is refused before any item is looked at.
local function check_values(parser, call, name, kind)
  for _, operand in ipairs(call) do
    if operand.value and not operand.value[kind] then
      parser:invalid(("Incorrect operand type for operator or function; operator or function: %s, operand type: %s")
        :format(name, value_of.type(operand.value)))
    end
  end
end

---An operand of SET: a path, a value, or a function of operands.
---@param parser sim.dynamodb.Parser
---@return table
function M.term(parser)
  if parser:accept("(") then
    local inner = M.term(parser)
    parser:expect(")")
    return inner
  end
  local name = parser:is_call() and parser.tokens[parser.at].text
  if not name then
    return parser:operand()
  elseif name ~= "if_not_exists" and name ~= "list_append" then
    parser:invalid("Invalid function name; function: " .. name)
  end
  parser.at = parser.at + 1
  local call = parser:arguments(M.term)
  if #call ~= 2 then
    parser:wrong_count(name, #call)
  elseif name == "if_not_exists" and not call[1].path then
    parser:invalid("Operator or function requires a document path; operator or function: if_not_exists")
  elseif name == "list_append" then
    check_values(parser, call, name, "L")
  end
  call.call = name
  return call
end

local READ = {}

function READ.SET(parser)
  local path = parser:path().path
  parser:expect("=")
  local first = M.term(parser)
  local sign = parser:accept("+") and 1 or parser:accept("-") and -1
  if sign then
    first = { call = "sum", first, M.term(parser), sign = sign }
    check_values(parser, first, sign > 0 and "+" or "-", "N")
  end
  return { section = "SET", path = path, from = first }
end

function READ.REMOVE(parser)
  return { section = "REMOVE", path = parser:path().path }
end

local ALLOWED = { ADD = { N = true, NS = true, SS = true, BS = true }, DELETE = { NS = true, SS = true, BS = true } }

local function path_and_value(parser, section)
  local path = parser:path().path
  local operand = parser:value() or parser:syntax_error()
  local kind = value_of.type(operand.value)
  if not ALLOWED[section][kind] then
    parser:invalid(("Incorrect operand type for operator or function; operator: %s, operand type: %s"):format(section,
      LONG[kind]))
  end
  return { section = section, path = path, from = operand }
end

function READ.ADD(parser)
  return path_and_value(parser, "ADD")
end

function READ.DELETE(parser)
  return path_and_value(parser, "DELETE")
end

local function section(parser, seen)
  for name, read in pairs(READ) do
    if parser:accept(name) then
      if seen[name] then
        parser:invalid(("The \"%s\" section can only be used once in an update expression;"):format(name))
      end
      seen[name] = true
      return read
    end
  end
  parser:syntax_error()
end

---Reads an update expression; nil when there is none.
---@param scope sim.dynamodb.Scope
---@param text string?
---@return table[]? changes  raises a ValidationException
function M.parse(scope, text)
  if not text then
    return nil
  end
  local parser, changes, paths, seen = parser_of.new(scope, "UpdateExpression", text), {}, {}, {}
  while parser.tokens[parser.at] do
    local read = section(parser, seen)
    repeat
      local change = read(parser)
      changes[#changes + 1], paths[#paths + 1] = change, change.path
    until not parser:accept(",")
  end
  expression.check_overlap(parser, paths)
  return changes
end

-- ---- operands ----

local evaluate

local function existing(item, operand)
  return evaluate(item, operand)
    or invalid("The provided expression refers to an attribute that does not exist in the item")
end

local function wrong_type()
  invalid("An operand in the update expression has an incorrect data type")
end

local CALL = {}

function CALL.if_not_exists(item, call)
  return condition.at(item, call[1].path) or evaluate(item, call[2])
end

function CALL.list_append(item, call)
  local a, b = existing(item, call[1]), existing(item, call[2])
  if not a.L or not b.L then
    wrong_type()
  end
  local list = table.move(a.L, 1, #a.L, 1, {})
  return { L = table.move(b.L, 1, #b.L, #list + 1, list) }
end

function CALL.sum(item, call)
  local a, b = existing(item, call[1]), existing(item, call[2])
  if not a.N or not b.N then
    wrong_type()
  end
  return { N = number.add(a.N, b.N, call.sign) }
end

function evaluate(item, operand)
  if operand.call then
    return CALL[operand.call](item, operand)
  end
  return condition.operand(item, operand)
end

-- ---- changing ----

local function without(set, gone)
  local left = {}
  for _, element in ipairs(set) do
    if not value_of.in_set(gone, element) then
      left[#left + 1] = element
    end
  end
  return left
end

local NEW = {}

function NEW.SET(item, change)
  return existing(item, change.from)
end

function NEW.REMOVE()
  return nil
end

function NEW.ADD(item, change)
  local old, given = condition.at(item, change.path), change.from.value
  if not old then
    return given
  end
  local kind = value_of.type(given)
  if not old[kind] then
    wrong_type()
  elseif kind == "N" then
    return { N = number.add(old.N, given.N) }
  end
  local set = table.move(old[kind], 1, #old[kind], 1, {})
  local new = without(given[kind], set)
  return { [kind] = table.move(new, 1, #new, #set + 1, set) }
end

function NEW.DELETE(item, change)
  local old, given = condition.at(item, change.path), change.from.value
  if not old then
    return nil
  end
  local kind = value_of.type(given)
  if not old[kind] then
    wrong_type()
  end
  local left = without(old[kind], given[kind])
  return #left > 0 and { [kind] = left } or nil -- a set is never empty: with its last element it goes
end

local function bad_path()
  invalid("The document path provided in the update expression is invalid for update")
end

-- The table that holds the last segment of a path, copied on the way down so that the old item stays as it was.
local function open(root, path, copied)
  local inside = root
  for i = 1, #path - 1 do
    local value = inside[path[i]]
    local kind = value and (type(path[i + 1]) == "string" and value.M and "M"
      or type(path[i + 1]) == "number" and value.L and "L")
    if not kind then
      bad_path()
    end
    if not copied[value] then
      local copy = {}
      for key, element in pairs(value[kind]) do
        copy[key] = element
      end
      value = { [kind] = copy }
      inside[path[i]], copied[value] = value, true
    end
    inside = value[kind]
  end
  return inside
end

local function put(inside, key, value)
  if type(key) == "number" and key > #inside then
    key = #inside + 1 -- beyond the end means at the end
  end
  inside[key] = value
end

-- Elements are removed last and from the highest index down, so that the others keep the place they were named by.
local function remove_all(root, removals, copied)
  table.sort(removals, function(a, b)
    local x, y = a[#a], b[#b]
    return type(x) == "number" and type(y) == "number" and x > y
  end)
  for _, path in ipairs(removals) do
    local inside, key = open(root, path, copied), path[#path]
    if type(key) == "string" then
      inside[key] = nil
    elseif key <= #inside then
      table.remove(inside, key)
    end
  end
end

---The item after the changes.
---@param item sim.dynamodb.Item
---@param changes table[]  from M.parse
---@return sim.dynamodb.Item  a copy; raises a ValidationException
function M.apply(item, changes)
  local copy, copied, removals, values = {}, {}, {}, {}
  for name, value in pairs(item) do
    copy[name] = value
  end
  for i, change in ipairs(changes) do
    values[i] = NEW[change.section](item, change)
  end
  for i, change in ipairs(changes) do
    if values[i] then
      put(open(copy, change.path, copied), change.path[#change.path], values[i])
    elseif change.section == "REMOVE" or condition.at(item, change.path) then
      removals[#removals + 1] = change.path
    end
  end
  remove_all(copy, removals, copied)
  return copy
end

---The attributes an update touches, at their paths, as they are in one state of the item.
---@param item sim.dynamodb.Item
---@param changes table[]
---@return sim.dynamodb.Item
function M.touched(item, changes)
  local paths = {}
  for i, change in ipairs(changes) do
    paths[i] = change.path
  end
  return condition.project(item, paths)
end

return M
