-- Something done again and again in a task of its own, as triggers do it: it rests between two times, backs off
-- while it fails, and can be stopped at any moment without cutting through work that must come to its end.

local err = require "plumb.err"
local random = require "plumb.random"
local task = require "plumb.task"

local loop = {}

local LONGEST = 60 -- seconds between two tries of what fails

---@class plumb.Loop
---@field package step fun(): number|false|nil, plumb.Error?
---@field package report fun(text: string, fields: table)
---@field package running plumb.Task?
---@field package working thread?  who is inside work()
---@field package stopping boolean
local Loop = {}
Loop.__index = Loop

-- 1 s, 2 s, 4 s and so on, by half of it less at random, so that several do not come back together.
local function pause_after(failures) return math.min(LONGEST, 2.0 ^ (failures - 1)) * (1 - random.number() / 2) end

local function once(self)
  local ok, rest, failure = pcall(self.step)
  if not ok then return nil, err.is(rest) and rest or err.new { code = "Failed", message = tostring(rest) } end
  if rest == nil then return nil, failure or err.new { code = "Failed", message = "it failed" } end
  return rest
end

local function run(self)
  local failures = 0
  while not self.stopping do
    local rest, failure = once(self)
    if rest == false then break end
    failures = rest and 0 or failures + 1
    if failure then
      rest = pause_after(failures)
      self.report("it failed and is tried again", { reason = tostring(failure), failures = failures, seconds = rest })
    end
    if not self.stopping then task.sleep(rest) end -- also for no time at all: others want their turn
  end
  self.running = nil
end

---Begins; does nothing when it runs.
function Loop:start()
  if self.running then return end
  self.stopping = false
  self.running = task.spawn(run, self)
end

---Whether it was asked to stop, so that a step with several parts can leave the rest.
---@return boolean
function Loop:is_stopping() return self.stopping end

---Runs fn(...), which stop() then waits for. Called from the step.
---@param fn function
---@return any ...
function Loop:work(fn, ...)
  self.working = coroutine.running()
  local _ <close> = setmetatable({}, { __close = function() self.working = nil end })
  return fn(...)
end

---Ends it: at once while it rests or waits for the world, after the work at hand otherwise. Called by that work
---itself it only asks. Waits.
function Loop:stop()
  self.stopping = true
  local running = self.running
  if not running or self.working == coroutine.running() then return end
  if self.working then
    pcall(task.join, running)
  else
    task.cancel(running)
  end
  self.running = nil
end

---@param options { step: (fun(): number|false|nil, plumb.Error?), report: fun(text: string, fields: table) }
---  step returns the seconds to rest, false when it is over, or nil, err (or raises) when it failed
---@return plumb.Loop
function loop.new(options)
  return setmetatable({ step = options.step, report = options.report, stopping = false }, Loop)
end

return loop
