-- One write to one item, in two steps: first all that can be refused, then what cannot fail any more. Single calls,
-- batches and transactions are made of these.

local condition = require("sim.dynamodb.condition")
local expression = require("sim.dynamodb.expression")
local fail = require("sim.fail")
local schema = require("sim.dynamodb.schema")
local update_of = require("sim.dynamodb.update")
local value_of = require("sim.dynamodb.value")

local M = {}

---@class sim.dynamodb.Write
---@field table sim.dynamodb.Table
---@field key string
---@field old sim.dynamodb.Item?
---@field changes table[]?  of an update
---@field package condition table?
---@field package new (fun(): sim.dynamodb.Item?)?

local OLDER = { "Expected", "ConditionalOperator", "AttributeUpdates", "AttributesToGet", "KeyConditions",
  "QueryFilter", "ScanFilter" }

---Refuses the parameters that expressions have replaced.
---@param input table
function M.refuse_older(input)
  for _, name in ipairs(OLDER) do
    if input[name] then
      fail.raise("ValidationException", ("The simulator knows expressions only, not the older parameter %s."):format(
        name))
    end
  end
end

local function start(ctx, input, expressions)
  M.refuse_older(input)
  return schema.find(ctx, input.TableName), expression.scope(input, expressions)
end

local function made(of_table, scope, key, input)
  local write = { table = of_table, key = key, old = of_table:get(key),
    condition = scope:condition("ConditionExpression", input.ConditionExpression),
    show_old = input.ReturnValuesOnConditionCheckFailure == "ALL_OLD" }
  scope:finish()
  return write
end

---@param ctx sim.Context
---@param input table  Item and so on
---@return sim.dynamodb.Write
function M.put(ctx, input)
  local of_table, scope = start(ctx, input, { "ConditionExpression" })
  local item = value_of.check_item(input.Item)
  local write = made(of_table, scope, of_table:key_of(item), input)
  of_table:check(item)
  write.new = function() return item end
  return write
end

---@param ctx sim.Context
---@param input table  Key and so on
---@return sim.dynamodb.Write
function M.delete(ctx, input)
  local of_table, scope = start(ctx, input, { "ConditionExpression" })
  local write = made(of_table, scope, (of_table:key(input.Key)), input)
  write.new = function() return nil end
  return write
end

---@param ctx sim.Context
---@param input table  Key, ConditionExpression and so on
---@return sim.dynamodb.Write
function M.check(ctx, input)
  local of_table, scope = start(ctx, input, { "ConditionExpression" })
  return made(of_table, scope, (of_table:key(input.Key)), input)
end

local function refuse_key_change(of_table, changes)
  for _, change in ipairs(changes or {}) do
    local name = change.path[1]
    if name == of_table.hash or name == of_table.range then
      fail.raise("ValidationException", ("One or more parameter values were invalid: Cannot update attribute %s. "
        .. "This attribute is part of the key"):format(name))
    end
  end
end

---@param ctx sim.Context
---@param input table  Key, UpdateExpression and so on
---@return sim.dynamodb.Write
function M.update(ctx, input)
  local of_table, scope = start(ctx, input, { "UpdateExpression", "ConditionExpression" })
  local text, key = of_table:key(input.Key)
  local changes = update_of.parse(scope, input.UpdateExpression)
  local write = made(of_table, scope, text, input)
  refuse_key_change(of_table, changes)
  write.changes = changes
  write.new = function()
    local item = update_of.apply(write.old or key, changes or {})
    of_table:check(item)
    return item
  end
  return write
end

---Whether the condition of a write holds.
---@param write sim.dynamodb.Write
---@return boolean
function M.holds(write)
  return condition.holds(write.old or {}, write.condition)
end

---Makes the new item; raises a ValidationException when that cannot be done.
---@param write sim.dynamodb.Write
function M.prepare(write)
  write.item = write.new and write.new()
end

---Carries a prepared write out.
---@param ctx sim.Context
---@param write sim.dynamodb.Write
function M.carry_out(ctx, write)
  if write.new then
    write.table:put(write.key, write.item, ctx.world:now())
  end
end

---The table's name and the units that reading or writing so many bytes takes.
---@param input table
---@param of_table sim.dynamodb.Table
---@param bytes integer
---@param unit integer  bytes in a unit: 4096 to read, 1024 to write
---@param factor number
---@return table?  nil when it was not asked for
function M.consumed(input, of_table, bytes, unit, factor)
  if not input.ReturnConsumedCapacity or input.ReturnConsumedCapacity == "NONE" then
    return nil
  end
  return { TableName = of_table.name, CapacityUnits = math.max(1, (bytes + unit - 1) // unit) * factor }
end

return M
