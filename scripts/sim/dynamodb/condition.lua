-- Whether an item meets a condition, and what it has at a path. Trees come from expression.lua.

local value_of = require("sim.dynamodb.value")

local M = {}

---What an item has at a path.
---@param item sim.dynamodb.Item
---@param path table  segments
---@return sim.dynamodb.Value?
function M.at(item, path)
  local value = item[path[1]]
  for i = 2, #path do
    local inside = value and (type(path[i]) == "string" and value.M or math.type(path[i]) == "integer" and value.L)
    value = inside and inside[path[i]]
  end
  return value or nil
end

-- size() as text, so that it compares like any other number; nil for what has no size.
local function size_of(value)
  local content = value and (value.S or value.B or value.SS or value.NS or value.BS or value.L or value.M)
  if not content then
    return nil
  elseif value.S then
    return utf8.len(content) or #content
  elseif value.M then
    local count = 0
    for _ in pairs(content) do
      count = count + 1
    end
    return count
  end
  return #content
end

---The value of an operand.
---@param item sim.dynamodb.Item
---@param operand table
---@return sim.dynamodb.Value?
function M.operand(item, operand)
  if operand.value then
    return operand.value
  elseif operand.size then
    local size = size_of(M.operand(item, operand.size))
    return size and { N = ("%d"):format(size) }
  end
  return M.at(item, operand.path)
end

local function ordered(test)
  return function(item, tree)
    local a, b = M.operand(item, tree[1]), M.operand(item, tree[2])
    local order = a and b and value_of.compare(a, b)
    return order ~= nil and test(order)
  end
end

local function equal(a, b)
  return a ~= nil and b ~= nil and value_of.equal(a, b)
end

local HOLDS = {
  ["<"] = ordered(function(order) return order < 0 end),
  ["<="] = ordered(function(order) return order <= 0 end),
  [">"] = ordered(function(order) return order > 0 end),
  [">="] = ordered(function(order) return order >= 0 end),
}

HOLDS["="] = function(item, tree)
  return equal(M.operand(item, tree[1]), M.operand(item, tree[2]))
end

-- True as well when one of the two is missing or of another type.
HOLDS["<>"] = function(item, tree)
  return not HOLDS["="](item, tree)
end

HOLDS["and"] = function(item, tree)
  return M.holds(item, tree[1]) and M.holds(item, tree[2])
end

HOLDS["or"] = function(item, tree)
  return M.holds(item, tree[1]) or M.holds(item, tree[2])
end

HOLDS["not"] = function(item, tree)
  return not M.holds(item, tree[1])
end

function HOLDS.between(item, tree)
  local value, low, high = M.operand(item, tree[1]), M.operand(item, tree[2]), M.operand(item, tree[3])
  local from = value and low and value_of.compare(value, low)
  local to = value and high and value_of.compare(value, high)
  return from ~= nil and to ~= nil and from >= 0 and to <= 0
end

HOLDS["in"] = function(item, tree)
  local value = M.operand(item, tree[1])
  for _, operand in ipairs(tree[2]) do
    if equal(value, M.operand(item, operand)) then
      return true
    end
  end
  return false
end

function HOLDS.attribute_exists(item, tree)
  return M.operand(item, tree[1]) ~= nil
end

function HOLDS.attribute_not_exists(item, tree)
  return M.operand(item, tree[1]) == nil
end

function HOLDS.attribute_type(item, tree)
  local value = M.operand(item, tree[1])
  return value ~= nil and value_of.type(value) == tree[2].value.S
end

function HOLDS.begins_with(item, tree)
  local value, start = M.operand(item, tree[1]), M.operand(item, tree[2])
  local text, prefix = value and (value.S or value.B), start and (start.S or start.B)
  return text ~= nil and prefix ~= nil and value_of.type(value) == value_of.type(start)
    and text:sub(1, #prefix) == prefix
end

local ELEMENT = { SS = "S", NS = "N", BS = "B" }

function HOLDS.contains(item, tree)
  local value, part = M.operand(item, tree[1]), M.operand(item, tree[2])
  if not value or not part then
    return false
  elseif value.L then
    for _, element in ipairs(value.L) do
      if value_of.equal(element, part) then
        return true
      end
    end
    return false
  end
  local kind = value_of.type(value)
  if ELEMENT[kind] then
    return part[ELEMENT[kind]] ~= nil and value_of.in_set(value[kind], part[ELEMENT[kind]]) ~= nil
  end
  local text, wanted = value.S or value.B, part.S or part.B
  return text ~= nil and wanted ~= nil and kind == value_of.type(part) and text:find(wanted, 1, true) ~= nil
end

---Whether a condition holds.
---@param item sim.dynamodb.Item  {} when there is none
---@param tree table?  nil always holds
---@return boolean
function M.holds(item, tree)
  return tree == nil or HOLDS[tree.op](item, tree)
end

---The part of an item that a projection names. List elements keep their order and close ranks.
---@param item sim.dynamodb.Item
---@param paths table[]?  nil for all of it
---@return sim.dynamodb.Item
function M.project(item, paths)
  if not paths then
    return item
  end
  local tree = {}
  for _, path in ipairs(paths) do
    local node = tree
    for _, segment in ipairs(path) do
      node[segment] = node[segment] or {}
      node = node[segment]
    end
  end
  local picked = M.pick({ M = item }, tree)
  return picked and picked.M or {}
end

---What a tree of segments leaves of a value; nil when it leaves nothing. An empty tree leaves all.
---@param value sim.dynamodb.Value
---@param tree table
---@return sim.dynamodb.Value?
function M.pick(value, tree)
  if not next(tree) then
    return value
  end
  local kind, inside = value.M and "M" or "L", value.M or value.L
  if not inside then
    return nil
  end
  local keys, left = {}, {}
  for segment in pairs(tree) do
    if (type(segment) == "string") == (kind == "M") then
      keys[#keys + 1] = segment
    end
  end
  table.sort(keys)
  for _, segment in ipairs(keys) do
    local picked = inside[segment] and M.pick(inside[segment], tree[segment])
    if picked and kind == "M" then
      left[segment] = picked
    elseif picked then
      left[#left + 1] = picked
    end
  end
  return next(left) and { [kind] = left } or nil
end

return M
