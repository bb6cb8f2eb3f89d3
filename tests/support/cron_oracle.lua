-- When a cron expression fires, found the slow way: every minute is looked at and asked whether it matches. It shares
-- nothing with the real one: fields are predicates, dates come from os.date, and wall times in zones from date(1).

local process = require("support.process")

local M = {}

local NAMES = { JAN = 1, FEB = 2, MAR = 3, APR = 4, MAY = 5, JUN = 6, JUL = 7, AUG = 8, SEP = 9, OCT = 10, NOV = 11,
  DEC = 12, SUN = 1, MON = 2, TUE = 3, WED = 4, THU = 5, FRI = 6, SAT = 7 }

local function number(text) return NAMES[text:upper()] or math.tointeger(tonumber(text)) end

local function length_of(moment)
  local last = os.date("!*t", os.time({ year = moment.year, month = moment.month + 1, day = 0, hour = 12 }))
  return last.day
end

-- Lengths are asked for often; a table of 12 a year is enough to remember.
local lengths = {}
local function month_length(moment)
  local key = moment.year * 12 + moment.month
  lengths[key] = lengths[key] or length_of(moment)
  return lengths[key]
end

-- The weekday of another day in the same month.
local function weekday_of(moment, day) return (moment.wday - 1 + day - moment.day) % 7 + 1 end

local function nearest_working_day(moment, wanted)
  local best
  for day = 1, month_length(moment) do
    local weekday = weekday_of(moment, day)
    if weekday ~= 1 and weekday ~= 7 and (not best or math.abs(day - wanted) < math.abs(best - wanted)) then
      best = day
    end
  end
  return best
end

local function in_range(value, first, last, step, low, high)
  local at = first
  for _ = low, high do
    if at == value then return (value - first) % (high - low + 1) % step == 0 end
    if at == last then return false end
    at = at == high and low or at + 1
  end
  return false
end

local function plain_slowly(item, value, low, high)
  local base, step = item:match("^([^/]+)/?(%d*)$")
  step = tonumber(step) or 1
  if base == "*" then return in_range(value, low, high, step, low, high) end
  local first, last = base:match("^(%w+)%-(%w+)$")
  if first then return in_range(value, number(first), number(last), step, low, high) end
  if item:find("/") then return in_range(value, number(base), high, step, low, high) end
  return value == number(base)
end

local remembered = {} -- item and range -> value -> whether it matches
local function plain(item, value, low, high)
  local key = item .. high
  local known = remembered[key] or {}
  remembered[key] = known
  if known[value] == nil then known[value] = plain_slowly(item, value, low, high) end
  return known[value]
end

local function day_matches(item, moment)
  local length = month_length(moment)
  if item == "L" then return moment.day == length end
  if item == "LW" then return moment.day == nearest_working_day(moment, length) end
  local near = item:match("^(%d+)W$")
  if near then return tonumber(near) <= length and moment.day == nearest_working_day(moment, tonumber(near)) end
  return plain(item, moment.day, 1, 31)
end

local function weekday_matches(item, moment)
  if item == "L" then return moment.wday == 7 end
  local last = item:match("^(%w+)L$")
  if last then return moment.wday == number(last) and moment.day + 7 > month_length(moment) end
  local day, nth = item:match("^(%w+)#(%d)$")
  if day then return moment.wday == number(day) and (moment.day - 1) // 7 + 1 == tonumber(nth) end
  return plain(item, moment.wday, 1, 7)
end

local TESTS = {
  function(item, m) return plain(item, m.min, 0, 59) end,
  function(item, m) return plain(item, m.hour, 0, 23) end,
  day_matches,
  function(item, m) return plain(item, m.month, 1, 12) end,
  weekday_matches,
  function(item, m) return plain(item, m.year, 1970, 2199) end,
}

local function matches(fields, moment)
  for i, items in ipairs(fields) do
    local good = items[1] == "?"
    for _, item in ipairs(items) do
      if good then break end
      good = TESTS[i](item, moment)
    end
    if not good then return false end
  end
  return true
end

---Every minute of a span with its date and time in UTC.
---@param from integer  epoch seconds, a whole minute
---@param minutes integer
---@return table[]
function M.utc_minutes(from, minutes)
  local list = {}
  for i = 1, minutes do
    local t = from + (i - 1) * 60
    list[i] = os.date("!*t", t)
    list[i].t = t
  end
  return list
end

---The same on the walls of a zone; minutes that the walls show for the second time are left out.
---@param zone string
---@param from integer
---@param minutes integer
---@return table[]
function M.zone_minutes(zone, from, minutes)
  local lines, list, seen = {}, {}, {}
  for i = 1, minutes do lines[i] = "@" .. from + (i - 1) * 60 end
  local result = process.run({ "date", "-f", "-", "+%s %Y %m %d %H %M %u" }, { env = { TZ = zone },
    input = table.concat(lines, "\n") .. "\n" })
  for t, wall in result.out:gmatch("(%-?%d+) ([^\n]+)") do
    if not seen[wall] then
      seen[wall] = true
      local year, month, day, hour, minute, weekday = wall:match("^(%d+) (%d+) (%d+) (%d+) (%d+) (%d)$")
      list[#list + 1] = { t = math.tointeger(tonumber(t)), year = math.tointeger(tonumber(year)),
        month = math.tointeger(tonumber(month)), day = math.tointeger(tonumber(day)), hour = tonumber(hour),
        min = tonumber(minute), wday = tonumber(weekday) % 7 + 1 }
    end
  end
  return list
end

---The minutes of a list that match.
---@param expression string  cron(...)
---@param minutes table[]
---@param most? integer
---@return integer[]  epoch seconds
function M.firing(expression, minutes, most)
  local fields, found = {}, {}
  for word in expression:match("^cron%((.*)%)$"):gmatch("%S+") do
    local items = {}
    for item in word:gmatch("[^,]+") do items[#items + 1] = item end
    fields[#fields + 1] = items
  end
  for _, moment in ipairs(minutes) do
    if matches(fields, moment) then found[#found + 1] = moment.t end
    if #found == most then break end
  end
  return found
end

return M
