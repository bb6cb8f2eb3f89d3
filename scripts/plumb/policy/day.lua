-- The day until which a risk is accepted, in the ways that people write one. What could be read in two ways is
-- refused: 06/07/2027 is a day in June for one colleague and in July for the next.

local time = require("plumb.time")

local M = {}

local MONTHS = { "january", "february", "march", "april", "may", "june", "july", "august", "september", "october",
  "november", "december" }

local ORDINALS = { [""] = true, st = true, nd = true, rd = true, th = true }

local FOREVER = { forever = true, permanently = true, indefinitely = true }

-- "jun", "sept" and "June" are the sixth, ninth and sixth month.
local function month_of(word)
  local lower = word:lower()
  for i, name in ipairs(MONTHS) do
    if #lower >= 3 and (name:sub(1, #lower) == lower) then
      return i
    end
  end
end

local function midnight(year, month, day)
  return month and time.parse(("%04d-%02d-%02dT00:00:00Z"):format(year, month, day))
end

-- Each answers a moment, false for a day that there is not, or nil when the text has another form.
local FORMS = {
  function(text) -- 2027-06-30, 2027/6/30, 2027.06.30
    local year, _, month, day = text:match("^(%d%d%d%d)([-/.])(%d%d?)%2(%d%d?)$")
    return year and (midnight(year, month, day) or false)
  end,
  function(text) -- 2027-06-30T12:00:00+02:00
    if text:find("^%d%d%d%d%-%d%d%-%d%d[T ]%d") then
      return time.parse(text) or false
    end
  end,
  function(text) -- 30.06.2027
    local day, month, year = text:match("^(%d%d?)%.%s*(%d%d?)%.%s*(%d%d%d%d)$")
    return year and (midnight(year, month, day) or false)
  end,
  function(text) -- 30 June 2027, 30. June 2027, 30-Jun-2027, 30th of June 2027
    local day, suffix, word, year = text:match("^(%d%d?)(%l?%l?)%.?[%s-]+([%a%s]+)%.?,?[%s-]+(%d%d%d%d)$")
    if not year or not ORDINALS[suffix] then
      return nil
    end
    return midnight(year, month_of((word:gsub("^of%s+", ""))), day) or false
  end,
  function(text) -- June 30, 2027
    local word, day, year = text:match("^(%a+)%.?[%s-]+(%d%d?)%l?%l?,?[%s-]+(%d%d%d%d)$")
    return year and (midnight(year, month_of(word), day) or false)
  end,
}

---A day as it is shown: 2027-06-30, or the moment when it is not midnight in UTC.
---@param moment number  epoch seconds
---@return string
function M.text(moment)
  local iso = time.iso(moment)
  return (iso:gsub("T00:00:00Z$", ""))
end

---Reads the day in "until 2027-06-30".
---@param text string
---@return number|nil|false moment  epoch seconds, midnight UTC at the start of that day; false for "forever"; nil when
---  it is no day
---@return string? message          what is wrong with it
function M.read(text)
  local rest = text:gsub("^%s*[Uu]ntil%s+", ""):gsub("^%s*[Tt]ill?%s+", ""):gsub("^%s*[Uu]p to%s+", "")
  rest = rest:gsub("%s+$", "")
  if FOREVER[rest:lower()] then
    return false
  end
  for _, form in ipairs(FORMS) do
    local moment = form(rest)
    if moment then
      return moment
    elseif moment == false then
      return nil, ("there is no day '%s'; write it as 2027-06-30"):format(rest)
    end
  end
  if rest:find("^%d%d?/%d%d?/%d+$") then
    return nil, ("'%s' may be read in two ways; write the day as 2027-06-30"):format(rest)
  end
  return nil, ("'%s' is no date; write it as 2027-06-30"):format(rest)
end

return M
