-- The daemon: a schedule and triggers that want runs, a worker that does one after the other, and what the world is
-- told meanwhile. It reads its policy again on SIGHUP, and ends on SIGTERM when the item in hand is done.

local context = require "plumb.context"
local err = require "plumb.err"
local health = require "plumb.serve.health"
local log = require "plumb.log"
local measure = require "plumb.serve.measure"
local policy_of = require "plumb.policy"
local problem = require "plumb.problem"
local runs = require "plumb.serve.runs"
local service_of = require "plumb.service"
local settings_of = require "plumb.serve.settings"
local task = require "plumb.task"
local ticker = require "plumb.serve.ticker"
local time = require "plumb.time"
local triggers = require "plumb.serve.triggers"
local unattended = require "plumb.unattended"
local worker_of = require "plumb.serve.worker"

local serve = {}

---@class plumb.Daemon
---@field parts { session: plumb.Session, store: plumb.Store, policy: plumb.Policy }
---@field settings plumb.ServeSettings
---@field package service plumb.Service
local Daemon = {}
Daemon.__index = Daemon

-- ---- how it is doing ----

local function state_of(self)
  local running = self.worker.running
  return { ready = self.ready, stuck = self.worker:is_stuck(), running = running and running.command or nil,
    running_since = running and time.iso(running.since) or nil,
    next_run = self.ticker and self.ticker.at and time.iso(self.ticker.at) or nil,
    policy = self.parts.policy.path }
end

local function metrics_of(self)
  return self.measure:text { triggers = self.triggers.list, next_at = self.ticker and self.ticker.at,
    ready = self.ready, store = self.parts.store }
end

local function tell_manager(self)
  local at = self.ticker and self.ticker.at
  self.service:ready(at and "next run at " .. time.iso(at) or "waiting for hints")
end

-- The manager hears from the loop itself, so that silence means that the loop stands still, and hears nothing more
-- when a run is stuck.
local function keep_alive(self)
  if not self.service.watchdog then return end
  task.spawn(function()
    while true do
      if not self.worker:is_stuck() then self.service:alive() end
      task.sleep(self.service.watchdog / 3)
    end
  end)
end

-- ---- schedule and triggers, which come and go with the policy ----

local function start_schedule(self)
  local schedule = self.settings.schedule
  self.ticker = schedule and ticker.new { schedule = schedule, jitter = self.settings.jitter, now = time.now(),
    last = runs.last_scan(self.parts.store) }
  if self.ticker then self.ticker:start(function() self.worker:tick() end) end
end

local function make_triggers(self, settings)
  return triggers.new(settings, { parts = function() return self.parts end, worker = self.worker, args = self.args,
    cli = self.cli })
end

-- Old ones end before new ones begin: both may want the same port. When the new ones cannot begin, the old ones go on.
local function replace(self, policy, settings)
  local before = { policy = self.parts.policy, settings = self.settings, triggers = self.triggers }
  local made = make_triggers(self, settings)
  self.triggers:stop()
  self.parts.policy, self.settings, self.triggers = policy, settings, made
  local ok, failure = pcall(made.start, made)
  if ok then return end
  self.parts.policy, self.settings, self.triggers = before.policy, before.settings, before.triggers
  self.triggers:start()
  error(failure, 0)
end

-- ---- SIGHUP ----

-- The first problem is raised; plumb check lists them all, and so does the log.
local function load_policy(self)
  local policy, problems = policy_of.read { path = self.args.policy, set = self.args.set, env = self.cli.env }
  for i = 2, #problems do unattended.tell("error", problems[i], { event = "policy.problem" }) end
  if problems[1] then error(problems[1], 0) end
  return policy, settings_of.of(policy, self.args)
end

local function same_place(a, b) return not a and not b or a and b and a.address == b.address and a.port == b.port end

local function take_policy(self)
  local policy, settings = load_policy(self)
  if not same_place(settings.health, self.settings.health) then
    log.warn("serve.health.listen changes with the next start only")
    settings.health = self.settings.health
  end
  replace(self, policy, settings)
  if self.ticker then self.ticker:stop() end
  start_schedule(self)
  self.measure:policy(policy)
end

