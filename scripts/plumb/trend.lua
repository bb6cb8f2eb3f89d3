-- Risks counted over time, and what changed between two moments, out of the history. Pure.

local calendar = require "plumb.calendar"
local history = require "plumb.history"

local trend = {}

local HOUR, DAY = 3600, 86400

-- The longest span that is looked at in steps of this length; beyond the last one steps are months.
local STEPS = { { 2 * DAY, HOUR }, { 35 * DAY, DAY }, { 100 * DAY, 7 * DAY } }

local function next_month(at)
  local year, month = calendar.date(at // DAY)
  if month == 12 then return calendar.day_number(year + 1, 1, 1) * DAY end
  return calendar.day_number(year, month + 1, 1) * DAY
end

---The moments at which to count: the first and the last, and whole hours, days, weeks or months between them.
---@param from number  epoch seconds
---@param to number
---@return integer[] moments
---@return "hour"|"day"|"week"|"month" step
function trend.moments(from, to)
  from, to = math.ceil(from), math.ceil(to) -- whole seconds, and no scan of this very second is left out
  local moments, span, length, name = { from }, to - from, nil, "month"
  for i, step in ipairs(STEPS) do
    if not length and span <= step[1] then length, name = step[2], ({ "hour", "day", "week" })[i] end
  end
  local at = length and (from // length + 1) * length or next_month(from)
  while at < to do
    moments[#moments + 1] = at
    at = length and at + length or next_month(at)
  end
  if to > from then moments[#moments + 1] = to end
  return moments, name
end

---When the history begins: nothing is known of the time before.
---@param records table[]   of kind `risk`
---@param readings table[]
---@return number?
function trend.beginning(records, readings)
  local first
  for _, list in ipairs { records, readings } do
    for _, record in ipairs(list) do
      if record.since then first = math.min(first or record.since, record.since) end -- what is live has no past
    end
  end
  return first
end

---@class plumb.TrendPoint
---@field at integer
---@field high integer
---@field medium integer

---How many risks there were at each moment.
---@param records table[]  of kind `risk`
---@param moments integer[]
---@return plumb.TrendPoint[]
function trend.points(records, moments)
  local points = {}
  for i, at in ipairs(moments) do
    local point = { at = at, high = 0, medium = 0 }
    for _, record in ipairs(history.at(records, at)) do
      local level = record.risk:lower()
      point[level] = (point[level] or 0) + 1
    end
    points[i] = point
  end
  return points
end

---Records by what they have in common.
---@param records table[]
---@param word fun(record: table): string
---@return { name: string, records: table[] }[]  by name
function trend.groups(records, word)
  local groups, by_name = {}, {}
  for _, record in ipairs(records) do
    local name = word(record)
    if not by_name[name] then
      by_name[name] = { name = name, records = {} }
      groups[#groups + 1] = by_name[name]
    end
    table.insert(by_name[name].records, record)
  end
  table.sort(groups, function(a, b) return a.name < b.name end)
  return groups
end

local RANK = { HIGH = 2, MEDIUM = 1 }

local function change_of(was, now)
  if not was then return "new" end
  if not now then return "gone" end
  local before, after = RANK[was.risk], RANK[now.risk]
  return after > before and "worse" or after < before and "better" or nil
end

local ORDER = { new = 1, worse = 2, better = 3, gone = 4 }

---@class plumb.RiskChange
---@field change "new"|"worse"|"better"|"gone"
---@field record plumb.RiskRow  as it is now, or was before it went
---@field was? "HIGH"|"MEDIUM"
---@field now? "HIGH"|"MEDIUM"

---What is different between the risks at one moment and those at another.
---@param before plumb.RiskRow[]
---@param after plumb.RiskRow[]
---@param key fun(row: plumb.RiskRow): string  what names a question
---@return plumb.RiskChange[]  new ones first
function trend.changes(before, after, key)
  local was, now, changes = {}, {}, {}
  for _, row in ipairs(before) do was[key(row)] = row end
  for _, row in ipairs(after) do now[key(row)] = row end
  local function add(row)
    local id = key(row)
    local change = change_of(was[id], now[id])
    if change then
      changes[#changes + 1] = { change = change, record = row, was = was[id] and was[id].risk,
        now = now[id] and now[id].risk }
    end
  end
  for _, row in pairs(now) do add(row) end
  for id, row in pairs(was) do
    if not now[id] then add(row) end
  end
  table.sort(changes, function(a, b)
    if a.change ~= b.change then return ORDER[a.change] < ORDER[b.change] end
    local ra, rb = RANK[a.now or a.was], RANK[b.now or b.was]
    if ra ~= rb then return ra > rb end
    return key(a.record) < key(b.record)
  end)
  return changes
end

return trend
