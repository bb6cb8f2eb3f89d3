-- On a new or lost state file, the items that are open are taken over before anything is read: those of one finding,
-- and those of groups for every practice that they list. What is read then is compared with them as on any other day,
-- so nothing is made twice, and an item whose practice was dealt with meanwhile is closed. Items of a grouping that
-- the policy no longer has count as well.

local finding_of = require "plumb.finding"
local legacy_of = require "plumb.migrate.legacy"
local overlay = require "plumb.store.overlay"
local places = require "plumb.places"
local problem = require "plumb.problem"
local rebuild = require "plumb.state.rebuild"
local recall = require "plumb.recall"

local take_over = {}

---@class plumb.TakenOver
---@field asked boolean   whether the list was read
---@field items integer   how many were taken over
---@field legacy integer  open items of the Python solution that nobody adopted yet

-- Where nothing is known because there is nothing, the list is asked for once in the time of a full check.
local function mark_of(plumb) return "items/" .. plumb.mark end

local function unfinished_mark(plumb) return rebuild.UNFINISHED .. "/" .. plumb.mark end

local function is_unfinished(plumb)
  return plumb.store:get("mark", rebuild.UNFINISHED) ~= nil or plumb.store:get("mark", unfinished_mark(plumb)) ~= nil
end

local function knows_nothing(plumb, is_here)
  for record in plumb.store:each("finding") do
    if is_here(plumb, record) then return false end
  end
  return true
end

local function was_asked_for(plumb)
  local mark = plumb.store:get("mark", mark_of(plumb))
  return mark ~= nil and plumb.time.now() < mark.value + plumb.policy.seconds("full_check")
end

---Whether an item is about a workload that is read in this place: one account may hold the items of many.
---@param plumb plumb.Context
---@param found table  the sink's item
---@param is_here fun(plumb: plumb.Context, record: table): boolean
---@return boolean
function take_over.belongs(plumb, found, is_here)
  local arn = recall.workload_arn(found.fields)
  local place = arn and finding_of.parse_arn(arn)
  return place ~= nil
    and (is_here(plumb, place) or places.wants_shared(plumb.policy) and place.region == plumb.region)
end

-- The open items that are plumb's; those of the Python solution are counted.
local function own_items(plumb, each, result, is_here)
  return function()
    for found in each do
      if legacy_of.is_one(found) then result.legacy = result.legacy + 1 end
      if found.open and found.key and take_over.belongs(plumb, found, is_here) then return found end
    end
  end
end

local function count_items(plan)
  local n, seen = 0, {}
  for _, step in ipairs(plan.steps) do
    if step.record and not seen[step.found.id] then
      seen[step.found.id], n = true, n + 1
    end
  end
  return n
end

-- What a dry run takes over is seen by this run alone.
local function shown_to(plumb, plan)
  local records = { finding = {}, item = {}, item_group = {} }
  for _, step in ipairs(plan.steps) do
    table.insert(records.finding, step.record)
    table.move(step.items, 1, #step.items, #records.item + 1, records.item)
  end
  for _, record in pairs(plan.groups) do table.insert(records.item_group, record) end
  return overlay.new(plumb.store, records)
end

---Takes over what is open when the state knows nothing of a place, or not all. Waits; raises the plumb.Error of a
---list that cannot be read to its end.
---@param plumb plumb.Context  the place
---@param is_here fun(plumb: plumb.Context, record: table): boolean  whether a record, or an ARN's parts, are of it
---@return plumb.TakenOver|nil  nil when the state knows something
function take_over.items(plumb, is_here)
  local unfinished = is_unfinished(plumb)
  if not unfinished and not knows_nothing(plumb, is_here) then return nil end
  local result = { asked = unfinished or not was_asked_for(plumb), items = 0, legacy = 0 }
  if not result.asked then return result end
  local now = plumb.time.now()
  local plan = rebuild.plan { store = plumb.store, each = own_items(plumb, plumb.sink:each "open", result, is_here),
    sink = plumb.sink.name, now = now }
  result.items = count_items(plan)
  if plumb.args.dry_run then
    rawset(plumb, "store", shown_to(plumb, plan))
  else
    rebuild.apply(plan, { store = plumb.store, now = now, run = plumb.run_id, unfinished = unfinished_mark(plumb) })
  end
  return result
end

-- The steps for practices that the state does not know; of the others it knows more than their items tell.
local function only_new(steps)
  local new = {}
  for _, step in ipairs(steps) do
    if step.action == "open" then new[#new + 1] = step end
  end
  return new
end

---Takes over open items that the state has never heard of: a list that lagged did not show them when it was new.
---Raises what the store raises.
---@param plumb plumb.Context  the place
---@param strays table[]       the sink's items, of this place
function take_over.strays(plumb, strays)
  if #strays == 0 then return end
  local now, at = plumb.time.now(), 0
  local function each()
    at = at + 1
    return strays[at]
  end
  local plan = rebuild.plan { store = plumb.store, each = each, sink = plumb.sink.name, now = now }
  plan.steps = only_new(plan.steps)
  rebuild.apply(plan, { store = plumb.store, now = now, run = plumb.run_id, unfinished = unfinished_mark(plumb) })
end

---Refuses to make items for practices that have one of another tool: all of them would be made a second time. Raises
---a plumb.Problem E113.
---@param plumb plumb.Context
---@param taken plumb.TakenOver
---@param creates boolean  whether the plan makes items
function take_over.check_legacy(plumb, taken, creates)
  if taken.legacy == 0 or not creates or plumb.args.ignore_legacy or plumb.args.dry_run then return end
  problem.raise {
    id = "E113", what = ("%d open OpsItems of the Python solution are not adopted yet"):format(taken.legacy),
    where = plumb.place or plumb.region,
    because = "this scan would make a second item for each of their practices",
    fix = "plumb migrate opsitems   adopts them; plumb scan --ignore-legacy makes new ones all the same",
  }
end

---A write that notes that the items of a place were asked for, for the end of a run that was carried out.
---@param plumb plumb.Context
---@param taken plumb.TakenOver?
---@return table|nil write  nil when they were not
function take_over.noted(plumb, taken)
  if not taken or not taken.asked then return nil end
  local mark = plumb.store:get("mark", mark_of(plumb)) or { name = mark_of(plumb) }
  mark.value = plumb.time.now()
  return { "put", "mark", mark }
end

return take_over
