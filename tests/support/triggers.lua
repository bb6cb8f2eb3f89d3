-- The stages on which triggers are tried: a simulator behind each, with the clock of the spec.

local aws = require("plumb.aws")
local endpoint = require("plumb.aws.endpoint")
local inbox = require("plumb.inbox")
local json = require("plumb.json")
local poll = require("plumb.trigger.poll")
local simulator = require("sim")
local sqs = require("plumb.trigger.sqs")
local sqs_world = require("sim.sqs")
local store_of = require("plumb.store")
local task = require("plumb.task")
local time = require("plumb.time")
local webhook = require("plumb.trigger.webhook")
local world_of = require("support.world")

local M = {}

local KEY, SECRET = "AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"

local function id_of(n) return ("oi-%012x"):format(n) end

---Remembers what a trigger reports.
---@return fun(text: string, fields: table?) report
---@return { text: string, fields: table? }[] said
function M.listener()
  local said = {}
  return function(text, fields) said[#said + 1] = { text = text, fields = fields } end, said
end

---A simulator that lives in the spec's time, and a client for it.
---@return sim.Simulator
---@return table client
function M.simulator()
  local sim = simulator.new({ seed = "empty", now = time.now, credentials = { [KEY] = SECRET }, random_seed = 1,
    sleep = function(seconds) task.sleep(math.max(seconds, 5)) end })
  local client = aws.new({ region = sim.region, endpoint = endpoint.resolve,
    credentials = function() return { access_key_id = KEY, secret = SECRET, source = "spec" } end,
    send = function(request) return sim:send(request) end, random = function() return 0.5 end })
  return sim, client
end

---An SNS message as a queue holds it.
---@param id string  of the OpsItem
---@return string
function M.sns_body(id)
  return json.encode({ Type = "Notification", MessageId = "m-" .. id, TopicArn = "arn:aws:sns:us-east-1:1:t",
    Subject = id, Message = "x", Timestamp = "2026-01-02T03:04:05.000Z" })
end

---A queue "hints" with a dead-letter queue "dead", and a trigger on it.
---@param options? table  for plumb.trigger.sqs
---@return table stage
function M.sqs(options)
  local sim, client = M.simulator()
  local dead = sqs_world.create(sim.world, "dead")
  local queue = sqs_world.create(sim.world, "hints", { RedrivePolicy = json.encode({ deadLetterTargetArn = dead.arn,
    maxReceiveCount = options and options.max_receive_count or "100" }) })
  local report, said = M.listener()
  local given = { client = client, queue = queue.url, report = report }
  for key, value in pairs(options or {}) do given[key] = value end
  local stage = { sim = sim, client = client, queue = queue, dead = dead, said = said, trigger = sqs.new(given),
    commit = function() end, close = function() end }
  local n = 0
  function stage.send(body) return sqs_world.deliver(sim.world, "hints", body) end
  function stage.emit()
    n = n + 1
    stage.send(M.sns_body(id_of(n)))
    return id_of(n)
  end
  return stage
end

---A webhook behind a gate that believes everything.
---@param options? table  for plumb.trigger.webhook
---@return table stage
function M.webhook(options)
  local report, said = M.listener()
  local given = { gate = { check = function(_, body) return json.decode(body) end }, report = report,
    store = store_of.open({ path = ":memory:" }) }
  for key, value in pairs(options or {}) do given[key] = value end
  local stage = { store = given.store, said = said, trigger = webhook.new(given), commit = function() end,
    close = function() given.store:close() end }
  local n = 0
  function stage.post(body, changes)
    local request = { method = "POST", path = "/", query = "", headers = {}, body = body, peer = "127.0.0.1" }
    for key, value in pairs(changes or {}) do request[key] = value end
    return stage.trigger:receive(request)
  end
  function stage.emit()
    n = n + 1
    local response = stage.post(M.sns_body(id_of(n)))
    if response.status ~= 200 then error("the webhook said " .. response.status, 2) end
    return id_of(n)
  end
  return stage
end

---A poll of a world in which a scan has made items that people resolve one after the other.
---@param options table|nil  for plumb.trigger.poll
---@param clock spec.VirtualTime
---@return table stage
function M.poll(options, clock)
  local world = world_of.new()
  world:scan()
  time.set(function() return clock.now end) -- the world has put its own in force
  local report, said = M.listener()
  local open = {}
  for record in world.store:each("finding", { status = "open" }) do open[#open + 1] = record.item_id end
  local given = { report = report, inboxes = function()
    return { inbox.new({ store = world.store, sink = world.plumb.sink, policy = world.policy, now = time.now }) }
  end }
  for key, value in pairs(options or {}) do given[key] = value end
  local stage = { world = world, said = said, trigger = poll.new(given), close = function() end }
  local n = 0
  function stage.emit()
    n = n + 1
    world.clock = time.now()
    world:person_resolves(open[n])
    return open[n]
  end
  function stage.commit(id)
    local item = world.store:get("item", id)
    item.processed = true
    assert(world.store:commit({ { "put", "item", item } }))
  end
  return stage
end

return M
