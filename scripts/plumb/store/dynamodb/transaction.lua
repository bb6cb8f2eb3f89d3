-- One commit as one TransactWriteItems: which actions it has, and what became of it. Pure.
--
-- Each action names what it replaces, so that the transaction is carried out at most once whatever happens to its
-- reply: the token makes DynamoDB recognise a repeat for ten minutes, and an item with that token shows for ever that
-- it was.

local chain = require "plumb.store.chain"
local item = require "plumb.store.dynamodb.item"
local json = require "plumb.json"
local schema = require "plumb.store.schema"

local transaction = {}

---How many actions one transaction may have, the audit rows and the end of their chain included.
transaction.MOST = 100

---@class plumb.DynamodbTransaction
---@field token string
---@field actions table[]   TransactItems
---@field witness? table    key of an item that shows whether it was carried out; nil when there are deletes only
---@field writes integer    how many of the actions are writes of records; the others are the audit trail
---@field head? { seq: integer, hash: string }  the end of the trail afterwards

local function put(made, table_name, stored, condition, names, values)
  made.witness = { pk = stored.pk, sk = stored.sk }
  made.actions[#made.actions + 1] = { Put = { TableName = table_name, Item = stored, ConditionExpression = condition,
    ExpressionAttributeNames = names, ExpressionAttributeValues = values,
    ReturnValuesOnConditionCheckFailure = "ALL_OLD" } }
end

local NEW, NEW_NAMES = "attribute_not_exists(#pk)", { ["#pk"] = "pk" }
local SAME, SAME_NAMES = "#v = :v", { ["#v"] = "v" }

local function version_of(record) return { [":v"] = { N = ("%d"):format(record.version) } } end

local function add_put(made, table_name, kind_name, record)
  local stored = item.from_record(kind_name, record, (record.version or 0) + 1, made.token)
  if not record.version then
    put(made, table_name, stored, NEW, NEW_NAMES)
  else
    put(made, table_name, stored, SAME, SAME_NAMES, version_of(record))
  end
end

local function add_delete(made, table_name, kind_name, record)
  local key = item.key(kind_name, record[schema.kinds[kind_name].key])
  made.actions[#made.actions + 1] = { Delete = { TableName = table_name, Key = key, ConditionExpression = SAME,
    ExpressionAttributeNames = SAME_NAMES, ExpressionAttributeValues = version_of(record),
    ReturnValuesOnConditionCheckFailure = "ALL_OLD" } }
end

local function add_trail(made, table_name, trail, before)
  local seq, previous = before and before.seq or 0, before and before.hash or chain.START
  for _, entry in ipairs(trail) do
    seq = seq + 1
    local hash = chain.hash(entry, previous)
    put(made, table_name, item.from_audit({ seq = seq, at = entry.at, run = entry.run, operation = entry.operation,
      resource = entry.resource, detail = entry.detail and json.encode(entry.detail), request_id = entry.request_id,
      previous_hash = previous, hash = hash }, made.token), NEW, NEW_NAMES)
    previous = hash
  end
  made.head = { seq = seq, hash = previous }
  local stored = item.from_head(made.head, made.token)
  if before then
    put(made, table_name, stored, "#seq = :seq AND #hash = :hash", { ["#seq"] = "seq", ["#hash"] = "hash" },
      { [":seq"] = { N = ("%d"):format(before.seq) }, [":hash"] = { S = before.hash } })
  else
    put(made, table_name, stored, NEW, NEW_NAMES)
  end
end

---Whether the writes can never be carried out together: a record twice, or a delete of what was never read.
---@param writes table[]
---@return boolean
function transaction.contradicts(writes)
  local seen = {}
  for _, write in ipairs(writes) do
    local operation, kind_name, record = write[1], write[2], write[3]
    if operation ~= "put" and operation ~= "delete" then
      error("a write is a put or a delete, not " .. tostring(operation), 0)
    end
    local name = kind_name .. "\0" .. record[schema.kinds[kind_name].key]
    if seen[name] or operation == "delete" and not record.version then return true end
    seen[name] = true
  end
  return false
end

---How many actions a commit takes.
---@param writes table[]
---@param trail table[]
---@return integer
function transaction.size(writes, trail) return #writes + (#trail > 0 and #trail + 1 or 0) end

---Makes the transaction of a commit.
---@param table_name string
---@param token string    at most 36 characters
---@param writes table[]  as plumb.Store.commit takes them, which do not contradict each other
---@param trail table[]
---@param head { seq: integer, hash: string }|nil  the end of the trail so far
---@return plumb.DynamodbTransaction
function transaction.make(table_name, token, writes, trail, head)
  local made = { token = token, actions = {}, writes = #writes }
  for _, write in ipairs(writes) do
    local add = write[1] == "put" and add_put or add_delete
    add(made, table_name, write[2], write[3])
  end
  if #trail > 0 then add_trail(made, table_name, trail, head) end
  return made
end

---Whether an item was written by this transaction.
---@param made plumb.DynamodbTransaction
---@param stored table?
---@return boolean
function transaction.wrote(made, stored) return stored ~= nil and stored.c ~= nil and stored.c.S == made.token end

local BUSY = { TransactionConflict = true, ThrottlingError = true, ProvisionedThroughputExceeded = true }

---What the cancellation of a transaction means.
---@param made plumb.DynamodbTransaction
---@param reasons table[]  CancellationReasons, one for each action
---@return "done"|"conflict"|"behind"|"busy"|nil  done: an earlier attempt was carried out; conflict: a record is not
---  what it was; behind: only the trail has gone on; busy: it may be tried again; nil: it can never be carried out
function transaction.verdict(made, reasons)
  local verdict
  for i, reason in ipairs(reasons) do
    if transaction.wrote(made, reason.Item) then return "done" end
    if reason.Code == "ConditionalCheckFailed" then
      verdict = (i <= made.writes or verdict == "conflict") and "conflict" or "behind"
    elseif BUSY[reason.Code] then
      verdict = verdict or "busy"
    end
  end
  return verdict
end

return transaction
