-- Takes SNS messages over HTTP, for where no queue can be had. What the gate lets through is written into the
-- store before SNS hears 200, so that nothing told is lost; a task hands it on from there, also after a restart.
--
-- What SNS does with an answer: 2xx and 4xx end the matter, all else is tried again for up to an hour. So a
-- message is refused with 403 for good, and 503 says "not now".

local err = require "plumb.err"
local event = require "plumb.trigger.event"
local loop = require "plumb.trigger.loop"
local server = require "plumb.server"
local stores = require "plumb.store"
local time = require "plumb.time"
local trigger = require "plumb.trigger"

local webhook = {}

local MAX_BODY = 256 * 1024
local MAX_CONNECTIONS = 768 -- under the thousand and some files that a process may have open
local HEAD_TIMEOUT, BODY_TIMEOUT = 5, 10 -- seconds
local MAX_PENDING = 10000
local TOGETHER = 100     -- hints handed over at once
local ASIDES_KEPT = 100
local TOLD_EVERY = 60    -- seconds between two lines about the same kind of refusal

---@class plumb.WebhookTrigger: plumb.Trigger
---@field port integer?  while it listens
local Webhook = { name = "webhook" }
Webhook.__index = Webhook

local function count(self, word, n) self.counts[word] = self.counts[word] + (n or 1) end

local function answer(status, text, headers)
  return { status = status, headers = headers or { ["content-type"] = "text/plain" }, body = text .. "\n" }
end

-- Strangers decide how often this happens, so not every time is worth a line.
local function tell(self, code, text, fields)
  local now = self.now()
  if self.told[code] and now - self.told[code] < TOLD_EVERY and now >= self.told[code] then return end
  self.told[code] = now
  self.report(text, fields)
end

local function not_now(self, code, reason)
  count(self, "unavailable")
  tell(self, code, "a message was turned away for now; SNS tries again", { reason = reason })
  return answer(503, "not now", { ["content-type"] = "text/plain", ["retry-after"] = "30" })
end

local function refused(self, code, reason)
  count(self, "refused")
  tell(self, code, "a message was refused", { reason = reason })
  return answer(403, "refused")
end

-- ---- writing down ----

-- A record that is there already is a delivery that came twice, which is fine.
local function write_down(self, record)
  local ok, failure = self.store:commit { { "put", "inbox", record } }
  if ok then return true end
  if err.is(failure) and failure.code == "Conflict" then return false end
  error(failure, 0)
end

