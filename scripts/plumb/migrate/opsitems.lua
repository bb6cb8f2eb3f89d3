-- Adopts the OpsItems that the Python Lambda solution left: the state gets to know the open ones, and they
-- get the searchable key by which plumb finds its items. Nothing is created, nothing is resolved, and what
-- is not certain is listed instead of guessed.
--
-- The order for each item: first the state, then the key. A crash in between leaves an item that the state
-- knows and that has no key yet, which the next run finds and completes; the other way round it would leave
-- an item that no run ever adopts.

local err = require "plumb.err"
local item_of = require "plumb.item"
local legacy = require "plumb.migrate.legacy"
local lens_of = require "plumb.migrate.lens_of"
local task = require "plumb.task"

local opsitems = {}

---@class plumb.AdoptionPlan
---@field steps { found: table, record: table, lens_arn: string, known: boolean }[]  `known`: only the key is missing
---@field duplicates { found: table, record: table, stands: string }[]  open items beside the one that stands
---@field left { found: table, reason: string, failed: boolean }[]  open items of which the practice is not certain
---@field resolved integer  items of that solution that are not open
---@field keyed integer     items that are plumb's already

-- Statuses of a finding that may become open again because an item is.
local DEALT_WITH = { settled = true, fixed = true, obsolete = true, contested = true }

local function oldest_first(a, b)
  local at_a, at_b = a.found.created_at or 0, b.found.created_at or 0
  if at_a ~= at_b then return at_a < at_b end
  return a.found.id < b.found.id
end

local function leave(plan, found, reason, failed)
  plan.left[#plan.left + 1] = { found = found, reason = reason, failed = failed or false }
end

-- Every item of ours, sorted out: open ones of the old solution, and which keys have an open item.
local function sort_out(plan, each)
  local open, by_key, seen = {}, {}, {}
  for found in each do
    local first = not seen[found.id]
    seen[found.id] = true
    if first and found.key then
      plan.keyed = plan.keyed + 1
      if found.open then by_key[found.key] = found.id end
    elseif first and legacy.is_one(found) and not found.open then
      plan.resolved = plan.resolved + 1
    elseif first and legacy.is_one(found) then
      open[#open + 1] = found
    end
  end
  return open, by_key
end

-- The items whose practice is certain, by the key of their finding.
local function identify(plan, open, options)
  local finder, groups, by_key = lens_of.new(options.client), {}, {}
  local members = task.map(open, function(found)
    local item, reason = legacy.read(found)
    if not item then return { reason = reason, failed = true } end
    local review, why, failed = finder:find(item)
    if not review then return { reason = why, failed = failed } end
    local record = legacy.record(item, review, options.sink.name, options.now)
    return { found = found, record = record, lens_arn = review.LensArn or record.lens_arn }
  end, { limit = options.parallel })
  for i, member in ipairs(members) do
    if not member.record then
      leave(plan, open[i], member.reason, member.failed)
    else
      local key = member.record.key
      if not by_key[key] then
        by_key[key] = {}
        groups[#groups + 1] = by_key[key]
      end
      table.insert(by_key[key], member)
    end
  end
  return groups
end

local function named(group, id)
  for _, member in ipairs(group) do
    if member.found.id == id then return member end
  end
end

-- The finding's record as it is to be, on top of the one that the state has.
local function on_top(record, known)
  if not known then return record end
  local new = {}
  for name, value in pairs(record) do new[name] = value end
  new.version, new.first_seen, new.previous_item = known.version, known.first_seen, known.item_id or known.previous_item
  return new
end

-- Which item of a group is adopted: its step, or the id of the item that stands already, or why none can be.
local function choose(group, known, keyed_id)
  if keyed_id then return nil, keyed_id end
  local oldest = group[1]
  if not known or DEALT_WITH[known.status] then
    return { found = oldest.found, record = on_top(oldest.record, known), lens_arn = oldest.lens_arn, known = false }
  elseif known.status == "open" then
    local member = named(group, known.item_id)
    if not member then return nil, known.item_id end
    return { found = member.found, record = known, lens_arn = member.lens_arn, known = true }
  elseif known.status == "intended" then
    return nil, nil, "an earlier create for its practice may still be on its way; run plumb scan first"
  end
  return nil, nil, ("the state has its practice as %s"):format(known.status)
end

local function add_group(plan, group, store, by_key)
  table.sort(group, oldest_first)
  local key = group[1].record.key
  local step, stands, reason = choose(group, store:get("finding", key), by_key[key])
  plan.steps[#plan.steps + 1] = step
  for _, member in ipairs(group) do
    if reason then
      leave(plan, member.found, reason, true)
    elseif not step or member.found ~= step.found then
      plan.duplicates[#plan.duplicates + 1] = { found = member.found, record = member.record,
        stands = stands or step.found.id }
    end
  end
end

---What there is to adopt. Changes nothing. Waits; raises when the list of items cannot be read completely.
---@param options { client: table, store: plumb.Store, sink: table, now: number, parallel: integer }
---@return plumb.AdoptionPlan
function opsitems.plan(options)
  local plan = { steps = {}, duplicates = {}, left = {}, resolved = 0, keyed = 0 }
  local open, by_key = sort_out(plan, options.sink:each())
  for _, group in ipairs(identify(plan, open, options)) do add_group(plan, group, options.store, by_key) end
  return plan
end

local function remember(options, step)
  local record, id = step.record, step.found.id
  local item = options.store:get("item", id) or { id = id }
  item.key, item.sink, item.processed, item.outcome, item.at = record.key, step.sink.name, false, nil, options.now()
  assert(options.store:commit({ { "put", "finding", record }, { "put", "item", item } }, {
    { at = options.now(), run = options.run, operation = "adopt", resource = id,
      detail = { finding = record.key, title = record.title, from = "opsitems" } },
  }))
end

-- Somebody deleted the item between the list and the write.
local function forget(options, step)
  local record, item = options.store:get("finding", step.record.key), options.store:get("item", step.found.id)
  record.status, record.reason = "obsolete", "its item does not exist any more"
  item.processed, item.outcome, item.at = true, "obsolete", options.now()
  assert(options.store:commit { { "put", "finding", record }, { "put", "item", item } })
end

local function adopt(options, step)
  if not step.known then remember(options, step) end
  local done, failure = step.sink:update(step.found.id, { fields = {
    [item_of.KEY_FIELD] = step.record.key, LensArn = step.lens_arn,
    WorkloadId = step.record.workload_arn:match("workload/(.+)$"),
  } })
  if done then return { step = step, status = "adopted" } end
  if failure.gone then forget(options, step) end
  return { step = step, status = "failed", error = failure }
end

-- What ends the run: without credentials or a disk that takes the state the others would fail as well.
local function is_fatal(failure)
  return not err.is(failure) or failure.kind == "credentials" or failure.kind == "readonly"
    or failure.kind == "state" and failure.code ~= "Conflict"
end

---Adopts what a plan found, each item by itself. Waits.
---@param plan plumb.AdoptionPlan  each step with the `sink` it came from
---@param options { store: plumb.Store, now: fun(): number, run: string, parallel: integer }
---@return { step: table, status: "adopted"|"failed", error: plumb.Error? }[] outcomes
function opsitems.apply(plan, options)
  return task.map(plan.steps, function(step)
    local ok, outcome = pcall(adopt, options, step)
    if ok then return outcome end
    if is_fatal(outcome) then error(outcome, 0) end
    return { step = step, status = "failed", error = outcome }
  end, { limit = options.parallel })
end

return opsitems
