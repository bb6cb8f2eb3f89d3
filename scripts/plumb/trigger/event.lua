-- From whatever arrives to hints: ids of OpsItems that may have been resolved. Reads what SNS, SQS and
-- EventBridge deliver, wrapped in one another as AWS wraps them, and a plain id. A hint is never believed:
-- the truth is read from OpsCenter. What cannot be understood is set aside with a reason, and never raises.
--
-- OpsCenter's SNS messages carry the id as their subject; what else they say is documented nowhere.
-- https://docs.aws.amazon.com/systems-manager/latest/userguide/OpsCenter-getting-started-sns.html

local json = require "plumb.json"

local event = {}

local MAX_BYTES = 1024 * 1024 -- the largest message that SQS, SNS and asynchronous Lambda calls carry
local MAX_DEPTH = 32          -- of one JSON text
local MAX_WRAPS = 4           -- texts within texts: SQS holds SNS holds EventBridge, and one to spare
local MAX_HINTS = 10000
local SHOWN = 60              -- bytes of foreign text in a reason

---@class plumb.Hint
---@field id string          "oi-0123456789ab"
---@field source string      "sns", "eventbridge" or "id"; triggers have words of their own, such as "poll"
---@field account? string    where the event says the OpsItem is
---@field region? string
---@field message_id? string the outermost message that brought it
---@field status? string     the OpsItem's, when it was told: "Resolved"

---@class plumb.Aside
---@field reason string
---@field raw? boolean       an SNS subscription delivers raw messages, which lose the id
---@field place? string      where in a list it was: "entry 3, record 2"
---@field message_id? string

local HEX = "[0-9a-f]"
local ID = "oi%-" .. HEX:rep(12)

---Whether a text is the id of an OpsItem.
---@param text any
---@return boolean
function event.is_id(text) return type(text) == "string" and text:find("^" .. ID .. "$") ~= nil end

-- The first id in a text; not a part of a longer word.
local function id_in(text)
  return type(text) == "string" and text:match("%f[%w]" .. ID .. "%f[^%w]") or nil
end

local function is_object(value) return type(value) == "table" and not json.is_list(value) end

local function shown(value)
  if type(value) ~= "string" then return "something that is no text" end
  return ("%q"):format(value:sub(1, SHOWN):gsub("[%c\127-\255]", "?"))
end

-- One reading: what was found so far, the id of the message at hand, and where in a list we are.
local Reader = {}
Reader.__index = Reader

