-- Systems Manager OpsCenter: OpsItems, their tags and events. Handlers by operation name.

local clock = require("sim.clock")
local fail = require("sim.fail")
local filter = require("sim.opsitem_filter")
local json = require("plumb.json")
local notify = require("sim.notify")
local opsitem = require("sim.opsitem")
local page = require("sim.page")
local review_of = require("sim.review")
local wire_json = require("sim.wire_json")

local M = { operations = {} }
local op = M.operations

local function find(ctx, id)
  local record = ctx.world.opsitem[id]
  if not record or record.deleted_at then
    fail.raise("OpsItemNotFoundException", ("OpsItem %s does not exist."):format(id))
  end
  return record
end

local function check_quota(ctx)
  local world, month = ctx.world, clock.iso(ctx.world:now()):sub(1, 7)
  world.created = world.created or {}
  local used = world.created[month] or 0
  if used >= ctx.sim.limits.opsitems_a_month then
    opsitem.limit("OpsItem", ctx.sim.limits.opsitems_a_month, "OpsItemsPerMonth",
      "The number of OpsItems that this account can create in a month is exhausted.")
  elseif #world.opsitems - (world.deleted or 0) >= ctx.sim.limits.opsitems then
    opsitem.limit("OpsItem", ctx.sim.limits.opsitems, "OpsItems",
      "The number of OpsItems of this account is exhausted.")
  end
  return month, used
end

-- Members an item keeps as they came.
local KEPT = { "Title", "Description", "Source", "Priority", "Severity", "Category", "Notifications", "RelatedOpsItems",
  "ActualStartTime", "ActualEndTime", "PlannedStartTime", "PlannedEndTime" }

