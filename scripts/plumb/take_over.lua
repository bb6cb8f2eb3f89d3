-- On a new or lost state file, the items that exist are taken over instead of made again: those of one finding, and
-- those of groups for every practice that they list. Items of a grouping that the policy no longer has count as well.

local legacy_of = require "plumb.migrate.legacy"
local open = require "plumb.open"
local problem = require "plumb.problem"
local recall = require "plumb.recall"

-- Lets items pass by and notes what they are: how many open ones of the Python solution are not adopted yet, and
-- the open ones of groups.
local function noting(each, notes)
  return function()
    local found = each()
    if found and found.open and legacy_of.is_one(found) then notes.legacy = notes.legacy + 1 end
    if found and found.open and recall.is_group(found) then table.insert(notes.groups, found) end
    return found
  end
end

-- Items that another tool made for the same practices would all be made a second time.
local function check_legacy(plumb, n)
  if n == 0 or plumb.args.ignore_legacy or plumb.args.dry_run then return end
  problem.raise {
    id = "E113", what = ("%d open OpsItems of the Python solution are not adopted yet"):format(n),
    where = plumb.place or plumb.region,
    because = "this scan would make a second item for each of their practices",
    fix = "plumb migrate opsitems   adopts them; plumb scan --ignore-legacy makes new ones all the same",
  }
end

-- Groups by their own key, and by the keys of the findings that their items list.
local function index_groups(plumb, items)
  local by_key, by_finding = {}, {}
  for _, found in ipairs(items) do
    local record, members = recall.group(found, plumb.sink.name, plumb.time.now())
    if record and not by_key[record.key] then
      local entry = { record = record, found = found, steps = {} }
      by_key[record.key] = entry
      for _, member in ipairs(members) do by_finding[member.key] = entry end
    end
  end
  return by_key, by_finding
end

local function adopt_group(plumb, plan, entry)
  if entry.adopted then return end
  entry.adopted = true
  plan.taken_over = (plan.taken_over or 0) + 1
  if plumb.args.dry_run then
    entry.record.status, entry.record.item_id = "open", entry.found.id
    plan.groups[entry.record.key] = entry.record
  else
    plumb.opener:adopt_group(entry.record, entry.found, entry.steps)
  end
end

---Takes the creates of a plan out of it for which there is an item already; when the state knows something, that is
---what it is for. Waits; raises a plumb.Problem E113 before items of another tool.
---@param plumb plumb.Context  the place
---@param plan plumb.Plan      not gathered yet
return function(plumb, plan)
  local notes, steps = { legacy = 0, groups = {} }, {}
  local standing = open.standing(noting(plumb.sink:each(), notes))
  local by_key, by_finding = index_groups(plumb, notes.groups)
  check_legacy(plumb, notes.legacy)
  for _, step in ipairs(plan.steps) do
    local key = step.kind == "create" and step.finding.key
    local existing, entry = key and standing[key], key and by_finding[key]
    if existing and existing.open then
      if not plumb.args.dry_run then plumb.opener:adopt(step.finding, existing) end
      plan.taken_over = (plan.taken_over or 0) + 1
    elseif entry then
      table.insert(entry.steps, step)
    else
      steps[#steps + 1] = step
    end
  end
  for _, entry in pairs(by_key) do
    if entry.steps[1] then adopt_group(plumb, plan, entry) end
  end
  for _, step in ipairs(steps) do
    local entry = step.group_key and by_key[step.group_key]
    if entry then adopt_group(plumb, plan, entry) end
  end
  plan.steps = steps
  plan.first_run = not plan.taken_over
end
