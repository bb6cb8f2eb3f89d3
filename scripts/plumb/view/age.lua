-- Moments as people say them: how long ago, how long, and since when to look.

local calendar = require "plumb.calendar"
local problem = require "plumb.problem"
local time = require "plumb.time"

local age = {}

local DAY = 86400

---How long something lasts: "40 s", "12 min", "3 h", "41 d".
---@param seconds number
---@return string
function age.span(seconds)
  seconds = math.max(0, math.floor(seconds))
  if seconds < 60 then return ("%d s"):format(seconds) end
  if seconds < 3600 then return ("%d min"):format(seconds // 60) end
  if seconds < 2 * DAY then return ("%d h"):format(seconds // 3600) end
  return ("%d d"):format(seconds // DAY)
end

---How long a moment is past.
---@param at number  epoch seconds
---@return string  "12 min ago"
function age.ago(at) return age.span(time.now() - at) .. " ago" end

---A column's `text`: a moment, written in ISO 8601, as how long it is past.
---@param iso string
---@return string
function age.of_iso(iso)
  local at = time.parse(iso)
  return at and age.span(time.now() - at) or iso
end

-- The same day and hour some months before; the last day of a month that is too short.
local function months_before(at, months)
  local year, month, day = calendar.date(math.floor(at) // DAY)
  local count = year * 12 + (month - 1) - months
  year, month = count // 12, count % 12 + 1
  day = math.min(day, calendar.month_length(year, month))
  return calendar.day_number(year, month, day) * DAY + math.floor(at) % DAY
end

local MONTHS = { m = 1, mo = 1, y = 12 }

-- A span back from now; m is a month here, since nobody asks for the history of some minutes.
local function before_now(text)
  local n, unit = text:match("^(%d%d?%d?)(%a+)$")
  if MONTHS[unit] then return months_before(time.now(), tonumber(n) * MONTHS[unit]) end
  local span = unit == "min" and tonumber(n) * 60 or text:find("%a$") and time.duration(text)
  return span and time.now() - span
end

---The moment that somebody means by "30d", "6m" (months), "1y", "12h", a date or a time. Raises E103.
---@param text string
---@param flag string  "--since"
---@return number  epoch seconds
function age.moment(text, flag)
  return before_now(text) or text:find("-", 1, true) and time.parse(text) or problem.raise { id = "E103",
    what = ("%s is not a moment for %s"):format(require("plumb.cli.printable").quote(text), flag),
    fix = ("how long ago: %s 30d, 12h, 4w, 6m (months), 1y; or a date: %s 2026-10-01"):format(flag, flag) }
end

return age