local function take(self, message, body)
  local hints, asides = event.read(body, { queued = true })
  for _, hint in ipairs(hints) do
    local record = { id = ("webhook/%s/%s"):format(message.MessageId, hint.id), source = "webhook", item_id = hint.id,
      received_at = self.now() }
    if write_down(self, record) then
      self.pending[#self.pending + 1] = record
      count(self, "hints")
    end
  end
  for _, aside in ipairs(asides) do
    count(self, "asides")
    self.on_aside(aside)
    if self.asides < ASIDES_KEPT and write_down(self, { id = "webhook/" .. message.MessageId, source = "webhook",
      received_at = self.now(), reason = aside.reason }) then
      self.asides = self.asides + 1
    end
  end
end

local function notification(self, message, body)
  if #self.pending >= self.max_pending then
    return not_now(self, "Full", ("%d hints wait to be dealt with"):format(#self.pending))
  end
  local ok, failure = pcall(take, self, message, body)
  if self.pending[1] and self.handler then self.loop:start() end
  if not ok then return not_now(self, "Store", tostring(failure)) end
  count(self, "accepted")
  return answer(200, "ok")
end

local function confirmation(self, message)
  if not self.client then return refused(self, "NotConfirming", "this webhook does not confirm subscriptions") end
  local subscription, failure = self.gate:confirm(message, self.client)
  if subscription then
    count(self, "confirmed")
    self.report("a subscription was confirmed", { topic = message.TopicArn, subscription = subscription })
    return answer(200, "ok")
  end
  local status = failure.status or 500
  if status >= 400 and status < 500 and failure.kind == "aws" then
    return refused(self, "NotConfirmed", tostring(failure))
  end
  return not_now(self, "NotConfirmed", tostring(failure))
end

local function gated(self, body)
  local message, failure = self.gate:check(body)
  if not message then
    if failure.again then return not_now(self, failure.code, tostring(failure)) end
    return refused(self, failure.code, tostring(failure))
  end
  if message.SignatureVersion == "1" then
    tell(self, "Version1", "the topic signs with SHA-1; set its attribute SignatureVersion to 2",
      { topic = message.TopicArn })
  end
  if message.Type == "Notification" then return notification(self, message, body) end
  if message.Type == "SubscriptionConfirmation" then return confirmation(self, message) end
  self.report("the subscription was cancelled", { topic = message.TopicArn })
  return answer(200, "ok")
end

---Answers one request. May wait.
---@param request plumb.ServerRequest
---@return { status: integer, headers: table, body: string }
function Webhook:receive(request)
  count(self, "requests")
  if request.path ~= self.path then return answer(404, "there is nothing here") end
  if request.method ~= "POST" then
    return answer(405, "POST only", { ["content-type"] = "text/plain", allow = "POST" })
  elseif #request.body > MAX_BODY then
    return answer(413, "too large")
  elseif (request.headers["x-amz-sns-rawdelivery"] or "") ~= "" then
    return refused(self, "Raw", "raw message delivery is on for the subscription; raw messages are not signed and "
      .. "lose the id of the OpsItem, so switch raw message delivery off")
  end
  return gated(self, request.body)
end

-- ---- handing on ----

-- The records that were dealt with go, on disk first. One that came meanwhile stays, whatever its item: it may tell of
-- something later than what was looked at.
local function forget(self, handed, done)
  local writes, gone = {}, {}
  for _, record in ipairs(self.pending) do
    if handed[record] and done[record.item_id] then
      writes[#writes + 1], gone[record] = { "delete", "inbox", record }, true
    end
  end
  if not writes[1] then return end
  stores.commit_pieces(self.store, writes) -- others may come while this waits
  local left = {}
  for _, record in ipairs(self.pending) do
    if not gone[record] then left[#left + 1] = record end
  end
  self.pending = left
  count(self, "committed", #writes)
end

-- Those that could not be dealt with let the others go first.
local function to_the_end(list, size)
  local turned = table.move(list, size + 1, #list, 1, {})
  return table.move(list, 1, size, #turned + 1, turned)
end

local function hand_on(self)
  local hints, handed, size = {}, {}, math.min(TOGETHER, #self.pending)
  for i = 1, size do
    local record = self.pending[i]
    handed[record] = true
    hints[i] = { id = record.item_id, source = "sns", message_id = record.id:match("^webhook/(.*)/[^/]*$") }
  end
  local done, failure = trigger.hand_over(self.handler, hints)
  forget(self, handed, done)
  if failure and next(done) == nil then
    self.pending = to_the_end(self.pending, size)
    return nil, failure
  end
  if failure then self.report("a hint was not dealt with; it comes again", { reason = tostring(failure) }) end
  return 0
end

-- What an earlier run was told and did not get to.
local function load_pending(self)
  self.pending, self.asides = {}, 0
  for record in self.store:each("inbox") do
    if record.source == "webhook" and record.item_id then
      self.pending[#self.pending + 1] = record
    elseif record.source == "webhook" then
      self.asides = self.asides + 1
    end
  end
end

-- ---- the interface ----

local function is_loopback(address) return address:find("^127%.%d+%.%d+%.%d+$") ~= nil or address == "::1" end

---Begins to listen, and hands on what waits since the last time.
---@param handler plumb.HintHandler
---@return true|nil
---@return plumb.Error? err  NotLoopback, AddressInUse, BadAddress, ServerFailed
function Webhook:start(handler)
  if not is_loopback(self.address) and not self.public then
    return nil, err.new { kind = "input", code = "NotLoopback", message = ("the webhook speaks plain HTTP, so it "
      .. "listens on this machine only; %s needs a proxy with TLS in front of it, and to be told so"):format(
      self.address) }
  end
  load_pending(self)
  self.handler = handler
  local listening, failure = server.serve { address = self.address, port = self.listen_port, max_body = MAX_BODY,
    max_connections = MAX_CONNECTIONS, head_timeout = HEAD_TIMEOUT, body_timeout = BODY_TIMEOUT,
    handler = function(request) return self:receive(request) end }
  if not listening then return nil, failure end
  self.listening, self.port = listening, listening.port
  if self.pending[1] then self.loop:start() end
  return true
end

function Webhook:stop()
  if self.listening then self.listening.close() end
  self.listening, self.port = nil, nil
  self.loop:stop()
  self.handler = nil
end

---@param options { gate: plumb.SnsGate, store: plumb.Store, client: table?, address: string?, port: integer?,
---  path: string?, public: boolean?, max_pending: integer?, on_aside: function?, report: function?, now: function? }
---  client: an AWS client that confirms subscriptions, without it none are; address: numeric, default 127.0.0.1; port:
---  default any; path: default "/"; public: addresses other than loopback are fine, since TLS is in front;
---  max_pending: hints that may wait, default 10000
---@return plumb.WebhookTrigger
function webhook.new(options)
  local self = setmetatable({ gate = options.gate, store = options.store, client = options.client,
    address = options.address or "127.0.0.1", listen_port = options.port, path = options.path or "/",
    public = options.public or false, max_pending = options.max_pending or MAX_PENDING, now = options.now or time.now,
    report = options.report or trigger.reporter("webhook"), counts = trigger.counts(), told = {}, pending = {},
    asides = 0 }, Webhook)
  self.on_aside = options.on_aside or function(aside)
    self.report("a message was set aside", { reason = aside.reason, message = aside.message_id })
  end
  self.loop = loop.new { report = self.report, step = function()
    if not self.pending[1] then return false end
    return self.loop:work(hand_on, self)
  end }
  return self
end

return webhook
