-- The table that holds a state, and how it is made. It is paid by request, has a partition for each kind of record, and
-- the local indexes that item.lua tells about; they cannot be added later, so there are as many as there may be.

local err = require "plumb.err"
local item = require "plumb.store.dynamodb.item"
local task = require "plumb.task"

local state_table = {}

local PAUSE, PAUSES = 2, 60 -- seconds, and how often

local function key_schema(range)
  return { { AttributeName = "pk", KeyType = "HASH" }, { AttributeName = range, KeyType = "RANGE" } }
end

---The input of CreateTable, for whoever makes the table with other tools as well.
---@param name string
---@param options? { protect: boolean?, tags: table<string, string>? }  protect: the table can be deleted only after
---  that was allowed again; default true
---@return table
---@see https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_CreateTable.html
function state_table.input(name, options)
  options = options or {}
  local input = { TableName = name, BillingMode = "PAY_PER_REQUEST", KeySchema = key_schema "sk",
    AttributeDefinitions = { { AttributeName = "pk", AttributeType = "S" }, { AttributeName = "sk",
      AttributeType = "S" } },
    LocalSecondaryIndexes = {}, DeletionProtectionEnabled = options.protect ~= false }
  for i = 1, item.INDEXES do
    local attribute = "i" .. i
    table.insert(input.AttributeDefinitions, { AttributeName = attribute, AttributeType = "S" })
    input.LocalSecondaryIndexes[i] = { IndexName = item.INDEX_NAME:format(attribute), KeySchema = key_schema(attribute),
      Projection = { ProjectionType = "ALL" } }
  end
  for key, value in pairs(options.tags or {}) do
    input.Tags = input.Tags or {}
    table.insert(input.Tags, { Key = key, Value = value })
  end
  if input.Tags then table.sort(input.Tags, function(a, b) return a.Key < b.Key end) end
  return input
end

local function keys_of(schema)
  local list = {}
  for i, key in ipairs(schema or {}) do list[i] = key.AttributeName .. " " .. key.KeyType end
  return table.concat(list, ", ")
end

---What keeps a table from holding a state. Pure.
---@param description table  TableDescription of DescribeTable
---@return string?  nil when nothing does
function state_table.misfit(description)
  local wanted, indexes = state_table.input(description.TableName), {}
  if keys_of(description.KeySchema) ~= keys_of(wanted.KeySchema) then
    return ("its keys are %s instead of %s"):format(keys_of(description.KeySchema), keys_of(wanted.KeySchema))
  end
  for _, index in ipairs(description.LocalSecondaryIndexes or {}) do
    indexes[index.IndexName] = index.Projection.ProjectionType .. " " .. keys_of(index.KeySchema)
  end
  for _, index in ipairs(wanted.LocalSecondaryIndexes) do
    if indexes[index.IndexName] ~= "ALL " .. keys_of(index.KeySchema) then
      return ("it lacks the local index %s of all attributes by %s, and no index can be added later"):format(
        index.IndexName, keys_of(index.KeySchema))
    end
  end
end

---The table, if it is there. Waits.
---@param client plumb.aws.Client
---@param name string
---@return table|nil description  nil, nil when there is none
---@return plumb.Error? err
function state_table.find(client, name)
  local output, failure = client.dynamodb:DescribeTable { TableName = name }
  if output then return output.Table end
  return nil, failure.code ~= "ResourceNotFoundException" and failure or nil
end

local function wait_until_active(client, name, sleep)
  for _ = 1, PAUSES do
    local output, failure = client.dynamodb:DescribeTable { TableName = name }
    if not output then return nil, failure end
    if output.Table.TableStatus == "ACTIVE" then return true end
    sleep(PAUSE)
  end
  return nil, err.new { kind = "state", code = "TableNotActive", executed = "yes", service = "dynamodb",
    operation = "CreateTable", message = ("the table %s is still being made; try again later"):format(name) }
end

---Makes the table unless it is there, and waits until it can be used. Waits.
---@param client plumb.aws.Client
---@param name string
---@param options? { protect: boolean?, tags: table<string, string>?, sleep: fun(seconds: number)? }
---@return true|nil
---@return boolean|plumb.Error made_or_err  false when it was there already
function state_table.create(client, name, options)
  options = options or {}
  local output, failure = client.dynamodb:CreateTable(state_table.input(name, options))
  -- A first try whose reply got lost, or somebody else, may have made it.
  if not output and failure.code ~= "ResourceInUseException" then return nil, failure end
  local active
  active, failure = wait_until_active(client, name, options.sleep or task.sleep)
  if not active then return nil, failure end
  return true, output ~= nil
end

return state_table