---Reads the policy again and goes by it, when it is good; otherwise the one in force stays, and the log says why.
---Waits.
---@return boolean good
function Daemon:reload()
  self.service:reloading()
  local ok, failure = pcall(take_policy, self)
  self.measure:reload(ok)
  if ok then
    log.info("the policy was read again", { event = "policy.loaded", path = self.parts.policy.path })
  elseif problem.is(failure) then
    unattended.tell("error", failure, { event = "policy.refused", kept = "the policy in force stays" })
  else
    log.error("the policy could not be read again", { event = "policy.refused", reason = tostring(failure) })
  end
  tell_manager(self)
  return ok
end

local function listen_to_hangups(self)
  local listener, failure = service_of.listen_hangup()
  if not listener then error(err.new { kind = "input", code = failure.code, message = failure.message }, 0) end
  self.hangups = listener
  self.reloader = task.spawn(function()
    while true do
      listener:wait()
      self:reload()
    end
  end)
end

-- ---- the life of a daemon ----

-- Without credentials nothing will ever work, and that is told at once; a network that is not there yet will come.
local function check_credentials(self)
  local account = self.base.account
  log.debug("whose workloads these are", { account = account and tostring(account) })
end

local function announce(self, listening)
  local port = self.triggers:webhook_port()
  local shown = { health = listening and ("http://%s:%d"):format(self.settings.health.address, listening.port),
    webhook = port and ("http://%s:%d%s"):format(self.settings.webhook.address, port, self.settings.webhook.path),
    schedule = self.settings.schedule and self.settings.schedule.text, poll = self.settings.poll,
    queue = self.settings.queue, simulated = self.parts.session.simulated or nil,
    next_run = self.ticker and self.ticker.at and time.iso(self.ticker.at) or nil }
  log.info("serving", { event = "serve.ready", health = shown.health, webhook = shown.webhook,
    schedule = shown.schedule, next_run = shown.next_run, queue = shown.queue, policy = self.parts.policy.path })
  if self.cli.args.json then
    shown.schema = "plumb.serve/1"
    self.cli.json(shown)
    self.cli.flush()
  end
end

local function start(self)
  local listening = self.settings.health and health.listen(self.settings.health, {
    state = function() return state_of(self) end, metrics = function() return metrics_of(self) end })
  self.health = listening
  check_credentials(self)
  self.measure:policy(self.parts.policy)
  listen_to_hangups(self)
  self.triggers:start()
  start_schedule(self)
  self.ready = true
  announce(self, listening)
  tell_manager(self)
  keep_alive(self)
end

-- Nothing new from here on: the schedule first, then what others tell, then the work at hand.
local function stop(self)
  self.ready = false
  self.service:stopping()
  log.info("ending", { event = "serve.stopping" })
  task.cancel(self.reloader)
  if self.ticker then self.ticker:stop() end
  self.triggers:stop()
  self.worker:stop()
end

-- However it ends.
local function let_go(self)
  if self.health then self.health.close() end
  if self.hangups then self.hangups:close() end
  self.base:close()
end

local function run_one(self, command, hints)
  return runs.one(command, hints, { parts = self.parts, args = self.args, env = self.cli.env,
    measure = self.measure })
end

-- What a schedule wants, now and not again. The first trouble decides the exit code; a run that fails does not keep
-- the other from being tried.
local function once(self)
  local code = 0
  for _, command in ipairs { "resolve", "scan" } do
    local run = run_one(self, command)
    local own = run.problem and problem.exit_code(run.problem) or run.exit or 0
    code = code == 0 and own or code
  end
  return code
end

local function open(args, cli)
  local self = setmetatable({ args = args, cli = cli, ready = false, measure = measure.new() }, Daemon)
  self.worker = worker_of.new(function(command, hints) return run_one(self, command, hints) end)
  args.on_call = function(info)
    self.worker:sign_of_life()
    self.measure:call(info)
  end
  self.base = context.open(args, cli)
  return self
end

---Serves until somebody asks the process to end; with --once it does what a schedule wants and ends. Raises a
---plumb.Problem when it cannot begin. Waits.
---@param args table  of the command line
---@param cli plumb.Cli
---@return integer exit_code
function serve.run(args, cli)
  local self = open(args, cli)
  local _ <close> = setmetatable({}, { __close = function() let_go(self) end })
  local base = self.base
  self.settings = settings_of.of(base.policy, args)
  self.service = service_of.new { env = cli.env, on_failure = function(message)
    log.debug("the service manager was not told", { reason = message })
  end }
  self.parts = { session = base.session, store = base.store, policy = base.policy }
  if args.once then return once(self) end
  self.triggers = make_triggers(self, self.settings)
  start(self)
  task.wait_stop()
  stop(self)
  return 0
end

return serve
