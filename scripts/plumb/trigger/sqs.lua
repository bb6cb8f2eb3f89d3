-- Takes hints out of an SQS queue that an SNS topic or an EventBridge rule fills. A message is deleted when all
-- that follows from it has been committed, and never otherwise: what cannot be read or dealt with stays, and the
-- queue's redrive policy moves it to the dead-letter queue after some tries.
-- https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/working-with-messages.html

local digest = require "plumb.digest"
local event = require "plumb.trigger.event"
local loop = require "plumb.trigger.loop"
local task = require "plumb.task"
local time = require "plumb.time"
local trigger = require "plumb.trigger"

local sqs = {}

local BATCH = 10          -- the most that one call receives or deletes
local WAIT = 20           -- seconds a receiving call waits for messages, at most 20
local PATIENCE = 10       -- seconds more until we give up on the call
local VISIBILITY = 120    -- seconds a message stays hidden from others while we have it
local LONGEST = 11.5 * 3600 -- seconds; after 12 hours SQS shows it again whatever we say
local QUICK = 1           -- seconds; an empty reply that comes sooner did not wait

---@class plumb.SqsTrigger: plumb.Trigger
local Sqs = { name = "sqs" }
Sqs.__index = Sqs

local function count(self, word, n) self.counts[word] = self.counts[word] + (n or 1) end

-- ---- receiving ----

local function receive(self)
  local began = time.monotonic()
  local reply, failure = self.client.sqs:ReceiveMessage({ QueueUrl = self.queue, MaxNumberOfMessages = BATCH,
    WaitTimeSeconds = self.wait, VisibilityTimeout = self.visibility,
    MessageSystemAttributeNames = { "ApproximateReceiveCount" } }, { timeout = self.wait + PATIENCE })
  if not reply then return nil, failure end
  return reply.Messages or {}, time.monotonic() - began
end

-- A service that answers "nothing" at once, instead of waiting, must not be asked again at once.
local function rest_after_nothing(self, took)
  self.hasty = took < QUICK and self.hasty + 1 or 0
  return self.hasty == 0 and 0 or math.min(WAIT, 2 ^ (self.hasty - 1))
end

-- What is in a message: hints, or a reason to leave it.
local function open(self, message)
  local body, id = message.Body or "", message.MessageId
  local opened = { id = id, receipt = message.ReceiptHandle, ids = {},
    tries = math.tointeger(tonumber((message.Attributes or {}).ApproximateReceiveCount)) or 1 }
  local asides
  if digest.hex(digest.md5(body)) ~= message.MD5OfBody then
    opened.hints, asides = {}, { { reason = "the body arrived damaged: its MD5 is another one", message_id = id } }
  else
    opened.hints, asides = event.read(body, { message_id = id, queued = true })
  end
  for _, hint in ipairs(opened.hints) do opened.ids[hint.id] = true end
  for _, aside in ipairs(asides) do
    count(self, "asides")
    self.on_aside(aside, opened.tries)
  end
  return opened
end

-- ---- keeping messages hidden ----

