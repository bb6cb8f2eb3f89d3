-- Does what an event wants, with the time that is left: each command runs as it would from the command line, its words
-- go to the log and its document is the result. Ten seconds before the end nothing new is begun, and what is left
-- waits for the next event: nothing is lost, since every step is in the state before it is made. A call that hangs is
-- called off two seconds before the end, as a crash would end it, so that there is an answer all the same.

local event = require "plumb.lambda.event"
local json = require "plumb.json"
local log = require "plumb.log"
local problem = require "plumb.problem"
local runtime = require "plumb.lambda.runtime"
local task = require "plumb.task"
local time = require "plumb.time"
local unattended = require "plumb.unattended"

local worker = {}

local MARGIN = 10       -- seconds before the end of an invocation in which nothing is begun
local SHORT = 30        -- an invocation with less than this keeps a third of it instead
local ANSWERING = 2     -- seconds before the end when what still hangs is called off; a tenth of little time
local READING = 0.6     -- the part of the time that a scan may read; the rest is for what follows from it

local SCHEDULE = { "resolve", "scan" } -- the shorter one first, so that the other cannot starve it

local LOCKED = "E502"   -- somebody else is at work
local PATIENCE = 90     -- seconds to wait for that one: a lease whose owner died ends sooner
local LOOK = 3          -- seconds between two looks

-- ---- one command ----

local as_line, failure_of = unattended.as_line, unattended.failure

local function is_locked(run) return run.problem ~= nil and run.problem.id == LOCKED end

-- One run, to its end or to ours.
local function attempt(self, argv, more)
  local done, run = task.within(self.cut_at - time.now(), unattended.run, argv, { env = self.env, args = more })
  if done then return run end
  log.warn("called off, since its time was over", { command = argv[1] })
  return { command = argv[1], interrupted = true }
end

-- Two invocations at once take turns.
local function in_turn(self, argv, more)
  local give_up = math.min(time.now() + PATIENCE, self.stop_at)
  local run = attempt(self, argv, more)
  if is_locked(run) then log.info("another run is under way; waiting for it", { command = run.command }) end
  while is_locked(run) and time.now() + LOOK < give_up do
    self.sleep(LOOK)
    run = attempt(self, argv, more)
  end
  return run
end

local function shown(run, whole)
  local document = run.document or {}
  return { command = run.command, exit = run.exit, run = document.run, interrupted = run.interrupted,
    summary = document.summary, problem = run.problem and run.problem.id, document = whole and document or nil }
end

-- ---- the wishes ----

local function result_of(kind, runs, whole)
  local list = {}
  for i, run in ipairs(runs) do list[i] = shown(run, whole) end
  return { schema = "plumb.lambda/1", trigger = kind, runs = json.list(list) }
end

local function first_failure(runs)
  for _, run in ipairs(runs) do
    local failure = failure_of(run)
    if failure then return failure end
  end
end

local DO = {}

-- Somebody else is at work: a schedule comes again, so this is no failure.
function DO.schedule(self)
  local runs = {}
  for _, command in ipairs(SCHEDULE) do
    local run = in_turn(self, { command, "--yes", "--json" }, command == "scan" and { read_until = self:read_until() }
      or nil)
    runs[#runs + 1] = run
    if is_locked(run) then
      log.warn("another run is under way; this one is left to it", { command = command })
      return result_of("schedule", runs)
    end
  end
  return result_of("schedule", runs), first_failure(runs)
end

function DO.command(self, wish)
  local run = in_turn(self, wish.argv, wish.command == "scan" and { read_until = self:read_until() } or nil)
  return result_of("command", { run }, true), failure_of(run)
end

-- What of a batch has to come again: what was not understood as well, so that it ends in the dead-letter queue.
local function failures_of(wish, done)
  local list = {}
  for _, message in ipairs(wish.messages) do
    local good = wish.by_message[message] ~= nil
    for _, id in ipairs(wish.by_message[message] or {}) do good = good and done[id] == true end
    if not good then list[#list + 1] = { itemIdentifier = message } end
  end
  return json.list(list)
end

function DO.hints(self, wish)
  for _, aside in ipairs(wish.asides) do
    log.warn("left aside: " .. aside.reason, { message = aside.message_id })
  end
  local run = { command = "resolve", exit = 0, document = { items = {}, summary = {} } }
  if wish.ids[1] then run = in_turn(self, { "resolve", "--yes", "--json" }, { hints = wish.ids }) end
  local failure = failure_of(run)
  if not wish.messages then return result_of("hints", { run }), failure or run.interrupted and self.too_late or nil end
  if failure then unattended.log_failure(failure) end
  return { batchItemFailures = failures_of(wish, unattended.committed(run, wish.ids)) }
end

-- ---- the time ----

---@class plumb.LambdaWorker
---@field env fun(name: string): string?
---@field package stop_at number  epoch seconds, from when on nothing is begun
---@field package cut_at number   epoch seconds, when what still hangs is called off
---@field package sleep fun(seconds: number)
local Worker = { too_late = { type = "TooLate", message = "the time was over before the item was written back" } }
Worker.__index = Worker

---@param options { env: (fun(name: string): string?), sleep: fun(seconds: number)? }
---@return plumb.LambdaWorker
function worker.new(options)
  return setmetatable({ env = options.env, sleep = options.sleep or task.sleep, stop_at = 0, cut_at = 0 }, Worker)
end

---Until when a scan may read.
---@return number  epoch seconds
---@package
function Worker:read_until()
  local now = time.now()
  return now + math.max(0, self.stop_at - now) * READING
end

-- Too long for Lambda: the lists go, the numbers stay.
local function fitting(result)
  local text = json.encode(result)
  if #text <= runtime.MOST then return text end
  for _, run in ipairs(result.runs) do run.document, run.cut = nil, true end
  return json.encode(result)
end

---Does what an event wants. Waits.
---@param text string      the event
---@param deadline number  epoch seconds, when Lambda ends the invocation
---@return string|nil response  JSON
---@return plumb.RunFailure|nil failure
function Worker:handle(text, deadline)
  local left = deadline - time.now()
  self.stop_at = deadline - (left > SHORT and MARGIN or left / 3)
  self.cut_at = deadline - math.min(ANSWERING, left / 10)
  task.set_deadline(self.stop_at)
  local _ <close> = setmetatable({}, { __close = function() task.set_deadline(nil) end })
  local ok, wish = pcall(event.read, text)
  if not ok then
    if not problem.is(wish) then error(wish, 0) end
    return nil, { type = wish.id, message = as_line(wish.what .. (wish.where and ": " .. wish.where or "")
      .. (wish.fix and "; " .. wish.fix or "")) }
  end
  local result, failure = DO[wish.kind](self, wish)
  if failure then return nil, failure end
  return fitting(result)
end

return worker
