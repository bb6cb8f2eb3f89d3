-- The six fields of cron(minutes hours day-of-month month day-of-week year) as Amazon EventBridge reads
-- them, and the wall times they stand for. Knows nothing of zones: a wall time here is a number of seconds
-- since 1970-01-01T00:00:00 on the wall.
-- https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-scheduled-rule-pattern.html

local calendar = require "plumb.calendar"

local cron = {}

local MONTHS = { JAN = 1, FEB = 2, MAR = 3, APR = 4, MAY = 5, JUN = 6, JUL = 7, AUG = 8, SEP = 9, OCT = 10, NOV = 11,
  DEC = 12 }
local WEEKDAYS = { SUN = 1, MON = 2, TUE = 3, WED = 4, THU = 5, FRI = 6, SAT = 7 }

-- In the order in which they are written. `wraps` is where a range may run over the end: 20-2 hours.
local FIELDS = {
  { key = "minute", name = "minutes", low = 0, high = 59, wraps = true },
  { key = "hour", name = "hours", low = 0, high = 23, wraps = true },
  { key = "day", name = "day of month", low = 1, high = 31, wraps = true, question = true },
  { key = "month", name = "month", low = 1, high = 12, wraps = true, words = MONTHS },
  { key = "weekday", name = "day of week", low = 1, high = 7, wraps = true, words = WEEKDAYS, question = true },
  { key = "year", name = "year", low = 1970, high = 2199 },
}

cron.LAST_YEAR = 2199

-- ---- reading ----

-- One field being read. `at` is where its item begins, counted in the whole expression.
local Reader = {}
Reader.__index = Reader

function Reader:refuse(message, ...)
  error({ field = self.field.name, number = self.number, position = self.at, message = message:format(...) }, 0)
end

function Reader:value(text)
  local field = self.field
  local word = field.words and field.words[text:upper()]
  if word then return word end
  if not text:find("^%d+$") then
    if text == "" then self:refuse("a value is missing") end
    self:refuse("%q is no value; values are %d-%d%s", text, field.low, field.high,
      field.words and (field.words == MONTHS and " or JAN-DEC" or " or SUN-SAT") or "")
  end
  local value = #text <= 4 and math.tointeger(tonumber(text))
  if not value or value < field.low or value > field.high then
    self:refuse("%s is not within %d-%d", text, field.low, field.high)
  end
  return value
end

function Reader:step(text)
  local step = text:find("^%d+$") and #text <= 4 and math.tointeger(tonumber(text))
  local most = self.field.high - self.field.low + 1
  if not step or step < 1 or step > most then self:refuse("%q is no step; steps are 1-%d", text, most) end
  return step
end

-- From first to last, over the end of the field when the range wraps around.
function Reader:add_range(first, last, step)
  local field, set = self.field, self.set
  if last < first and not field.wraps then self:refuse("%d-%d runs backwards", first, last) end
  local size = field.high - field.low + 1
  local count = (last < first and last + size or last) - first
  for i = 0, count, step do set[(first + i - field.low) % size + field.low] = true end
end

function Reader:plain(item)
  local base, step = item:match("^(.-)/(.*)$")
  local stride = step and self:step(step) or 1
  base = base or item
  local first, last = base:match("^(.-)%-(.*)$")
  if base == "*" then
    self:add_range(self.field.low, self.field.high, stride)
  elseif first then
    self:add_range(self:value(first), self:value(last), stride)
  else
    local value = self:value(base)
    self:add_range(value, step and self.field.high or value, stride)
  end
end

