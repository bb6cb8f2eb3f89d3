-- plumb lambda as AWS runs it: a process that asks the runtime API for events, on the simulator, state in a table.

local json = require("plumb.json")
local process = require("support.process")
local simulator = require("support.simulator_process")
local state_table = require("plumb.store.dynamodb.table")
local stores = require("plumb.store")
local task = require("plumb.task")
local transport = require("plumb.transport")

local SCHEDULE = { version = "0", id = "53dc4d37-cffa-4f76-80c9-8b7d4a4d2eaa", ["detail-type"] = "Scheduled Event",
  source = "aws.events", account = "111122223333", time = "2026-01-02T03:04:05Z", region = "us-east-1",
  resources = json.list { "arn:aws:events:us-east-1:111122223333:rule/plumb" }, detail = {} }

describe("plumb lambda", function()
  local stage, started

  before_each(function()
    stage = simulator.start()
    assert(state_table.create(stage:client(), "plumb"))
  end)
  after_each(function()
    if started then started:stop() end
    started = nil
    stage:stop()
  end)

  local function start(env)
    local all = { PLUMB_STATE = "dynamodb:plumb", AWS_LAMBDA_RUNTIME_API = stage.url:match "//(.+)$",
      AWS_LAMBDA_FUNCTION_NAME = "plumb" }
    for _, given in ipairs { stage.env, env or {} } do
      for name, value in pairs(given) do all[name] = value end
    end
    started = process.start({ "sh", "-c", 'echo started; exec "$0" lambda', simulator.binary },
      { env = all, err = stage.folder .. "/lambda.log" })
  end

  -- Hands an event over and waits for what becomes of it.
  local function invoke(event, seconds)
    if not started then start() end
    local response = assert(transport.send { method = "POST", scheme = "http", host = stage.url:match "//(.+)$",
      path = "/_sim/invoke", query = "", headers = {}, body = json.encode { event = event, seconds = seconds },
      timeout = 100 })
    return assert(json.decode(response.body))
  end

  local function done(event)
    local said = invoke(event)
    assert.equal("done", said.status, json.encode(said))
    return said.response
  end

  local function log() return process.read(stage.folder .. "/lambda.log") end

  local function made_items()
    local list = {}
    for id, item in pairs(stage:items()) do
      if item.Status == "Open" then list[#list + 1] = id end
    end
    table.sort(list)
    return list
  end

  local function updates()
    return stage:calls()["wellarchitected.UpdateAnswer"] or 0
  end

  -- As if the minute for which a dead writer keeps the others out were over.
  local function end_lease()
    local store = stores.open { path = "dynamodb:plumb", client = stage:client() }
    assert(store:commit { { "delete", "lease", assert(store:get("lease", "writer")) } })
    store:close()
  end

  local function sns(id)
    return { Type = "Notification", MessageId = "95df01b4-ee98-5cb9-9903-4c221d41eb5e",
      TopicArn = "arn:aws:sns:us-east-1:111122223333:plumb", Subject = id, Message = "An OpsItem was changed",
      Timestamp = "2026-01-02T03:04:05.000Z", SignatureVersion = "1", Signature = "EXAMPLE",
      SigningCertURL = "https://sns.us-east-1.amazonaws.com/SimpleNotificationService-0123.pem",
      UnsubscribeURL = "https://sns.us-east-1.amazonaws.com/?Action=Unsubscribe" }
  end

  local function eventbridge(id)
    return { version = "0", id = "17793124-05d4-b198-2fde-7ededc63b103", ["detail-type"] = "OpsItem Update",
      source = "aws.ssm", account = "111122223333", time = "2026-01-02T03:04:05Z", region = "us-east-1",
      resources = json.list { "arn:aws:ssm:us-east-1:111122223333:opsitem/" .. id },
      detail = { ["created-by"] = "EXAMPLE", status = "Resolved", ["ops-item-id"] = id } }
  end

  local function sqs(messages)
    local records = {}
    for i, message in ipairs(messages) do
      records[i] = { messageId = ("059f36b4-87a3-44ab-83d2-66197571%04d"):format(i), receiptHandle = "EXAMPLE",
        body = type(message) == "string" and message or json.encode(message), messageAttributes = {},
        attributes = { ApproximateReceiveCount = "1", SentTimestamp = "1545082649183", SenderId = "EXAMPLE",
          ApproximateFirstReceiveTimestamp = "1545082649185" }, md5OfBody = "EXAMPLE", eventSource = "aws:sqs",
        eventSourceARN = "arn:aws:sqs:us-east-1:111122223333:plumb", awsRegion = "us-east-1" }
    end
    return { Records = json.list(records) }
  end

  it("makes items on a schedule, and the next time nothing", function()
    local result = done(SCHEDULE)
    assert.equal("resolve", result.runs[1].command)
    local created = result.runs[2].summary.created
    assert.is_true(created > 0)
    assert.equal(created, #made_items())
    assert.equal(0, done(SCHEDULE).runs[2].summary.created)
    assert.equal(created, #made_items())
  end)

  it("writes back what an SNS message, an OpsItem event and a batch of SQS name", function()
    done { command = "scan" }
    local ids = made_items()
    for i = 1, 4 do stage:person { id = ids[i], status = "Resolved" } end
    assert.equal(1, done({ Records = json.list { { EventSource = "aws:sns", EventVersion = "1.0",
      EventSubscriptionArn = "arn:aws:sns:us-east-1:111122223333:plumb:1", Sns = sns(ids[1]) } } })
      .runs[1].summary.updated)
    assert.equal(1, done(eventbridge(ids[2])).runs[1].summary.updated)
    local before = updates()
    assert.same({}, done(sqs { sns(ids[3]), eventbridge(ids[4]), sns(ids[1]) }).batchItemFailures)
    assert.is_true(updates() > before)
    before = updates()
    assert.same({}, done(sqs { sns(ids[3]), eventbridge(ids[4]) }).batchItemFailures)
    assert.equal(before, updates())
  end)

  it("gives back the messages whose item failed, and those it does not understand", function()
    done { command = "scan" }
    local ids = made_items()
    local questions = {}
    for _, id in ipairs { ids[1], ids[2] } do
      local data = stage:items()[id].OperationalData
      questions[#questions + 1] = data.WorkloadId.Value .. data.QuestionId.Value
      stage:person { id = id, status = "Resolved" }
    end
    stage:fault { operation = "wellarchitected.UpdateAnswer", nth = 1, kind = "reset" }
    local failures = done(sqs { sns(ids[1]), sns(ids[2]), "raw text" }).batchItemFailures
    local last = failures[#failures].itemIdentifier
    assert.matches("0003$", last)
    assert.equal(questions[1] == questions[2] and 3 or 2, #failures)
    assert.same({}, done(sqs { sns(ids[1]), sns(ids[2]) }).batchItemFailures)
  end)

  it("runs a command with its arguments and gives back its document", function()
    local document = done({ command = "scan", args = { risk = "high", limit = 2 } }).runs[1].document
    assert.equal("plumb.scan/1", document.schema)
    assert.equal(2, document.summary.created)
    assert.equal("Plumb.E103", invoke({ command = "scan", args = { nope = true } }).error_type)
    assert.equal("Plumb.E103", invoke({ hello = "world" }).error_type)
    assert.equal(2, #made_items())
  end)

  it("says what AWS refused, in the error and in the log, and goes on", function()
    stage:fault { operation = "wellarchitected.ListWorkloads", kind = "expired_token", count = 5 }
    local said = invoke { command = "scan" }
    assert.equal("failed", said.status)
    assert.matches("^Plumb%.E2", said.error_type)
    stage:clear_faults()
    done { command = "scan" }
    for line in log():gmatch "[^\n]+" do
      local entry = assert(json.decode(line), line)
      assert.is_truthy(entry.request_id, line)
      assert.is_nil(line:find(stage.env.AWS_SECRET_ACCESS_KEY, 1, true))
    end
  end)

  it("ends at once when it is told to while it waits", function()
    done { command = "scan", args = { limit = 1 } }
    started:stop()
    started = nil
    assert.matches("told to end, with nothing in hand", log(), 1, true) -- ended by the engine, it would not say that
  end)

  it("does not start with a policy that is wrong, and tells Lambda so", function()
    start { PLUMB_POLICY = process.write(stage.folder .. "/policy.lua", "return { titel = 1 }") }
    local said = invoke { command = "scan" }
    assert.equal("failed", said.status)
    assert.equal("E402", said.error.errorType)
    assert.matches("titel", said.error.errorMessage, 1, true)
  end)

  it("killed in the middle leaves nothing behind that the next sandbox does not put right", function()
    stage:fault { operation = "ssm.CreateOpsItem", nth = 3, kind = "latency", ms = 60000 }
    start()
    local killer = task.spawn(function()
      while (stage:calls()["ssm.CreateOpsItem"] or 0) < 3 do task.sleep(0.02) end
      process.shell(("kill -KILL $(cat /proc/%d/task/%d/children)"):format(started.pid, started.pid))
      started:stop()
      start()
    end)
    assert.equal("Runtime.ExitError", invoke({ command = "scan" }, 60).error.errorType)
    task.join(killer)
    stage:clear_faults()
    assert.equal("Plumb.E502", invoke({ command = "scan" }, 3).error_type) -- for all anybody knows it still runs
    end_lease()
    assert.is_true(done({ command = "scan", args = { full = true } }).runs[1].summary.created > 0)
    local seen = {}
    for _, item in pairs(stage:items()) do
      local key = item.OperationalData.FindingKey.Value
      assert.is_nil(seen[key])
      seen[key] = true
    end
  end)
end)
