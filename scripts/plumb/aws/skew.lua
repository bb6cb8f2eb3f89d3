-- A wrong local clock does not stop calls. Every answer that carries a Date says
-- how far we are off; requests are signed with that correction, and a signature
-- that was refused is tried once more when the correction was far off.

local time = require "plumb.time"

local skew = {}

local TRUSTED_ROUND_TRIP = 15 * 60 -- seconds; a slower answer says nothing about the clock
local WORTH_A_RETRY = 4 * 60       -- seconds; AWS accepts five minutes

-- Dates change once a second, answers come more often.
local last_date, last_time

local function time_of(date)
  if date ~= last_date then last_date, last_time = date, time.parse(date) end
  return last_time
end

---What a response says about the local clock.
---@param headers table<string, string>
---@param sent_at number      local epoch seconds
---@param received_at number
---@return number|nil offset  seconds to add to the local clock; nil when the answer does not tell
function skew.measure(headers, sent_at, received_at)
  -- An answer out of a cache carries the Date of another request.
  if not headers.date or headers.age then return nil end
  if received_at < sent_at or received_at - sent_at >= TRUSTED_ROUND_TRIP then return nil end
  local theirs = time_of(headers.date)
  if not theirs then return nil end
  return theirs - (sent_at + received_at) / 2
end

---Whether a refused signature deserves another try.
---@param used number      the offset that the request was signed with
---@param measured number? what its answer said
---@return boolean
function skew.worth_retry(used, measured)
  return measured ~= nil and math.abs(measured - used) > WORTH_A_RETRY
end

---Whether a clock is so wrong that AWS would refuse what it signs.
---@param offset number  seconds to add to the local clock
---@return boolean
function skew.is_wrong(offset)
  return math.abs(offset) > WORTH_A_RETRY
end

return skew
