-- What OpsCenter tells others about an OpsItem, on creation and on every edit: an SNS message to each topic in its
-- Notifications, and an EventBridge event. Both are recorded in the world, and delivered into queues where the world
-- has a route for them. The body of the SNS message is undocumented; the id is in its Subject.

local clock = require("sim.clock")
local json = require("plumb.json")
local sqs = require("sim.sqs")

local M = {}

local KEEP = 10000

local function record(list, entry)
  list[#list + 1] = entry
  if #list > KEEP then
    table.remove(list, 1)
  end
end

local function uuid(world)
  return world.sim:uuid()
end

---An SNS delivery as it stands in a queue (not raw).
---@param world sim.World
---@param topic string  ARN
---@param id string     OpsItemId
---@param kind string   "create" or "update"
---@return table
local function sns_form(world, topic, id, kind)
  return { Type = "Notification", MessageId = uuid(world), TopicArn = topic, Subject = id,
    Message = ("OpsItem %s: %sd."):format(id, kind), Timestamp = clock.iso(world:now(), true), SignatureVersion = "1",
    Signature = "c2ltdWxhdGVk",
    SigningCertURL = ("https://sns.%s.amazonaws.com/SimpleNotificationService-sim.pem"):format(world.region),
    UnsubscribeURL = ("https://sns.%s.amazonaws.com/?Action=Unsubscribe"):format(world.region) }
end

---The EventBridge event of a change; keys in kebab case, no operational data.
---@param world sim.World
---@param record_ table  of the OpsItem
---@param kind string    "create" or "update"
---@return table
local function event_form(world, record_, kind)
  local item = record_.current
  local detail = { ["created-by"] = item.CreatedBy, ["created-time"] = clock.iso(item.CreatedTime),
    source = item.Source, status = item.Status, ["ops-item-id"] = record_.id, title = item.Title,
    ["ops-item-type"] = item.OpsItemType, description = item.Description }
  if kind == "update" then
    detail["modified-by"], detail["modified-time"] = item.LastModifiedBy, clock.iso(item.LastModifiedTime)
  end
  return { version = "0", id = uuid(world), ["detail-type"] = kind == "create" and "OpsItem Create" or "OpsItem Update",
    source = "aws.ssm", account = world.account, time = clock.iso(world:now()), region = world.region,
    resources = json.list({ item.OpsItemArn }), detail = detail }
end

---Tells everybody about a new or changed OpsItem.
---@param world sim.World
---@param record_ table
---@param kind "create"|"update"
function M.opsitem(world, record_, kind)
  local event = event_form(world, record_, kind)
  record(world.events, event)
  for _, route in ipairs(world.routes) do
    if route.form == "eventbridge" then
      sqs.deliver(world, route.queue, json.encode(event))
    end
  end
  for _, notification in ipairs(record_.current.Notifications or {}) do
    local message = sns_form(world, notification.Arn, record_.id, kind)
    record(world.notifications, { at = world:now(), topic = notification.Arn, subject = record_.id,
      message = message.Message })
    for _, route in ipairs(world.routes) do
      if route.form == "sns" and (not route.topic or route.topic == notification.Arn) then
        sqs.deliver(world, route.queue, json.encode(message))
      end
    end
  end
end

return M
