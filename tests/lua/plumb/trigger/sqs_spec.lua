local err = require("plumb.err")
local json = require("plumb.json")
local task = require("plumb.task")
local time = require("plumb.time")
local triggers = require("support.triggers")
local virtual_time = require("support.virtual_time")

describe("the sqs trigger", function()
  local stage, calls, asides

  local function open(options)
    local given = { on_aside = function(aside, tries) asides[#asides + 1] = { aside = aside, tries = tries } end }
    for key, value in pairs(options or {}) do given[key] = value end
    stage = triggers.sqs(given)
  end

  before_each(function()
    virtual_time.start()
    calls, asides = {}, {}
  end)
  after_each(function()
    stage.trigger:stop()
    virtual_time.stop()
  end)

  local function start(handler)
    assert(stage.trigger:start(function(hints)
      calls[#calls + 1] = hints
      if handler then return handler(hints, #calls) end
      return true
    end))
  end

  local function executed(operation)
    local list = {}
    for _, entry in ipairs(stage.sim.journal) do
      if entry.operation == operation then list[#list + 1] = entry end
    end
    return list
  end

  local function said(part)
    for _, line in ipairs(stage.said) do
      if line.text:find(part, 1, true) then return line end
    end
  end

  local function event_body(id)
    return json.encode({ ["detail-type"] = "OpsItem Update", source = "aws.ssm", id = "e-1", account = "111122223333",
      region = "us-east-1", resources = json.list({ "arn:aws:ssm:us-east-1:111122223333:opsitem/" .. id }),
      detail = { status = "Resolved", ["ops-item-id"] = id } })
  end

  it("takes ten messages with one call, hands them over together and deletes them with one call", function()
    open()
    for _ = 1, 10 do stage.emit() end
    start()
    task.sleep(30)
    assert.equal(1, #calls)
    assert.equal(10, #calls[1])
    assert.equal(1, #executed("DeleteMessageBatch"))
    assert.equal(0, #stage.queue.messages)
    assert.equal(10, stage.trigger.counts.deleted)
  end)

  it("reads messages of SNS and of EventBridge, and passes on what they tell", function()
    open()
    local message = stage.send(event_body("oi-0123456789ab"))
    stage.emit()
    start()
    task.sleep(30)
    assert.same({ id = "oi-0123456789ab", source = "eventbridge", account = "111122223333", region = "us-east-1",
      status = "Resolved", message_id = message.id }, calls[1][1])
    assert.equal("sns", calls[1][2].source)
  end)

  it("hands an id over once, and deletes all hundred messages that name it", function()
    open()
    for _ = 1, 100 do stage.send(triggers.sns_body("oi-0123456789ab")) end
    start()
    task.sleep(60)
    for _, hints in ipairs(calls) do assert.equal(1, #hints) end
    assert.equal(0, #stage.queue.messages)
  end)

  it("deletes nothing before the handler has committed", function()
    open()
    stage.emit()
    local left
    start(function()
      task.sleep(10)
      left = #stage.queue.messages
      return true
    end)
    task.sleep(60)
    assert.equal(1, left)
    assert.equal(0, #stage.queue.messages)
  end)

  it("keeps messages hidden for as long as the handler works", function()
    open({ visibility = 60 })
    stage.emit()
    start(function()
      task.sleep(3600)
      return true
    end)
    task.sleep(5000)
    assert.equal(1, #calls)
    assert.is_true(stage.trigger.counts.extended >= 100)
    assert.equal(0, #stage.queue.messages)
    local extended = stage.trigger.counts.extended
    task.sleep(600)
    assert.equal(extended, stage.trigger.counts.extended)
  end)

  it("says when a message could not be kept hidden, and goes on", function()
    open({ visibility = 60 })
    stage.emit()
    start(function()
      stage.sim:fault({ operation = "sqs.ChangeMessageVisibilityBatch", kind = "5xx" })
      task.sleep(100)
      return true
    end)
    task.sleep(200)
    assert.truthy(said("may be seen by others"))
    assert.equal(0, #stage.queue.messages)
  end)

  it("leaves what it cannot read for the dead-letter queue, and goes on with the others", function()
    open({ max_receive_count = "3" })
    for _, body in ipairs({ "OpsItem oi-0123456789ab was updated", "{", '{"Type":"Notification","TopicArn":"x"}',
      (event_body("oi-0123456789ab"):gsub("aws%.ssm", "aws.ec2")) }) do
      stage.send(body)
    end
    local ids = { stage.emit(), stage.emit() }
    start()
    task.sleep(1000)
    assert.same(ids, { calls[1][1].id, calls[1][2].id })
    assert.equal(1, #calls)
    assert.equal(4, #stage.dead.messages)
    assert.equal(0, #stage.queue.messages)
    assert.equal(12, #asides)
    assert.equal(3, asides[12].tries)
    assert.is_true(asides[1].aside.raw)
    assert.truthy(asides[1].aside.message_id)
  end)

  it("does not let one that cannot be dealt with hold up the others", function()
    open({ max_receive_count = "4" })
    local bad = stage.emit()
    local good = { stage.emit(), stage.emit(), stage.emit() }
    local committed = {}
    start(function(hints)
      for _, hint in ipairs(hints) do
        if hint.id == bad then return nil, err.new({ code = "Poison", message = "never" }) end
      end
      for _, hint in ipairs(hints) do committed[hint.id] = true end
      return true
    end)
    task.sleep(2000)
    for _, id in ipairs(good) do assert.is_true(committed[id]) end
    assert.equal(1, #stage.dead.messages)
    assert.equal(0, #stage.queue.messages)
  end)

  it("leaves a message alone whose body arrived damaged", function()
    open()
    local damaged = 0
    local id = stage.emit()
    local client = { sqs = setmetatable({}, { __index = function(_, name)
      return function(_, input, options)
        local reply, failure = stage.client.sqs[name](stage.client.sqs, input, options)
        if name == "ReceiveMessage" and reply and reply.Messages and damaged == 0 then
          damaged = 1
          reply.Messages[1].Body = reply.Messages[1].Body .. " "
        end
        return reply, failure
      end
    end }) }
    stage.trigger = require("plumb.trigger.sqs").new({ client = client, queue = stage.queue.url, on_aside = function(a)
      asides[#asides + 1] = a
    end, report = function() end })
    start()
    task.sleep(600)
    assert.equal(1, #asides)
    assert.truthy(asides[1].reason:find("MD5", 1, true))
    assert.equal(id, calls[1][1].id) -- the next time it was whole
    assert.equal(0, #stage.queue.messages)
  end)

  it("asks three times a minute while there is nothing", function()
    open()
    start()
    task.sleep(3600)
    local n = #executed("ReceiveMessage")
    assert.is_true(n >= 170 and n <= 190, tostring(n))
    local input = executed("ReceiveMessage")[1].input
    assert.same({ 10, 20, 120 }, { input.MaxNumberOfMessages, input.WaitTimeSeconds, input.VisibilityTimeout })
    assert.same({}, stage.said)
  end)

  it("does not run hot when the service answers at once instead of waiting", function()
    open({ wait = 0 })
    start()
    task.sleep(3600)
    assert.is_true(#executed("ReceiveMessage") <= 200, tostring(#executed("ReceiveMessage")))
    local id = stage.emit()
    task.sleep(30)
    assert.equal(id, calls[1][1].id)
  end)

  it("waits for a receiving call longer than the call waits for messages", function()
    open()
    local timeouts = {}
    local receive = stage.client.sqs.ReceiveMessage
    stage.trigger = require("plumb.trigger.sqs").new({ queue = stage.queue.url, client = { sqs = {
      ReceiveMessage = function(_, input, options)
        timeouts[#timeouts + 1] = { input.WaitTimeSeconds, options.timeout }
        return receive(stage.client.sqs, input, options)
      end } } })
    start()
    task.sleep(30)
    assert.same({ 20, 30 }, timeouts[1])
  end)

  it("backs off while the queue is gone, says so, and goes on when it is back", function()
    open()
    stage.sim.world.queues.hints = nil
    start()
    task.sleep(3600)
    local n = stage.sim.counts["sqs.ReceiveMessage"]
    assert.is_true(n < 140, tostring(n))
    local line = said("it failed and is tried again")
    assert.truthy(line.fields.reason:find("QueueDoesNotExist", 1, true))
    stage.sim.world.queues.hints = stage.queue
    local id = stage.emit()
    task.sleep(120)
    assert.equal(id, calls[1][1].id)
  end)

  it("backs off while the handler fails at everything", function()
    open({ visibility = 1 })
    for _ = 1, 3 do stage.emit() end
    start(function() return nil, err.new({ code = "Throttled", message = "later" }) end)
    task.sleep(3600)
    assert.is_true(#calls < 400, tostring(#calls))
    assert.equal(3, #stage.queue.messages)
  end)

  it("looks at what a deletion says of each message", function()
    open()
    for _ = 1, 3 do stage.emit() end
    local delete, tries = stage.client.sqs.DeleteMessageBatch, {}
    local trigger = require("plumb.trigger.sqs").new({ queue = stage.queue.url, visibility = 60,
      report = function(text, fields) stage.said[#stage.said + 1] = { text = text, fields = fields } end,
      client = { sqs = setmetatable({ DeleteMessageBatch = function(_, input)
        tries[#tries + 1] = #input.Entries
        if #tries > 2 then return delete(stage.client.sqs, input) end
        local failed = table.remove(input.Entries, 2) or table.remove(input.Entries)
        if input.Entries[1] then assert(delete(stage.client.sqs, input)) end
        return { Failed = { { Id = failed.Id, Code = "InternalError", Message = "sorry", SenderFault = false } } }
      end }, { __index = stage.client.sqs }) } })
    stage.trigger = trigger
    start()
    task.sleep(30)
    assert.same({ 3, 1 }, tries) -- the one that failed was tried once more
    assert.equal(1, #stage.queue.messages)
    assert.equal(2, trigger.counts.deleted)
    assert.truthy(said("could not be deleted").fields.reason:find("InternalError", 1, true))
    task.sleep(300)
    assert.equal(2, #calls) -- it came again
    assert.equal(0, #stage.queue.messages)
  end)

  it("survives a lost deletion", function()
    open({ visibility = 60 })
    stage.emit()
    stage.sim:fault({ operation = "sqs.DeleteMessageBatch", kind = "reset" })
    start()
    task.sleep(1000)
    assert.is_true(#calls >= 2)
    assert.truthy(said("could not be deleted"))
    stage.sim:clear_faults()
    task.sleep(300)
    assert.equal(0, #stage.queue.messages)
  end)

  it("stops in the middle of a long wait", function()
    open()
    start()
    task.sleep(1)
    local before = time.now()
    stage.trigger:stop()
    assert.equal(before, time.now())
  end)
end)
