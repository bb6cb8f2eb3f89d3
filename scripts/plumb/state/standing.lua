-- How things stand by the state alone: risks and their course, open items and their age, what could not be brought to
-- its end, the last runs. Reads only, and asks nobody.

local history = require "plumb.history"
local trend = require "plumb.trend"

local standing = {}

local DAY = 86400
local OLD = 90 * DAY    -- an open item of that age wants a word
local SPAN = 183 * DAY  -- how far the course of the risks is looked at

local STATUSES = { "open", "intended", "settled", "fixed", "accepted", "obsolete", "parked", "contested" }

-- Statuses that want somebody to look.
local UNFINISHED = { intended = true, parked = true, contested = true }

---@class plumb.Standing
---@field places { account: string, region: string, workloads: integer }[]
---@field risks { high: integer, medium: integer, points: plumb.TrendPoint[] }|nil  nil before the first scan
---@field items { open: integer, old: integer, resolved: integer, median_days: number? }
---@field findings table<string, integer>  by status
---@field unfinished table[]
---@field waiting integer        answers that were sent and not confirmed
---@field runs table<string, table>  the last that ended, by command

local function findings_of(store)
  local counts, unfinished, by_key = {}, {}, {}
  for _, status in ipairs(STATUSES) do counts[status] = 0 end
  for record in store:each("finding") do
    counts[record.status] = counts[record.status] + 1
    by_key[record.key] = record
    if UNFINISHED[record.status] then
      unfinished[#unfinished + 1] = {
        status = record.status, id = record.item_id, workload = record.workload_name,
        question = record.question_id, choice = record.choice_id,
        reason = record.reason or "a create whose outcome is not known yet; the next scan looks",
      }
    end
  end
  return counts, unfinished, by_key
end

---The number in the middle.
---@param numbers number[]
---@return number?
function standing.median(numbers)
  local n = #numbers
  if n == 0 then return nil end
  local sorted = table.move(numbers, 1, n, 1, {})
  table.sort(sorted)
  return n % 2 == 1 and sorted[n // 2 + 1] or (sorted[n // 2] + sorted[n // 2 + 1]) / 2
end

-- People take from the day on which the practice was first seen missing to that on which its item was used up.
local function items_of(store, by_key, now)
  local items, days = { open = 0, old = 0, resolved = 0 }, {}
  for item in store:each("item") do
    local record = by_key[item.key]
    if not item.processed then
      items.open = items.open + 1
      if item.at <= now - OLD then items.old = items.old + 1 end
    elseif record and record.item_id == item.id and not record.previous_item and record.status ~= "obsolete" then
      items.resolved = items.resolved + 1
      days[#days + 1] = math.max(0, item.at - record.first_seen) / DAY
    end
  end
  items.median_days = standing.median(days)
  return items
end

local function risks_of(store, now)
  local readings, places, by_place, seen = {}, {}, {}, {}
  for reading in store:each("reading") do
    readings[#readings + 1] = reading
    local name = reading.account .. " " .. reading.region
    if not by_place[name] then
      by_place[name] = { account = reading.account, region = reading.region, workloads = 0 }
      places[#places + 1] = by_place[name]
    end
    if not seen[reading.workload_arn] then
      seen[reading.workload_arn], by_place[name].workloads = true, by_place[name].workloads + 1
    end
  end
  if not readings[1] then return places end
  local records = history.all(store)
  local begins = trend.beginning(records, readings)
  local points = trend.points(records, (trend.moments(math.max(begins, now - SPAN), math.max(begins, now))))
  return places, { high = points[#points].high, medium = points[#points].medium, points = points }
end

local function last_runs(store)
  local last = {}
  for run in store:each("run") do
    local before = last[run.command]
    if run.ended_at and (not before or run.ended_at >= before.ended_at) then last[run.command] = run end
  end
  return last
end

-- Items that people resolved in a way that the last resolve did not understand: they wait for a word.
local function add_unclear(unfinished, store, run, by_key)
  for _, one in ipairs(run and run.summary and run.summary.unclear or {}) do
    local item = store:get("item", one.id)
    if item and not item.processed then
      local record = by_key[item.key] or {}
      unfinished[#unfinished + 1] = { status = "unclear", id = one.id, workload = record.workload_name,
        question = record.question_id, choice = record.choice_id, reason = one.reason }
    end
  end
end

---@param store plumb.Store
---@param now number  epoch seconds
---@return plumb.Standing
function standing.of(store, now)
  local counts, unfinished, by_key = findings_of(store)
  local places, risks = risks_of(store, now)
  local runs, waiting = last_runs(store), 0
  add_unclear(unfinished, store, runs.resolve, by_key)
  for _ in store:each("applying") do waiting = waiting + 1 end
  return { places = places, risks = risks, items = items_of(store, by_key, now), findings = counts,
    unfinished = unfinished, waiting = waiting, runs = runs }
end

return standing
