-- State in one DynamoDB table, for teams that run several instances, or Lambda. How records lie in it is told in
-- dynamodb/item.lua; every look-up is one GetItem or one Query, every commit one TransactWriteItems, and every read is
-- consistent. Unlike SQLite all of this waits, so two tasks may come between a get and a commit: the versions tell.

local err = require "plumb.err"
local item = require "plumb.store.dynamodb.item"
local random = require "plumb.random"
local schema = require "plumb.store.schema"
local task = require "plumb.task"
local transaction = require "plumb.store.dynamodb.transaction"

local dynamodb = {}

---The form in which this plumb keeps state in a table; a table with a later one is refused.
dynamodb.FORMAT = 1

local ROUNDS = 8        -- how often a commit is tried again because others were quicker, or its fate is not known
local FIRST_PAUSE = 0.05 -- seconds; doubles with each round

---@class plumb.DynamodbStore: plumb.Store
---@field table_name string
---@field package client plumb.aws.Client
---@field package read_only boolean
---@field package head { seq: integer, hash: string }|false|nil  end of the audit trail; false: there is none; nil: not
---  known
---@field package lock plumb.Lock
---@field package sleep fun(seconds: number)
local Store = {}
Store.__index = Store

-- What the service said, as an error of the state: it stops the run, since "not read" is not "not there".
local function state_error(self, failure, code, executed)
  return err.new { kind = "state", code = code or "StateUnreachable", service = failure.service,
    operation = failure.operation, status = failure.status, request_id = failure.request_id,
    executed = executed or failure.executed, cause = failure, where = "dynamodb:" .. self.table_name,
    message = ("the state table %s could not be used: %s: %s"):format(self.table_name, failure.code, failure.message) }
end

-- ---- reading ----

local function read(self, key)
  if self.closed then error("the store was closed", 0) end
  local output, failure = self.client.dynamodb:GetItem { TableName = self.table_name, Key = key, ConsistentRead = true }
  if not output then error(state_error(self, failure), 0) end
  return output.Item
end

---The record with that key, or nil. Raises a plumb.Error of kind "state" when it cannot be read. Waits.
---@param kind string
---@param key string
---@return table?
function Store:get(kind, key)
  local stored = read(self, item.key(kind, key))
  return stored and item.to_record(kind, stored)
end

local function query(self, input)
  if self.closed then error("the store was closed", 0) end
  input.TableName, input.ConsistentRead = self.table_name, true
  local items, failure = self.client.dynamodb:all("Query", input)
  if not items then error(state_error(self, failure), 0) end
  return items
end

local function partition(pk)
  return { KeyConditionExpression = "#pk = :pk", ExpressionAttributeNames = { ["#pk"] = "pk" },
    ExpressionAttributeValues = { [":pk"] = { S = pk } } }
end

local function by_column(kind_name, column, value)
  local input, index = partition(kind_name), item.index(schema.kinds[kind_name], column)
  if not index then return input end
  input.IndexName = item.INDEX_NAME:format(index)
  input.KeyConditionExpression = input.KeyConditionExpression .. " AND #i = :i"
  input.ExpressionAttributeNames["#i"] = index
  input.ExpressionAttributeValues[":i"] = { S = value }
  return input
end

---Every record of a kind in the order of their keys, or those where one column has that value: each("finding", {
---workload_arn = arn }). All of them are read at once, whatever is written meanwhile. Raises as get does. Waits.
---@param kind string
---@param where? table<string, any>
---@return fun(): table?
function Store:each(kind, where)
  local column, value = next(where or {})
  local items = query(self, column and by_column(kind, column, value) or partition(kind))
  local i = 0
  return function()
    while true do
      i = i + 1
      local record = items[i] and item.to_record(kind, items[i])
      if not record or not column or record[column] == value then return record end
    end
  end
end

---A way to get many records of a kind one after the other. All are read when the first is asked for, as a thousand gets
---would be a thousand calls, so it tells what there was then. The function waits, and raises as get does.
---@param kind string
---@return fun(key: string): table?
function Store:lookup(kind)
  local by_key
  return function(key)
    if not by_key then
      local all = {}
      for record in self:each(kind) do all[record[schema.kinds[kind].key]] = record end
      by_key = all
    end
    return by_key[key]
  end
