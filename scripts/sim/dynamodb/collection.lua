-- The items of a table or of one of its indexes, by partition and in the order of the sort key. A table has each sort
-- key once in a partition, an index may have it often: then the table's own key decides.

local digest = require("plumb.digest")
local value_of = require("sim.dynamodb.value")

---@class sim.dynamodb.Entry
---@field item sim.dynamodb.Item
---@field place string   orders the partitions; says nothing about their names
---@field sort sim.dynamodb.Value?
---@field key string     the table's key of the item, as text

---@class sim.dynamodb.Collection
---@field hash string    name of the partition key
---@field range string?  name of the sort key
---@field partitions table<string, sim.dynamodb.Entry[]>
local Collection = {}
Collection.__index = Collection

local M = {}

---@param hash string
---@param range string?
---@return sim.dynamodb.Collection
function M.new(hash, range)
  return setmetatable({ hash = hash, range = range, partitions = {} }, Collection)
end

---A key value as text that no other value has.
---@param value sim.dynamodb.Value
---@return string
function M.text(value)
  local kind, content = next(value)
  return ("%s%d:%s"):format(kind, #content, content)
end

---Orders two entries.
---@param a sim.dynamodb.Entry
---@param b sim.dynamodb.Entry
---@return integer  below, at or above 0
function M.compare(a, b)
  if a.place ~= b.place then
    return value_of.compare({ B = a.place }, { B = b.place })
  end
  local order = a.sort and b.sort and value_of.compare(a.sort, b.sort) or 0
  if order ~= 0 or a.key == b.key then
    return order
  end
  return value_of.compare({ B = a.key }, { B = b.key })
end

---The entry an item has here; nil when it lacks one of the key attributes.
---@param item sim.dynamodb.Item
---@param key string  the table's key of the item, as text
---@return sim.dynamodb.Entry?
function Collection:entry(item, key)
  local hash = item[self.hash]
  local sort = self.range and item[self.range]
  if not hash or self.range and not sort then
    return nil
  end
  return { item = item, place = digest.md5(M.text(hash)), sort = sort or nil, key = key }
end

---Where an entry is in a list, or would be.
---@param list sim.dynamodb.Entry[]
---@param entry sim.dynamodb.Entry
---@return integer index, boolean found
function M.find(list, entry)
  local low, high = 1, #list
  while low <= high do
    local middle = (low + high) // 2
    local order = M.compare(list[middle], entry)
    if order == 0 then
      return middle, true
    elseif order < 0 then
      low = middle + 1
    else
      high = middle - 1
    end
  end
  return low, false
end

---Takes an item in, in the place of the one with the same keys.
---@param item sim.dynamodb.Item
---@param key string
function Collection:put(item, key)
  local entry = self:entry(item, key)
  if not entry then
    return
  end
  local list = self.partitions[entry.place] or {}
  self.partitions[entry.place] = list
  local index, found = M.find(list, entry)
  if found then
    list[index] = entry
  else
    table.insert(list, index, entry)
  end
end

---Takes an item out.
---@param item sim.dynamodb.Item
---@param key string
function Collection:remove(item, key)
  local entry = self:entry(item, key)
  local list = entry and self.partitions[entry.place]
  local index, found = 1, false
  if list then
    index, found = M.find(list, entry)
  end
  if found then
    table.remove(list, index)
    if not list[1] then
      self.partitions[entry.place] = nil
    end
  end
end

---The entries of one partition, in order; not to be changed.
---@param hash sim.dynamodb.Value
---@return sim.dynamodb.Entry[]
function Collection:partition(hash)
  return self.partitions[digest.md5(M.text(hash))] or {}
end

---All entries, in the order of a scan.
---@return sim.dynamodb.Entry[]
function Collection:all()
  local places, list = {}, {}
  for place in pairs(self.partitions) do
    places[#places + 1] = place
  end
  table.sort(places, function(a, b) return value_of.compare({ B = a }, { B = b }) < 0 end)
  for _, place in ipairs(places) do
    table.move(self.partitions[place], 1, #self.partitions[place], #list + 1, list)
  end
  return list
end

return M