local function extend(self, hand, since)
  local entries = {}
  for _, message in ipairs(hand) do
    if not message.deleted then
      entries[#entries + 1] = { Id = tostring(#entries + 1), ReceiptHandle = message.receipt,
        VisibilityTimeout = self.visibility }
    end
  end
  if not entries[1] or time.monotonic() - since > LONGEST then return end
  local reply, failure = self.client.sqs:ChangeMessageVisibilityBatch { QueueUrl = self.queue, Entries = entries }
  local refused = reply and reply.Failed and reply.Failed[1]
  if failure or refused then
    self.report("a message may be seen by others while it is being worked on",
      { reason = failure and tostring(failure) or ("%s: %s"):format(refused.Code, refused.Message or "") })
  end
  count(self, "extended", #entries)
end

-- Until it is closed.
local function keep_hidden(self, hand)
  local since = time.monotonic()
  local keeper = task.spawn(function()
    while true do
      task.sleep(self.visibility / 2)
      local ok, failure = pcall(extend, self, hand, since)
      if not ok then self.report("a message could not be kept hidden", { reason = tostring(failure) }) end
    end
  end)
  return setmetatable({}, { __close = function() task.cancel(keeper) end })
end

-- ---- deleting ----

-- The messages of a reply's Failed list; the call itself says 200 whatever happened to its entries.
local function delete_once(self, messages)
  local entries, failed, code = {}, {}, nil
  for i, message in ipairs(messages) do entries[i] = { Id = tostring(i), ReceiptHandle = message.receipt } end
  local reply, failure = self.client.sqs:DeleteMessageBatch { QueueUrl = self.queue, Entries = entries }
  if not reply then return messages, tostring(failure) end
  for _, entry in ipairs(reply.Failed or {}) do
    failed[#failed + 1] = messages[math.tointeger(tonumber(entry.Id))]
    code = ("%s: %s"):format(entry.Code, entry.Message or "")
  end
  return failed, code
end

-- What cannot be deleted comes again, and is found to be dealt with already.
local function delete(self, messages)
  for _, message in ipairs(messages) do message.deleted = true end
  for first = 1, #messages, BATCH do
    local part = table.move(messages, first, math.min(first + BATCH - 1, #messages), 1, {})
    local left, reason = delete_once(self, part)
    if left[1] and #left < #part then left, reason = delete_once(self, left) end
    count(self, "deleted", #part - #left)
    if left[1] then
      self.report("messages that are dealt with could not be deleted; they come again",
        { messages = #left, reason = reason })
    end
  end
end

-- ---- dealing with what came ----

local function is_done(message, done)
  for id in pairs(message.ids) do
    if not done[id] then return false end
  end
  return true
end

-- Hands over the hints of some messages and deletes those of which everything is done.
local function deal(self, messages)
  local hints, finished = {}, {}
  for _, message in ipairs(messages) do table.move(message.hints, 1, #message.hints, #hints + 1, hints) end
  local done, failure = trigger.hand_over(self.handler, hints)
  for _, message in ipairs(messages) do
    if is_done(message, done) then finished[#finished + 1] = message end
  end
  delete(self, finished)
  count(self, "committed", #finished)
  count(self, "failed", #messages - #finished)
  return #finished, failure
end

-- New messages go together, so that those of one question meet. One that was here before goes alone: it may be what
-- made the others fail.
local function groups_of(messages)
  local fresh, groups = {}, {}
  for _, message in ipairs(messages) do
    if not message.hints[1] then
      message.deleted = true -- left alone: it is neither deleted nor kept hidden
    elseif message.tries > 1 then
      groups[#groups + 1] = { message }
    else
      fresh[#fresh + 1] = message
    end
  end
  if fresh[1] then table.insert(groups, 1, fresh) end
  return groups
end

local function deal_with_all(self, received)
  local messages = {}
  for i, message in ipairs(received) do messages[i] = open(self, message) end
  local _ <close> = keep_hidden(self, messages)
  local committed, last = 0, nil
  for _, group in ipairs(groups_of(messages)) do
    if self.loop:is_stopping() and committed > 0 then break end -- the others show again by themselves
    local finished, failure = deal(self, group)
    committed, last = committed + finished, failure or last
  end
  if last and committed == 0 then return nil, last end
  if last then self.report("a message was not dealt with; it comes again", { reason = tostring(last) }) end
  return 0
end

local function step(self)
  local received, took = receive(self)
  if not received then return nil, took end
  if not received[1] then return rest_after_nothing(self, took) end
  self.hasty = 0
  count(self, "received", #received)
  return self.loop:work(deal_with_all, self, received)
end

---@param handler plumb.HintHandler
---@return true
function Sqs:start(handler)
  self.handler = handler
  self.loop:start()
  return true
end

function Sqs:stop() self.loop:stop() end

---@param options { client: table, queue: string, wait: integer?, visibility: integer?, on_aside: function?,
---  report: function? }  client: an AWS client; queue: its URL; wait: seconds a call waits for messages, 0 to 20,
---  default 20; visibility: seconds a message is hidden from others, extended while it is worked on, default 120;
---  on_aside(aside, tries): told of each message that cannot be read
---@return plumb.SqsTrigger
function sqs.new(options)
  local self = setmetatable({ client = options.client, queue = options.queue, wait = options.wait or WAIT,
    visibility = options.visibility or VISIBILITY, counts = trigger.counts(), hasty = 0,
    report = options.report or trigger.reporter("sqs") }, Sqs)
  self.on_aside = options.on_aside or function(aside, tries)
    self.report("a message was set aside", { reason = aside.reason, message = aside.message_id, tries = tries })
  end
  self.loop = loop.new { report = self.report, step = function() return step(self) end }
  return self
end

return sqs
