-- When to run: schedule expressions in the grammar of Amazon EventBridge, rate(...), cron(...) and at(...),
-- with a time zone. Pure: the moment to start from is handed in, nothing here looks at a clock.
--
-- Where clocks are put forward, wall times that do not exist are left out; where they are put back, a wall
-- time that comes twice counts once, the first time, as EventBridge Scheduler has it. A rate is a span of
-- real time and knows no zone; it counts from 1970, so that a restart does not shift it.
-- https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html

local calendar = require "plumb.calendar"
local cron = require "plumb.trigger.cron"
local err = require "plumb.err"
local zone_of = require "plumb.zone"

local schedule = {}

local MAX_LENGTH = 256
local HORIZON = 200 * 366 * calendar.DAY -- what does not fire within 200 years never fires
local UNITS = { minute = 60, hour = 3600, day = 86400 }

---@class plumb.Schedule
---@field text string        the expression
---@field kind "rate"|"cron"|"at"
---@field zone plumb.Zone
---@field package find fun(after: number): integer?
local Schedule = {}
Schedule.__index = Schedule

-- Raised inside this file only: where it is wrong and why.
local function refuse(position, message, ...) error({ position = position, message = message:format(...) }, 0) end

-- ---- rate ----

local function read_rate(body, at)
  local number_at, number, unit_at, unit = body:match("^%s*()(%S+)%s+()(%S+)%s*$")
  if not number then refuse(at, "a rate is a number and a unit, such as rate(5 minutes)") end
  local count = number:find("^%d+$") and #number <= 9 and math.tointeger(tonumber(number))
  if not count or count < 1 then
    refuse(at + number_at - 1, "%q is not a whole number from 1 to 999999999", number)
  end
  local singular = unit:match("^(.-)s?$")
  unit_at = at + unit_at - 1
  if not UNITS[singular] then refuse(unit_at, "%q is no unit; units are minutes, hours and days", unit) end
  local wanted = count == 1 and singular or singular .. "s"
  if unit ~= wanted then refuse(unit_at, "with %d the unit is %q, not %q", count, wanted, unit) end
  local period = count * UNITS[singular]
  return function(after) return (math.floor(after) // period + 1) * period end
end

-- ---- at ----

local function read_at(body, at, zone)
  local year, month, day, hour, minute, second = body:match("^(%d%d%d%d)%-(%d%d)%-(%d%d)T(%d%d):(%d%d):(%d%d)$")
  if not year then refuse(at, "a moment is written yyyy-mm-ddThh:mm:ss, such as at(2026-01-31T06:00:00)") end
  local numbers = {}
  for i, text in ipairs { year, month, day, hour, minute, second } do numbers[i] = math.tointeger(tonumber(text)) end
  year, month, day, hour, minute, second = table.unpack(numbers)
  if month < 1 or month > 12 or day < 1 or day > calendar.month_length(year, month) then
    refuse(at, "there is no day %s", body:sub(1, 10))
  elseif hour > 23 or minute > 59 or second > 59 then
    refuse(at + 11, "there is no time %s", body:sub(12))
  end
  local wall = calendar.day_number(year, month, day) * calendar.DAY + hour * 3600 + minute * 60 + second
  local moment = zone:moments(wall)[1]
  return function(after) return moment and moment > after and moment or nil end
end

-- ---- cron ----

local function read_cron(body, at, zone)
  local fields = cron.read(body, at)
  return function(after)
    local wall = math.floor(after) + zone:offset(after)
    return fields:walk((wall // 60 + 1) * 60, wall + HORIZON, function(candidate)
      local moment = zone:moments(candidate)[1]
      return moment and moment > after and moment
    end)
  end
end

local READERS = { rate = read_rate, cron = read_cron, at = read_at }

local function read(text, zone)
  if #text > MAX_LENGTH then
    refuse(MAX_LENGTH + 1, "it is %d characters long; %d are allowed", #text, MAX_LENGTH)
  end
  local kind, body = text:match("^(%a+)(%b())$")
  if not kind or not READERS[kind] then
    refuse(1, "an expression is rate(5 minutes), cron(0 6 ? * MON-FRI *) or at(2026-01-31T06:00:00)")
  end
  return kind, READERS[kind](body:sub(2, -2), #kind + 2, zone)
end

local function describe(text, fault)
  local where = fault.field and ("field %d (%s), character %d"):format(fault.number, fault.field, fault.position)
    or ("character %d"):format(fault.position)
  return ("%q cannot be read: %s: %s"):format(text:sub(1, MAX_LENGTH), where, fault.message)
end

---Reads an expression.
---@param text string  "cron(0 6 ? * MON-FRI *)"
---@param options? { zone: string? }  IANA name of the zone that cron and at speak of, default UTC
---@return plumb.Schedule|nil
---@return plumb.Error? err  code BadSchedule with `position` (a character of text) and `field` (one of cron's), or
---  NoSuchZone
function schedule.parse(text, options)
  local zone, failure = zone_of.load(options and options.zone or "UTC")
  if not zone then return nil, failure end
  local ok, kind, find = pcall(read, text, zone)
  if ok then return setmetatable({ text = text, kind = kind, find = find, zone = zone }, Schedule) end
  if type(kind) ~= "table" then error(kind, 0) end
  return nil, err.new { kind = "input", code = "BadSchedule", message = describe(text, kind),
    position = kind.position, field = kind.field }
end

---The first moment after another one at which it fires.
---@param after number  epoch seconds
---@return integer|nil t  epoch seconds; nil when it does not fire within 200 years, or before the year 2200
function Schedule:next(after)
  local t = self.find(after)
  if t and t - after <= HORIZON then return t end
  return nil
end

---The next moments, in order.
---@param after number
---@param count integer
---@return integer[]  fewer when it comes to its end
function Schedule:upcoming(after, count)
  local list = {}
  for i = 1, count do
    after = self:next(after)
    if not after then break end
    list[i] = after
  end
  return list
end

return schedule
