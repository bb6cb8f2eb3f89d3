-- DynamoDB: reading and writing one item.

local condition = require("sim.dynamodb.condition")
local expression = require("sim.dynamodb.expression")
local fail = require("sim.fail")
local schema = require("sim.dynamodb.schema")
local update_of = require("sim.dynamodb.update")
local value_of = require("sim.dynamodb.value")
local write_of = require("sim.dynamodb.write")

local op = {}

---@param ctx sim.Context
---@param input table
---@return table
---@see https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_GetItem.html
function op.GetItem(ctx, input)
  write_of.refuse_older(input)
  local of_table = schema.find(ctx, input.TableName)
  local scope = expression.scope(input, { "ProjectionExpression" })
  local paths = scope:projection(input.ProjectionExpression)
  scope:finish()
  local lags = not input.ConsistentRead and ctx.lag > 0
  local item = of_table:get((of_table:key(input.Key)), lags and ctx.world:now() - ctx.lag or nil)
  return { Item = item and condition.project(item, paths), ConsumedCapacity = write_of.consumed(input, of_table,
    item and value_of.item_size(item) or 0, 4096, input.ConsistentRead and 1 or 0.5) }
end

local function check_return_values(input)
  if input.ReturnValues and input.ReturnValues ~= "NONE" and input.ReturnValues ~= "ALL_OLD" then
    fail.raise("ValidationException", "ReturnValues can only be ALL_OLD or NONE")
  end
end

-- Carries a write out whose condition holds; refuses it otherwise.
local function carry_out(ctx, write)
  if not write_of.holds(write) then
    fail.raise("ConditionalCheckFailedException", "The conditional request failed",
      { members = { Item = write.show_old and write.old or nil } })
  end
  write_of.prepare(write)
  write_of.carry_out(ctx, write)
end

local function consumed(input, write)
  local old, new = write.old and value_of.item_size(write.old) or 0, write.item and value_of.item_size(write.item) or 0
  return write_of.consumed(input, write.table, math.max(old, new), 1024, 1)
end

---@param ctx sim.Context
---@param input table
---@return table
---@see https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_PutItem.html
function op.PutItem(ctx, input)
  check_return_values(input)
  local write = write_of.put(ctx, input)
  carry_out(ctx, write)
  return { Attributes = input.ReturnValues == "ALL_OLD" and write.old or nil,
    ConsumedCapacity = consumed(input, write) }
end

---@param ctx sim.Context
---@param input table
---@return table
---@see https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DeleteItem.html
function op.DeleteItem(ctx, input)
  check_return_values(input)
  local write = write_of.delete(ctx, input)
  carry_out(ctx, write)
  return { Attributes = input.ReturnValues == "ALL_OLD" and write.old or nil,
    ConsumedCapacity = consumed(input, write) }
end

local SHOWN = {}

function SHOWN.ALL_OLD(write)
  return write.old
end

function SHOWN.ALL_NEW(write)
  return write.item
end

function SHOWN.UPDATED_OLD(write)
  return write.old and write.changes and update_of.touched(write.old, write.changes)
end

function SHOWN.UPDATED_NEW(write)
  return write.changes and update_of.touched(write.item, write.changes)
end

---@param ctx sim.Context
---@param input table
---@return table
---@see https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateItem.html
function op.UpdateItem(ctx, input)
  local write = write_of.update(ctx, input)
  carry_out(ctx, write)
  local show = SHOWN[input.ReturnValues or "NONE"]
  local shown = show and show(write)
  return { Attributes = shown and next(shown) and shown or nil, ConsumedCapacity = consumed(input, write) }
end

return op
