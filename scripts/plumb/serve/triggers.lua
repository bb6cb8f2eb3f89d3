-- The triggers of a daemon, side by side: made from its settings, started together and stopped together. Each tells
-- the worker, and goes on whatever becomes of what it told.

local context = require "plumb.context"
local problem = require "plumb.problem"
local sns = require "plumb.trigger.sns"
local task = require "plumb.task"
local trigger = require "plumb.trigger"

local triggers = {}

---@class plumb.ServeTriggers
---@field list plumb.Trigger[]
---@field package handlers table<plumb.Trigger, plumb.HintHandler>
local Triggers = {}
Triggers.__index = Triggers

-- Calls of triggers change nothing that a lease would have to guard, and are no run's.
local function client_for(parts, region)
  local client = parts.session.client:with { gate = false, region = region or parts.session.region }
  rawset(client, "calls", {})
  return client
end

local function poll(self, settings, about)
  local function inboxes()
    local args = setmetatable({ parts = about.parts() }, { __index = about.args })
    local list = {}
    for i, place in ipairs(context.places(context.open(args, about.cli))) do list[i] = place.inbox end
    return list
  end
  local made = trigger.new("poll", { inboxes = inboxes, interval = settings.poll })
  self.handlers[made] = function() return about.worker:resolve_all() end
  return made
end

-- A queue's URL names its Region, but for one behind an endpoint of somebody's own.
local function queue(self, settings, about)
  local region = settings.queue:match "^https://sqs%.([%l%d-]+)%.amazonaws%.com"
  local made = trigger.new("sqs", { client = client_for(about.parts(), region), queue = settings.queue })
  self.handlers[made] = function(hints) return about.worker:follow(hints) end
  return made
end

local function webhook(self, settings, about)
  local said = settings.webhook
  local gate, failure = sns.new { topics = said.topics }
  if not gate then error(problem.from(failure), 0) end
  local parts = about.parts()
  local made = trigger.new("webhook", { gate = gate, store = parts.store, address = said.address, port = said.port,
    path = said.path, public = said.public, client = said.confirm and client_for(parts) or nil })
  self.handlers[made] = function(hints) return about.worker:follow(hints) end
  return made
end

-- What was refused is about where it listens: everything else fails later, and is tried again.
local function start(self, made)
  local done, failure = made:start(self.handlers[made])
  if done then return end
  problem.raise { id = "E700", what = ("the %s trigger cannot listen"):format(made.name),
    because = ("%s: %s"):format(failure.code, failure.message),
    fix = "serve.webhook.listen in the policy names another address" }
end

---Starts all of them. Raises a plumb.Problem when one cannot; then none runs.
function Triggers:start()
  for _, made in ipairs(self.list) do
    local ok, failure = pcall(start, self, made)
    if not ok then
      self:stop()
      error(failure, 0)
    end
  end
end

---Stops all of them at the same time; what their handlers have begun comes to its end. Waits.
function Triggers:stop()
  local stopping = {}
  for i, made in ipairs(self.list) do stopping[i] = task.spawn(made.stop, made) end
  for _, one in ipairs(stopping) do pcall(task.join, one) end
end

---Where the webhook listens; nil without one.
---@return integer|nil port
function Triggers:webhook_port()
  for _, made in ipairs(self.list) do
    if made.name == "webhook" then return made.port end
  end
end

---Makes the triggers that the settings name. Raises a plumb.Problem for a topic that is none.
---@param settings plumb.ServeSettings
---@param about { parts: (fun(): table), worker: plumb.ServeWorker, args: table, cli: plumb.Cli }  parts: those of the
---  context that exist: session, store and the policy in force
---@return plumb.ServeTriggers
function triggers.new(settings, about)
  local self = setmetatable({ list = {}, handlers = {} }, Triggers)
  for _, entry in ipairs { { "poll", poll }, { "queue", queue }, { "webhook", webhook } } do
    if settings[entry[1]] then self.list[#self.list + 1] = entry[2](self, settings, about) end
  end
  return self
end

return triggers
