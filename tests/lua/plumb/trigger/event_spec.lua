local event = require("plumb.trigger.event")
local json = require("plumb.json")

local ID, OTHER = "oi-0123456789ab", "oi-ba9876543210"
local TOPIC = "arn:aws:sns:eu-west-1:111122223333:plumb"

local function sns(changes)
  local message = { Type = "Notification", MessageId = "22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324", TopicArn = TOPIC,
    Subject = ID, Message = "whatever", Timestamp = "2026-01-02T03:04:05.678Z", SignatureVersion = "1",
    Signature = "eA==", SigningCertURL = "https://x", UnsubscribeURL = "https://y" }
  for key, value in pairs(changes or {}) do message[key] = value ~= json.null and value or nil end
  return message
end

local function opsitem(changes, detail)
  local body = { version = "0", id = "7bf73129-1428-4cd3-a780-95db273d1602", ["detail-type"] = "OpsItem Update",
    source = "aws.ssm", account = "111122223333", time = "2026-01-02T03:04:05Z", region = "eu-west-1",
    resources = json.list({ "arn:aws:ssm:eu-west-1:111122223333:opsitem/" .. ID }),
    detail = { ["ops-item-id"] = ID, status = "Resolved", source = "Well-Architected", title = "x" } }
  for key, value in pairs(changes or {}) do body[key] = value ~= json.null and value or nil end
  for key, value in pairs(detail or {}) do body.detail[key] = value ~= json.null and value or nil end
  return body
end

local function sqs_record(body, id)
  return { messageId = id or "059f36b4-87a3-44ab-83d2-661975830a7d", receiptHandle = "x", md5OfBody = "x",
    body = type(body) == "string" and body or json.encode(body), attributes = {}, messageAttributes = {},
    eventSource = "aws:sqs", eventSourceARN = "arn:aws:sqs:eu-west-1:111122223333:q", awsRegion = "eu-west-1" }
end

local function sns_record(changes)
  return { EventVersion = "1.0", EventSubscriptionArn = TOPIC .. ":x", EventSource = "aws:sns", Sns = sns(changes) }
end

local function read(body, options)
  return event.read(type(body) == "string" and body or json.encode(body), options)
end