---@param ctx sim.Context
---@param input table
---@return table
---@see https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_CreateOpsItem.html
function op.CreateOpsItem(ctx, input)
  local world = ctx.world
  opsitem.check(ctx, input)
  if input.AccountId and input.AccountId ~= world.account then
    fail.raise("OpsItemAccessDeniedException", "Creating OpsItems in another account needs delegated administration.")
  end
  local hash = opsitem.dedup_hash(input)
  opsitem.check_duplicate(world, nil, hash)
  local month, used = check_quota(ctx)
  world.created[month] = used + 1
  local id, now = "oi-" .. world:id(12), world:now()
  local item = { OpsItemId = id, OpsItemArn = world:arn("ssm", "opsitem/" .. id), Status = "Open", Version = "1",
    OpsItemType = input.OpsItemType or "/aws/issue", CreatedBy = ctx.caller.arn, CreatedTime = now,
    LastModifiedBy = ctx.caller.arn, LastModifiedTime = now, OperationalData = input.OperationalData or {} }
  for _, name in ipairs(KEPT) do
    item[name] = input[name]
  end
  local record = { id = id, seq = world:next(), hash = hash, history = {} }
  world.opsitems[#world.opsitems + 1], world.opsitem[id] = record, record
  if input.Tags then
    world.tags[id] = {}
    for _, tag in ipairs(input.Tags) do
      world.tags[id][tag.Key] = tag.Value
    end
  end
  opsitem.store(world, record, item)
  notify.opsitem(world, record, "create")
  return { OpsItemId = id, OpsItemArn = item.OpsItemArn }
end

---@param ctx sim.Context
---@param input table
---@return table
function op.GetOpsItem(ctx, input)
  return { OpsItem = find(ctx, input.OpsItemId).current }
end

local SETTABLE = { Open = true, InProgress = true, Resolved = true }

local function merged_data(old, input)
  local data = review_of.copy(old)
  for key, entry in pairs(input.OperationalData or {}) do
    if key == "/aws/dedup" and (not old[key] or old[key].Value ~= entry.Value) then
      opsitem.invalid("OperationalData", "The deduplication string cannot be changed.")
    end
    data[key] = entry
  end
  for _, key in ipairs(input.OperationalDataToDelete or {}) do
    if key == "/aws/dedup" then
      opsitem.invalid("OperationalDataToDelete", "The deduplication string cannot be removed.")
    end
    data[key] = nil
  end
  return data
end

-- A resolved item cannot be opened again while another one holds its deduplication string.
local function check_reopened(ctx, record, item)
  if opsitem.blocks(item) and not opsitem.blocks(record.current) then
    opsitem.check_duplicate(ctx.world, record, record.hash)
  end
end

---Changes what is given and leaves the rest; notifications and related items are replaced as a whole.
---@param ctx sim.Context
---@param input table
---@return table
---@see https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_UpdateOpsItem.html
function op.UpdateOpsItem(ctx, input)
  local known = ctx.world.opsitem[input.OpsItemId]
  if known and known.deleted_at and known.deleted_at > ctx.world:now() - ctx.lag then
    fail.raise("OpsItemConflictException", ("OpsItem %s is being deleted."):format(input.OpsItemId))
  end
  local record = find(ctx, input.OpsItemId)
  opsitem.check(ctx, input)
  if input.Status and not SETTABLE[input.Status] then
    opsitem.invalid("Status", ("The status %s cannot be set on an OpsItem of type %s."):format(input.Status,
      record.current.OpsItemType))
  end
  local item = review_of.copy(record.current)
  for _, name in ipairs(KEPT) do
    item[name] = input[name] == nil and item[name] or input[name]
  end
  item.Status = input.Status or item.Status
  item.OperationalData = merged_data(item.OperationalData, input)
  item.Version = ("%d"):format(tonumber(item.Version) + 1)
  item.LastModifiedBy, item.LastModifiedTime = ctx.caller.arn, ctx.world:now()
  check_reopened(ctx, record, item)
  opsitem.store(ctx.world, record, item)
  notify.opsitem(ctx.world, record, "update")
  return {}
end

---Idempotent: an item that is gone already is no error.
---@param ctx sim.Context
---@param input table
---@return table
function op.DeleteOpsItem(ctx, input)
  local record = ctx.world.opsitem[input.OpsItemId]
  if record and not record.deleted_at then
    opsitem.delete(ctx.world, record)
  end
  return {}
end

local SUMMARY = { "CreatedBy", "CreatedTime", "LastModifiedBy", "LastModifiedTime", "Priority", "Source", "Status",
  "OpsItemId", "Title", "Category", "Severity", "OpsItemType", "ActualStartTime", "ActualEndTime", "PlannedStartTime",
  "PlannedEndTime" }

-- States of items never change, so what is shown of one is made once.
local summaries = setmetatable({}, { __mode = "k" })

-- No description, no notifications, no version, no ARN, and operational data only where it is searchable.
local function summary(item)
  if summaries[item] then
    return summaries[item]
  end
  local shown, data = {}, {}
  for _, name in ipairs(SUMMARY) do
    shown[name] = item[name]
  end
  for key, entry in pairs(item.OperationalData) do
    if entry.Type == "SearchableString" then
      data[key] = entry
    end
  end
  shown.OperationalData = data
  summaries[item] = wire_json.freeze(shown)
  return shown
end

local function sequence(record)
  return record.seq
end

---Lists OpsItems, oldest first; behind by the lag that a fault may have ordered.
---@param ctx sim.Context
---@param input table
---@return table
---@see https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_DescribeOpsItems.html
function op.DescribeOpsItems(ctx, input)
  local matches = filter.compile(input.OpsItemFilters, ctx.world.account)
  local lag = ctx.lag
  local items, token = page.filter(ctx, input, ctx.world.opsitems, 10, sequence, function(record)
    local item = opsitem.seen(ctx.world, record, lag)
    return item and matches(item) and summary(item) or nil
  end)
  return { OpsItemSummaries = items, NextToken = token }
end

---@param ctx sim.Context
---@param input table
---@return table
function op.ListOpsItemEvents(ctx, input)
  local ids = {}
  for _, entry in ipairs(input.Filters or {}) do
    for _, id in ipairs(entry.Values) do
      ids[find(ctx, id).id] = true
    end
  end
  local list = {}
  for _, event in ipairs(ctx.world.events) do
    if not next(ids) or ids[event.detail["ops-item-id"]] then
      list[#list + 1] = { OpsItemId = event.detail["ops-item-id"], EventId = event.id, Source = event.source,
        DetailType = event["detail-type"], Detail = json.encode(event.detail),
        CreatedBy = { Arn = event.detail["modified-by"] or event.detail["created-by"] },
        CreatedTime = clock.parse(event.time) }
    end
  end
  local items, token = page.cut(ctx, input, list, 10)
  return { Summaries = items, NextToken = token }
end

local function taggable(ctx, input)
  if input.ResourceType ~= "OpsItem" then
    fail.raise("InvalidResourceType", "The simulator tags OpsItems only.")
  elseif not ctx.world.opsitem[input.ResourceId] then
    fail.raise("InvalidResourceId", nil)
  end
  local tags = review_of.copy(ctx.world.tags[input.ResourceId])
  ctx.world.tags[input.ResourceId] = tags
  return tags
end

---@param ctx sim.Context
---@param input table
---@return table
function op.AddTagsToResource(ctx, input)
  local tags = taggable(ctx, input)
  for _, tag in ipairs(input.Tags) do
    tags[tag.Key] = tag.Value
  end
  return {}
end

---@param ctx sim.Context
---@param input table
---@return table
function op.RemoveTagsFromResource(ctx, input)
  local tags = taggable(ctx, input)
  for _, key in ipairs(input.TagKeys) do
    tags[key] = nil
  end
  return {}
end

---@param ctx sim.Context
---@param input table
---@return table
function op.ListTagsForResource(ctx, input)
  local list = {}
  for key, value in pairs(taggable(ctx, input)) do
    list[#list + 1] = { Key = key, Value = value }
  end
  table.sort(list, function(a, b) return a.Key < b.Key end)
  return { TagList = list }
end

return M
