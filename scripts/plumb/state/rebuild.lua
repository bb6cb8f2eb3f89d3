-- The state made again from OpsCenter alone. Every item of ours says which practice it stands for: an
-- open one makes an open finding, one that is not open belongs to the past. Nobody knows any more whether
-- the resolution of such an item was written back, so it counts as used up: nothing is ever selected
-- because of it, and a practice that is still missing gets a new item from the next scan.
--
-- What the state knows already is not forgotten, so this also brings a restored backup up to date.

local item_of = require "plumb.item"
local outcome_of = require "plumb.policy.outcome"
local recall = require "plumb.recall"
local time = require "plumb.time"

local rebuild = {}

-- Writes in one transaction: few enough for every driver.
local WRITES_AT_ONCE = 40

---The mark that says: some of what OpsCenter shows is not in the state yet. A scan that sees it looks
---before it makes anything new.
rebuild.UNFINISHED = "rebuild/unfinished"

---@class plumb.RebuildStep
---@field action "open"|"renew"|"past"|"note"  a new open finding; one that is open again; one that was dealt
---  with; only items to be noted for a finding that the state knows
---@field found table     the item that decides
---@field record table?   the finding's record to be written
---@field items table[]   records of items to be written

---@class plumb.RebuildPlan
---@field steps plumb.RebuildStep[]
---@field duplicates { found: table, stands: string, record: table }[]  open items beside the one that stands
---@field unreadable { found: table, reason: string }[]  items with a key that say no finding
---@field unkeyed integer  items of a solution before plumb, without a key
---@field others integer   items with our source that are about something else
---@field known integer    items that the state knew already
---@field created table<string, integer>  by account: items made this calendar month
---@field groups table<string, table>  records of groups whose item is open, by key
---@field partial boolean?  not all steps are to be carried out now

local function newest_first(a, b)
  local at_a, at_b = a.created_at or 0, b.created_at or 0
  if at_a ~= at_b then return at_a > at_b end
  return a.id > b.id
end

