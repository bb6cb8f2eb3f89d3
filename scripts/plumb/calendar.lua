-- Days of the Gregorian calendar as numbers, counted from 1970-01-01, which is day 0 and a Thursday. Only
-- what schedules and time zones need; moments and their texts are in plumb.time.

local calendar = {}

calendar.DAY = 86400 -- seconds

local LENGTHS = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 }

---@param year integer
---@return boolean
function calendar.is_leap(year)
  return year % 4 == 0 and (year % 100 ~= 0 or year % 400 == 0)
end

---@param year integer
---@param month integer  1 to 12
---@return integer days  28 to 31
function calendar.month_length(year, month)
  return month == 2 and calendar.is_leap(year) and 29 or LENGTHS[month]
end

---The number of a date. Years are counted from March here, so that a leap day is the last of its year.
---@param year integer
---@param month integer  1 to 12
---@param day integer
---@return integer
function calendar.day_number(year, month, day)
  local y = month <= 2 and year - 1 or year
  local era = y // 400
  local year_of_era = y - era * 400
  local day_of_year = (153 * ((month + 9) % 12) + 2) // 5 + day - 1
  return era * 146097 + year_of_era * 365 + year_of_era // 4 - year_of_era // 100 + day_of_year - 719468
end

---The date of a number.
---@param number integer
---@return integer year
---@return integer month
---@return integer day
function calendar.date(number)
  local shifted = number + 719468
  local era = shifted // 146097
  local rest = shifted - era * 146097
  local year_of_era = (rest - rest // 1460 + rest // 36524 - rest // 146096) // 365
  local day_of_year = rest - (365 * year_of_era + year_of_era // 4 - year_of_era // 100)
  local from_march = (5 * day_of_year + 2) // 153
  local month = from_march < 10 and from_march + 3 or from_march - 9
  local year = year_of_era + era * 400 + (month <= 2 and 1 or 0)
  return year, month, day_of_year - (153 * from_march + 2) // 5 + 1
end

---@param number integer
---@return integer weekday  1 for Sunday to 7 for Saturday, as in cron(...)
function calendar.weekday(number) return (number + 4) % 7 + 1 end

return calendar
