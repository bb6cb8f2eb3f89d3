-- Simple Queue Service, standard queues: sending, receiving with visibility time-outs and long polling, deleting,
-- redrive to a dead-letter queue. Delivery is at least once and unordered in the real service; here it is in order.

local digest = require("plumb.digest")
local fail = require("sim.fail")
local json = require("plumb.json")

local M = { operations = {} }
local op = M.operations

local DEFAULTS = { VisibilityTimeout = "30", MaximumMessageSize = "262144", MessageRetentionPeriod = "345600",
  DelaySeconds = "0", ReceiveMessageWaitTimeSeconds = "0" }
local POLL = 0.1 -- seconds between two looks while a long poll waits

local function invalid(message)
  fail.raise("InvalidParameterValue", message, { query_code = "InvalidParameterValue" })
end

local function no_queue()
  fail.raise("QueueDoesNotExist", "The specified queue does not exist.",
    { query_code = "AWS.SimpleQueueService.NonExistentQueue" })
end

local function queue_of(ctx, url)
  local name = url:match("/([%w_-]+)$")
  return name and ctx.world.queues[name] or no_queue()
end

---Makes a queue.
---@param world sim.World
---@param name string
---@param attributes table<string, string>?
---@return table queue
function M.create(world, name, attributes)
  local queue = { name = name, messages = {}, attributes = {}, created = world:now(),
    arn = world:arn("sqs", name),
    url = ("https://sqs.%s.amazonaws.com/%s/%s"):format(world.region, world.account, name) }
  for key, value in pairs(DEFAULTS) do
    queue.attributes[key] = value
  end
  for key, value in pairs(attributes or {}) do
    queue.attributes[key] = value
  end
  world.queues[name] = queue
  return queue
end

