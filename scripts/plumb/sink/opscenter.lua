-- Work items as OpsItems in AWS Systems Manager OpsCenter.

local err = require "plumb.err"
local item_of = require "plumb.item"
local json = require "plumb.json"
local time = require "plumb.time"

local opscenter = {}

---@class plumb.OpsCenter
local OpsCenter = { name = "opscenter" }
OpsCenter.__index = OpsCenter

---@param options { client: table, source: string, tags: table<string, string>? }  tags: for every item that has none of
---  that name
---@return plumb.OpsCenter
function opscenter.new(options)
  return setmetatable({ client = options.client, source = options.source, tags = options.tags or {} }, OpsCenter)
end

-- Text that is not searchable is left out of lists, and only the whole item has it.
local function searchable(fields, texts)
  local data = {}
  for name, value in pairs(fields) do data[name] = { Type = "SearchableString", Value = value } end
  for name, value in pairs(texts or {}) do data[name] = { Type = "String", Value = value } end
  return data
end

local function tag_list(tags, others)
  local names, list = {}, {}
  for name in pairs(tags) do names[#names + 1] = name end
  for name in pairs(others) do
    if not tags[name] then names[#names + 1] = name end
  end
  table.sort(names)
  for i, name in ipairs(names) do list[i] = { Key = name, Value = tags[name] or others[name] } end
  return list[1] and list
end

-- An empty list would be valid, and noise.
local function list_of(values, member)
  local list = {}
  for i, value in ipairs(values) do list[i] = { [member] = value } end
  return list[1] and list
end

-- Whoever reads `gone` need not know how OpsCenter says it.
local function with_gone(failure)
  if failure.code ~= "OpsItemNotFoundException" then return failure end
  return err.with(failure, { gone = true })
end

---Creates the OpsItem on a connection of its own, and never again when the outcome is not known.
---OpsCenter refuses a second open one with the same dedup string and names the first. Waits.
---@param item plumb.Item
---@return string|nil id  "oi-0123456789ab"
---@return plumb.Error? err  `executed` "no", "maybe" or "yes"; `id` when one is there already
---@see https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_CreateOpsItem.html
function OpsCenter:create(item)
  local created, failure = self.client.ssm:CreateOpsItem({
    Title = item.title,
    Description = item.description,
    Source = item.source,
    Severity = item.severity,
    Category = item.category,
    OperationalData = searchable(item.fields, item.texts),
    Notifications = list_of(item.notifications, "Arn"),
    RelatedOpsItems = list_of(item.related, "OpsItemId"),
    Tags = tag_list(item.tags, self.tags),
  }, { fresh = true })
  if created and created.OpsItemId then return created.OpsItemId end
  if created then
    return nil, err.new { kind = "garbage", code = "NoOpsItemId", service = "ssm", operation = "CreateOpsItem",
      message = "the reply has no OpsItemId", executed = "maybe" }
  end
  if failure.code == "OpsItemAlreadyExistsException" then
    return nil, err.with(failure, { executed = "yes", id = failure.members and failure.members.OpsItemId })
  end
  return nil, failure
end

---Changes title, description, severity or entries of the operational data, or takes entries away; those not named
---stay. Waits.
---@param id string
---@param changes { title: string?, description: string?, severity: string?, fields: table<string, string>?,
---  texts: table<string, string>?, remove: string[]? }  remove: names of entries
---@return true|nil
---@return plumb.Error? err
---@see https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_UpdateOpsItem.html
function OpsCenter:update(id, changes)
  local done, failure = self.client.ssm:UpdateOpsItem({
    OpsItemId = id,
    Title = changes.title,
    Description = changes.description,
    Severity = changes.severity,
    OperationalData = changes.fields and searchable(changes.fields, changes.texts),
    OperationalDataToDelete = changes.remove,
  }, { fresh = true })
  if not done then return nil, with_gone(failure) end
  return true
end

---Resolves an OpsItem and leaves the reason on it, which is also how its echo is known. Waits.
---@param id string
---@param reason string
---@return true|nil
---@return plumb.Error? err
function OpsCenter:close(id, reason)
  local done, failure = self.client.ssm:UpdateOpsItem({
    OpsItemId = id,
    Status = "Resolved",
    OperationalData = searchable { [item_of.CLOSED_FIELD] = reason },
  }, { fresh = true })
  if not done then return nil, with_gone(failure) end
  return true
end

-- Statuses are compared without case: events and API spell them differently.
local OPEN = { open = true, inprogress = true }

local function found_of(ops_item, operation)
  local fields = {}
  if not ops_item.OpsItemId then -- an item that nobody can name would be missed where a list says what is gone
    error(err.new { kind = "garbage", code = "NoOpsItemId", service = "ssm", operation = operation,
      message = "the reply has an OpsItem without OpsItemId" }, 0)
  end
  for name, entry in pairs(ops_item.OperationalData or {}) do fields[name] = entry.Value end
  local status = tostring(ops_item.Status or ""):lower()
  return {
    id = ops_item.OpsItemId,
    status = ops_item.Status,
    resolved = status == "resolved",
    open = OPEN[status] or false,
    title = ops_item.Title,
    description = ops_item.Description, -- only from get: lists do not carry it
    severity = ops_item.Severity,
    source = ops_item.Source,
    key = fields[item_of.KEY_FIELD],
    fields = fields,
    created_at = ops_item.CreatedTime,
    modified_at = ops_item.LastModifiedTime,
  }
end

---One OpsItem as it is now. Waits.
---@param id string
---@return table|nil found
---@return plumb.Error? err  OpsItemNotFoundException, with `gone`
---@see https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetOpsItem.html
function OpsCenter:get(id)
  local reply, failure = self.client.ssm:GetOpsItem { OpsItemId = id }
  if not reply then return nil, with_gone(failure) end
  if reply.OpsItem and reply.OpsItem.OpsItemId then return found_of(reply.OpsItem, "GetOpsItem") end
  return nil, err.new { kind = "garbage", code = "NoOpsItem", service = "ssm", operation = "GetOpsItem",
    message = "the reply has no OpsItem with its id" }
end

local function filter(key, operator, value)
  return { Key = key, Operator = operator, Values = { value } }
end

local function iterate(self, filters)
  local each = self.client.ssm:each("DescribeOpsItems", { OpsItemFilters = filters })
  return function()
    local summary = each()
    return summary and found_of(summary, "DescribeOpsItems")
  end
end

---Every OpsItem that was ever made for a finding, whatever its status. Waits.
---@param key string
---@return table[]|nil
---@return plumb.Error? err
---@see https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_DescribeOpsItems.html
function OpsCenter:find(key)
  local summaries, failure = self.client.ssm:all("DescribeOpsItems", { OpsItemFilters = {
    filter("OperationalData", "Equal", json.encode { key = item_of.KEY_FIELD, value = key }),
  } })
  if not summaries then return nil, failure end
  local found = {}
  for i, summary in ipairs(summaries) do found[i] = found_of(summary, "DescribeOpsItems") end
  return found
end

---Every OpsItem with our source, or only the open ones. Waits.
---@param only? "open"
---@return fun(): table?
function OpsCenter:each(only)
  local filters = { filter("Source", "Equal", self.source) }
  if only == "open" then filters[2] = { Key = "Status", Operator = "Equal", Values = { "Open", "InProgress" } } end
  return iterate(self, filters)
end

---OpsItems of ours that are resolved and were changed after a point in time. Waits.
---@param since number|nil  epoch seconds; nil for all
---@return fun(): table?
function OpsCenter:resolved(since)
  local filters = { filter("Source", "Equal", self.source), filter("Status", "Equal", "Resolved") }
  if since then filters[3] = filter("LastModifiedTime", "GreaterThan", time.iso(since)) end
  return iterate(self, filters)
end

return opscenter
