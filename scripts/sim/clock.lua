-- Times in the spellings of the wire. Own arithmetic instead of os.date, so that a virtual clock far from today and the
-- fraction of a second both come out right, and so that nothing depends on the machine's time zone.

local M = {}

local DAYS = { "Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed" } -- 1970-01-01 was a Thursday
local MONTHS = { "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" }

---Civil date of a day number (days since 1970-01-01), counting years from March so that leap days come last.
---@param days integer
---@return integer year, integer month, integer day
local function civil(days)
  local shifted = days + 719468
  local era = shifted // 146097
  local of_era = shifted - era * 146097
  local year = (of_era - of_era // 1460 + of_era // 36524 - of_era // 146096) // 365
  local of_year = of_era - (365 * year + year // 4 - year // 100)
  local month = (5 * of_year + 2) // 153
  local day = of_year - (153 * month + 2) // 5 + 1
  month = month < 10 and month + 3 or month - 9
  return year + era * 400 + (month <= 2 and 1 or 0), month, day
end

---@param year integer
---@param month integer
---@param day integer
---@return integer days  since 1970-01-01
local function day_number(year, month, day)
  year = month <= 2 and year - 1 or year
  local era = year // 400
  local of_era = year - era * 400
  local of_year = (153 * (month > 2 and month - 3 or month + 9) + 2) // 5 + day - 1
  return era * 146097 + of_era * 365 + of_era // 4 - of_era // 100 + of_year - 719468
end

---@param time number  epoch seconds
---@return table parts  year, month, day, hour, minute, second (integers), ms, days
local function split(time)
  local whole = math.floor(time)
  local days = whole // 86400
  local rest = whole - days * 86400
  local year, month, day = civil(days)
  return { year = year, month = month, day = day, hour = rest // 3600, minute = rest // 60 % 60, second = rest % 60,
    ms = math.floor((time - whole) * 1000 + 0.5) % 1000, days = days }
end

---"2026-01-02T03:04:05Z"; with `ms` the thousandths too.
---@param time number  epoch seconds
---@param ms boolean?
---@return string
function M.iso(time, ms)
  local p = split(time)
  local text = ("%04d-%02d-%02dT%02d:%02d:%02d"):format(p.year, p.month, p.day, p.hour, p.minute, p.second)
  return ms and ("%s.%03dZ"):format(text, p.ms) or text .. "Z"
end

---"20260102T030405Z", the form of x-amz-date.
---@param time number  epoch seconds
---@return string
function M.basic(time)
  return (M.iso(time):gsub("[-:]", ""))
end

---"Fri, 02 Jan 2026 03:04:05 GMT", the form of the Date header (RFC 9110 section 5.6.7).
---@param time number  epoch seconds
---@return string
function M.http(time)
  local p = split(time)
  return ("%s, %02d %s %04d %02d:%02d:%02d GMT"):format(DAYS[p.days % 7 + 1], p.day, MONTHS[p.month], p.year, p.hour,
    p.minute, p.second)
end

---Reads basic or extended ISO 8601 in UTC, with or without a fraction, or epoch seconds.
---@param text string
---@return number? time  epoch seconds; nil when the text is none of these
function M.parse(text)
  local y, mo, d, h, mi, s, rest = text:match("^(%d%d%d%d)%-?(%d%d)%-?(%d%d)T(%d%d):?(%d%d):?(%d%d)(%.?%d*)Z$")
  if not y then
    y, mo, d = text:match("^(%d%d%d%d)%-(%d%d)%-(%d%d)$")
    h, mi, s, rest = "0", "0", "0", ""
  end
  if not y then
    return text:match("^%d+%.?%d*$") and tonumber(text) or nil
  end
  local month, day = math.tointeger(mo), math.tointeger(d)
  if month < 1 or month > 12 or day < 1 or day > 31 then
    return nil
  end
  local seconds = day_number(math.tointeger(y), month, day) * 86400 + h * 3600 + mi * 60 + s
  return rest == "" and math.tointeger(seconds) or seconds + (tonumber("0" .. rest) or 0)
end

return M
