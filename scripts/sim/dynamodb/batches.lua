-- DynamoDB: batches. They are no transactions: each entry is carried out on its own, and some may be left for later.

local condition = require("sim.dynamodb.condition")
local expression = require("sim.dynamodb.expression")
local fail = require("sim.fail")
local schema = require("sim.dynamodb.schema")
local value_of = require("sim.dynamodb.value")
local write_of = require("sim.dynamodb.write")

local op = {}

local MOST_WRITES, MOST_READS = 25, 100
local MOST_BYTES = 16 * 1024 * 1024

local function invalid(message)
  fail.raise("ValidationException", message)
end

local function sorted(map)
  local names = {}
  for name in pairs(map) do
    names[#names + 1] = name
  end
  table.sort(names)
  return names
end

local function write_from(ctx, name, request)
  if (request.PutRequest == nil) == (request.DeleteRequest == nil) then
    invalid("Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported "
      .. "datatypes")
  elseif request.PutRequest then
    return write_of.put(ctx, { TableName = name, Item = request.PutRequest.Item })
  end
  return write_of.delete(ctx, { TableName = name, Key = request.DeleteRequest.Key })
end

local function note_once(seen, of_table, key)
  local text = of_table.name .. "\0" .. key
  if seen[text] then
    invalid("Provided list of item keys contains duplicates")
  end
  seen[text] = true
end

-- All writes of a batch in order, with the request each came from.
local function writes_of(ctx, input)
  local writes, seen = {}, {}
  for _, name in ipairs(sorted(input.RequestItems)) do
    for _, request in ipairs(input.RequestItems[name]) do
      local write = write_from(ctx, name, request)
      note_once(seen, write.table, write.key)
      writes[#writes + 1] = { name = name, request = request, write = write }
    end
  end
  if #writes > MOST_WRITES then
    invalid("Too many items requested for the BatchWriteItem call")
  end
  return writes
end

-- How many entries of a batch are dealt with; a fault may leave the second half for later.
local function reach(ctx, count)
  return ctx.unprocessed and count // 2 or count
end

---@param ctx sim.Context
---@param input table
---@return table
---@see https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchWriteItem.html
function op.BatchWriteItem(ctx, input)
  local writes, left = writes_of(ctx, input), {}
  local done = reach(ctx, #writes)
  for i, entry in ipairs(writes) do
    if i <= done then
      write_of.prepare(entry.write)
      write_of.carry_out(ctx, entry.write)
    else
      left[entry.name] = left[entry.name] or {}
      table.insert(left[entry.name], entry.request)
    end
  end
  return { UnprocessedItems = left }
end

local function reads_of(ctx, input)
  local reads, seen = {}, {}
  for _, name in ipairs(sorted(input.RequestItems)) do
    local request = input.RequestItems[name]
    write_of.refuse_older(request)
    local of_table = schema.find(ctx, name)
    local scope = expression.scope(request, { "ProjectionExpression" })
    local paths = scope:projection(request.ProjectionExpression)
    scope:finish()
    for _, given in ipairs(request.Keys) do
      local key = of_table:key(given)
      note_once(seen, of_table, key)
      reads[#reads + 1] = { name = name, request = request, table = of_table, key = key, given = given, paths = paths }
    end
  end
  if #reads > MOST_READS then
    invalid("Too many items requested for the BatchGetItem call")
  end
  return reads
end

local function leave(left, read)
  if not left[read.name] then
    left[read.name] = {}
    for member, value in pairs(read.request) do
      left[read.name][member] = value
    end
    left[read.name].Keys = {}
  end
  table.insert(left[read.name].Keys, read.given)
end

---@param ctx sim.Context
---@param input table
---@return table
---@see https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html
function op.BatchGetItem(ctx, input)
  local reads, found, left, bytes = reads_of(ctx, input), {}, {}, 0
  local done = reach(ctx, #reads)
  for i, read in ipairs(reads) do
    found[read.name] = found[read.name] or {}
    local lags = not read.request.ConsistentRead and ctx.lag > 0
    local item = read.table:get(read.key, lags and ctx.world:now() - ctx.lag or nil)
    bytes = bytes + (item and value_of.item_size(item) or 0)
    if i > done or bytes > MOST_BYTES then
      leave(left, read)
    elseif item then
      table.insert(found[read.name], condition.project(item, read.paths))
    end
  end
  return { Responses = found, UnprocessedKeys = left }
end

return op
