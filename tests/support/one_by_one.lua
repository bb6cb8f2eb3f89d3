-- dynalite knows no transactions. This carries their actions out one by one, and takes back what was done when one of
-- them fails: enough for specs in which one client writes at a time.

local err = require "plumb.err"

local M = {}

local function key_of(action)
  local kind, input = next(action)
  return kind == "Put" and { pk = input.Item.pk, sk = input.Item.sk } or input.Key
end

local CALL = { Put = "PutItem", Delete = "DeleteItem" }

local function carry_out(handle, action)
  local kind, input = next(action)
  local copy = {}
  for name, value in pairs(input) do
    if name ~= "ReturnValuesOnConditionCheckFailure" then copy[name] = value end
  end
  return handle:call(CALL[kind], copy)
end

local function take_back(handle, name, done)
  for i = #done, 1, -1 do
    if done[i].old then
      assert(handle:PutItem { TableName = name, Item = done[i].old })
    else
      assert(handle:DeleteItem { TableName = name, Key = done[i].key })
    end
  end
end

local function transact(handle, input, tokens)
  if tokens[input.ClientRequestToken] then return {} end
  local done = {}
  for i, action in ipairs(input.TransactItems) do
    local _, inner = next(action)
    local key = key_of(action)
    local old = assert(handle:GetItem { TableName = inner.TableName, Key = key, ConsistentRead = true }).Item
    local output, failure = carry_out(handle, action)
    if not output then
      take_back(handle, inner.TableName, done)
      if failure.code ~= "ConditionalCheckFailedException" then return nil, failure end
      local reasons = {}
      for j = 1, #input.TransactItems do
        reasons[j] = j == i and { Code = "ConditionalCheckFailed", Item = old } or { Code = "None" }
      end
      return nil, err.new { kind = "aws", code = "TransactionCanceledException", status = 400, executed = "no",
        members = { CancellationReasons = reasons } }
    end
    done[i] = { key = key, old = old }
  end
  tokens[input.ClientRequestToken] = true
  return {}
end

---A client that makes transactions of single calls.
---@param client plumb.aws.Client
---@return table
function M.client(client)
  local handle, tokens = client.dynamodb, {}
  local front = setmetatable({}, { __index = function(_, name)
    return function(_, ...) return handle[name](handle, ...) end
  end })
  function front.TransactWriteItems(_, input) return transact(handle, input, tokens) end
  return { dynamodb = front }
end

return M
