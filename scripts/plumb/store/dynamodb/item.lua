-- Records as items of a DynamoDB table and back. Pure. An item has
--
--   pk, sk     kind and key of the record: the records of a kind are one partition, in the order of their keys
--   i1 to i5   the values of the kind's indexed columns, in the order of schema.lua; the sort keys of local indexes
--   v          version
--   c          token of the commit that wrote it, which tells whether a commit whose reply was lost was carried out
--   r          the columns, but for the key, by name; a table as JSON text
--
-- Local indexes and not global ones, because only these can be read consistently: who has just written has to
-- find it again.

local json = require "plumb.json"
local schema = require "plumb.store.schema"

local item = {}

---How many columns of a kind can be indexed: a table has at most five local indexes, all made with the table.
item.INDEXES = 5

---The name of the index over an attribute; shorter ones are refused.
item.INDEX_NAME = "by_%s"

-- Shortest text that reads back as the same number; DynamoDB keeps 38 digits.
local function number_text(number)
  local whole = math.tointeger(number)
  if whole then return ("%d"):format(whole) end
  local text = ("%.15g"):format(number)
  return tonumber(text) == number and text or ("%.17g"):format(number)
end

local function to_value(value)
  local kind = type(value)
  if kind == "string" then return { S = value } end
  if kind == "boolean" then return { BOOL = value } end
  if kind == "number" then return { N = number_text(value) } end
  error(("a column cannot hold a %s"):format(kind), 0)
end

local function to_number(text)
  local number = tonumber(text)
  return math.tointeger(number) or number
end

local function from_value(value)
  if value.N then return to_number(value.N) end
  if value.BOOL ~= nil then return value.BOOL end
  return value.S
end

---The key of a record.
---@param kind_name string
---@param key string
---@return table
function item.key(kind_name, key) return { pk = { S = kind_name }, sk = { S = key } } end

---The attribute that holds an indexed column.
---@param kind table    of schema.kinds
---@param column string
---@return string?  nil when the column is not indexed
function item.index(kind, column)
  for i, name in ipairs(kind.indexes or {}) do
    if name == column and i <= item.INDEXES then return "i" .. i end
  end
end

---A record as it is to be stored.
---@param kind_name string
---@param record table
---@param version integer  the one it gets
---@param token string     of the commit
---@return table
function item.from_record(kind_name, record, version, token)
  local kind, columns = schema.kinds[kind_name], {}
  local made = item.key(kind_name, record[kind.key])
  for _, column in ipairs(kind.columns) do
    local value = record[column]
    if value ~= nil and column ~= kind.key then
      if kind.json and kind.json[column] then value = json.encode(value) end
      columns[column] = to_value(value)
    end
  end
  for _, column in ipairs(kind.indexes or {}) do
    local name = item.index(kind, column)
    made[name] = record[column] ~= nil and { S = record[column] } or nil
  end
  made.v, made.c, made.r = { N = number_text(version) }, { S = token }, { M = columns }
  return made
end

---The record in an item.
---@param kind_name string
---@param stored table
---@return table
function item.to_record(kind_name, stored)
  local kind = schema.kinds[kind_name]
  local record = { [kind.key] = stored.sk.S, version = to_number(stored.v.N) }
  for column, value in pairs(stored.r.M) do
    record[column] = from_value(value)
    if kind.json and kind.json[column] then record[column] = assert(json.decode(record[column])) end
  end
  return record
end

-- ---- the audit trail ----

local AUDIT_COLUMNS = { "at", "run", "operation", "resource", "detail", "request_id", "previous_hash", "hash" }

---The key of a row of the audit trail: rows sort by their number.
---@param seq integer
---@return table
function item.audit_key(seq) return item.key("audit", ("%012d"):format(seq)) end

---A row of the audit trail as it is to be stored.
---@param row table  the columns, `seq` among them
---@param token string
---@return table
function item.from_audit(row, token)
  local made, columns = item.audit_key(row.seq), {}
  for _, column in ipairs(AUDIT_COLUMNS) do
    if row[column] ~= nil then columns[column] = to_value(row[column]) end
  end
  made.c, made.r = { S = token }, { M = columns }
  return made
end

---@param stored table
---@return table row
function item.to_audit(stored)
  local row = { seq = to_number(stored.sk.S) }
  for column, value in pairs(stored.r.M) do row[column] = from_value(value) end
  return row
end

---Where the end of the audit trail is written down; each commit with a trail replaces it.
---@return table
function item.head_key() return item.key("audit-head", "head") end

---@param head { seq: integer, hash: string }
---@param token string
---@return table
function item.from_head(head, token)
  local made = item.head_key()
  made.seq, made.hash, made.c = { N = number_text(head.seq) }, { S = head.hash }, { S = token }
  return made
end

---@param stored table
---@return { seq: integer, hash: string }
function item.to_head(stored) return { seq = to_number(stored.seq.N), hash = stored.hash.S } end

-- ---- whose table it is ----

---Where a table says that it holds plumb's state, and in which form.
---@return table
function item.mark_key() return item.key("plumb", "state") end

---@param format integer
---@return table
function item.from_mark(format)
  local made = item.mark_key()
  made.format = { N = number_text(format) }
  return made
end

---@param stored table
---@return integer? format
function item.to_mark(stored) return stored.format and stored.format.N and to_number(stored.format.N) end

return item
