-- DynamoDB: making, describing and removing tables.

local fail = require("sim.fail")
local schema = require("sim.dynamodb.schema")
local table_of = require("sim.dynamodb.table")

local op = {}

local function known(ctx, text)
  local name = schema.name(text)
  return schema.tables(ctx.world)[name]
    or fail.raise("ResourceNotFoundException", ("Requested resource not found: Table: %s not found"):format(name))
end

local function described_indexes(made, definitions, now)
  if not definitions then
    return nil
  end
  local list = {}
  for i, definition in ipairs(definitions) do
    local index = made.indexes[definition.IndexName]
    list[i] = { IndexName = index.name, KeySchema = index.schema, Projection = index.projection, ItemCount = made.count,
      IndexSizeBytes = made.bytes, IndexArn = made.arn .. "/index/" .. index.name,
      IndexStatus = index.global and (now < made.active_at and "CREATING" or "ACTIVE") or nil }
  end
  return list
end

local function described(made, now, status)
  local input = made.input
  local given = input.ProvisionedThroughput or { ReadCapacityUnits = 0, WriteCapacityUnits = 0 }
  local on_demand = input.BillingMode == "PAY_PER_REQUEST"
  return { TableName = made.name, TableArn = made.arn, TableId = made.id, CreationDateTime = made.created_at,
    TableStatus = status or (now < made.active_at and "CREATING" or "ACTIVE"), KeySchema = input.KeySchema,
    AttributeDefinitions = input.AttributeDefinitions, ItemCount = made.count, TableSizeBytes = made.bytes,
    ProvisionedThroughput = { NumberOfDecreasesToday = 0, ReadCapacityUnits = given.ReadCapacityUnits,
      WriteCapacityUnits = given.WriteCapacityUnits },
    BillingModeSummary = on_demand and { BillingMode = "PAY_PER_REQUEST",
      LastUpdateToPayPerRequestDateTime = made.created_at } or nil,
    DeletionProtectionEnabled = input.DeletionProtectionEnabled or false,
    LocalSecondaryIndexes = described_indexes(made, input.LocalSecondaryIndexes, now),
    GlobalSecondaryIndexes = described_indexes(made, input.GlobalSecondaryIndexes, now) }
end

---The table can be used at the next call, or after the lag that a fault may have ordered.
---@param ctx sim.Context
---@param input table
---@return table
---@see https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_CreateTable.html
function op.CreateTable(ctx, input)
  schema.check(input)
  local tables, name, now = schema.tables(ctx.world), schema.name(input.TableName), ctx.world:now()
  if tables[name] then
    fail.raise("ResourceInUseException", "Table already exists: " .. name)
  end
  tables[name] = table_of.new(input, { name = name, arn = ctx.world:arn("dynamodb", "table/" .. name),
    id = ctx.sim:uuid(), created_at = now, active_at = now + ctx.lag, ttl = nil })
  return { TableDescription = described(tables[name], now, "CREATING") }
end

---@param ctx sim.Context
---@param input table
---@return table
function op.DescribeTable(ctx, input)
  return { Table = described(known(ctx, input.TableName), ctx.world:now()) }
end

---@param ctx sim.Context
---@param input table
---@return table
function op.DeleteTable(ctx, input)
  local gone = known(ctx, input.TableName)
  if gone.input.DeletionProtectionEnabled then
    fail.raise("ValidationException", "Resource cannot be deleted as it is currently protected against deletion. "
      .. "Disable deletion protection first.")
  elseif ctx.world:now() < gone.active_at then
    fail.raise("ResourceInUseException", ("Attempt to change a resource which is still in use: Table is being created: "
      .. "%s"):format(gone.name))
  end
  schema.tables(ctx.world)[gone.name] = nil
  return { TableDescription = described(gone, ctx.world:now(), "DELETING") }
end

---@param ctx sim.Context
---@param input table
---@return table
function op.ListTables(ctx, input)
  local names, shown = {}, {}
  for name in pairs(schema.tables(ctx.world)) do
    names[#names + 1] = name
  end
  table.sort(names)
  for _, name in ipairs(names) do
    if not input.ExclusiveStartTableName or name > input.ExclusiveStartTableName then
      if #shown == (input.Limit or 100) then
        return { TableNames = shown, LastEvaluatedTableName = shown[#shown] }
      end
      shown[#shown + 1] = name
    end
  end
  return { TableNames = shown }
end

---@param ctx sim.Context
---@param input table
---@return table
function op.UpdateTimeToLive(ctx, input)
  local made, wanted = schema.find(ctx, input.TableName), input.TimeToLiveSpecification
  local enabled = made.ttl ~= nil
  if wanted.Enabled == enabled then
    fail.raise("ValidationException", enabled and "TimeToLive is already enabled" or "TimeToLive is already disabled")
  elseif enabled and wanted.AttributeName ~= made.ttl then
    fail.raise("ValidationException", "TimeToLive is active on a different AttributeName: current AttributeName is "
      .. made.ttl)
  end
  made.ttl = wanted.Enabled and wanted.AttributeName or nil
  return { TimeToLiveSpecification = wanted }
end

---@param ctx sim.Context
---@param input table
---@return table
function op.DescribeTimeToLive(ctx, input)
  local made = schema.find(ctx, input.TableName)
  return { TimeToLiveDescription = { TimeToLiveStatus = made.ttl and "ENABLED" or "DISABLED",
    AttributeName = made.ttl } }
end

return op
