-- The webhook of plumb serve from outside: signed messages, and strangers who waste its time.

local daemon_of = require("support.daemon")
local json = require("plumb.json")
local oracle = require("support.oracle")
local process = require("support.process")
local sender_of = require("support.sns_sender")
local simulator = require("support.simulator_process")
local task = require("plumb.task")
local transport = require("plumb.transport")

local SLOW, GOOD = 500, 200

describe("the webhook of plumb serve", function()
  local stage, daemon, sender

  setup(function() sender = sender_of.new() end)
  teardown(function() sender:remove() end)

  before_each(function()
    stage = simulator.start()
    stage:document("scan --yes --json --workload shop-prod")
    daemon = daemon_of.start(stage, { "--schedule", "rate(30 days)", "--set", "serve.poll=false",
      "--set", "serve.webhook.listen=127.0.0.1:0", "--set", "serve.webhook.path=/sns",
      "--set", "serve.webhook.topics=" .. sender_of.TOPIC }, { trusting = sender.folder })
  end)
  after_each(function()
    daemon:remove()
    stage:stop()
  end)

  local function post(message)
    local host, path = daemon.said.webhook:match("^http://([^/]+)(/.*)$")
    return assert(transport.send({ method = "POST", scheme = "http", host = host, path = path, query = "",
      headers = { ["content-type"] = "text/plain; charset=UTF-8" }, body = json.encode(message) })).status
  end

  -- Open items, one of each question.
  local function open_ids(count)
    local list, seen = {}, {}
    for id, item in pairs(stage:items()) do
      local question = oracle.field(item, "QuestionId")
      if not seen[question] and #list < count then seen[question], list[#list + 1] = true, id end
    end
    return list
  end

  local function updates() return stage:change_count "UpdateAnswer" end

  it("writes back what a signed message tells of, and refuses one that was changed", function()
    local ids = open_ids(2)
    for _, id in ipairs(ids) do stage:person({ id = id, status = "Resolved" }) end
    local message = sender:message({ Subject = ids[1] })
    assert.equal(200, post(message))
    message.Subject = ids[2]
    assert.equal(403, post(message))
    daemon_of.eventually(function() return updates() == 1 end, function() return process.read(daemon.err) end)
    daemon:wait_for("run.ended")
    local numbers = daemon:metrics()
    assert.equal(1, numbers['plumb_trigger_events_total{trigger="webhook",kind="accepted"}'])
    assert.equal(1, numbers['plumb_sns_refused_total{code="BadSignature"}'])
    assert.equal(143, daemon:stop())
    assert.equal(1, updates())
  end)

  it("answers the good ones while hundreds of others hang", function()
    local ids = open_ids(4)
    for _, id in ipairs(ids) do stage:person({ id = id, status = "Resolved" }) end
    local port = daemon.said.webhook:match(":(%d+)/")
    local slow = process.start({ "python3", "tests/support/slow_clients.py", port, SLOW })
    assert.equal("hanging", slow.first)
    local messages = {}
    for i = 1, GOOD do messages[i] = sender:message({ Subject = ids[i % #ids + 1] }) end
    for _, status in ipairs(task.map(messages, post)) do assert.equal(200, status) end
    assert.equal(200, (daemon:get("/healthz")))
    os.execute("kill " .. slow.pid)
    local hung, made = slow.pipe:read("l"):match("^(%d+) (%d+)$")
    slow:stop()
    assert.is_true(tonumber(hung) > SLOW / 2, hung)
    assert.is_true(tonumber(made) >= SLOW, made)
    daemon_of.eventually(function() return updates() == #ids end, function() return process.read(daemon.err) end)
    assert.equal(143, daemon:stop())
    assert.equal(#ids, updates())
  end)
end)
