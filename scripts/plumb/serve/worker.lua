-- Does one run after the other: those that a schedule wants, and resolves of what triggers were told of. What is wanted
-- while it waits for its turn is wanted once, and hints that come meanwhile go together. A run that fails has failed
-- for those who asked for it, and the next one begins.

local err = require "plumb.err"
local log = require "plumb.log"
local problem = require "plumb.problem"
local task = require "plumb.task"
local time = require "plumb.time"
local unattended = require "plumb.unattended"

local worker = {}

local STUCK = 900 -- seconds without a sign of life from a run; the longest wait for AWS is a tenth of that

---@class plumb.ServeWorker
---@field running? { command: string, since: number }  what is being done
---@field package run fun(command: string, hints: string[]?): plumb.UnattendedRun
---@field package turn plumb.Lock
---@field package waiting table<string, table>  jobs that have not begun, by kind
---@field package alive_at number  monotonic
local Worker = {}
Worker.__index = Worker

local INTERRUPTED = err.new { code = "Stopping", message = "plumb is about to end; it comes again" }

-- A bug in one run is that run's: it is told, and the next one begins.
local function guarded(self, job)
  local ok, run = xpcall(self.run, debug.traceback, job.command, job.ids)
  if ok then return run end
  log.error("a bug in plumb", { event = "run.ended", command = job.command, what = unattended.as_line(tostring(run)) })
  return { command = job.command, problem = problem.new { id = "E901", what = tostring(run):match "^[^\n]*" } }
end

local function carry_out(self, job)
  self.waiting[job.kind] = nil
  if self.stopping then return { command = job.command, interrupted = true } end
  self:sign_of_life()
  self.running = { command = job.command, since = time.now() }
  local _ <close> = setmetatable({}, { __close = function() self.running = nil end })
  return guarded(self, job)
end

-- Asks for a run of a kind and waits for its end. One that waits for its turn already serves everybody who asks.
local function ask(self, kind, command, ids)
  if self.stopping then return { command = command, interrupted = true } end
  local job = self.waiting[kind]
  if not job then
    job = { kind = kind, command = command, ids = ids and {}, seen = {} }
    self.waiting[kind] = job
    job.task = task.spawn(function() return self.turn:with(carry_out, self, job) end)
    self.latest = job.task
  end
  for _, id in ipairs(ids or {}) do
    if not job.seen[id] then
      job.seen[id] = true
      table.insert(job.ids, id)
    end
  end
  return task.join(job.task)
end

---What the schedule wants: everything that was resolved, then a scan. Does not wait.
function Worker:tick()
  task.spawn(function() ask(self, "resolve", "resolve") end)
  task.spawn(function() ask(self, "scan", "scan") end)
end

---The handler of triggers that name items: resolves those. Waits.
---@param hints plumb.Hint[]
---@return true|nil
---@return plumb.Error? err
---@return table<string, true>? done
function Worker:follow(hints)
  local ids = {}
  for i, hint in ipairs(hints) do ids[i] = hint.id end
  local run = ask(self, "hints", "resolve", ids)
  local done = unattended.committed(run, ids)
  for _, id in ipairs(ids) do
    if not done[id] then
      local failure = unattended.failure(run)
      return nil, failure and err.new { code = failure.type, message = failure.message } or INTERRUPTED, done
    end
  end
  return true
end

---The handler of a trigger that has seen that something is resolved: resolves all there is. Waits.
---@return true|nil
---@return plumb.Error? err
function Worker:resolve_all()
  local run = ask(self, "resolve", "resolve")
  local failure = unattended.failure(run)
  if failure then return nil, err.new { code = failure.type, message = failure.message } end
  if run.interrupted then return nil, INTERRUPTED end
  return true
end

---Something happened that a run which hangs would not do.
function Worker:sign_of_life() self.alive_at = time.monotonic() end

---Whether a run has been silent for so long that it will not come to its end.
---@return boolean
function Worker:is_stuck() return self.running ~= nil and time.monotonic() - self.alive_at > STUCK end

---Begins nothing new and lets the run at hand come to its end. Waits.
function Worker:stop()
  self.stopping = true
  if self.latest then pcall(task.join, self.latest) end
end

---@param run fun(command: "scan"|"resolve", hints: string[]?): plumb.UnattendedRun  waits
---@return plumb.ServeWorker
function worker.new(run)
  return setmetatable({ run = run, turn = task.lock(), waiting = {}, alive_at = time.monotonic(), stopping = false },
    Worker)
end

return worker