-- L, LW and 15W of the day of month; whether it was one.
function Reader:day_special(item)
  local upper = item:upper()
  if upper == "L" then
    self.special.last = true
  elseif upper == "LW" then
    self.special.last_weekday = true
  elseif upper:find("^%w+W$") then
    self.special.nearest[#self.special.nearest + 1] = self:value(item:sub(1, -2))
  else
    return false
  end
  return true
end

-- L, 6L and 3#2 of the day of week; whether it was one.
function Reader:weekday_special(item)
  local day, nth = item:match("^(.-)#(.*)$")
  if day then
    if self.special.nth then self:refuse("there is a second #; an expression may have one") end
    if not nth:find("^[1-5]$") then self:refuse("%q is not which one of the month; 1-5 are", nth) end
    self.special.nth = { weekday = self:value(day), n = math.tointeger(tonumber(nth)) }
  elseif item:upper() == "L" then
    self.set[7] = true
  elseif item:upper():find("^%w+L$") then
    self.special.last[#self.special.last + 1] = self:value(item:sub(1, -2))
  else
    return false
  end
  return true
end

function Reader:item(item)
  if item:find("?", 1, true) then
    if not self.field.question then self:refuse("? stands for a day of month or a day of week only") end
    self:refuse("? stands alone")
  end
  local key = self.field.key
  if key == "day" and self:day_special(item) or key == "weekday" and self:weekday_special(item) then return end
  self:plain(item)
end

local function read_field(number, text, at)
  local field = FIELDS[number]
  local reader = setmetatable({ field = field, number = number, at = at, set = {} }, Reader)
  if field.key == "day" then reader.special = { nearest = {} } end
  if field.key == "weekday" then reader.special = { last = {} } end
  if text == "?" and field.question then return nil end
  for start, item in (text .. ","):gmatch("()([^,]*),") do
    reader.at = at + start - 1
    reader:item(item)
  end
  return { set = reader.set, special = reader.special }
end

local function sorted(set)
  local list = {}
  for value in pairs(set) do list[#list + 1] = value end
  table.sort(list)
  return list
end

local function words_of(text, at)
  local words = {}
  for start, word in text:gmatch("()(%S+)") do words[#words + 1] = { text = word, at = at + start - 1 } end
  return words
end

local function check_days(fields, words)
  if fields[3] and fields[5] then
    error({ field = FIELDS[5].name, number = 5, position = words[5].at,
      message = "day of month and day of week are both given; one of them must be ?" }, 0)
  elseif not fields[3] and not fields[5] then
    error({ field = FIELDS[5].name, number = 5, position = words[5].at,
      message = "day of month and day of week are both ?; one of them must be given" }, 0)
  end
end

---@class plumb.Cron
---@field package minutes integer[]
---@field package hours integer[]
---@field package months table<integer, true>
---@field package years table<integer, true>
---@field package day? table      nil for ?
---@field package weekday? table  nil for ?
local Cron = {}
Cron.__index = Cron

---Reads what stands between the parentheses. Raises { message, position, field?, number? } when it cannot.
---@param text string
---@param at integer  where text begins in the whole expression
---@return plumb.Cron
function cron.read(text, at)
  local words, fields = words_of(text, at), {}
  if #words ~= 6 then
    error({ position = words[7] and words[7].at or at + #text, message = ("%d fields; cron has six: minutes hours "
      .. "day-of-month month day-of-week year"):format(#words) }, 0)
  end
  for i = 1, 6 do fields[i] = read_field(i, words[i].text, words[i].at) end
  check_days(fields, words)
  return setmetatable({ minutes = sorted(fields[1].set), hours = sorted(fields[2].set), day = fields[3],
    months = fields[4].set, weekday = fields[5], years = fields[6].set }, Cron)
end

-- ---- finding ----

-- The working day nearest to a date, in the same month.
local function nearest_working_day(first, length, day)
  local weekday = calendar.weekday(first + day - 1)
  if weekday == 7 then return day > 1 and day - 1 or 3 end
  if weekday == 1 then return day < length and day + 1 or day - 2 end
  return day
end

local function days_by_date(field, first, length)
  local days = {}
  for day in pairs(field.set) do
    if day <= length then days[day] = true end
  end
  local special = field.special
  if special.last then days[length] = true end
  if special.last_weekday then days[nearest_working_day(first, length, length)] = true end
  for _, day in ipairs(special.nearest) do
    if day <= length then days[nearest_working_day(first, length, day)] = true end
  end
  return days
end

local function days_by_weekday(field, first, length)
  local days, special = {}, field.special
  local starts = calendar.weekday(first)
  local function first_of(weekday) return (weekday - starts) % 7 + 1 end
  for day = 1, length do
    if field.set[calendar.weekday(first + day - 1)] then days[day] = true end
  end
  for _, weekday in ipairs(special.last) do
    local day = first_of(weekday)
    days[day + (length - day) // 7 * 7] = true
  end
  local nth = special.nth
  local day = nth and first_of(nth.weekday) + (nth.n - 1) * 7
  if day and day <= length then days[day] = true end
  return days
end

-- The days of a month that match, in order.
local function days_of(self, year, month)
  local first, length = calendar.day_number(year, month, 1), calendar.month_length(year, month)
  if self.day then return sorted(days_by_date(self.day, first, length)) end
  return sorted(days_by_weekday(self.weekday, first, length))
end

-- Calls visit(wall) for the times of a day from a second of that day on, until it returns something.
local function visit_day(self, day, from, visit)
  for _, hour in ipairs(self.hours) do
    if hour * 3600 + 3540 >= from then
      for _, minute in ipairs(self.minutes) do
        local second = hour * 3600 + minute * 60
        local found = second >= from and visit(day * calendar.DAY + second)
        if found then return found end
      end
    end
  end
end

---Goes through the wall times from one on, in order, until visit(wall) returns something, which is returned;
---nil when the expression has come to its end.
---@generic T
---@param from integer  seconds on the wall
---@param last integer  not beyond this one
---@param visit fun(wall: integer): T?
---@return T?
function Cron:walk(from, last, visit)
  from = math.max(from, 0) -- fields begin in 1970
  local start = from // calendar.DAY
  local year, month = calendar.date(start)
  while year <= cron.LAST_YEAR and calendar.day_number(year, month, 1) * calendar.DAY <= last do
    if not self.years[year] then
      month = 12 -- on to the next year
    elseif self.months[month] then
      local first = calendar.day_number(year, month, 1)
      for _, day in ipairs(days_of(self, year, month)) do
        local number = first + day - 1
        local found = number >= start
          and visit_day(self, number, number == start and from % calendar.DAY or 0, visit)
        if found then return found end
      end
    end
    month = month + 1
    if month > 12 then year, month = year + 1, 1 end
  end
end

return cron
