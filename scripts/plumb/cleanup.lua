-- plumb cleanup: resolves plumb's open items in bulk without touching the Well-Architected Tool, for a team that
-- wants its board back. The Tool goes on saying that the practices are missing, so the state has to remember that
-- nobody wants items for them: they count as accepted, and are asked for again once somebody has dealt with them in
-- the Tool and they go missing once more. With --renew the next scan makes new items instead, by the policy as it is
-- then.
--
-- An item is plumb's when the state knows it. Others with a FindingKey are counted and left alone: plumb state rebuild
-- makes them known.

local apply = require "plumb.apply"
local errand = require "plumb.errand"
local finding_of = require "plumb.finding"
local freshness = require "plumb.freshness"
local glob = require "plumb.policy.glob"
local group_of = require "plumb.group"
local item_of = require "plumb.item"
local plural = require("plumb.view.narrate").plural
local recall = require "plumb.recall"

local cleanup = {}

local RENEWED = "closed by plumb cleanup --renew"

local COLUMNS = {
  { key = "id", title = "item", whole = true }, { key = "state", title = "in OpsCenter" }, { key = "risk" },
  { key = "workload", cut = true }, { key = "question" }, { key = "choice" }, { key = "title", cut = true },
}

local function any(values, globs)
  for _, value in ipairs(values) do
    if glob.any(value, globs) then return true end
  end
  return false
end

local function has(list, value)
  for _, entry in ipairs(list) do
    if entry == value then return true end
  end
  return false
end

-- Whether the flags mean this item. One that says nothing about its age is young.
local function is_meant(args, record, found, now)
  local workload_id = finding_of.parse_arn(record.workload_arn).resource:match "^workload/(.+)$"
  local names = { record.workload_name or workload_id, workload_id }
  if args.workload and not any(names, args.workload) then return false end
  if args.lens and not any({ record.lens_alias or record.lens_arn, record.lens_arn }, args.lens) then return false end
  if args.risk and not has(args.risk, record.risk) then return false end
  return not args.older_than or (found.created_at or now) <= now - args.older_than
end

-- Items of all places may lie in one account and Region; each place cleans up those of its own workloads.
local function belongs(place, record)
  return record.region == place.region and (not place.account or record.account == place.account)
end

-- An item that stands for a group is resolved when the flags mean all that it stands for.
local function add_group(plan, place, found, records, of_group)
  local members = {}
  for i, record in ipairs(records) do
    if not belongs(place, record) or not is_meant(place.args, record, found, place.time.now()) then return end
    members[i] = group_of.member(record, nil, found.id)
  end
  plan.steps[#plan.steps + 1] = { kind = place.args.renew and "obsolete" or "cleanup", record = of_group,
    group = { record = of_group, members = members, count = #members },
    reason = place.args.renew and RENEWED or item_of.CLEANED_UP, found = found, place = place }
end

local function add_known(plan, place, found, records)
  local of_group = records[1].group_key and place.store:get("item_group", records[1].group_key)
  if of_group then return add_group(plan, place, found, records, of_group) end
  for _, record in ipairs(records) do
    if belongs(place, record) and is_meant(place.args, record, found, place.time.now()) then
      plan.steps[#plan.steps + 1] = { kind = place.args.renew and "obsolete" or "cleanup", record = record,
        reason = place.args.renew and RENEWED or item_of.CLEANED_UP, found = found, place = place }
    end
  end
end

local function add_unknown(plan, place, found)
  local read = recall.is_group(found) and recall.group or recall.record
  local record = read(found, place.sink.name, place.time.now())
  if not record or belongs(place, record) and is_meant(place.args, record, found, place.time.now()) then
    plan.unknown = plan.unknown + 1
  end
end

local function add_item(plan, place, found)
  local records = {}
  for record in place.store:each("finding", { item_id = found.id }) do
    if record.status == "open" then records[#records + 1] = record end
  end
  if records[1] then
    add_known(plan, place, found, records)
  elseif found.key then
    add_unknown(plan, place, found)
  else
    plan.foreign = plan.foreign + 1
  end
end

local function draw_up(plumb)
  local plan = { steps = {}, unknown = 0, foreign = 0 }
  plan.problems = errand.in_places(plumb, function(place)
    for found in place.sink:each "open" do add_item(plan, place, found) end
  end)
  plan.partial = #plan.problems > 0
  return plan
end

local function row(step)
  local record = step.record
  return { id = record.item_id, state = step.found.status, risk = record.risk, workload = record.workload_name,
    lens = record.lens_alias or record.lens_arn, question = record.question_id or record.label,
    choice = record.choice_id, practices = step.group and step.group.count,
    account = record.account, region = record.region,
    title = step.found.title, key = record.key, created_at = step.found.created_at }
end

local function tally(plan)
  return ("Plan: %s to resolve in OpsCenter; nothing changes in the Well-Architected Tool."):format(
    plural(#plan.steps, "item"))
end

local function remarks(plan)
  local list = table.move(plan.problems, 1, #plan.problems, 1, {})
  if plan.unknown > 0 then
    list[#list + 1] = ("%d open items of plumb are not known to the state and were left alone; plumb state rebuild "
      .. "makes them known"):format(plan.unknown)
  end
  if plan.foreign > 0 then
    list[#list + 1] = ("%d open items with the same source have no FindingKey and were left alone; plumb migrate "
      .. "opsitems adopts those of the Python solution"):format(plan.foreign)
  end
  return list
end

-- Nothing moves in the Tool when an item is closed, so what the last scan read of these workloads is forgotten: the
-- next one reads them, and finds what is still missing.
local function make_due(plumb, plan)
  local arns = {}
  for _, step in ipairs(plan.steps) do arns[step.record.workload_arn] = true end
  for arn in pairs(arns) do freshness.forget(plumb.store, arn) end
end

-- Each place closes its own: a role that is refused concerns one account.
local function carry_out(plumb, plan)
  if plumb.args.renew then make_due(plumb, plan) end
  local outcomes, done = {}, {}
  for _, first in ipairs(plan.steps) do
    local place = first.place
    if not done[place] then
      done[place] = true
      local own = {}
      for _, step in ipairs(plan.steps) do
        if step.place == place then own[#own + 1] = step end
      end
      local some = apply.plan({ steps = own }, { opener = place.opener, policy = place.policy })
      table.move(some, 1, #some, #outcomes + 1, outcomes)
    end
  end
  return outcomes
end

---Cleans up behind a context. Waits.
---@param plumb plumb.Context
---@return integer exit_code  0; 5 when an item could not be resolved, is not known, or a place could not be read
function cleanup.run(plumb)
  return errand.run(plumb, {
    command = "cleanup", done = "resolved", columns = COLUMNS, row = row, tally = tally, remarks = remarks,
    draw_up = function() return draw_up(plumb) end,
    question = function(plan, place)
      return ("Resolve %s in %s without marking anything as done?"):format(plural(#plan.steps, "item"), place)
    end,
    left = function(plan) return plan.unknown + #plan.problems end,
    carry_out = function(plan) return carry_out(plumb, plan) end,
    document = function(plan)
      return { summary = { planned = #plan.steps, unknown = plan.unknown, foreign = plan.foreign } }
    end,
  })
end

return cleanup