end

---The audit trail, oldest first; the columns of its rows are those of schema.lua, detail as JSON text. Waits.
---@return fun(): table?
function Store:trail()
  local items, i = query(self, partition "audit"), 0
  return function()
    i = i + 1
    return items[i] and item.to_audit(items[i])
  end
end

-- ---- writing ----

local function head_of(self)
  if self.head == nil then
    local stored = read(self, item.head_key())
    self.head = stored and item.to_head(stored) or false
  end
  return self.head or nil
end

-- Whether an item shows that the transaction was carried out. That none does proves nothing: it may have been
-- overwritten, or the request may still be on its way.
local function was_carried_out(self, made)
  if not made.witness then return false end
  local ok, stored = pcall(read, self, made.witness)
  if not ok and not err.is(stored) then error(stored, 0) end
  return ok and transaction.wrote(made, stored)
end

local function reasons_of(failure)
  return failure.code == "TransactionCanceledException" and failure.members and failure.members.CancellationReasons
end

local function refused(self, made, failure)
  return transaction.verdict(made, reasons_of(failure)) or error(state_error(self, failure, nil, "no"), 0)
end

local function pause(self, round)
  self.sleep(FIRST_PAUSE * 2 ^ (round - 1) * (0.5 + random.number() / 2))
end

-- Sends a transaction until it is known what became of it. The token makes a repeat safe.
local function settle(self, made)
  local lost
  for round = 1, ROUNDS do
    local output, failure = self.client.dynamodb:TransactWriteItems { TransactItems = made.actions,
      ClientRequestToken = made.token }
    if output then return "done" end
    if reasons_of(failure) then return refused(self, made, failure) end
    if failure.executed ~= "maybe" then error(state_error(self, failure, nil, lost and "maybe"), 0) end
    lost = failure
    if was_carried_out(self, made) then return "done" end
    pause(self, round)
  end
  error(state_error(self, lost, "StateUnknown", "maybe"), 0)
end

local function conflict()
  return nil, err.new { kind = "state", code = "Conflict",
    message = "the state was changed by somebody else meanwhile" }
end

local function count_versions(writes)
  for _, write in ipairs(writes) do
    if write[1] == "put" then write[3].version = (write[3].version or 0) + 1 end
  end
end

local function commit(self, writes, trail)
  for round = 1, ROUNDS do
    local made = transaction.make(self.table_name, random.uuid(), writes, trail, trail[1] and head_of(self))
    local before = self.head
    self.head = nil -- not known until this one is
    local verdict = settle(self, made)
    if verdict == "done" then
      self.head = made.head or before
      count_versions(writes)
      return true
    elseif verdict == "conflict" then
      return conflict()
    end
    pause(self, round) -- busy, or others have gone on with the trail: it is read anew
  end
  error(err.new { kind = "state", code = "StateBusy", executed = "no", where = "dynamodb:" .. self.table_name,
    message = ("the state table %s is written to by too many at once"):format(self.table_name) }, 0)
end

---Writes all or nothing: { "put", kind, record } or { "delete", kind, record }, and rows of the audit trail. A put
---without `version` must be new; with one, the stored record must still have it. At most 100 actions: a write is one,
---an audit row is one, and the end of the trail is one more. One commit at a time, as they follow on each other in the
---trail. A store for reading writes nothing and says that it has. Raises a plumb.Error of kind "state" when the table
---cannot be used; its `executed` is "maybe" when nobody knows. Waits.
---@param writes table[]
---@param trail? plumb.AuditEntry[]
---@return true|nil
---@return plumb.Error? err  "Conflict": somebody else changed one of them meanwhile; "CommitTooLarge"
---@see https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html
function Store:commit(writes, trail)
  trail = trail or {}
  if self.closed then error("the store was closed", 0) end
  if transaction.contradicts(writes) then return conflict() end
  local size = transaction.size(writes, trail)
  if size == 0 or self.read_only then return true end
  if size > transaction.MOST then
    return nil, err.new { kind = "state", code = "CommitTooLarge", executed = "no",
      message = ("a commit of %d writes and %d audit rows; DynamoDB takes %d actions at once"):format(#writes, #trail,
        transaction.MOST) }
  end
  return self.lock:with(commit, self, writes, trail)
