-- DynamoDB: transactions. All actions or none, and with the same ClientRequestToken only once within ten minutes.

local condition = require("sim.dynamodb.condition")
local expression = require("sim.dynamodb.expression")
local fail = require("sim.fail")
local schema = require("sim.dynamodb.schema")
local value_of = require("sim.dynamodb.value")
local wire_json = require("sim.wire_json")
local write_of = require("sim.dynamodb.write")

local op = {}

local MOST_BYTES = 4 * 1024 * 1024
local TOKEN_LIFE = 600

local MAKE = { ConditionCheck = write_of.check, Put = write_of.put, Delete = write_of.delete, Update = write_of.update }

local function invalid(message)
  fail.raise("ValidationException", message)
end

local function action_of(ctx, entry)
  local kind, action = next(entry)
  if not kind or next(entry, kind) then
    invalid("TransactItems can only contain one of Check, Put, Update or Delete")
  end
  local write = MAKE[kind](ctx, action)
  write.needs_condition = kind == "ConditionCheck"
  return write
end

local function actions_of(ctx, input)
  local writes, seen = {}, {}
  for i, entry in ipairs(input.TransactItems) do
    writes[i] = action_of(ctx, entry)
    local text = writes[i].table.name .. "\0" .. writes[i].key
    if seen[text] then
      invalid("Transaction request cannot include multiple operations on one item")
    end
    seen[text] = true
  end
  return writes
end

-- Why an action cannot be carried out; { Code = "None" } when it can.
local function reason_of(write)
  if not write_of.holds(write) then
    return { Code = "ConditionalCheckFailed", Message = "The conditional request failed",
      Item = write.show_old and write.old or nil }
  end
  local ok, failure = pcall(write_of.prepare, write)
  if ok then
    return { Code = "None" }
  elseif not fail.is(failure) then
    error(failure, 0)
  end
  return { Code = "ValidationError", Message = failure.message }
end

local function check_all(writes)
  local reasons, codes, failed, bytes = {}, {}, false, 0
  for i, write in ipairs(writes) do
    reasons[i] = reason_of(write)
    codes[i] = reasons[i].Code
    failed = failed or codes[i] ~= "None"
    bytes = bytes + math.max(write.item and value_of.item_size(write.item) or 0,
      write.old and value_of.item_size(write.old) or 0)
  end
  if failed then
    fail.raise("TransactionCanceledException",
      ("Transaction cancelled, please refer cancellation reasons for specific reasons [%s]"):format(
        table.concat(codes, ", ")), { members = { CancellationReasons = reasons } })
  elseif bytes > MOST_BYTES then
    invalid("Collection size of the items in the transaction cannot exceed 4 MB")
  end
end

-- Whether this token has been used for the same request already. Raises when it was for another one.
local function used(ctx, input)
  local token, tokens = input.ClientRequestToken, ctx.world.dynamodb.tokens
  if not token then
    return false, function() end
  end
  local text = wire_json.encode(ctx.service, "TransactWriteItemList", input.TransactItems)
  local earlier, now = tokens[token], ctx.world:now()
  if earlier and now - earlier.at < TOKEN_LIFE then
    if earlier.text ~= text then
      fail.raise("IdempotentParameterMismatchException", "The request uses the same client token as a previous, but "
        .. "non-identical request. Do not reuse a client token with different requests, unless the requests are "
        .. "identical")
    end
    return true
  end
  return false, function() tokens[token] = { at = now, text = text } end
end

---@param ctx sim.Context
---@param input table
---@return table
---@see https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html
function op.TransactWriteItems(ctx, input)
  schema.tables(ctx.world)
  local repeated, remember = used(ctx, input)
  if repeated then
    return {}
  end
  local writes = actions_of(ctx, input)
  check_all(writes)
  for _, write in ipairs(writes) do
    write_of.carry_out(ctx, write)
  end
  remember()
  return {}
end

local function read(ctx, get)
  local of_table = schema.find(ctx, get.TableName)
  local scope = expression.scope(get, { "ProjectionExpression" })
  local paths = scope:projection(get.ProjectionExpression)
  scope:finish()
  local item = of_table:get((of_table:key(get.Key)))
  return { Item = item and condition.project(item, paths) }
end

---@param ctx sim.Context
---@param input table
---@return table
---@see https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactGetItems.html
function op.TransactGetItems(ctx, input)
  local responses = {}
  for i, entry in ipairs(input.TransactItems) do
    responses[i] = read(ctx, entry.Get)
  end
  return { Responses = responses }
end

return op
