-- The inside of a daemon on a simulator in this process: worker, queue and webhook as plumb serve has them, on a world
-- in which a scan has made an item for every missing practice. Nothing takes time but the work itself.

local json = require "plumb.json"
local measure = require "plumb.serve.measure"
local runs = require "plumb.serve.runs"
local seed_of = require "sim.seed.large"
local sqs = require "plumb.trigger.sqs"
local sqs_world = require "sim.sqs"
local task = require "plumb.task"
local webhook = require "plumb.trigger.webhook"
local worker_of = require "plumb.serve.worker"
local world_of = require "support.world"

local daemon_world = {}

local QUIET = 3 -- empty replies of the queue in a row

---@class proof.DaemonWorld
---@field world tests.World
---@field worker plumb.ServeWorker
---@field records table[]  the open findings
local Stage = {}
Stage.__index = Stage

local function session_of(world)
  return { client = world.client, region = world.sim.region, simulated = true, credentials = nil,
    access_key_digest = function() return "proof" end }
end

---@param shape { workloads: integer, questions: integer, choices: integer?, missing: integer? }  one missing practice
---  in each question unless told
---@return proof.DaemonWorld
function daemon_world.new(shape)
  local world = world_of.new { seed = seed_of { workloads = shape.workloads, questions = shape.questions,
    risky = shape.questions, choices = shape.choices or 2, missing = shape.missing or 1 },
    set = { ["budget.run"] = "false", ["budget.month"] = "false", flood = "false" } }
  world.sim.sleep = function() task.sleep(0.002) end -- a queue that waits for messages lets the others work
  world:scan()
  local self = setmetatable({ world = world, records = {}, runs = 0 }, Stage)
  for record in world.store:each("finding", { status = "open" }) do self.records[#self.records + 1] = record end
  local about = { parts = { session = session_of(world), store = world.store, policy = world.policy }, args = {},
    env = function() return nil end, measure = measure.new() }
  self.worker = worker_of.new(function(command, hints)
    self.runs = self.runs + 1
    return runs.one(command, hints, about)
  end)
  return self
end

---Lets every request take so long, so that others come meanwhile.
---@param seconds number
function Stage:slow_down(seconds)
  local send = self.world.client.send
  self.world.client.send = function(request)
    task.sleep(seconds)
    return send(request)
  end
end

---Starts the queue's and the webhook's triggers.
---@return proof.DaemonWorld self
function Stage:start()
  local sim = self.world.sim
  self.queue = sqs_world.create(sim.world, "hints", {})
  local client = self.world.client:with {}
  self.sqs = sqs.new { client = client, queue = self.queue.url, wait = 1, report = print }
  -- What is signed is another proof's affair: this gate believes everybody.
  self.webhook = webhook.new { store = self.world.store, report = print, max_pending = math.huge,
    gate = { check = function(_, body) return json.decode(body) end } }
  for _, one in ipairs { self.sqs, self.webhook } do
    assert(one:start(function(hints) return self.worker:follow(hints) end))
  end
  return self
end

local function body_of(self, id)
  self.serial = (self.serial or 0) + 1
  return json.encode { Type = "Notification", MessageId = ("m-%d"):format(self.serial), Subject = id, Message = "x",
    TopicArn = "arn:aws:sns:us-east-1:111122223333:plumb", SignatureVersion = "2" }
end

---A message into the queue.
---@param id string  of the OpsItem
function Stage:send(id) sqs_world.deliver(self.world.sim.world, "hints", body_of(self, id)) end

---A message to the webhook.
---@param id string
function Stage:post(id)
  local response = self.webhook:receive { method = "POST", path = "/", query = "", headers = {},
    body = body_of(self, id), peer = "127.0.0.1" }
  if response.status ~= 200 then error("the webhook said " .. response.status) end
end

---Messages and written hints that are not dealt with.
---@return integer
function Stage:left()
  local n = self.queue and #self.queue.messages or 0
  for _ in self.world.store:each "inbox" do n = n + 1 end
  return n
end

---Works until there is nothing left to do.
function Stage:run_until_quiet()
  local quiet = 0
  while quiet < QUIET do
    task.sleep(0.005)
    local busy = self.worker.running or next(self.worker.waiting) or self.sqs and self:left() > 0
    quiet = busy and 0 or quiet + 1
  end
end

---Ends it.
function Stage:close()
  if self.sqs then
    self.sqs:stop()
    self.webhook:stop()
  end
  self.worker:stop()
  self.world.store:close()
  world_of.restore()
end

return daemon_world
