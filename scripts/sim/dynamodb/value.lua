-- Attribute values: what is one, how large it is, how two compare. A value is the table the wire has, { S = "..." },
-- with exactly one member; it is never changed once it is stored.

local fail = require("sim.fail")
local number = require("sim.dynamodb.number")

local M = {}

---@alias sim.dynamodb.Value table  { S | N | B | SS | NS | BS | M | L | NULL | BOOL = }
---@alias sim.dynamodb.Item table<string, sim.dynamodb.Value>

local MOST_LEVELS = 32
M.LARGEST_ITEM = 400 * 1024

local function invalid(message)
  fail.raise("ValidationException", message)
end

---The type of a value: "S", "NS", ...
---@param value sim.dynamodb.Value
---@return string
function M.type(value)
  return (next(value))
end

local check

local CHECK = {}

function CHECK.S(text)
  return text
end
CHECK.B, CHECK.BOOL = CHECK.S, CHECK.S

function CHECK.N(text)
  return number.text(number.parse(text))
end

function CHECK.NULL(null)
  if not null then
    invalid("One or more parameter values were invalid: Null attribute value types must have the value of true")
  end
  return true
end

local function checked_set(list, what, each)
  if #list == 0 then
    invalid(("One or more parameter values were invalid: An %s set  may not be empty"):format(what))
  end
  local set, seen = {}, {}
  for i, element in ipairs(list) do
    set[i] = each(element)
    if seen[set[i]] then
      invalid(("One or more parameter values were invalid: Input collection [%s] contains duplicates."):format(
        table.concat(list, ", ")))
    end
    seen[set[i]] = true
  end
  return set
end

function CHECK.SS(list)
  return checked_set(list, "string", CHECK.S)
end

function CHECK.NS(list)
  local ok, set = pcall(checked_set, list, "number", CHECK.N)
  if not ok and fail.is(set) and set.message:find("duplicates", 1, true) then
    invalid("Input collection contains duplicates") -- in short: the numbers may have been written differently
  end
  return ok and set or error(set, 0)
end

function CHECK.BS(list)
  return checked_set(list, "binary", CHECK.B)
end

function CHECK.L(list, level)
  local copy = {}
  for i, element in ipairs(list) do
    copy[i] = check(element, level + 1)
  end
  return copy
end

function CHECK.M(map, level)
  local copy = {}
  for name, element in pairs(map) do
    copy[name] = check(element, level + 1)
  end
  return copy
end

function check(value, level)
  local kind, content = next(value)
  if not kind then
    invalid("Supplied AttributeValue is empty, must contain exactly one of the supported datatypes")
  elseif next(value, kind) ~= nil then
    invalid("Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported "
      .. "datatypes")
  elseif level > MOST_LEVELS then
    invalid("Nesting Levels have exceeded supported limits: Attributes in the item have nested levels beyond "
      .. "supported limit")
  end
  return { [kind] = CHECK[kind](content, level) }
end

---A copy of a value in its normal form; raises a ValidationException for what cannot be stored.
---@param value sim.dynamodb.Value
---@return sim.dynamodb.Value
function M.check(value)
  return check(value, 0)
end

---A copy of an item, or any map of values, in normal form.
---@param item sim.dynamodb.Item
---@return sim.dynamodb.Item
function M.check_item(item)
  local copy = {}
  for name, value in pairs(item) do
    copy[name] = check(value, 0)
  end
  return copy
end

---How deep and wide two values are the same: numbers by value, sets in any order.
---@param a sim.dynamodb.Value
---@param b sim.dynamodb.Value
---@return boolean
function M.equal(a, b)
  local kind = M.type(a)
  if kind ~= M.type(b) then
    return false
  end
  local x, y = a[kind], b[kind]
  if type(x) ~= "table" then
    return x == y -- numbers are in normal form, so equal ones are equal text
  elseif kind == "M" then
    for name, value in pairs(x) do
      if not y[name] or not M.equal(value, y[name]) then
        return false
      end
    end
    for name in pairs(y) do
      if not x[name] then
        return false
      end
    end
    return true
  elseif #x ~= #y then
    return false
  end
  for i, element in ipairs(x) do
    if kind == "L" and not M.equal(element, y[i]) or kind ~= "L" and not M.in_set(y, element) then
      return false
    end
  end
  return true
end

---@param set string[]
---@param element string
---@return integer?  where it is
function M.in_set(set, element)
  for i, other in ipairs(set) do
    if other == element then
      return i
    end
  end
end

---Orders two strings, two numbers or two byte strings.
---@param a sim.dynamodb.Value
---@param b sim.dynamodb.Value
---@return integer?  below, at or above 0; nil when they cannot be ordered
function M.compare(a, b)
  if a.N and b.N then
    return number.compare(a.N, b.N)
  end
  local x, y = a.S or a.B, b.S or b.B
  if not x or not y or M.type(a) ~= M.type(b) then
    return nil
  end
  for i = 1, math.min(#x, #y) do -- by bytes; Lua's own order is that of the locale
    local p, q = x:byte(i), y:byte(i)
    if p ~= q then
      return p - q
    end
  end
  return #x - #y
end

-- Numbers take about a byte for two digits.
local function number_size(text)
  local parsed = number.parse(text)
  return (#parsed.digits + 1) // 2 + 1 + (parsed.sign < 0 and 1 or 0)
end

local function sum(list, each)
  local total = 0
  for _, element in ipairs(list) do
    total = total + each(element)
  end
  return total
end

local function bytes(text)
  return #text
end

local SIZE = { S = bytes, B = bytes, N = number_size }

function SIZE.BOOL()
  return 1
end
SIZE.NULL = SIZE.BOOL

function SIZE.SS(list)
  return sum(list, bytes)
end
SIZE.BS = SIZE.SS

function SIZE.NS(list)
  return sum(list, number_size)
end

function SIZE.L(list)
  return 3 + sum(list, function(element) return 1 + M.size(element) end)
end

function SIZE.M(map)
  local total = 3
  for name, element in pairs(map) do
    total = total + 1 + #name + M.size(element)
  end
  return total
end

---Bytes a value takes.
---@param value sim.dynamodb.Value
---@return integer
---@see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
function M.size(value)
  local kind, content = next(value)
  return SIZE[kind](content)
end

---Bytes an item takes, the names of its attributes among them.
---@param item sim.dynamodb.Item
---@return integer
function M.item_size(item)
  local total = 0
  for name, value in pairs(item) do
    total = total + #name + M.size(value)
  end
  return total
end

return M
