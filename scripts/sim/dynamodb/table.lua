-- A table in memory: its keys, its indexes, and what its items were a while ago, for reads that lag behind.

local collection = require("sim.dynamodb.collection")
local fail = require("sim.fail")
local value_of = require("sim.dynamodb.value")

local KEPT = 600 -- seconds that former states of an item can be read

---@class sim.dynamodb.Index
---@field name string
---@field global boolean
---@field range string?
---@field items sim.dynamodb.Collection
---@field projection table  { ProjectionType, NonKeyAttributes? }
---@field schema table      KeySchema

---@class sim.dynamodb.Table
---@field name string
---@field hash string
---@field range string?
---@field types table<string, string>  of the key attributes: S, N or B
---@field rows table<string, { item: sim.dynamodb.Item?, history: table[] }>  by key as text
---@field items sim.dynamodb.Collection
---@field indexes table<string, sim.dynamodb.Index>
---@field count integer
---@field bytes integer
local Table = {}
Table.__index = Table

local M = {}

local function invalid(message)
  fail.raise("ValidationException", message)
end

---The names of the partition key and the sort key in a KeySchema.
---@param schema table[]
---@return string hash, string? range
function M.key_names(schema)
  local hash, range
  for _, entry in ipairs(schema) do
    if entry.KeyType == "HASH" then
      hash = entry.AttributeName
    else
      range = entry.AttributeName
    end
  end
  return hash, range
end

local function add_index(self, definition, global)
  local hash, range = M.key_names(definition.KeySchema)
  self.indexes[definition.IndexName] = { name = definition.IndexName, global = global, range = range, hash = hash,
    items = collection.new(hash, range), projection = definition.Projection, schema = definition.KeySchema }
end

---A table as CreateTable describes it; the input has been checked.
---@param input table
---@param more table  further fields: arn, id, created_at, active_at
---@return sim.dynamodb.Table
function M.new(input, more)
  local hash, range = M.key_names(input.KeySchema)
  local self = setmetatable({ hash = hash, range = range, input = input, rows = {}, indexes = {}, types = {},
    items = collection.new(hash, range), count = 0, bytes = 0 }, Table)
  for key, value in pairs(more) do
    self[key] = value
  end
  for _, definition in ipairs(input.AttributeDefinitions) do
    self.types[definition.AttributeName] = definition.AttributeType
  end
  for _, definition in ipairs(input.LocalSecondaryIndexes or {}) do
    add_index(self, definition, false)
  end
  for _, definition in ipairs(input.GlobalSecondaryIndexes or {}) do
    add_index(self, definition, true)
  end
  return self
end

-- ---- keys ----

local MOST = { hash = 2048, range = 1024 }
local TOO_LONG = { hash = "Size of hashkey has exceeded the maximum size limit of2048 bytes",
  range = "Aggregated size of all range keys has exceeded the size limit of 1024 bytes" }

local function check_key_value(self, name, value, role)
  local kind, content = next(value)
  if kind ~= self.types[name] then
    return false
  elseif content == "" then
    invalid(("One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an "
      .. "empty %s value. Key: %s"):format(kind == "B" and "binary" or "string", name))
  elseif kind ~= "N" and #content > MOST[role] then
    invalid("One or more parameter values were invalid: " .. TOO_LONG[role])
  end
  return true
end

local function key_text(self, values)
  local text = collection.text(values[self.hash])
  return self.range and text .. collection.text(values[self.range]) or text
end

---The text of a key as it is given in a call, and the key in normal form.
---@param given table<string, sim.dynamodb.Value>
---@return string text, table key  raises a ValidationException when it is not exactly the key
function Table:key(given)
  local key, count = value_of.check_item(given), 0
  for name in pairs(key) do
    count = count + 1
    if name ~= self.hash and name ~= self.range then
      invalid("The provided key element does not match the schema")
    end
  end
  if count ~= (self.range and 2 or 1) or not check_key_value(self, self.hash, key[self.hash], "hash")
    or self.range and not check_key_value(self, self.range, key[self.range], "range") then
    invalid("The provided key element does not match the schema")
  end
  return key_text(self, key), key
