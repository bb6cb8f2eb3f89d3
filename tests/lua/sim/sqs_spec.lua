local client = require("lua.sim.client")
local json = require("plumb.json")

local URL = "https://sqs.us-east-1.amazonaws.com/111122223333/q"

describe("SQS", function()
  local c

  before_each(function()
    c = client.new({ seed = { queues = { "q", "dead" } } })
  end)

  local function send(...)
    for _, body in ipairs({ ... }) do
      c:ok("sqs.SendMessage", { QueueUrl = URL, MessageBody = body })
    end
  end

  local function receive(fields)
    local input = { QueueUrl = URL, MaxNumberOfMessages = 10 }
    for key, value in pairs(fields or {}) do
      input[key] = value
    end
    return c:ok("sqs.ReceiveMessage", input).Messages
  end

  it("gives one message unless told, with its digest", function()
    send("a", "b")
    local list = c:ok("sqs.ReceiveMessage", { QueueUrl = URL }).Messages
    assert.same({ 1, "a", "0cc175b9c0f1b6a831c399e269772661" }, { #list, list[1].Body, list[1].MD5OfBody })
    assert.is_nil(list[1].Attributes)
  end)

  it("leaves Messages out when nothing came", function()
    assert.is_nil(receive())
  end)

  it("hides a message until its time-out has passed, and counts", function()
    send("a")
    local first = receive({ VisibilityTimeout = 10 })[1]
    assert.is_nil(receive())
    c.time = c.time + 10
    local again = receive({ MessageSystemAttributeNames = { "All" } })[1]
    assert.equal("2", again.Attributes.ApproximateReceiveCount)
    assert.are_not.equal(first.ReceiptHandle, again.ReceiptHandle)
    c:ok("sqs.DeleteMessage", { QueueUrl = URL, ReceiptHandle = first.ReceiptHandle })
    assert.equal(1, #c.sim.world.queues.q.messages)
    c:ok("sqs.DeleteMessage", { QueueUrl = URL, ReceiptHandle = again.ReceiptHandle })
    assert.equal(0, #c.sim.world.queues.q.messages)
  end)

  it("waits for a message by the sleep it was given", function()
    assert.is_nil(receive({ WaitTimeSeconds = 20 }))
    assert.is_true(c.slept >= 19.9 and c.slept < 20.2)
    c:ok("sqs.SendMessage", { QueueUrl = URL, MessageBody = "late", DelaySeconds = 5 })
    c.slept = 0
    assert.equal("late", receive({ WaitTimeSeconds = 20 })[1].Body)
    assert.is_true(c.slept >= 4.9 and c.slept < 5.3)
  end)

  it("changes visibility, to nothing too", function()
    send("a")
    local message = receive()[1]
    c:ok("sqs.ChangeMessageVisibility", { QueueUrl = URL, ReceiptHandle = message.ReceiptHandle,
      VisibilityTimeout = 0 })
    assert.equal(1, #receive())
  end)

  it("deletes in batches and says which entries failed", function()
    send("a", "b")
    local list = receive()
    local output = c:ok("sqs.DeleteMessageBatch", { QueueUrl = URL, Entries = {
      { Id = "1", ReceiptHandle = list[1].ReceiptHandle }, { Id = "2", ReceiptHandle = "garbage" } } })
    assert.same({ { Id = "1" } }, output.Successful)
    assert.same({ "2", "ReceiptHandleIsInvalid", true }, { output.Failed[1].Id, output.Failed[1].Code,
      output.Failed[1].SenderFault })
    assert.equal(1, #c.sim.world.queues.q.messages)
    local code = c:refused("sqs.DeleteMessageBatch", { QueueUrl = URL, Entries = {} })
    assert.equal("EmptyBatchRequest", code)
  end)

  it("moves a message to the dead-letter queue when it was received often enough", function()
    c:ok("sqs.SetQueueAttributes", { QueueUrl = URL, Attributes = { RedrivePolicy = json.encode({ maxReceiveCount = 2,
      deadLetterTargetArn = "arn:aws:sqs:us-east-1:111122223333:dead" }) } })
    send("a")
    for _ = 1, 2 do
      assert.equal(1, #receive({ VisibilityTimeout = 0 }))
    end
    assert.is_nil(receive())
    assert.equal("a", c.sim.world.queues.dead.messages[1].body)
  end)

  it("names the old code of an error in a header", function()
    local _, body, response = c:call("sqs.ReceiveMessage", { QueueUrl = URL .. "x" })
    assert.same({ "com.amazonaws.sqs#QueueDoesNotExist", "AWS.SimpleQueueService.NonExistentQueue;Sender" },
      { body.__type, response.headers["x-amzn-query-error"] })
    assert.is_string(body.message)
  end)

  it("counts what is in a queue", function()
    send("a", "b", "c")
    c:ok("sqs.ReceiveMessage", { QueueUrl = URL })
    local attributes = c:ok("sqs.GetQueueAttributes", { QueueUrl = URL, AttributeNames = { "All" } }).Attributes
    assert.same({ "2", "1", "30", "arn:aws:sqs:us-east-1:111122223333:q" }, { attributes.ApproximateNumberOfMessages,
      attributes.ApproximateNumberOfMessagesNotVisible, attributes.VisibilityTimeout, attributes.QueueArn })
    assert.equal(URL, c:ok("sqs.GetQueueUrl", { QueueName = "q" }).QueueUrl)
  end)
end)