function Reader:hint(hint)
  if #self.hints >= self.most then return self:aside("more than " .. self.most .. " ids in one message") end
  hint.message_id = self.message_id or hint.message_id
  self.hints[#self.hints + 1] = hint
end

function Reader:aside(reason, more)
  local aside = { reason = reason, message_id = self.message_id, place = self.place }
  for key, value in pairs(more or {}) do aside[key] = value end
  self.asides[#self.asides + 1] = aside
end

-- Calls a method for each member of a list, which then is where we are.
function Reader:each(list, word, method, ...)
  local outer = self.place
  for i, member in ipairs(list) do
    self.place = ("%s%s %d"):format(outer and outer .. ", " or "", word, i)
    method(self, member, ...)
  end
  self.place = outer
end

-- ---- EventBridge ----

local STATUSES = { open = "Open", inprogress = "InProgress", resolved = "Resolved" }

-- Events and API spell a status differently: "RESOLVED", "Resolved", "In progress".
local function status_of(text)
  if type(text) ~= "string" then return nil end
  return STATUSES[text:lower():gsub("[%s_-]", "")] or text:sub(1, SHOWN)
end

-- partition, Region, account and id of an OpsItem's ARN.
local function parts_of(arn)
  if type(arn) ~= "string" then return nil end
  local region, account, id = arn:match("^arn:aws[%l-]*:ssm:([%l%d-]+):(%d+):opsitem/(.*)$")
  if event.is_id(id) and #account == 12 then return { region = region, account = account, id = id } end
end

local function text_or_nil(value, pattern) return type(value) == "string" and value:match(pattern) or nil end

function Reader:eventbridge(body)
  local kind = body["detail-type"]
  if body.source ~= "aws.ssm" or kind ~= "OpsItem Create" and kind ~= "OpsItem Update" then
    return self:aside(("an event %s of %s is not about an OpsItem"):format(shown(kind), shown(body.source)))
  end
  local detail = is_object(body.detail) and body.detail or {}
  local arn = type(body.resources) == "table" and parts_of(body.resources[1]) or {}
  local id = event.is_id(detail["ops-item-id"]) and detail["ops-item-id"] or arn.id
  if not id then return self:aside("an OpsItem event without the id of an OpsItem") end
  if arn.id and arn.id ~= id then
    return self:aside(("an OpsItem event that names both %s and %s"):format(id, arn.id))
  end
  self:hint { id = id, source = "eventbridge", status = status_of(detail.status),
    account = arn.account or text_or_nil(body.account, "^%d%d%d%d%d%d%d%d%d%d%d%d$"),
    region = arn.region or text_or_nil(body.region, "^[%l%d-]+$"), message_id = text_or_nil(body.id, "^[%w-]+$") }
end

-- ---- SNS ----

-- An EventBridge rule with an SNS topic as its target: the event is the message's text.
local function wrapped_event(message)
  if type(message) ~= "string" or not message:find("^%s*{") or #message > MAX_BYTES then return nil end
  local body = json.decode(message, { max_depth = MAX_DEPTH })
  return is_object(body) and body["detail-type"] and body or nil
end

function Reader:sns(body)
  if body.Type == "SubscriptionConfirmation" or body.Type == "UnsubscribeConfirmation" then
    return self:aside(("an SNS message of type %s names no OpsItem"):format(body.Type))
  elseif body.Type ~= "Notification" then
    return self:aside(("an SNS message of the unknown type %s"):format(shown(body.Type)))
  end
  local message_id = text_or_nil(body.MessageId, "^[%w-]+$")
  local id = id_in(body.Subject)
  local inner = not id and wrapped_event(body.Message)
  id = id or not inner and id_in(body.Message)
  if inner then
    inner.id = message_id or inner.id
    return self:eventbridge(inner)
  elseif id then
    return self:hint { id = id, source = "sns", message_id = message_id }
  end
  self:aside("an SNS message that names no OpsItem, neither in its subject nor in its text",
    { message_id = self.message_id or message_id })
end

-- ---- batches ----

-- The text that a message of SQS carries.
function Reader:queued(message_id, body, wraps)
  local outer = self.message_id
  self.message_id = outer or text_or_nil(message_id, "^[%w-]+$")
  self:text(body, wraps + 1, true)
  self.message_id = outer
end

-- A message as ReceiveMessage gives it.
function Reader:received(message, wraps)
  if not is_object(message) then return self:aside("a message that is no object") end
  self:queued(message.MessageId, message.Body, wraps)
end

-- A record of the events that SQS and SNS hand to a Lambda function.
function Reader:record(record, wraps)
  if not is_object(record) then return self:aside("a record that is no object") end
  if record.EventSource == "aws:sns" then
    if not is_object(record.Sns) then return self:aside("an SNS record without its message") end
    return self:sns(record.Sns)
  elseif record.eventSource == "aws:sqs" then
    return self:queued(record.messageId, record.body, wraps)
  end
  self:aside(("a record of the unknown source %s"):format(shown(record.EventSource or record.eventSource)))
end

local RAW = "not an SNS message: raw message delivery is on for the subscription, or somebody else writes here; raw "
  .. "messages lose their subject, which names the OpsItem, so switch raw message delivery off"

function Reader:value(body, wraps, queued)
  if type(body) == "string" then return self:text(body, wraps + 1, queued) end
  if json.is_list(body) then
    self:each(body, "entry", self.value, wraps, queued)
  elseif not is_object(body) then
    self:aside("neither an event nor the id of an OpsItem")
  elseif type(body.Records) == "table" then
    self:each(body.Records, "record", self.record, wraps)
  elseif type(body.Messages) == "table" then
    self:each(body.Messages, "message", self.received, wraps)
  elseif body.eventSource or body.EventSource then
    self:record(body, wraps)
  elseif body.ReceiptHandle and body.Body then
    self:received(body, wraps)
  elseif body["detail-type"] then
    self:eventbridge(body)
  elseif body.Type and body.TopicArn then
    self:sns(body)
  elseif queued then
    self:aside(RAW, { raw = true })
  else
    self:aside("JSON of an unknown shape: neither an event of EventBridge, SNS or SQS")
  end
end

-- A text: the id itself, or JSON. `queued` is true for what a queue or topic delivered.
function Reader:text(text, wraps, queued)
  if type(text) ~= "string" then return self:aside("a message without a text") end
  if wraps > MAX_WRAPS then return self:aside("messages within messages, too many of them") end
  local id = text:match("^%s*(" .. ID .. ")%s*$")
  if id then return self:hint { id = id, source = "id" } end
  local body, message = json.decode(text, { max_bytes = MAX_BYTES, max_depth = MAX_DEPTH })
  if body ~= nil then return self:value(body, wraps, queued) end
  if queued and text:find("%S") and not text:find("^%s*[{%[]") then return self:aside(RAW, { raw = true }) end
  self:aside("not JSON: " .. message)
end

local function reader(options)
  return setmetatable({ hints = {}, asides = {}, message_id = options and options.message_id,
    most = options and options.max_hints or MAX_HINTS }, Reader)
end

---Reads one delivery.
---@param text string  the body as it came
---@param options? { message_id: string?, queued: boolean? }  message_id: of the message that carried the body; queued:
---  it came from a queue or topic, so that raw delivery is a likely reason for not understanding it
---@return plumb.Hint[] hints
---@return plumb.Aside[] asides
function event.read(text, options)
  local self = reader(options)
  if type(text) == "string" and #text > MAX_BYTES then
    self:aside(("a body of %d bytes; at most %d are read"):format(#text, MAX_BYTES))
  else
    self:text(text, 0, options and options.queued or false)
  end
  return self.hints, self.asides
end

---Reads what has been decoded from JSON already.
---@param body any
---@param options? { max_hints: integer? }  default 10000
---@return plumb.Hint[] hints
---@return plumb.Aside[] asides
function event.value(body, options)
  local self = reader(options)
  self:value(body, 0, false)
  return self.hints, self.asides
end

return event
