-- What goes through the protocol of plumb.open as one: a finding with an item of its own, or a group of findings that
-- share one. Both have one record with the intent, the item and the end; a group has members beside it, whose records
-- follow. Pure: open.lua commits what is written here.

local group_of = require "plumb.group"
local group_item = require "plumb.item.group"

local unit = {}

---@class plumb.Unit
---@field kind "finding"|"item_group"
---@field record table           of that kind
---@field members plumb.Member[] none for a finding
---@field now number
---@field package changed table<table, boolean>  records of members to be written
local Unit = {}
Unit.__index = Unit

---@param record table
---@return plumb.Unit
function unit.finding(record)
  return setmetatable({ kind = "finding", record = record, members = {}, changed = {} }, Unit)
end

---@param record table  the group's; what group.of made for a new one
---@param members plumb.Member[]
---@param now number
---@param sink_name string
---@return plumb.Unit
function unit.group(record, members, now, sink_name)
  record.first_seen, record.last_seen, record.sink = record.first_seen or now, now, record.sink or sink_name
  record.status = record.status or "closed"
  return setmetatable({ kind = "item_group", record = record, members = members, changed = {}, now = now }, Unit)
end

---The writes for members whose records have changed since the last call, in the order of the members.
---@return table[]
function Unit:writes()
  local writes = {}
  for _, member in ipairs(self.members) do
    if member.record and self.changed[member.record] then
      writes[#writes + 1] = { "put", "finding", member.record }
    end
  end
  self.changed = {}
  return writes
end

-- A practice gets an item, or gets one again.
local function take_up(self, member, make)
  local record, found = member.record or make(member.finding), member.finding
  member.record, record.group_key = record, self.record.key
  if record.item_id ~= self.record.item_id then
    record.previous_item, record.item_id = record.item_id or record.previous_item, nil
  end
  record.reason, record.accepted_until, record.intent_at, record.ambiguous_until = nil, nil, nil, nil
  if found then
    record.risk, record.title, record.plan_url = found.risk, found.choice.Title or found.choice.ChoiceId,
      found.plan_url or record.plan_url
    record.last_seen, record.none_selected = self.now, found.none_selected
  end
  self.changed[record] = true
  return record
end

local function put_away(self, member, status, reason)
  local record = member.record
  if not record or not group_of.STANDING[record.status] then return end
  local ends = member.ends or { status = status, reason = reason }
  record.status, record.reason = ends.status, ends.reason
  self.changed[record] = true
end

---A create is about to be sent for all members that are missing.
---@param make fun(found: table): table  the record of a finding that has none
function Unit:is_intended(make)
  for _, member in ipairs(self.members) do
    if member.standing then
      take_up(self, member, make).status = "intended"
    else
      put_away(self, member)
    end
  end
end

---An item stands for the unit. Of a group it stands for those members that were meant for it and that it lists.
---@param id string
---@param listed true|table<string, string>|nil  true: all that were meant for it; else its operational data, nil
---  when that is not known
function Unit:is_listed(id, listed)
  local lists = type(listed) == "table" and #self.members > 0 and group_item.lists(listed)
  for _, member in ipairs(self.members) do
    local record = member.record
    if record and record.status == "intended" and (listed == true or lists and lists(record)) then
      record.status, record.item_id, member.joins = "open", id, false
      self.changed[record] = true
    end
  end
end

---The item has come to its end, and with it the unit.
---@param status string   for findings of which nothing else is known
---@param reason string?
function Unit:is_over(status, reason)
  local record = self.record
  if self.kind == "finding" then
    record.status, record.reason = status, reason
    return
  end
  record.status, record.reason, record.shown, record.parts = "closed", nil, nil, nil
  record.intent_at, record.ambiguous_until = nil, nil
  for _, member in ipairs(self.members) do
    put_away(self, member, status, reason)
    member.joins = member.standing
  end
end

---What was read in this run goes into the record.
---@param step plumb.Action
---@param now number
function Unit:renew(step, now)
  local record, found = self.record, step.finding
  record.risk, record.title, record.last_seen = found and found.risk or record.risk, step.item.title, now
  record.reason = nil
  if self.kind == "finding" then
    record.none_selected, record.accepted_until, record.group_key = found.none_selected, nil, nil
  else
    record.label, record.workload_name = step.group.label or record.label, found.workload.WorkloadName
  end
end

---Whether the item of the group has to take more practices than the state says it lists.
---@return boolean
function Unit:joining()
  for _, member in ipairs(self.members) do
    if member.standing and member.joins then return true end
  end
  return false
end

---The item says what it should about the group.
---@param item plumb.Item
function Unit:shows(item)
  if self.kind == "item_group" then self.record.shown, self.record.parts = item.shown, item.parts end
end

---Every member is on the item, or has been dealt with.
---@param make fun(found: table): table  the record of a finding that has none
function Unit:is_up_to_date(make)
  for _, member in ipairs(self.members) do
    if not member.standing then
      put_away(self, member)
    elseif member.joins or member.finding then
      local record = take_up(self, member, make)
      record.status, record.item_id, member.joins = "open", self.record.item_id, false
    end
  end
end

---The fields that an update may send: what AWS itself reads is set once.
---@param fields table<string, string>
---@return table<string, string>
function Unit.changeable(fields)
  local left = {}
  for name, value in pairs(fields) do
    if name:sub(1, 5) ~= "/aws/" then left[name] = value end
  end
  return left
end

return unit