-- An item without a record is counted or listed for what it is.
local function note_other(plan, found, reason)
  if found.key then
    plan.unreadable[#plan.unreadable + 1] = { found = found, reason = reason }
  elseif found.fields.QuestionId and found.fields.ChoiceId then
    plan.unkeyed = plan.unkeyed + 1
  else
    plan.others = plan.others + 1
  end
end

-- The findings that an item stands for; none, and why, when it does not say. Those that share it have `of_group`.
local function members_of(found, sink_name, now)
  if not recall.is_group(found) then
    local record, reason = recall.record(found, sink_name, now)
    return record and { { found = found, record = record } }, reason
  end
  local of_group, records = recall.group(found, sink_name, now)
  if not of_group then return nil, records end
  local members = {}
  for i, record in ipairs(records) do members[i] = { found = found, record = record, of_group = of_group } end
  return members
end

-- Items by the key of their finding, in the order in which the keys are first seen; each group has the
-- newest first. A list that changes while it is read may show an item twice.
local function by_finding(plan, each, sink_name, now)
  local groups, by_key, seen = {}, {}, {}
  for found in each do
    local members, reason
    if not seen[found.id] then members, reason = members_of(found, sink_name, now) end
    if not members and not seen[found.id] then note_other(plan, found, reason) end
    for _, member in ipairs(members or {}) do
      local key = member.record.key
      local group = by_key[key]
      if not group then
        group = { key = key }
        by_key[key], groups[#groups + 1] = group, group
      end
      group[#group + 1] = member
    end
    seen[found.id] = true
  end
  for _, group in ipairs(groups) do
    table.sort(group, function(a, b) return newest_first(a.found, b.found) end)
  end
  return groups
end

local function newest_open(group)
  for _, member in ipairs(group) do
    if member.found.open then return member end
  end
end

-- What people had decided about an item that is resolved: acceptance is the one outcome that lives in the
-- state alone, so it is read again from what they wrote on the item, or what a clean-up did.
local function past_status(found)
  local closed = found.fields[item_of.CLOSED_FIELD]
  if closed == item_of.CLEANED_UP then return "accepted", closed end
  if closed then return "fixed" end
  local outcome = outcome_of.normal(item_of.outcome(found.fields) or "implemented")
  if outcome and outcome.outcome == "accepted" then return "accepted", nil, outcome.expires end
  if outcome and outcome.outcome == "ignore" then return "accepted", "ignored" end
  return "settled"
end

local function new_record(group)
  local member = newest_open(group)
  if member then
    for _, other in ipairs(group) do
      if not other.found.open then
        member.record.previous_item = other.found.id
        break
      end
    end
    return "open", member
  end
  local record = group[1].record
  record.status, record.reason, record.accepted_until = past_status(group[1].found)
  return "past", group[1]
end

-- The finding's record as it has to be when an item stands for it that the state had not heard of.
local function renewed(record, found, now)
  local new = {}
  for name, value in pairs(record) do new[name] = value end
  new.previous_item = record.item_id ~= found.id and record.item_id or record.previous_item
  new.status, new.item_id, new.title, new.last_seen = "open", found.id, found.title, now
  new.reason = recall.doubt(found)
  new.intent_at, new.ambiguous_until, new.accepted_until, new.group_key = nil, nil, nil, nil
  return new
end

local function is_open(group, id)
  for _, member in ipairs(group) do
    if member.found.id == id then return member.found.open end
  end
  return false
end

-- An open item that the state has never heard of was made after the state's last word on its practice,
-- unless the item that the state names is itself still open.
local function overtaken(record, group, known)
  local member = newest_open(group)
  if not member or known.items[member.found.id] then return nil end
  if record.status == "open" and is_open(group, record.item_id) then return nil end
  return member
end

local function item_record(member, sink_name, now)
  local found, past = member.found, not member.found.open
  return { id = found.id, key = (member.of_group or member.record).key, sink = sink_name, processed = past,
    outcome = past and "past" or nil, at = now }
end

-- The item that the record named before: a newer one was made only when this one had come to its end.
local function used_up(known, id, now)
  local item = id and known.items[id]
  if not item or item.processed or known.noted[id] then return nil end
  local of_group = known.groups[item.key]
  if of_group and of_group.status == "open" and of_group.item_id == id then return nil end -- it stands for others
  local new = {}
  known.noted[id] = true -- an item that several findings share is written once
  for name, value in pairs(item) do new[name] = value end
  new.processed, new.outcome, new.at = true, "past", now
  return new
end

local function step_for(group, known, sink_name, now)
  local record, step = known.findings[group.key], { items = {} }
  for _, member in ipairs(group) do
    local id = member.found.id
    if not known.items[id] and not known.noted[id] then
      known.noted[id] = true
      step.items[#step.items + 1] = item_record(member, sink_name, now)
    end
  end
  if not record then
    local member
    step.action, member = new_record(group)
    step.found, step.record, step.of_group = member.found, member.record, member.of_group
    return step
  end
  local member = overtaken(record, group, known)
  if not member then
    step.action, step.found = "note", group[1].found
    return step.items[1] and step or nil
  end
  step.action, step.found, step.record = "renew", member.found, renewed(record, member.found, now)
  step.of_group, step.record.group_key = member.of_group, member.record.group_key
  step.items[#step.items + 1] = used_up(known, record.item_id, now)
  return step
end

local function note_duplicates(plan, group, record, told)
  if record.status ~= "open" then return end
  for _, member in ipairs(group) do
    local found = member.found
    if found.open and found.id ~= record.item_id and not told[found.id] then
      told[found.id] = true
      plan.duplicates[#plan.duplicates + 1] = { found = found, stands = record.item_id, record = record }
    end
  end
end

-- Counts items: those of this month, and those that the state knew. One that several findings share counts once.
local function count_items(plan, group, known, counted, now)
  local month = time.iso(now):sub(1, 7)
  for _, member in ipairs(group) do
    local created_at, account, id = member.found.created_at, member.record.account, member.found.id
    if not counted[id] then
      if created_at and time.iso(created_at):sub(1, 7) == month then
        plan.created[account] = (plan.created[account] or 0) + 1
      end
      plan.known = plan.known + (known.items[id] and 1 or 0)
    end
    counted[id] = true
  end
end

-- A group whose item is open and stands for a finding is open; what the item says is looked at by the next scan.
local function note_group(plan, step, known)
  local record = step and step.record and step.record.status == "open" and step.of_group
  local stored = record and known.groups[record.key]
  if not record or stored and stored.status == "open" and stored.item_id == record.item_id then return end
  record.version, record.previous_item = stored and stored.version, stored and stored.item_id
  plan.groups[record.key] = plan.groups[record.key] or record
end

local function known_to(store)
  local known = { findings = {}, items = {}, groups = {}, noted = {} } -- noted: ids of items with a write already
  for record in store:each("item_group") do known.groups[record.key] = record end
  for record in store:each("finding") do known.findings[record.key] = record end
  for record in store:each("item") do known.items[record.id] = record end
  return known
end

---What the state lacks of what OpsCenter shows. Changes nothing. Waits where `each` does, and raises what
---it raises.
---@param options { store: plumb.Store, each: fun(): table?, sink: string, now: number }  every item of
---  every place, and the name of the sink
---@return plumb.RebuildPlan
function rebuild.plan(options)
  local plan = { steps = {}, duplicates = {}, unreadable = {}, unkeyed = 0, others = 0, known = 0, created = {},
    groups = {} }
  local now, counted, told = options.now, {}, {}
  local groups, known = by_finding(plan, options.each, options.sink, now), known_to(options.store)
  for _, group in ipairs(groups) do
    local step = step_for(group, known, options.sink, now)
    plan.steps[#plan.steps + 1] = step
    note_duplicates(plan, group, step and step.record or known.findings[group.key], told)
    note_group(plan, step, known)
    count_items(plan, group, known, counted, now)
  end
  return plan
end

-- The month's count of new items, on which the budget rests; see plumb.open.
local function month_marks(store, plan, now)
  local writes = {}
  for account, count in pairs(plan.created) do
    local name = ("created/%s/%s"):format(account, time.iso(now):sub(1, 7))
    local mark = store:get("mark", name) or { name = name, value = 0 }
    if mark.value < count then
      mark.value = count
      writes[#writes + 1] = { "put", "mark", mark }
    end
  end
  return writes
end

local function entry_of(step, now, run)
  local record = step.record
  return { at = now, run = run, operation = "rebuild", resource = step.found.id,
    detail = { finding = record and record.key or step.items[1] and step.items[1].key,
      status = record and record.status, items = #step.items } }
end

---Writes what a plan found, and that it is unfinished until all of it is written: a crash between two of
---the transactions leaves a part that the next rebuild completes. Raises what the store raises; another
---writer meanwhile is a plumb.Error "Conflict".
---@param plan plumb.RebuildPlan
---@param options { store: plumb.Store, now: number, run: string, unfinished: string? }  unfinished: another mark than
---  UNFINISHED
function rebuild.apply(plan, options)
  local store, now, name = options.store, options.now, options.unfinished or rebuild.UNFINISHED
  local unfinished = store:get("mark", name)
  if not unfinished and plan.steps[1] then
    unfinished = { name = name, value = now }
    assert(store:commit { { "put", "mark", unfinished } })
  end
  local writes, trail = month_marks(store, plan, now), {}
  for _, record in pairs(plan.groups) do writes[#writes + 1] = { "put", "item_group", record } end
  local function flush()
    while #writes > WRITES_AT_ONCE do -- groups, before the first step
      assert(store:commit(table.move(writes, 1, WRITES_AT_ONCE, 1, {})))
      writes = table.move(writes, WRITES_AT_ONCE + 1, #writes, 1, {})
    end
    if writes[1] then assert(store:commit(writes, trail)) end
    writes, trail = {}, {}
  end
  for _, step in ipairs(plan.steps) do
    for _, item in ipairs(step.items) do
      writes[#writes + 1] = { "put", "item", item }
      if #writes >= WRITES_AT_ONCE then flush() end
    end
    if step.record then writes[#writes + 1] = { "put", "finding", step.record } end
    trail[#trail + 1] = entry_of(step, now, options.run)
    if #writes >= WRITES_AT_ONCE then flush() end
  end
  if unfinished and not plan.partial then writes[#writes + 1] = { "delete", "mark", unfinished } end
  flush()
end

return rebuild
