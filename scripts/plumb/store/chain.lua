-- The chain of the audit trail: each row carries the hash of the one before, so that nothing can be
-- changed, put in or taken out of its middle unseen. Pure. What it cannot show is that rows are missing
-- at the end, since nothing comes after those.

local digest = require "plumb.digest"
local json = require "plumb.json"

local chain = {}

---What stands for "the row before" in the first row.
chain.START = ("0"):rep(64)

---@class plumb.AuditEntry
---@field at number          epoch seconds
---@field run? string        id of the run
---@field operation string   "create", "adopt", "settle", ...
---@field resource? string   what it was done to, most often an item's id
---@field detail? table
---@field request_id? string AWS's id of the request

---The hash of an entry behind the hash of the entry before it.
---@param entry plumb.AuditEntry
---@param previous string  64 hex digits
---@return string  64 hex digits
function chain.hash(entry, previous)
  return digest.hex(digest.sha256(json.encode {
    at = entry.at, run = entry.run, operation = entry.operation, resource = entry.resource,
    detail = entry.detail, request_id = entry.request_id, previous = previous,
  }))
end

local function entry_of(row)
  local entry = { at = row.at, run = row.run, operation = row.operation, resource = row.resource,
    request_id = row.request_id }
  if row.detail ~= nil then
    local message
    entry.detail, message = json.decode(row.detail)
    if entry.detail == nil then return nil, "its detail is not JSON: " .. message end
  end
  return entry
end

local function fault(row, before)
  local seq, previous = before and before.seq + 1 or 1, before and before.hash or chain.START
  if row.seq ~= seq then return ("the row before it should be %d, and is missing"):format(row.seq - 1) end
  if row.previous_hash ~= previous then return "it does not follow on the row before it" end
  local entry, message = entry_of(row)
  if not entry then return message end
  if chain.hash(entry, previous) ~= row.hash then return "what it says is not what was written" end
end

---Goes through a trail from its start.
---@param rows fun(): table?  as a store's trail() gives them: the columns of `audit`, detail as JSON text
---@return integer count      rows that hold
---@return { seq: integer, reason: string }|nil broken  the first row that does not
function chain.verify(rows)
  local count, before = 0, nil
  for row in rows do
    local reason = fault(row, before)
    if reason then return count, { seq = row.seq, reason = reason } end
    count, before = count + 1, row
  end
  return count
end

return chain
