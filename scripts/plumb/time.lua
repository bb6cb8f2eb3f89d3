-- Moments and spans. A moment is a number of seconds since 1970-01-01T00:00:00Z, and text only where it
-- meets the world. The one door to the clock, so that a test can say what time it is.

local clock = require("engine.clock")

---@class plumb.time
local time = {}

local source, steady = clock.now, clock.monotonic

---@return number seconds  since 1970, with a fraction
function time.now()
  return source()
end

---@return number seconds  since some moment; never jumps, good for differences only
function time.monotonic()
  return steady()
end

---Replaces the clock, for tests and for scripts that live in another time: now() and monotonic() ask fn;
---nil gives the real clocks back.
---@param fn? fun(): number
function time.set(fn)
  source, steady = fn or clock.now, fn or clock.monotonic
end

-- Writing ---------------------------------------------------------------------------------------

---@param t number
---@return string text  "2026-01-02T03:04:05Z"; the fraction is dropped
function time.iso(t)
  return os.date("!%Y-%m-%dT%H:%M:%SZ", math.floor(t)) --[[@as string]]
end

---@param t number
---@return string text  "20260102T030405Z", as in x-amz-date
function time.basic(t)
  return os.date("!%Y%m%dT%H%M%SZ", math.floor(t)) --[[@as string]]
end

-- Reading ---------------------------------------------------------------------------------------

local MONTHS = { Jan = 1, Feb = 2, Mar = 3, Apr = 4, May = 5, Jun = 6, Jul = 7, Aug = 8, Sep = 9, Oct = 10,
  Nov = 11, Dec = 12 }
local DAYS = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 }

local function is_leap(year)
  return year % 4 == 0 and (year % 100 ~= 0 or year % 400 == 0)
end

-- Days since 1970-01-01. Years are counted from March, so that a leap day is the last of its year.
local function days(year, month, day)
  local y = month <= 2 and year - 1 or year
  local month_from_march = (month + 9) % 12
  local era = y // 400
  local year_of_era = y - era * 400
  local day_of_year = (153 * month_from_march + 2) // 5 + day - 1
  return era * 146097 + year_of_era * 365 + year_of_era // 4 - year_of_era // 100 + day_of_year - 719468
end

-- All but `fraction` are strings of digits or numbers. nil when there is no such moment.
local function moment(year, month, day, hour, minute, second, fraction, offset)
  year, month, day = math.tointeger(tonumber(year)), math.tointeger(tonumber(month)), math.tointeger(tonumber(day))
  hour, minute = math.tointeger(tonumber(hour)), math.tointeger(tonumber(minute))
  second = math.tointeger(tonumber(second))
  if month < 1 or month > 12 or hour > 23 or minute > 59 or second > 60 then
    return nil
  end
  local last = (month == 2 and is_leap(year)) and 29 or DAYS[month]
  if day < 1 or day > last then
    return nil
  end
  local whole = days(year, month, day) * 86400 + hour * 3600 + minute * 60 + second - (offset or 0)
  local part = fraction and fraction ~= "" and tonumber("0." .. fraction) or 0
  return part > 0 and whole + part or whole
end

-- "Z", "+02:00", "-0530" and nothing at all as seconds east of UTC, or nil.
local function zone(text)
  if text == "" or text == "Z" or text == "z" then
    return 0
  end
  local sign, hours, minutes = text:match("^([+-])(%d%d):?(%d%d)$")
  if not sign or tonumber(hours) > 23 or tonumber(minutes) > 59 then
    return nil
  end
  local seconds = tonumber(hours) * 3600 + tonumber(minutes) * 60
  return sign == "-" and -seconds or seconds
end

-- ISO 8601: 2026-01-02T03:04:05.678+02:00, 2026-01-02 03:04, 2026-01-02, 20260102T030405Z.
local function parse_iso(text)
  local year, month, day, rest = text:match("^(%d%d%d%d)%-(%d%d)%-(%d%d)(.*)$")
  if not year then
    local y, mo, d, h, mi, s, z = text:match("^(%d%d%d%d)(%d%d)(%d%d)T(%d%d)(%d%d)(%d%d)(.*)$")
    local offset = y and zone(z)
    return offset and moment(y, mo, d, h, mi, s, nil, offset)
  elseif rest == "" then
    return moment(year, month, day, 0, 0, 0)
  end
  local hour, minute, tail = rest:match("^[Tt ](%d%d):(%d%d)(.*)$")
  if not hour then
    return nil
  end
  local second, after = tail:match("^:(%d%d)(.*)$")
  local fraction, zone_text = (after or ""):match("^[.,](%d+)(.*)$")
  local offset = zone(zone_text or after or tail)
  return offset and moment(year, month, day, hour, minute, second or 0, fraction, offset)
end

-- RFC 9110, 5.6.7: "Sun, 06 Nov 1994 08:49:37 GMT" and the two old forms.
local function parse_http(text)
  local day, month, year, h, m, s = text:match("^%a%a%a, (%d%d) (%a%a%a) (%d%d%d%d) (%d%d):(%d%d):(%d%d) GMT$")
  if not day then
    day, month, year, h, m, s = text:match("^%a+, (%d%d)%-(%a%a%a)%-(%d%d) (%d%d):(%d%d):(%d%d) GMT$")
    year = year and (tonumber(year) < 70 and "20" or "19") .. year
  end
  if not day then
    month, day, h, m, s, year = text:match("^%a%a%a (%a%a%a) ([ %d]%d) (%d%d):(%d%d):(%d%d) (%d%d%d%d)$")
  end
  return day and MONTHS[month] and moment(year, MONTHS[month], day, h, m, s)
end

---Reads a moment: ISO 8601 (a date alone is its midnight, no zone is UTC), an HTTP date, or seconds
---since 1970 as text.
---@param text string
---@return number|nil t  an integer when it has no fraction; nil when it is no moment
function time.parse(text)
  if type(text) ~= "string" then
    return nil
  end
  if text:find("^%-?%d+%.?%d*[eE]?[+-]?%d*$") and #text ~= 8 then
    local seconds = tonumber(text)
    return seconds and (math.tointeger(seconds) or seconds)
  end
  return parse_iso(text) or parse_http(text) or nil
end

-- Spans -----------------------------------------------------------------------------------------

local UNITS = { ms = 0.001, s = 1, m = 60, h = 3600, d = 86400, w = 604800 }

---Reads a span of time: "20m", "24h", "1h30m", "7d", "2w", "90s", "50ms". A number is seconds already.
---@param text string|number
---@return number|nil seconds
---@return string? message  what a span looks like
function time.duration(text)
  if type(text) == "number" then
    if text >= 0 and text < math.huge then
      return text
    end
    return nil, "a time span must be a number of seconds from 0 on"
  end
  local total, rest = 0, type(text) == "string" and text:gsub("%s+", "") or ""
  if rest == "" then
    return nil, "a time span looks like 20m, 24h, 1h30m or 7d"
  end
  while rest ~= "" do
    local amount, unit, after = rest:match("^(%d+%.?%d*)(%a+)(.*)$")
    if not UNITS[unit] then
      return nil, ("%q is no time span; one looks like 20m, 24h, 1h30m or 7d"):format(text)
    end
    total = total + tonumber(amount) * UNITS[unit]
    rest = after
  end
  return math.tointeger(total) or total
end

return time
