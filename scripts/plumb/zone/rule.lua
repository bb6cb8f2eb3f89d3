-- The rule at the end of a time zone file, such as "CET-1CEST,M3.5.0,M10.5.0/3": how the offset changes in
-- all the years after the last change that the file lists.
-- RFC 9636, section 3.3.1, and POSIX, "Other Environment Variables", TZ.

local calendar = require "plumb.calendar"

local rule = {}

local function name_of(text, at)
  local name = text:match("^<([%w+-]+)>", at)
  if name then return name, at + #name + 2 end
  name = text:match("^%a%a%a+", at)
  if name then return name, at + #name end
end

-- "[+-]hh[:mm[:ss]]" in seconds; hours up to 167, as version 3 of the format has it.
local function span_of(text, at)
  local sign, hours, after = text:match("^([+-]?)(%d%d?%d?)()", at)
  if not hours then return nil end
  local minutes, after_minutes = text:match("^:(%d%d)()", after)
  local seconds, after_seconds
  if minutes then seconds, after_seconds = text:match("^:(%d%d)()", after_minutes) end
  local value = tonumber(hours) * 3600 + tonumber(minutes or 0) * 60 + tonumber(seconds or 0)
  return math.tointeger(sign == "-" and -value or value), after_seconds or after_minutes or after
end

-- When in a year it happens: { kind, ... } and the second of that day, 02:00:00 unless told.
local function date_of(text, at)
  local month, week, day, after = text:match("^,M(%d%d?)%.(%d)%.(%d)()", at)
  local date
  if month then
    date = { kind = "weekday", month = tonumber(month), week = tonumber(week), day = tonumber(day) }
    if date.month < 1 or date.month > 12 or date.week < 1 or date.week > 5 or date.day > 6 then return nil end
  else
    local julian, number, behind = text:match("^,(J?)(%d%d?%d?)()", at)
    if not number then return nil end
    date, after = { kind = julian == "J" and "no leap day" or "day", day = tonumber(number) }, behind
  end
  date.second = 7200
  if text:sub(after, after) == "/" then
    date.second, after = span_of(text, after + 1)
    if not date.second then return nil end
  end
  return date, after
end

---Reads a rule.
---@param text string  "" for a zone that says nothing about later years
---@return { offset: integer, name: string, dst: { offset: integer, name: string, from: table, to: table }? }|nil
function rule.parse(text)
  local name, at = name_of(text, 1)
  local west
  if name then west, at = span_of(text, at) end
  if not west then return nil end
  local made = { name = name, offset = -west }
  if at > #text then return made end
  local dst = { offset = made.offset + 3600 }
  dst.name, at = name_of(text, at)
  if not dst.name then return nil end
  if text:find("^[+%-%d]", at) then
    west, at = span_of(text, at)
    if not west then return nil end
    dst.offset = -west
  end
  dst.from, at = date_of(text, at)
  if dst.from then dst.to, at = date_of(text, at) end
  if not dst.to or at <= #text then return nil end
  made.dst = dst
  return made
end

-- The day number on which it happens in a year.
local function day_in(date, year)
  local first = calendar.day_number(year, 1, 1)
  if date.kind == "day" then return first + date.day end
  if date.kind == "no leap day" then
    return first + date.day - 1 + (calendar.is_leap(year) and date.day >= 60 and 1 or 0)
  end
  local start = calendar.day_number(year, date.month, 1)
  local day = start + (date.day + 1 - calendar.weekday(start)) % 7 + (date.week - 1) * 7
  local last = start + calendar.month_length(year, date.month) - 1
  return day > last and day - 7 or day -- week 5 is the last one
end

---The changes of a year, in order.
---@param made table  from parse
---@param year integer
---@return { at: integer, offset: integer, name: string }[]
function rule.changes(made, year)
  local dst = made.dst
  if not dst then return {} end
  local on = { at = day_in(dst.from, year) * calendar.DAY + dst.from.second - made.offset, offset = dst.offset,
    name = dst.name }
  local off = { at = day_in(dst.to, year) * calendar.DAY + dst.to.second - dst.offset, offset = made.offset,
    name = made.name }
  if on.at < off.at then return { on, off } end
  return { off, on }
end

return rule
