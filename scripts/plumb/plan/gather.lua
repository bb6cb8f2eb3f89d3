-- Gathers the actions of a plan that are about findings of one group into one step for each group. What the item of
-- a group says follows from all its findings, those that this run read and those that the state remembers, so that a
-- crash or a part of a reading never makes it say less than what is true.

local group_item = require "plumb.item.group"
local group_of = require "plumb.group"
local item_of = require "plumb.item"

local gather = {}

---The kind of step that only has a group looked at again.
gather.LOOK = "look"

---The key of the group whose item stands for a finding, or is to: items that exist keep to theirs whatever the policy
---says now.
---@param step plumb.Action
---@return string?
local function group_key(step)
  if step.group or step.resolved then return nil end
  if step.group_key then return step.group_key end
  local record = step.record
  return record and group_of.STANDING[record.status] and record.group_key or nil
end

local function stored_group(plan, key)
  return plan.groups[key] or plan.options.store:get("item_group", key)
end

-- Whether a record says whose item stands for it. One that was written for a group that was not written itself was
-- never sent: a run ended between the two.
local function has_place(plan, record)
  return record and group_of.STANDING[record.status]
    and (not record.group_key or stored_group(plan, record.group_key) ~= nil)
end

---Says which group an action belongs to; sets `group_key`, and `new_group` where the policy decides.
---@param plan plumb.Plan
---@param action plumb.Action
---@return plumb.Problem? problem  when the policy's function failed
function gather.assign(plan, action)
  if has_place(plan, action.record) or not action.finding then
    action.group_key = group_key(action)
    return nil
  end
  local made, failure = group_of.of(action.finding, plan.options.policy)
  if made then action.group_key, action.new_group = made.key, made end
  return failure
end