local function put(world, queue, body, delay)
  local message = { id = world.sim:uuid(), body = body, sent_at = world:now(), count = 0,
    visible_at = world:now() + (delay or tonumber(queue.attributes.DelaySeconds)) }
  queue.messages[#queue.messages + 1] = message
  return message
end

---Puts a text into a queue, making the queue when there is none.
---@param world sim.World
---@param name string
---@param body string
---@return table message
function M.deliver(world, name, body)
  return put(world, world.queues[name] or M.create(world, name), body)
end

local function md5(text)
  return digest.hex(digest.md5(text))
end

local function range(value, low, high, name)
  if value and (value < low or value > high) then
    invalid(("Value %d for parameter %s is invalid. Reason: Must be between %d and %d."):format(value, name, low, high))
  end
  return value
end

local function send(ctx, queue, entry)
  if #entry.MessageBody == 0 or #entry.MessageBody > tonumber(queue.attributes.MaximumMessageSize) then
    invalid("One or more parameters are invalid. Reason: Message must have 1 to "
      .. queue.attributes.MaximumMessageSize .. " bytes.")
  end
  local message = put(ctx.world, queue, entry.MessageBody, range(entry.DelaySeconds, 0, 900, "DelaySeconds"))
  message.attributes = entry.MessageAttributes
  return { MessageId = message.id, MD5OfMessageBody = md5(message.body) }
end

---@param ctx sim.Context
---@param input table
---@return table
function op.SendMessage(ctx, input)
  return send(ctx, queue_of(ctx, input.QueueUrl), input)
end

local function remove(queue, message)
  for i, entry in ipairs(queue.messages) do
    if entry == message then
      table.remove(queue.messages, i)
      return
    end
  end
end

-- To the dead-letter queue, when the policy says that it was received often enough.
local function redriven(ctx, queue, message)
  local policy = queue.attributes.RedrivePolicy and json.decode(queue.attributes.RedrivePolicy)
  local most = policy and tonumber(policy.maxReceiveCount)
  if not most or message.count < most then
    return false
  end
  local target = ctx.world.queues[policy.deadLetterTargetArn:match("[^:]+$")]
  if not target then
    return false
  end
  remove(queue, message)
  message.visible_at, message.source = ctx.world:now(), queue.arn
  target.messages[#target.messages + 1] = message
  return true
end

local function attributes_of(message, names)
  local all = { ApproximateReceiveCount = ("%d"):format(message.count), SenderId = "AIDASIMULATED",
    SentTimestamp = ("%d"):format(math.floor(message.sent_at * 1000)),
    ApproximateFirstReceiveTimestamp = ("%d"):format(math.floor(message.first_at * 1000)),
    DeadLetterQueueSourceArn = message.source }
  local wanted, some = {}, false
  for _, name in ipairs(names) do
    for key, value in pairs(all) do
      if name == "All" or name == key then
        wanted[key], some = value, true
      end
    end
  end
  return some and wanted or nil
end

local function receipt(message)
  return digest.base64(message.id .. ":" .. message.count)
end

local function collect(ctx, queue, input)
  local now, list, seen = ctx.world:now(), {}, table.move(queue.messages, 1, #queue.messages, 1, {})
  local timeout = input.VisibilityTimeout or tonumber(queue.attributes.VisibilityTimeout)
  for _, message in ipairs(seen) do
    if message.visible_at <= now and not redriven(ctx, queue, message) then
      message.count, message.visible_at = message.count + 1, now + timeout
      message.first_at = message.first_at or now
      list[#list + 1] = { MessageId = message.id, ReceiptHandle = receipt(message), Body = message.body,
        MD5OfBody = md5(message.body), MessageAttributes = input.MessageAttributeNames and message.attributes,
        Attributes = attributes_of(message, input.MessageSystemAttributeNames or input.AttributeNames or {}) }
      if #list == (input.MaxNumberOfMessages or 1) then
        break
      end
    end
  end
  return list
end

---Waits up to WaitTimeSeconds when there is nothing. `Messages` is absent when nothing came.
---@param ctx sim.Context
---@param input table
---@return table
---@see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ReceiveMessage.html
function op.ReceiveMessage(ctx, input)
  local queue = queue_of(ctx, input.QueueUrl)
  range(input.MaxNumberOfMessages, 1, 10, "MaxNumberOfMessages")
  range(input.VisibilityTimeout, 0, 43200, "VisibilityTimeout")
  local wait = range(input.WaitTimeSeconds, 0, 20, "WaitTimeSeconds")
    or tonumber(queue.attributes.ReceiveMessageWaitTimeSeconds)
  local stop = ctx.world:now() + wait
  local list = collect(ctx, queue, input)
  while #list == 0 and ctx.world:now() < stop do
    local before = ctx.world:now()
    ctx.sim.sleep(POLL)
    if ctx.world:now() <= before then
      break -- a clock that stands still would make this wait for ever
    end
    list = collect(ctx, queue, input)
  end
  return { Messages = list[1] and list or nil }
end

-- The message a receipt handle is for. An older handle than the last one names it, but has no power over it any more.
local function by_receipt(queue, handle)
  local id, count = (digest.unbase64(handle) or ""):match("^([%x-]+):(%d+)$")
  if not id then
    fail.raise("ReceiptHandleIsInvalid", ("The input receipt handle %q is not a valid receipt handle."):format(handle),
      { query_code = "ReceiptHandleIsInvalid" })
  end
  for _, message in ipairs(queue.messages) do
    if message.id == id then
      return message, message.count == tonumber(count)
    end
  end
end

local function delete(_, queue, entry)
  local message, latest = by_receipt(queue, entry.ReceiptHandle)
  if message and latest then
    remove(queue, message)
  end
end

local function change(ctx, queue, entry)
  range(entry.VisibilityTimeout, 0, 43200, "VisibilityTimeout")
  local message = by_receipt(queue, entry.ReceiptHandle)
  if not message then
    invalid("Value for parameter ReceiptHandle is invalid. Reason: Message does not exist or is not available for"
      .. " visibility timeout change.")
  elseif message.visible_at <= ctx.world:now() then
    fail.raise("MessageNotInflight", "The specified message is not in flight.",
      { query_code = "AWS.SimpleQueueService.MessageNotInflight" })
  end
  message.visible_at = ctx.world:now() + (entry.VisibilityTimeout or 0)
end

---@param ctx sim.Context
---@param input table
---@return table
function op.DeleteMessage(ctx, input)
  delete(ctx, queue_of(ctx, input.QueueUrl), input)
  return {}
end

---@param ctx sim.Context
---@param input table
---@return table
function op.ChangeMessageVisibility(ctx, input)
  change(ctx, queue_of(ctx, input.QueueUrl), input)
  return {}
end

local function check_batch(entries)
  local seen = {}
  if #entries == 0 then
    fail.raise("EmptyBatchRequest", "There should be at least one entry in the request.",
      { query_code = "AWS.SimpleQueueService.EmptyBatchRequest" })
  elseif #entries > 10 then
    fail.raise("TooManyEntriesInBatchRequest", "Maximum number of entries per request are 10.",
      { query_code = "AWS.SimpleQueueService.TooManyEntriesInBatchRequest" })
  end
  for _, entry in ipairs(entries) do
    if seen[entry.Id] then
      fail.raise("BatchEntryIdsNotDistinct", ("Id %s repeated."):format(entry.Id),
        { query_code = "AWS.SimpleQueueService.BatchEntryIdsNotDistinct" })
    end
    seen[entry.Id] = true
  end
end

-- A batch answers 200 whatever happens to its entries; those that failed are listed.
local function batch(ctx, input, each)
  local queue, good, bad = queue_of(ctx, input.QueueUrl), {}, {}
  check_batch(input.Entries)
  for _, entry in ipairs(input.Entries) do
    local ok, result = pcall(each, ctx, queue, entry)
    if ok then
      result = result or {}
      result.Id = entry.Id
      good[#good + 1] = result
    elseif fail.is(result) then
      bad[#bad + 1] = { Id = entry.Id, SenderFault = true, Code = result.query_code or result.code,
        Message = result.message }
    else
      error(result, 0)
    end
  end
  return { Successful = good, Failed = bad }
end

---@param ctx sim.Context
---@param input table
---@return table
function op.SendMessageBatch(ctx, input)
  return batch(ctx, input, send)
end

---@param ctx sim.Context
---@param input table
---@return table
function op.DeleteMessageBatch(ctx, input)
  return batch(ctx, input, delete)
end

---@param ctx sim.Context
---@param input table
---@return table
function op.ChangeMessageVisibilityBatch(ctx, input)
  return batch(ctx, input, change)
end

---@param ctx sim.Context
---@param input table
---@return table
function op.CreateQueue(ctx, input)
  if not input.QueueName:find("^[%w_-]+$") or #input.QueueName > 80 then
    invalid("Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length; FIFO queues are"
      .. " not simulated")
  end
  local queue = ctx.world.queues[input.QueueName] or M.create(ctx.world, input.QueueName, input.Attributes)
  return { QueueUrl = queue.url }
end

---@param ctx sim.Context
---@param input table
---@return table
function op.DeleteQueue(ctx, input)
  ctx.world.queues[queue_of(ctx, input.QueueUrl).name] = nil
  return {}
end

---@param ctx sim.Context
---@param input table
---@return table
function op.GetQueueUrl(ctx, input)
  return { QueueUrl = (ctx.world.queues[input.QueueName] or no_queue()).url }
end

---@param ctx sim.Context
---@param input table
---@return table
function op.ListQueues(ctx, input)
  local urls = {}
  for name, queue in pairs(ctx.world.queues) do
    if name:sub(1, #(input.QueueNamePrefix or "")) == (input.QueueNamePrefix or "") then
      urls[#urls + 1] = queue.url
    end
  end
  table.sort(urls)
  return { QueueUrls = urls[1] and urls or nil }
end

---@param ctx sim.Context
---@param input table
---@return table
function op.PurgeQueue(ctx, input)
  queue_of(ctx, input.QueueUrl).messages = {}
  return {}
end

local function all_attributes(ctx, queue)
  local waiting, flying, delayed = 0, 0, 0
  for _, message in ipairs(queue.messages) do
    if message.visible_at <= ctx.world:now() then
      waiting = waiting + 1
    elseif message.count > 0 then
      flying = flying + 1
    else
      delayed = delayed + 1
    end
  end
  local all = { QueueArn = queue.arn, ApproximateNumberOfMessages = tostring(waiting),
    ApproximateNumberOfMessagesNotVisible = tostring(flying), ApproximateNumberOfMessagesDelayed = tostring(delayed),
    CreatedTimestamp = ("%d"):format(math.floor(queue.created)),
    LastModifiedTimestamp = ("%d"):format(math.floor(queue.created)) }
  for key, value in pairs(queue.attributes) do
    all[key] = value
  end
  return all
end

---@param ctx sim.Context
---@param input table
---@return table
function op.GetQueueAttributes(ctx, input)
  local all, wanted, some = all_attributes(ctx, queue_of(ctx, input.QueueUrl)), {}, false
  for _, name in ipairs(input.AttributeNames or {}) do
    for key, value in pairs(all) do
      if name == "All" or name == key then
        wanted[key], some = value, true
      end
    end
  end
  return { Attributes = some and wanted or nil }
end

---@param ctx sim.Context
---@param input table
---@return table
function op.SetQueueAttributes(ctx, input)
  local queue = queue_of(ctx, input.QueueUrl)
  for key, value in pairs(input.Attributes) do
    queue.attributes[key] = value
  end
  return {}
end

return M
