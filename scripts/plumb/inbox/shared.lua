-- A resolved item that stands for a group of findings: what the state knows of it, and what the item itself tells
-- where the state knows nothing. What is settled by it is what is still missing of what it stands for.

local group_item = require "plumb.item.group"
local group_of = require "plumb.group"
local item_of = require "plumb.item"
local recall = require "plumb.recall"

local shared = {}

local function resolved_of(found, item, of_group, records)
  local members = {}
  for i, record in ipairs(records) do members[i] = group_of.member(record, nil, found.id) end
  local finding
  if members[1] then
    finding = group_of.finding(of_group, members)
  else -- nothing is left to settle: the findings were, and only the item was not used up
    finding = { risk = of_group.risk, account = of_group.account, region = of_group.region,
      workload = { WorkloadName = of_group.workload_name }, lens = { LensArn = of_group.lens_arn },
      question = {}, choice = {} }
  end
  return {
    id = found.id, status = found.status, title = found.title, fields = found.fields,
    outcome_field = item_of.outcome(found.fields), finding = finding, item = item, record = of_group,
    members = records,
  }
end

-- Of the findings that the state says an item stands for, those that it lists. One that it does not list any more had
-- been dealt with when it was brought up to date, and the reply to that was lost: whoever resolved the item since did
-- not see it there.
local function sort_out(found, records)
  local lists, members, dropped = group_item.lists(found.fields), {}, {}
  for _, record in ipairs(records) do
    table.insert((not lists or lists(record)) and members or dropped, record)
  end
  return members, dropped
end

---What the resolving of a group's item is about, as plumb.inbox gives it, with `members`: the records of the findings
---to be settled; and `dropped`: of those that the item had taken off its list.
---@param store plumb.Store
---@param found table  the sink's item
---@param item table   its record
---@return table|nil  nil when the state knows no such group
function shared.known(store, found, item)
  local of_group, records = store:get("item_group", item.key), {}
  if not of_group then return nil end
  for record in store:each("finding", { item_id = found.id }) do
    if record.status == "open" and record.group_key == of_group.key then records[#records + 1] = record end
  end
  local members, dropped = sort_out(found, records)
  local resolved = resolved_of(found, item, of_group, members)
  resolved.dropped = dropped
  return resolved
end

---The same for an item that the state has never heard of. Findings that have been dealt with since, or have another
---item, are left alone.
---@param store plumb.Store
---@param found table  the sink's item
---@param sink_name string
---@param now number
---@return table|nil
---@return string? reason  why it cannot be told
function shared.recalled(store, found, sink_name, now)
  local of_group, listed = recall.group(found, sink_name, now)
  if not of_group then return nil, listed end
  local records = {}
  for _, record in ipairs(listed) do
    if not store:get("finding", record.key) then records[#records + 1] = record end
  end
  local item = { id = found.id, key = of_group.key, sink = sink_name, processed = false, at = now }
  return resolved_of(found, item, store:get("item_group", of_group.key) or of_group, records)
end

return shared
