-- A sink in memory whose answers a spec can order, one call at a time, with everything it was asked in
-- `calls`. Nothing is right about it but the interface of plumb.sink.

local err = require "plumb.err"

local M = {}

local Sink = { name = "fake" }
Sink.__index = Sink

---@param now fun(): number
---@return table sink  sink.items by id; sink.replies[operation] is a list of functions(sink, ...) used up in order
function M.new(now)
  return setmetatable({ items = {}, order = {}, calls = {}, replies = {}, now = now or function() return 0 end }, Sink)
end

local function called(self, operation, ...)
  self.calls[#self.calls + 1] = { operation, ... }
  local replies = self.replies[operation]
  return replies and table.remove(replies, 1)
end

---Orders the reply to the next call of an operation that has none yet.
---@param operation string
---@param reply fun(sink: table, ...): any, any
function Sink:answers(operation, reply)
  self.replies[operation] = self.replies[operation] or {}
  table.insert(self.replies[operation], reply)
end

---How often an operation was called.
---@param operation string
---@return integer
function Sink:count(operation)
  local n = 0
  for _, call in ipairs(self.calls) do
    if call[1] == operation then n = n + 1 end
  end
  return n
end

---Puts an item there as the world would, without a call.
---@param fields table  key, and what differs from an open item made now
---@return string id
function Sink:put(fields)
  local id = fields.id or ("oi-%012x"):format(#self.order + 1)
  local item = { id = id, status = "Open", open = true, resolved = false, title = "title", fields = {},
    created_at = self.now(), modified_at = self.now() }
  for name, value in pairs(fields) do item[name] = value end
  self.items[id] = item
  self.order[#self.order + 1] = item
  return id
end

---A person resolves an item.
---@param id string
---@param fields? table<string, string>
function Sink:resolve(id, fields)
  local item = self.items[id]
  item.status, item.open, item.resolved, item.modified_at = "Resolved", false, true, self.now()
  for name, value in pairs(fields or {}) do item.fields[name] = value end
end

function Sink:create(item)
  local reply = called(self, "create", item)
  if reply then return reply(self, item) end
  local fields = {}
  for name, value in pairs(item.fields) do fields[name] = value end
  return self:put { key = item.key, title = item.title, severity = item.severity, fields = fields }
end

local function gone(operation)
  return nil, err.new { code = "NoSuchItem", kind = "aws", message = "it does not exist", operation = operation,
    executed = "no", gone = true }
end

function Sink:get(id)
  local reply = called(self, "get", id)
  if reply then return reply(self, id) end
  if not self.items[id] then return gone "get" end
  return self.items[id]
end

function Sink:update(id, changes)
  local reply = called(self, "update", id, changes)
  if reply then return reply(self, id, changes) end
  local item = self.items[id]
  if not item then return gone "update" end
  item.title, item.severity = changes.title or item.title, changes.severity or item.severity
  for name, value in pairs(changes.fields or {}) do item.fields[name] = value end
  for _, name in ipairs(changes.remove or {}) do item.fields[name] = nil end
  return true
end

function Sink:close(id, reason)
  local reply = called(self, "close", id, reason)
  if reply then return reply(self, id, reason) end
  if not self.items[id] then return gone "close" end
  self:resolve(id, { ClosedByPlumb = reason })
  return true
end

function Sink:find(key)
  local reply = called(self, "find", key)
  if reply then return reply(self, key) end
  local found = {}
  for _, item in ipairs(self.order) do
    if item.key == key and self.items[item.id] then found[#found + 1] = item end
  end
  return found
end

local function iterator(list)
  local i = 0
  return function()
    i = i + 1
    return list[i]
  end
end

function Sink:each(only)
  local reply = called(self, "each", only)
  if reply then return reply(self) end
  local list = {}
  for _, item in ipairs(self.order) do
    if self.items[item.id] and (only ~= "open" or item.open) then list[#list + 1] = item end
  end
  return iterator(list)
end

function Sink:resolved(since)
  local reply = called(self, "resolved", since)
  if reply then return reply(self, since) end
  local list = {}
  for _, item in ipairs(self.order) do
    if item.resolved and (not since or item.modified_at > since) then list[#list + 1] = item end
  end
  return iterator(list)
end

---An error as sinks return it.
---@param executed "no"|"maybe"|"yes"
---@param fields? table
---@return fun(): nil, plumb.Error  a reply to order
function M.fails(executed, fields)
  local all = { code = "Trouble", kind = "aws", message = "told so", executed = executed }
  for name, value in pairs(fields or {}) do all[name] = value end
  return function() return nil, err.new(all) end
end

return M