end

---The text of the key that an item carries.
---@param item sim.dynamodb.Item
---@return string  raises a ValidationException
function Table:key_of(item)
  for role, name in pairs { hash = self.hash, range = self.range } do
    if not item[name] then
      invalid("One or more parameter values were invalid: Missing the key " .. name .. " in the item")
    elseif not check_key_value(self, name, item[name], role) then
      invalid(("One or more parameter values were invalid: Type mismatch for key %s expected: %s actual: %s"):format(
        name, self.types[name], value_of.type(item[name])))
    end
  end
  return key_text(self, item)
end

---The key attributes of an item.
---@param item sim.dynamodb.Item
---@param index sim.dynamodb.Index?  those of an index as well
---@return table
function Table:key_attributes(item, index)
  local key = { [self.hash] = item[self.hash] }
  for _, name in ipairs { self.range or self.hash, index and index.hash or self.hash,
    index and index.range or self.hash } do
    key[name] = item[name]
  end
  return key
end

-- ---- items ----

local function check_index_key(self, index, name, value)
  if value_of.type(value) ~= self.types[name] then
    invalid(("One or more parameter values were invalid: Type mismatch for Index Key %s Expected: %s Actual: %s "
      .. "IndexName: %s"):format(name, self.types[name], value_of.type(value), index.name))
  elseif value.S == "" or value.B == "" then
    invalid(("One or more parameter values are not valid. A value specified for a secondary index key is not "
      .. "supported. The AttributeValue for a key attribute cannot contain an empty string value. IndexName: %s, "
      .. "IndexKey: %s"):format(index.name, name))
  end
end

---Refuses an item that is too large or cannot go into an index.
---@param item sim.dynamodb.Item
function Table:check(item)
  if value_of.item_size(item) > value_of.LARGEST_ITEM then
    invalid("Item size has exceeded the maximum allowed size")
  end
  for _, index in pairs(self.indexes) do
    for _, name in ipairs { index.hash, index.range } do
      if item[name] and name ~= self.hash and name ~= self.range then
        check_index_key(self, index, name, item[name])
      end
    end
  end
end

---An item as it is now, or was some time ago.
---@param key string
---@param at number?  epoch seconds; nil for now
---@return sim.dynamodb.Item?
function Table:get(key, at)
  local row = self.rows[key]
  if not row or not at then
    return row and row.item
  end
  for i = #row.history, 1, -1 do
    if row.history[i].at <= at then
      return row.history[i].item
    end
  end
end

---Puts an item in, or takes it out.
---@param key string
---@param item sim.dynamodb.Item?  nil takes it out; never changed afterwards
---@param now number
function Table:put(key, item, now)
  local row = self.rows[key] or { history = {} }
  self.rows[key] = row
  local collections = { self.items }
  for _, index in pairs(self.indexes) do
    collections[#collections + 1] = index.items
  end
  for _, items in ipairs(collections) do
    if row.item then
      items:remove(row.item, key)
    end
    if item then
      items:put(item, key)
    end
  end
  self.count = self.count + (item and 1 or 0) - (row.item and 1 or 0)
  self.bytes = self.bytes + (item and value_of.item_size(item) or 0) - (row.item and value_of.item_size(row.item) or 0)
  row.item = item
  row.history[#row.history + 1] = { at = now, item = item }
  while row.history[2] and row.history[2].at <= now - KEPT do
    table.remove(row.history, 1)
  end
end

---The table or one of its indexes as it was some time ago.
---@param index sim.dynamodb.Index?
---@param at number?  nil for now
---@return sim.dynamodb.Collection
function Table:seen(index, at)
  local items = index and index.items or self.items
  if not at then
    return items
  end
  local former = collection.new(items.hash, items.range)
  for key in pairs(self.rows) do
    local item = self:get(key, at)
    if item then
      former:put(item, key)
    end
  end
  return former
end

return M
