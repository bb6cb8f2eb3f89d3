-- Single values as text and back: numbers, booleans, timestamps in the three
-- formats that service models name, blobs in base64. What holds several values
-- is the business of the protocols.

local digest = require "plumb.digest"
local json = require "plumb.json"
local time = require "plumb.time"

local value = {}

local DAYS = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" }
local MONTHS = { "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" }
local INTEGERS = { integer = true, long = true, short = true, byte = true, bigInteger = true }
local FLOATS = { float = true, double = true, bigDecimal = true }
local WORDS_FOR_FLOATS = { NaN = 0 / 0, Infinity = math.huge, ["-Infinity"] = -math.huge }

---A number in the shortest form that reads back the same; "NaN", "Infinity" and
---"-Infinity" for what has no digits.
---@param number number
---@return string
function value.number(number)
  local integer = math.tointeger(number)
  if integer then return ("%d"):format(integer) end
  if number ~= number then return "NaN" end
  if number == math.huge then return "Infinity" end
  if number == -math.huge then return "-Infinity" end
  local text = ("%.15g"):format(number)
  return tonumber(text) == number and text or ("%.17g"):format(number)
end

local function http_date(seconds)
  local d = os.date("!*t", seconds)
  return ("%s, %02d %s %04d %02d:%02d:%02d GMT")
    :format(DAYS[d.wday], d.day, MONTHS[d.month], d.year, d.hour, d.min, d.sec)
end

local function iso_date(seconds, fraction)
  local text = os.date("!%Y-%m-%dT%H:%M:%S", seconds)
  if fraction > 0 then text = text .. ("%.3f"):format(fraction):sub(2):gsub("0+$", "") end
  return text .. "Z"
end

---A point in time as text.
---@param moment number|string  epoch seconds, or text that plumb.time can parse
---@param format string  "iso8601", "rfc822" or "unixTimestamp"
---@return string
function value.timestamp(moment, format)
  local seconds = type(moment) == "number" and moment or time.parse(moment)
  if not seconds then error(("%q is not a point in time"):format(tostring(moment))) end
  if format == "unixTimestamp" then return value.number(seconds) end
  local whole = math.floor(seconds)
  -- To the millisecond: what is left of a float's fraction beyond that is noise.
  local fraction = math.floor((seconds - whole) * 1000 + 0.5) / 1000
  if fraction >= 1 then whole, fraction = whole + 1, 0 end
  if format == "rfc822" then return http_date(whole) end
  return iso_date(whole, fraction)
end

---The function that turns a value of a shape into text, for paths, queries,
---headers and forms.
---@param shape table      a scalar shape
---@param reference table  the reference to it; its timestampFormat goes before the shape's
---@param default_format string  the timestamp format where neither names one
---@return fun(value: any): string
function value.writer(shape, reference, default_format)
  if shape.type == "timestamp" then
    local format = reference.timestampFormat or shape.timestampFormat or default_format
    return function(v) return value.timestamp(v, format) end
  elseif reference.jsonvalue or shape.jsonvalue then
    return function(v) return type(v) == "string" and v or json.encode(v) end
  elseif shape.type == "blob" then
    return digest.base64
  end
  return function(v)
    if type(v) == "number" then return value.number(v) end
    return tostring(v)
  end
end

---The function that reads a value of a shape from text; nil from it means that
---the text is none.
---@param shape table
---@return fun(text: string): any
function value.reader(shape)
  local kind = shape.type
  if kind == "boolean" then
    return function(text)
      if text == "true" then return true elseif text == "false" then return false end
    end
  elseif INTEGERS[kind] then
    return function(text) return math.tointeger(tonumber(text)) end
  elseif FLOATS[kind] then
    return function(text) return WORDS_FOR_FLOATS[text] or tonumber(text) end
  elseif kind == "timestamp" then
    return function(text) return tonumber(text) or time.parse(text) end
  elseif kind == "blob" then
    return digest.unbase64
  end
  return function(text) return text end
end

value.INTEGERS, value.FLOATS, value.WORDS_FOR_FLOATS = INTEGERS, FLOATS, WORDS_FOR_FLOATS

return value