-- Steps by group in the order in which the groups are first met, and the steps of no group.
local function sort_out(steps)
  local rest, order, by_key = {}, {}, {}
  for _, step in ipairs(steps) do
    local key = group_key(step)
    if not key then
      rest[#rest + 1] = step
    elseif by_key[key] then
      table.insert(by_key[key], step)
    else
      by_key[key] = { key = key, step }
      order[#order + 1] = by_key[key]
    end
  end
  return rest, order
end

-- The records of a group's findings, by key. Those of a workload are read once for all its groups.
local function records_of(plan, workload_arn, key)
  local cache = plan.group_records
  if not cache or cache.workload_arn ~= workload_arn then
    cache = { workload_arn = workload_arn, by_group = {} }
    for record in plan.options.store:each("finding", { workload_arn = workload_arn }) do
      if record.group_key then
        cache.by_group[record.group_key] = cache.by_group[record.group_key] or {}
        table.insert(cache.by_group[record.group_key], record)
      end
    end
    plan.group_records = cache
  end
  return cache.by_group[key] or {}
end

-- Whether a finding that has been dealt with is still shown: with a mark, on the item that asked for it.
local function is_shown(record, of_group)
  return group_of.STANDING[record.status] or record.item_id ~= nil and record.item_id == of_group.item_id
    and of_group.status ~= "closed"
end

local function members_of(plan, of_group, actions)
  local members, by_key = {}, {}
  for _, action in ipairs(actions) do
    if action.kind ~= gather.LOOK then by_key[(action.finding or action.record).key] = action end
  end
  for _, record in ipairs(records_of(plan, of_group.workload_arn, of_group.key)) do
    local action = by_key[record.key] or plan.kept_members[record.key]
    if action or is_shown(record, of_group) then
      members[#members + 1] = group_of.member(action and action.record or record, action, of_group.item_id)
    end
    by_key[record.key] = nil
  end
  for _, action in ipairs(actions) do -- those that are new to the group
    if action.kind ~= gather.LOOK and by_key[(action.finding or action.record).key] == action then
      members[#members + 1] = group_of.member(action.record, action, of_group.item_id)
    end
  end
  return members
end

local function is_any_standing(members)
  for _, member in ipairs(members) do
    if member.standing then return true end
  end
  return false
end

local function needs_writing(members)
  for _, member in ipairs(members) do
    if member.joins or member.regraded or member.ends and group_of.STANDING[member.record.status] then return true end
  end
  return false
end

local function is_return(of_group, members)
  if of_group.item_id then return true end
  for _, member in ipairs(members) do
    if not member.again then return false end
  end
  return true
end

-- What has to be done: the item is made, brought up to date, or closed.
local function kind_of(of_group, members)
  local standing = is_any_standing(members)
  if standing and of_group.status == "open" and not of_group.reason then return "update" end
  if standing then return is_return(of_group, members) and "return" or "create" end
  for _, member in ipairs(members) do
    if member.ends and member.ends.status ~= "obsolete" then return "close" end
  end
  return "obsolete"
end

-- Why an item is closed: the reason of its practices where they have one in common.
local function reason_of(members)
  local reason
  for _, member in ipairs(members) do
    local own = member.ends and member.ends.reason
    if own and reason and own ~= reason then return "all its best practices were dealt with" end
    reason = own or reason
  end
  return reason or "all its best practices were dealt with"
end

local function count(members)
  local n = 0
  for _, member in ipairs(members) do n = n + (member.standing and 1 or 0) end
  return n
end

-- A clean-up of the item that was cut short is brought to its end; nobody wants what it asked for.
local function clean_up(of_group, members)
  for _, member in ipairs(members) do
    member.ends = member.ends or { status = "accepted", reason = item_of.CLEANED_UP }
  end
  return { kind = "close", reason = item_of.CLEANED_UP, members = members, of_group = of_group }
end

local function step_for(plan, of_group, actions)
  local members = members_of(plan, of_group, actions)
  if #members == 0 and not of_group.item_id then return nil end
  local step
  if of_group.status == "open" and of_group.reason == item_of.CLEANED_UP then
    step = clean_up(of_group, members)
  else
    step = { kind = kind_of(of_group, members) }
  end
  step.group = { record = of_group, members = members, count = count(members),
    label = actions[1].new_group and actions[1].new_group.label }
  step.record, step.place = of_group.version and of_group or nil, actions[1].place
  if step.kind == "close" or step.kind == "obsolete" then
    step.record, step.reason = of_group, step.reason or reason_of(members)
    return step
  end
  local failure
  step.item, failure, step.finding = group_item.make(of_group, members, plan.options.policy)
  if failure then
    plan:fail(failure, step.finding)
    return nil
  end
  local idle = step.kind == "update" and step.item.shown == of_group.shown and not needs_writing(members)
  return not idle and step or nil
end

local function wait(plan, actions)
  for _, action in ipairs(actions) do
    action.reason = "an earlier create may still be on its way"
    plan.waiting[#plan.waiting + 1] = action
  end
end

-- The record of a group, and whether it is one that was there before.
local function record_of(plan, key, actions)
  local stored = stored_group(plan, key)
  if stored then return stored, true end
  for _, action in ipairs(actions) do
    if action.new_group then return action.new_group, false end
  end
end

-- Adds the step of a group to a list, if it needs one.
local function take(plan, of_group, actions, list)
  if of_group.status == "intended" and (of_group.ambiguous_until or 0) > plan.options.now() then
    wait(plan, actions)
  else
    list[#list + 1] = step_for(plan, of_group, actions)
  end
end

---Makes the steps of the groups that are of one lens, when that was read: a review tells all that there is to know of
---them, and nobody has to remember its findings until the end. May wait.
---@param plan plumb.Plan
---@param actions plumb.Action[]  of findings of one review that have a group_key
---@return table[] steps
---@return plumb.Action[] rest  of groups over several lenses, for gather.steps
function gather.review(plan, actions)
  local rest, order = sort_out(actions)
  local steps = {}
  for _, own in ipairs(order) do
    local of_group, is_known = record_of(plan, own.key, own)
    if of_group and of_group.lens_arn then
      plan.gathered[own.key] = is_known or nil
      take(plan, of_group, own, steps)
    else
      table.move(own, 1, #own, #rest + 1, rest)
    end
  end
  return steps, rest
end

-- Whether a group has its step by a review, and nothing was added since.
local function is_done(plan, actions)
  for _, action in ipairs(actions) do
    if action.kind ~= gather.LOOK then return false end
  end
  return plan.gathered[actions.key] or false
end

---Puts one step for each group in the place of those for its findings. Does nothing the second time. May wait.
---@param plan plumb.Plan
function gather.steps(plan)
  local rest, order = sort_out(plan.steps)
  for _, actions in ipairs(order) do
    local of_group = record_of(plan, actions.key, actions)
    if not of_group then -- written for a group that was not: only their own records are left to be ended
      table.move(actions, 1, #actions, #rest + 1, rest)
    elseif not is_done(plan, actions) then
      take(plan, of_group, actions, rest)
    end
  end
  plan.steps, plan.group_records = rest, nil
end

return gather
