-- DynamoDB: reading many items, by key or one after the other, a megabyte at a time.

local collection = require("sim.dynamodb.collection")
local condition = require("sim.dynamodb.condition")
local expression = require("sim.dynamodb.expression")
local fail = require("sim.fail")
local schema = require("sim.dynamodb.schema")
local value_of = require("sim.dynamodb.value")
local write_of = require("sim.dynamodb.write")

local op = {}

local PAGE = 1024 * 1024

local function invalid(message)
  fail.raise("ValidationException", message)
end

-- ---- the key condition of a query ----

local RANGE_OPERATORS = { ["="] = true, ["<"] = true, ["<="] = true, [">"] = true, [">="] = true, between = true,
  begins_with = true }
local KEYWORD = { ["or"] = "OR", ["not"] = "NOT", ["in"] = "IN" }

local function split(tree, parts)
  if tree.op == "and" then
    split(tree[1], parts)
    split(tree[2], parts)
  elseif not RANGE_OPERATORS[tree.op] then
    invalid("Invalid operator used in KeyConditionExpression: " .. (KEYWORD[tree.op] or tree.op))
  else
    parts[#parts + 1] = tree
  end
  return parts
end

-- The one attribute that a condition on a key may name; all else in it has to be values.
local function key_name(part)
  local path
  for _, operand in ipairs(part) do
    if operand.size or operand.path and #operand.path > 1 then
      invalid("KeyConditionExpressions cannot contain nested operations")
    elseif operand.path and path then
      invalid("Invalid condition in KeyConditionExpression: Multiple attribute names used in one condition")
    end
    path = operand.path or path
  end
  if not path then
    invalid("Invalid condition in KeyConditionExpression: No key attribute specified")
  elseif not part[1].path then
    invalid("Invalid condition in KeyConditionExpression: the key attribute has to be the first operand")
  end
  return path[1]
end

local function check_part(items, types, part)
  local name = key_name(part)
  if name ~= items.hash and name ~= items.range then
    invalid("Query condition missed key schema element: " .. (items.range and items.range or items.hash))
  end
  for i = 2, #part do
    if value_of.type(part[i].value) ~= types[name] then
      invalid("One or more parameter values were invalid: Condition parameter type does not match schema type")
    end
  end
  return name
end

-- The value of the partition key and the condition on the sort key.
local function key_condition(items, types, tree)
  local hash, range
  for _, part in ipairs(split(tree, {})) do
    local name = check_part(items, types, part)
    if name == items.hash and part.op ~= "=" then
      invalid("Query key condition not supported")
    elseif name == items.hash and hash or name == items.range and range then
      invalid("KeyConditionExpressions must only contain one condition per key")
    elseif name == items.hash then
      hash = part[2].value
    else
      range = part
    end
  end
  return hash or invalid("Query condition missed key schema element: " .. items.hash), range
end

-- The sort key from which on a condition can hold.
local function lower_bound(range)
  local from = range and range.op ~= "<" and range.op ~= "<=" and range[2].value
  return from or nil
end

-- The entries of a partition that meet a condition on the sort key: they are next to each other.
local function matching(list, range)
  if not range then
    return list
  end
  local found, low = {}, lower_bound(range)
  local from = low and list[1] and collection.find(list, { place = list[1].place, sort = low, key = "" }) or 1
  for i = from, #list do
    if condition.holds(list[i].item, range) then
      found[#found + 1] = list[i]
    elseif found[1] then
      break
    end
  end
  return found
end

-- ---- pages ----

local function reversed(list)
  local copy = {}
  for i = #list, 1, -1 do
    copy[#copy + 1] = list[i]
  end
  return copy
end

-- The entry that a start key stands for; it need not exist any more.
local function start_entry(of_table, index, items, given)
  local key, count, wanted = value_of.check_item(given), 0, of_table:key_attributes(given, index)
  for name in pairs(key) do
    count = count + 1
    if not wanted[name] or value_of.type(key[name]) ~= of_table.types[name] then
      invalid("The provided starting key is invalid")
    end
  end
  local own = {}
  for _, name in ipairs { of_table.hash, of_table.range } do
    own[name] = key[name]
  end
  local ok, text = pcall(of_table.key, of_table, own)
  local entry = ok and items:entry(key, text)
  if not entry then
    invalid("The provided starting key is invalid")
  end
  return entry
end

-- Index of the first entry to look at.
local function first_after(list, entry, backwards)
  for i, other in ipairs(list) do
    local order = collection.compare(other, entry)
    if backwards and order < 0 or not backwards and order > 0 then
      return i
    end
  end
  return #list + 1
end

-- Looks at entries until the limit, or a megabyte, is reached.
local function page(list, from, limit, filter)
  local found = { shown = {}, scanned = 0, bytes = 0, last = nil }
  for i = from, #list do
    local item = list[i].item
    found.scanned, found.bytes = found.scanned + 1, found.bytes + value_of.item_size(item)
    if condition.holds(item, filter) then
      found.shown[#found.shown + 1] = item
    end
    if found.scanned == limit or found.bytes > PAGE then
      found.last = item
      break
    end
  end
  return found
end

-- What of an item an index holds.
local function projected(of_table, index, item)
  local kind = index and index.projection.ProjectionType
  if not index or kind == "ALL" then
    return item
  end
  local copy = of_table:key_attributes(item, index)
  for _, name in ipairs(kind == "INCLUDE" and index.projection.NonKeyAttributes or {}) do
    copy[name] = item[name]
  end
  return copy
end

local function check_select(input, index)
  local wanted = input.Select
  if wanted == "ALL_PROJECTED_ATTRIBUTES" and not index then
    invalid("ALL_PROJECTED_ATTRIBUTES can be used only when Querying using an IndexName")
  elseif wanted == "ALL_ATTRIBUTES" and index and index.global and index.projection.ProjectionType ~= "ALL" then
    invalid(("One or more parameter values were invalid: Select type ALL_ATTRIBUTES is not supported for global "
      .. "secondary index %s because its projection type is not ALL"):format(index.name))
  elseif wanted == "SPECIFIC_ATTRIBUTES" and not input.ProjectionExpression then
    invalid("Must specify the AttributesToGet or ProjectionExpression when choosing to get SPECIFIC_ATTRIBUTES")
  elseif wanted and wanted ~= "SPECIFIC_ATTRIBUTES" and input.ProjectionExpression then
    invalid(("Cannot specify the ProjectionExpression when choosing to get %s"):format(wanted))
  end
end

local function index_of(of_table, input)
  local index = input.IndexName and of_table.indexes[input.IndexName]
  if input.IndexName and not index then
    invalid("The table does not have the specified index: " .. input.IndexName)
  elseif index and index.global and input.ConsistentRead then
    invalid("Consistent reads are not supported on global secondary indexes")
  end
  check_select(input, index)
  return index
end

local function output(of_table, index, input, paths, found)
  local items = {}
  for i, item in ipairs(found.shown) do
    local whole = input.Select == "ALL_ATTRIBUTES" or paths and not (index and index.global)
    items[i] = condition.project(whole and item or projected(of_table, index, item), paths)
  end
  return { Items = input.Select ~= "COUNT" and items or nil, Count = #items, ScannedCount = found.scanned,
    LastEvaluatedKey = found.last and of_table:key_attributes(found.last, index) or nil,
    ConsumedCapacity = write_of.consumed(input, of_table, found.bytes, 4096, input.ConsistentRead and 1 or 0.5) }
end

local function run(ctx, input, expressions, choose)
  write_of.refuse_older(input)
  local of_table = schema.find(ctx, input.TableName)
  local index = index_of(of_table, input)
  local scope = expression.scope(input, expressions)
  local key = scope:condition("KeyConditionExpression", input.KeyConditionExpression)
  local filter = scope:condition("FilterExpression", input.FilterExpression)
  local paths = scope:projection(input.ProjectionExpression)
  scope:finish()
  local lags = not input.ConsistentRead and ctx.lag > 0
  local items = of_table:seen(index, lags and ctx.world:now() - ctx.lag or nil)
  local list = choose(of_table, items, key)
  local backwards = input.ScanIndexForward == false
  list = backwards and reversed(list) or list
  local start = input.ExclusiveStartKey and start_entry(of_table, index, items, input.ExclusiveStartKey)
  local found = page(list, start and first_after(list, start, backwards) or 1, input.Limit, filter)
  return output(of_table, index, input, paths, found)
end

---@param ctx sim.Context
---@param input table
---@return table
---@see https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Query.html
function op.Query(ctx, input)
  if not input.KeyConditionExpression then
    invalid("Either the KeyConditions or KeyConditionExpression parameter must be specified in the request.")
  end
  return run(ctx, input, { "KeyConditionExpression", "FilterExpression", "ProjectionExpression" },
    function(of_table, items, key)
      local hash, range = key_condition(items, of_table.types, key)
      return matching(items:partition(hash), range)
    end)
end

local function check_segment(input)
  local segment, total = input.Segment, input.TotalSegments
  if (segment == nil) ~= (total == nil) then
    invalid(("The %s parameter is required but was not present in the request when parameter %s is present"):format(
      segment and "TotalSegments" or "Segment", segment and "Segment" or "TotalSegments"))
  elseif segment and segment >= total then
    invalid(("The Segment parameter is zero-based and must be less than parameter TotalSegments: Segment: %d is not "
      .. "less than TotalSegments: %d"):format(segment, total))
  end
end

---@param ctx sim.Context
---@param input table
---@return table
---@see https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Scan.html
function op.Scan(ctx, input)
  check_segment(input)
  return run(ctx, input, { "FilterExpression", "ProjectionExpression" }, function(_, items)
    local list = items:all()
    if input.Segment then
      local mine = {}
      for _, entry in ipairs(list) do
        if string.unpack(">I4", entry.place) % input.TotalSegments == input.Segment then
          mine[#mine + 1] = entry
        end
      end
      list = mine
    end
    return list
  end)
end

return op
