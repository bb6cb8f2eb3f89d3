local event_file = require("plumb.trigger.event_file")
local json = require("plumb.json")

local A, B, C = "oi-0123456789ab", "oi-0123456789ac", "oi-0123456789ad"

local function event(id)
  return { ["detail-type"] = "OpsItem Update", source = "aws.ssm", detail = { ["ops-item-id"] = id } }
end

local function sns(id) return { Type = "Notification", TopicArn = "arn:aws:sns:us-east-1:1:t", Subject = id } end

local function places(asides)
  local list = {}
  for i, aside in ipairs(asides) do list[i] = aside.place or "" end
  return list
end

local function ids_of(text)
  local ids, asides = event_file.read(text)
  assert.same({}, asides)
  return ids
end

describe("a file of events", function()
  it("holds one, on one line or spread out", function()
    assert.same({ A }, ids_of(json.encode(event(A))))
    assert.same({ A }, ids_of(json.encode_pretty(event(A)) .. "\n"))
    assert.same({ A }, ids_of("\239\187\191" .. json.encode(event(A)) .. "\r\n"))
    assert.same({ A }, ids_of(A))
    assert.same({ A }, ids_of('"' .. A .. '"'))
  end)

  it("holds a list of any kinds", function()
    assert.same({ A, B, C }, ids_of(json.encode(json.list({ event(A), sns(B), C, event(A) }))))
  end)

  it("holds what ReceiveMessage answers, as the AWS CLI prints it", function()
    local function message(n, body) return { MessageId = "m-" .. n, ReceiptHandle = "r", Body = body } end
    local whole = { Messages = json.list({ message(1, json.encode(sns(A))), message(2, json.encode(event(B))) }) }
    assert.same({ A, B }, ids_of(json.encode_pretty(whole)))
    assert.same({ C }, ids_of(json.encode(message(3, C))))
  end)

  it("holds one on each line, of any kinds, with empty lines between", function()
    local record = { eventSource = "aws:sqs", messageId = "m", body = json.encode(sns(C)) }
    local records = { Records = json.list({ record }) }
    assert.same({ A, B, C }, ids_of(table.concat({ json.encode(event(A)), "", "  " .. B .. " ", json.encode(records) },
      "\r\n")))
  end)

  it("holds several that are spread out, one after the other", function()
    assert.same({ A, B, C }, ids_of(json.encode_pretty(event(A)) .. "\n" .. json.encode_pretty(json.list({ sns(B) }))
      .. "\n" .. C .. "\n"))
  end)

  it("holds nothing", function()
    for _, text in ipairs({ "", "\n\n", " \r\n", "[]" }) do assert.same({}, ids_of(text)) end
  end)

  it("takes more than a message may hold", function()
    local list, lines = json.list({}), {}
    for i = 1, 10050 do list[i], lines[i] = ("oi-%012x"):format(i), json.encode(event(("oi-%012x"):format(i))) end
    assert.equal(10050, #ids_of(json.encode(list)))
    assert.equal(10050, #ids_of(table.concat(lines, "\n")))
  end)

  it("says on which line stands what it does not understand, and reads the others", function()
    local ids, asides = event_file.read(table.concat({ json.encode(event(A)), "nonsense", '{"a":1}', '{"a":', B,
      json.encode_pretty({ what = "else" }), C }, "\n"))
    assert.same({ A, B, C }, ids)
    assert.same({ "line 2", "line 3", "line 4", "line 6" }, places(asides))
    assert.truthy(asides[1].reason:find("^not JSON: column 1: "), asides[1].reason)
    assert.truthy(asides[2].reason:find("unknown shape", 1, true))
  end)

  it("says which member of a list it does not understand", function()
    local ids, asides = event_file.read(json.encode(json.list({ event(A), { a = 1 },
      { Records = json.list({ { eventSource = "aws:sqs", messageId = "m-1", body = "x" },
        { EventSource = "aws:s3" } }) }, B })))
    assert.same({ A, B }, ids)
    assert.same({ "entry 2", "entry 3, record 1", "entry 3, record 2" }, places(asides))
    assert.equal("m-1", asides[2].message_id)
    assert.truthy(asides[3].reason:find('unknown source "aws:s3"', 1, true))
  end)

  it("says both where both are known", function()
    local _, asides = event_file.read(A .. "\n" .. json.encode(json.list({ B, json.list({ 7 }) })))
    assert.same({ "line 2, entry 2, entry 1" }, places(asides))
  end)

  it("never raises, wherever a file is cut", function()
    local whole = json.encode_pretty(json.list({ event(A), sns(B) })) .. "\n" .. json.encode(event(C)) .. "\n" .. A
    for i = 0, #whole do
      local ids, asides = event_file.read(whole:sub(1, i))
      assert.is_true(#ids + #asides > 0 or not whole:sub(1, i):find("%S"), tostring(i))
    end
  end)
end)