local function one(body, options)
  local hints, asides = read(body, options)
  assert.same({}, asides)
  assert.equal(1, #hints)
  return hints[1]
end

local function aside(body, options)
  local hints, asides = read(body, options)
  assert.same({}, hints)
  assert.equal(1, #asides)
  return asides[1]
end

describe("event.read", function()
  it("takes a plain id", function()
    for _, text in ipairs({ ID, ID .. "\n", "  " .. ID .. "  ", '"' .. ID .. '"' }) do
      assert.same({ id = ID, source = "id" }, one(text))
    end
  end)

  it("takes the id from an SNS subject, alone or within it, then from the text", function()
    local id = sns().MessageId
    assert.same({ id = ID, source = "sns", message_id = id }, one(sns()))
    assert.equal(ID, one(sns({ Subject = "OpsItem " .. ID .. " was updated", Message = OTHER })).id)
    assert.equal(ID, one(sns({ Subject = json.null, Message = "see " .. ID .. "." })).id)
    assert.equal(ID, one(sns({ Subject = "An OpsItem was updated", Message = '{"a":"' .. ID .. '"}' })).id)
  end)

  it("does not take a part of a longer word for an id", function()
    for _, text in ipairs({ ID .. "c", "x" .. ID, "oi-0123456789a", "oi-0123456789aB", "OI-0123456789AB",
      "oi-0123456789ag" }) do
      assert.truthy(aside(sns({ Subject = text })).reason:find("names no OpsItem", 1, true), text)
    end
  end)

  it("takes SNS records as Lambda gets them", function()
    assert.equal(ID, one({ Records = json.list({ sns_record() }) }).id)
    local hints = read({ Records = json.list({ sns_record(), sns_record({ Subject = OTHER }) }) })
    assert.same({ ID, OTHER }, { hints[1].id, hints[2].id })
    local nothing = sns_record()
    nothing.Sns.Subject = json.null
    assert.truthy(aside({ Records = json.list({ nothing }) }).message_id)
  end)

  it("takes SQS records and keeps the message's own id", function()
    local hint = one({ Records = json.list({ sqs_record(sns()) }) })
    assert.equal("059f36b4-87a3-44ab-83d2-661975830a7d", hint.message_id)
    assert.equal("sns", hint.source)
    hint = one({ Records = json.list({ sqs_record(opsitem()) }) })
    assert.equal("059f36b4-87a3-44ab-83d2-661975830a7d", hint.message_id)
    assert.equal("eventbridge", hint.source)
  end)

  it("judges each record of a batch by itself", function()
    local hints, asides = read({ Records = json.list({ sqs_record("?", "a"), sqs_record(sns(), "b"),
      sqs_record(opsitem({ source = "aws.ec2" }), "c"), { eventSource = "aws:kinesis" }, "x" }) })
    assert.same({ "b" }, { hints[1].message_id, hints[2] })
    assert.same({ "a", "c" }, { asides[1].message_id, asides[2].message_id })
    assert.equal(4, #asides)
  end)

  it("takes an EventBridge event with account, Region and status", function()
    assert.same({ id = ID, source = "eventbridge", account = "111122223333", region = "eu-west-1", status = "Resolved",
      message_id = opsitem().id }, one(opsitem()))
  end)

  it("reads statuses without case", function()
    for text, status in pairs({ RESOLVED = "Resolved", resolved = "Resolved", Open = "Open", OPEN = "Open",
      ["In Progress"] = "InProgress", IN_PROGRESS = "InProgress", Closed = "Closed" }) do
      assert.equal(status, one(opsitem(nil, { status = text })).status)
    end
    assert.is_nil(one(opsitem(nil, { status = json.null })).status)
  end)

  it("takes the id from either place of the event, account and Region from the ARN first", function()
    assert.equal(ID, one(opsitem({ resources = json.null })).id)
    assert.equal("111122223333", one(opsitem({ resources = json.null })).account)
    local arn = json.list({ "arn:aws-cn:ssm:cn-north-1:444455556666:opsitem/" .. ID })
    local hint = one(opsitem({ resources = arn }, { ["ops-item-id"] = json.null }))
    assert.same({ ID, "444455556666", "cn-north-1" }, { hint.id, hint.account, hint.region })
  end)

  it("sets an event aside that names two items, or none", function()
    assert.truthy(aside(opsitem(nil, { ["ops-item-id"] = OTHER })).reason:find(OTHER, 1, true))
    assert.truthy(aside(opsitem({ resources = json.null }, { ["ops-item-id"] = "oi-1" })).reason:find("without"))
    assert.truthy(aside(opsitem({ resources = json.null, detail = json.null })).reason:find("without"))
    assert.truthy(aside(opsitem({ resources = "x", detail = "y" })).reason:find("without"))
  end)

  it("sets other events aside", function()
    assert.truthy(aside(opsitem({ source = "aws.ec2" })).reason:find("aws.ec2", 1, true))
    assert.truthy(aside(opsitem({ ["detail-type"] = "Scheduled Event" })).reason:find("Scheduled Event", 1, true))
    assert.truthy(aside(opsitem({ ["detail-type"] = json.list({}) })).reason:find("no text", 1, true))
  end)

  it("takes an event that came by way of a topic, in a queue or not", function()
    local wrapped = sns({ Subject = json.null, Message = json.encode(opsitem()) })
    assert.equal("eventbridge", one(wrapped).source)
    assert.equal("Resolved", one(sqs_record(wrapped)).status)
    assert.truthy(aside(sns({ Subject = json.null, Message = json.encode(opsitem({ source = "x" })) })).reason)
  end)

  it("takes lists of events, as pipes deliver them", function()
    local hints = read(json.list({ sqs_record(sns()), opsitem(nil), ID }))
    assert.equal(3, #hints)
  end)

  it("names raw delivery where it is the likely reason", function()
    for _, body in ipairs({ "OpsItem " .. ID .. " was updated", '{"title":"x"}', "plain" }) do
      local found = aside(body, { queued = true })
      assert.is_true(found.raw)
      assert.truthy(found.reason:find("raw message delivery", 1, true))
      assert.is_nil(aside(body).raw)
    end
    assert.is_true(aside({ Records = json.list({ sqs_record("hello") }) }).raw)
  end)

  it("sets confirmations and unknown types aside", function()
    assert.truthy(aside(sns({ Type = "SubscriptionConfirmation" })).reason:find("SubscriptionConfirmation", 1, true))
    assert.truthy(aside(sns({ Type = "UnsubscribeConfirmation" })).reason:find("UnsubscribeConfirmation", 1, true))
    assert.truthy(aside(sns({ Type = "Notification\nx" })).reason:find("unknown type", 1, true))
    assert.truthy(aside(sns({ Type = 3 })).reason:find("unknown type", 1, true))
  end)

  it("sets aside what is no event, with a reason", function()
    for _, body in ipairs({ "", "null", "3", "true", "{}", "{", '{"a":1,', '{"Records":[3]}', '{"Records":[{}]}',
      '{"Records":[{"EventSource":"aws:sns"}]}', '{"Records":[{"eventSource":"aws:sqs"}]}', "\0", "\xff",
      '{"Type":"Notification","TopicArn":"x"}', '{"command":"scan"}' }) do
      local found = aside(body)
      assert.truthy(#found.reason > 5, body)
      assert.falsy(found.reason:find("[%c]"), body)
    end
    assert.same({ {}, {} }, { read('{"Records":[]}') })
  end)

  it("has an end to size, depth and wrapping", function()
    assert.truthy(aside((" "):rep(1024 * 1024) .. ID).reason:find("at most", 1, true))
    assert.truthy(aside(("["):rep(40) .. ("]"):rep(40)).reason:find("too deeply", 1, true))
    local text = ID
    for _ = 1, 6 do text = json.encode(text) end
    assert.truthy(aside(text).reason:find("too many", 1, true))
    text = json.encode(sns())
    for _ = 1, 6 do text = json.encode(sqs_record(text)) end
    assert.truthy(aside(text).reason:find("too many", 1, true))
    local hints, asides = read("[" .. ('"' .. ID .. '",'):rep(10001) .. '"' .. ID .. '"]')
    assert.equal(10000, #hints)
    assert.equal(2, #asides)
  end)

  it("never raises on damaged bodies", function()
    local whole = json.encode({ Records = json.list({ sqs_record(sns()), sns_record(), sqs_record(opsitem()) }) })
    local seed = 11
    for i = 1, 2000 do
      seed = (seed * 1103515245 + 12345) & 0x7fffffff
      local at, byte = seed % #whole + 1, (seed >> 11) & 255
      local text = i % 2 == 0 and whole:sub(1, at) or whole:sub(1, at - 1) .. string.char(byte) .. whole:sub(at + 1)
      local hints, asides = event.read(text)
      assert.is_true(#hints + #asides > 0)
      for _, hint in ipairs(hints) do assert.is_true(event.is_id(hint.id)) end
    end
    for _, value in ipairs({ 3, true, {} }) do
      assert.equal(1, #select(2, event.read(value)))
    end
    assert.equal(1, #select(2, event.read(nil)))
  end)
end)