end

-- ---- the place ----

---Where the state is.
---@return { driver: string, place: string, schema: integer, bytes: integer? }  bytes as the table counts them every
---  six hours; nil when it cannot be asked
function Store:describe()
  local output = self.client.dynamodb:DescribeTable { TableName = self.table_name }
  return { driver = "dynamodb", place = "dynamodb:" .. self.table_name, schema = dynamodb.FORMAT,
    bytes = output and output.Table.TableSizeBytes }
end

---Looks whether all that the table should have is there: the service keeps the bytes, so only the end of the trail can
---be out of step with its rows. Waits.
---@return string[] complaints
function Store:check()
  local stored, last = read(self, item.head_key()), nil
  local head = stored and item.to_head(stored)
  for row in self:trail() do last = row end
  if (head and head.seq or 0) ~= (last and last.seq or 0) or head and head.hash ~= (last and last.hash) then
    return { ("the audit trail should end with row %d and ends with row %d"):format(head and head.seq or 0,
      last and last.seq or 0) }
  end
  return {}
end

---Lets go of the table; what is under way comes to its end.
function Store:close() self.closed = true end

-- ---- opening ----

local REFUSED = {
  ResourceNotFoundException = { "NoStateTable", "there is no DynamoDB table %s" },
  ValidationException = { "NotPlumbState", "the DynamoDB table %s has other keys than plumb's state" },
}

local function refuse(code, message, table_name)
  return nil, { code = code, message = message:format(table_name) }
end

local function refuse_foreign(self)
  return refuse("NotPlumbState", "the DynamoDB table %s holds something else than plumb's state", self.table_name)
end

local function get_mark(self)
  return self.client.dynamodb:GetItem { TableName = self.table_name, Key = item.mark_key(), ConsistentRead = true }
end

local function accept(self, stored)
  local format = item.to_mark(stored)
  if not format then return refuse_foreign(self) end
  if format > dynamodb.FORMAT then
    return refuse("StateTooNew", "the state in the DynamoDB table %s was written by a newer plumb", self.table_name)
  end
  return self
end

-- A table without plumb's mark is taken when nothing is in it, or when what is in it came with the mark meanwhile:
-- several instances may begin with it at once.
local function take(self)
  local output, failure = self.client.dynamodb:Scan { TableName = self.table_name, Limit = 1, ConsistentRead = true }
  if not output then return nil, failure end
  if output.Items[1] then
    output, failure = get_mark(self)
    if not output then return nil, failure end
    if output.Item then return accept(self, output.Item) end
    return refuse_foreign(self)
  end
  if self.read_only then return self end
  output, failure = self.client.dynamodb:PutItem { TableName = self.table_name, Item = item.from_mark(dynamodb.FORMAT) }
  return output and self, failure
end

---Opens the state in a table. Waits.
---@param options { table: string, client: plumb.aws.Client, read_only: boolean?, sleep: fun(seconds: number)? }
---@return plumb.DynamodbStore|nil
---@return plumb.Error|table? failure  { code, message }: NoStateTable, NotPlumbState, StateTooNew; or what the call
---  failed with
function dynamodb.open(options)
  local self = setmetatable({ table_name = options.table, path = "dynamodb:" .. options.table, client = options.client,
    read_only = options.read_only or false, lock = task.lock(), sleep = options.sleep or task.sleep }, Store)
  local output, failure = get_mark(self)
  if not output then
    local why = REFUSED[failure.code]
    if not why then return nil, failure end
    return refuse(why[1], why[2], options.table)
  end
  if not output.Item then return take(self) end
  return accept(self, output.Item)
end

return dynamodb
