local event = require "plumb.lambda.event"
local json = require "plumb.json"
local problem = require "plumb.problem"

local OI, OTHER = "oi-0123456789ab", "oi-ba9876543210"

local function read(value) return event.read(type(value) == "string" and value or json.encode(value)) end

local function refused(value)
  local ok, failure = pcall(read, value)
  assert.is_false(ok)
  assert.is_true(problem.is(failure), tostring(failure))
  return failure
end

local function sns(subject, message)
  return { Type = "Notification", MessageId = "11111111-1111-4111-a111-111111111111",
    TopicArn = "arn:aws:sns:eu-west-1:111122223333:plumb", Subject = subject, Message = message or "a change",
    Timestamp = "2026-01-02T03:04:05.000Z", SignatureVersion = "1", Signature = "EXAMPLE" }
end

local function opsitem_event(id, status)
  return { version = "0", id = "22222222-2222-4222-a222-222222222222", ["detail-type"] = "OpsItem Update",
    source = "aws.ssm", account = "111122223333", time = "2026-01-02T03:04:05Z", region = "eu-west-1",
    resources = json.list { "arn:aws:ssm:eu-west-1:111122223333:opsitem/" .. id },
    detail = { ["ops-item-id"] = id, status = status } }
end

local function batch(...)
  local records = {}
  for i, body in ipairs { ... } do
    records[i] = { messageId = "m-" .. i, receiptHandle = "EXAMPLE", eventSource = "aws:sqs", awsRegion = "eu-west-1",
      eventSourceARN = "arn:aws:sqs:eu-west-1:111122223333:plumb", attributes = { ApproximateReceiveCount = "1" },
      messageAttributes = {}, md5OfBody = "EXAMPLE", body = type(body) == "string" and body or json.encode(body) }
  end
  return { Records = json.list(records) }
end

describe("an event", function()
  it("of a schedule wants everything done once", function()
    for _, source in ipairs { "aws.events", "aws.scheduler" } do
      assert.same({ kind = "schedule" }, read { version = "0", id = "33333333-3333-4333-a333-333333333333",
        ["detail-type"] = "Scheduled Event", source = source, account = "111122223333", time = "2026-01-02T03:04:05Z",
        region = "eu-west-1", resources = json.list { "arn:aws:events:eu-west-1:111122223333:rule/plumb" },
        detail = {} })
    end
  end)

  it("of SNS names the item in its subject", function()
    local wish = read { Records = json.list { { EventVersion = "1.0", EventSource = "aws:sns",
      EventSubscriptionArn = "arn:aws:sns:eu-west-1:111122223333:plumb:1", Sns = sns(OI) } } }
    assert.equal("hints", wish.kind)
    assert.same({ OI }, wish.ids)
    assert.is_nil(wish.messages)
  end)

  it("of EventBridge names it in its detail", function()
    assert.same({ OI }, read(opsitem_event(OI, "Resolved")).ids)
  end)

  it("of SQS is a batch, whatever its messages wrap", function()
    local wish = read(batch(sns(OI), opsitem_event(OTHER, "RESOLVED"), sns(OI), "what is this?"))
    assert.same({ OI, OTHER }, wish.ids)
    assert.same({ "m-1", "m-2", "m-3", "m-4" }, wish.messages)
    assert.same({ ["m-1"] = { OI }, ["m-2"] = { OTHER }, ["m-3"] = { OI } }, wish.by_message)
    assert.equal("m-4", wish.asides[1].message_id)
  end)

  it("of SQS without a single id is a batch all the same", function()
    local wish = read(batch("what is this?"))
    assert.same({}, wish.ids)
    assert.same({ "m-1" }, wish.messages)
    assert.same({}, wish.by_message)
  end)

  it("of SQS without the id of a message is refused as a whole", function()
    for _, id in ipairs { json.null, "", "with blanks", 7 } do
      local body = batch(sns(OI))
      body.Records[1].messageId = id
      refused(body)
    end
  end)
end)

describe("a command", function()
  it("becomes the command line that it stands for", function()
    assert.same({ "scan", "--yes", "--json" }, read { command = "scan" }.argv)
    assert.same({ "scan", "--yes", "--json", "--full", "--limit=5", "--risk=high", "--workload=shop-*",
      "--workload=--yes" }, read { command = "scan", args = { workload = json.list { "shop-*", "--yes" }, full = true,
      risk = "high", limit = 5, baseline = false } }.argv)
    assert.same({ "resolve", "--yes", "--json", "--item=" .. OI }, read { command = "resolve",
      args = { item = OI } }.argv)
    assert.equal("--fail-on=high", read { command = "scan", args = { ["fail-on"] = "high" } }.argv[4])
  end)

  it("is one that makes sense in a function", function()
    assert.matches("did you mean 'scan'", refused { command = "scam" }.fix, 1, true)
    refused { command = "sim" }
    refused { command = json.list { "scan" } }
    assert.matches("dry run", refused { command = "scan", args = { dry_run = true } }.what, 1, true)
    for _, name in ipairs { "save", "accounts", "policy", "set", "state", "scripts", "endpoint_url", "yes", "nope" } do
      assert.matches(name, refused { command = "scan", args = { [name] = "x" } }.what, 1, true)
    end
    refused { command = "scan", args = json.list { "--yes" } }
    refused { command = "scan", args = { workload = { name = "x" } } }
  end)
end)

describe("anything else", function()
  it("is refused with what would be understood", function()
    for _, text in ipairs { "", "null", "7", '"scan"', "[]", "[1]", "{}", '{"Records":[]}', '{"Records":[{}]}',
      '{"detail-type":"EC2 Instance State-change Notification","source":"aws.ec2"}', "{" } do
      assert.matches("command", refused(text).fix or "", 1, true)
    end
  end)
end)
