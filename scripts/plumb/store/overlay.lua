-- A store with some records laid over it, as if they had been written: what a dry run finds out and may not keep.

local schema = require "plumb.store.schema"

local overlay = {}

local Overlay = {}

-- What is not about reading records is the store's own affair.
function Overlay.__index(self, name)
  if Overlay[name] then return Overlay[name] end
  local base = rawget(self, "base")
  local member = base[name]
  if type(member) ~= "function" then return member end
  return function(_, ...) return member(base, ...) end
end

local function copy(record)
  local new = {}
  for name, value in pairs(record) do new[name] = value end
  return new
end

function Overlay:get(kind, key)
  local record = self.by_key[kind] and self.by_key[kind][key]
  if record then return copy(record) end
  return self.base:get(kind, key)
end

local function matches(record, where)
  for column, value in pairs(where or {}) do
    if record[column] ~= value then return false end
  end
  return true
end

function Overlay:each(kind, where)
  local own, over, key = self.records[kind] or {}, self.by_key[kind] or {}, schema.kinds[kind].key
  local each, i = self.base:each(kind, where), 0
  return function()
    for record in each do
      if not over[record[key]] then return record end
    end
    while i < #own do
      i = i + 1
      if matches(own[i], where) then return copy(own[i]) end
    end
  end
end

---@param base plumb.Store
---@param records table<string, table[]>  by kind; each in the place of the store's record with the same key
---@return plumb.Store
function overlay.new(base, records)
  local by_key = {}
  for kind, list in pairs(records) do
    by_key[kind] = {}
    for _, record in ipairs(list) do by_key[kind][record[schema.kinds[kind].key]] = record end
  end
  return setmetatable({ base = base, records = records, by_key = by_key }, Overlay)
end

return overlay
