-- Tasks: functions that run side by side and may wait, written as straight lines. The door of
-- engine.task; everything that needs concurrency, sleep, or code that must not wait asks here.

local engine = require "engine.task"
local time = require "plumb.time"

local task = {}

-- A coroutine that waits (for a reply, a timer) yields this mark. Whoever resumed it did not get a
-- value but has to wait as well, so the mark is passed on outwards until it reaches the scheduler.
-- With this in place generators and other coroutines may wait like everybody else.
local raw_resume, raw_yield, status = coroutine.resume, coroutine.yield, coroutine.status

-- The line of a coroutine that called what waits: the innermost one that is not of this library.
local function place_in(co)
  local place = ""
  for level = 100, 0, -1 do
    local info = debug.getinfo(co, level, "Sl")
    local ours = not info or info.short_src:find("^scripts/plumb/")
    if not ours and info.currentline > 0 then place = ("%s:%d: "):format(info.short_src, info.currentline) end
  end
  return place
end

local function pass_on(co, ok, first, ...)
  if ok and first == engine.parked and status(co) == "suspended" then
    if not coroutine.isyieldable() then
      local place = place_in(co)
      coroutine.close(co) -- calls off what it had begun to wait for
      return false, place .. "cannot wait here: this coroutine was resumed inside a sort, a gsub, a require, a store "
        .. "transaction or a hook that has to answer at once"
    end
    raw_yield(first)
    return pass_on(co, raw_resume(co))
  end
  return ok, first, ...
end

function coroutine.resume(co, ...)
  return pass_on(co, raw_resume(co, ...))
end

local function unwrap(co, ok, ...)
  if ok then return ... end
  local reason = ...
  coroutine.close(co)
  error(reason, 0)
end

function coroutine.wrap(fn)
  local co = coroutine.create(fn)
  return function(...)
    return unwrap(co, coroutine.resume(co, ...))
  end
end

---@class plumb.Task
---@field package co any      the engine's task
---@field package done boolean
---@field package ok boolean
---@field package results table  packed
---@field package waiters table  engine tasks parked in join

local Task = {}
Task.__index = Task

local function finish(self, ok, ...)
  self.done, self.ok, self.results = true, ok, table.pack(...)
  for _, waiter in ipairs(self.waiters) do engine.wake(waiter) end
end

---Keeps the place of an error beside it: a table is passed on as it is, a text gets a traceback
---for the crash report only when it is a bug (see plumb.problem).
local function keep_trace(reason)
  if type(reason) == "string" then
    return setmetatable({ text = reason, trace = debug.traceback(reason, 2) }, {
      __tostring = function(self) return self.text end,
      __name = "plumb.bug",
    })
  end
  return reason
end

---Starts fn(...) in a task of its own; it begins as soon as the caller waits.
---@param fn function
---@return plumb.Task
function task.spawn(fn, ...)
  local self = setmetatable({ done = false, waiters = {} }, Task)
  self.co = engine.spawn(function(...)
    finish(self, xpcall(fn, keep_trace, ...))
  end, ...)
  return self
end

---Waits for a task to end and returns its results; its error is raised here. Waits.
---@param other plumb.Task
---@return any ...
function task.join(other)
  while not other.done do
    local me = engine.current()
    if not me then error("cannot wait outside a task", 2) end
    table.insert(other.waiters, me)
    engine.park()
  end
  if not other.ok then error(other.results[1], 0) end
  return table.unpack(other.results, 1, other.results.n)
end

---Ends a task: what it waits for is called off, its to-be-closed variables are closed, and whoever
---joins it gets the error "cancelled". A task that has ended is left alone.
---@param other plumb.Task
function task.cancel(other)
  if other.done then return end
  engine.cancel(other.co)
  finish(other, false, "cancelled")
end

---Waits that many seconds. The engine's own function, so that a refusal to wait names the caller's line.
---@type fun(seconds: number)
task.sleep = engine.sleep

---Replaces what sleep does, for tests and for scripts with a clock of their own; nil gives it back.
---@param fn? fun(seconds: number)
function task.set_sleep(fn) task.sleep = fn or engine.sleep end

---@class plumb.Lock
local Lock = {}
Lock.__index = Lock

---A lock: with() lets one task at a time in, in the order in which they came.
---@return plumb.Lock
function task.lock()
  return setmetatable({ queue = {}, held = false }, Lock)
end

local function release(self)
  local ticket = table.remove(self.queue, 1)
  self.held = ticket ~= nil -- handed over: it stays held
  if ticket then
    ticket.granted = true
    engine.wake(ticket.task)
  end
end

local function leave_queue(self, ticket)
  for i, other in ipairs(self.queue) do
    if other == ticket then return table.remove(self.queue, i) end
  end
end

local function wait_for_turn(self)
  local ticket = { task = engine.current(), granted = false }
  local entered = false
  local _ <close> = setmetatable({}, { __close = function()
    if entered then return end -- else called off while waiting: nobody may wait for us for ever
    if ticket.granted then release(self) else leave_queue(self, ticket) end
  end })
  table.insert(self.queue, ticket)
  while not ticket.granted do engine.park() end
  entered = true
end

---Runs fn(...) while holding the lock; gives it back however fn ends. Waits for its turn.
---@param fn function
---@return any ...
function Lock:with(fn, ...)
  if self.held then wait_for_turn(self) end
  self.held = true
  local _ <close> = setmetatable({}, { __close = function() release(self) end })
  return fn(...)
end

local under_way = {}

---Runs fn once for all who ask for the same key at the same time; everybody gets its results.
---@param key any
---@param fn fun(): any
---@return any ...
function task.once(key, fn)
  local running = under_way[key]
  if not running then
    running = task.spawn(function()
      local _ <close> = setmetatable({}, { __close = function() under_way[key] = nil end })
      return fn()
    end)
    under_way[key] = running
  end
  return task.join(running)
end

local function iterator_of(source)
  if type(source) ~= "table" or (getmetatable(source) or {}).__call then return source end
  local i = 0
  return function()
    i = i + 1
    return source[i]
  end
end

---Raised out of map when somebody asked plumb to stop (Ctrl-C), or the deadline has come: what is under way has
---ended, the rest was not begun.
task.Interrupted = setmetatable({ code = "Interrupted" }, {
  __tostring = function() return "interrupted: somebody asked plumb to stop" end,
})

local deadline ---@type number?

---Sets the moment from which map begins nothing new, as if somebody had asked plumb to stop, for places where a
---run has only so much time.
---@param at number|nil  epoch seconds; nil for none
function task.set_deadline(at) deadline = at end

---Why nothing new may be begun.
---@return "signal"|"deadline"|nil
function task.must_stop()
  if engine.stop_signal() then return "signal" end
  return deadline and time.now() >= deadline and "deadline" or nil
end

---Calls fn(item, index) for every item of a list or iterator, at most `limit` at a time, and
---returns the results in order. The first error calls the others off and is raised. The iterator
---may wait, and is only asked for the next item when there is room for it, so that a long listing
---is streamed. Waits.
---@generic T, R
---@param source T[]|fun(): T?
---@param fn fun(item: T, index: integer): R
---@param options? { limit: integer }  default 8
---@return R[]
function task.map(source, fn, options)
  local limit = options and options.limit or 8
  local next_item, turn = iterator_of(source), task.lock()
  local results, count, failed, exhausted = { n = 0 }, 0, nil, false
  local workers = {}

  local function take()
    if exhausted or failed then return nil end
    if task.must_stop() then error(task.Interrupted, 0) end
    local item = next_item()
    if item == nil then
      exhausted = true
      return nil
    end
    count = count + 1
    return item, count
  end

  local function work()
    while true do
      local item, index = turn:with(take)
      if item == nil then return end
      results[index] = fn(item, index)
    end
  end

  local me = engine.current()
  local live = limit
  for i = 1, limit do
    workers[i] = task.spawn(function()
      local ok, reason = xpcall(work, keep_trace)
      if not ok and failed == nil then failed = reason end
      live = live - 1
      if live == 0 or not ok then engine.wake(me) end
    end)
  end
  local _ <close> = setmetatable({}, { __close = function()
    for _, worker in ipairs(workers) do task.cancel(worker) end
  end })
  while live > 0 and failed == nil do engine.park() end
  -- A stop lets what was begun come to its end; an error does not wait for the others.
  while live > 0 and failed == task.Interrupted do engine.park() end
  if failed ~= nil then error(failed, 0) end
  results.n = nil
  return results
end

---Calls fn(...) where waiting is refused: what has to be atomic stays atomic.
---@param fn function
---@return any ...
function task.nowait(fn, ...) return engine.nowait(fn, ...) end

---Calls fn(...) with a budget and without waiting, like pcall.
---@param limits { instructions: integer?, bytes: integer?, seconds: number? }  50 million, 64 MiB, 5 s unless told
---@param fn function
---@return boolean ok
---@return any ...  results, or the error
function task.limited(limits, fn, ...) return engine.limited(limits, fn, ...) end

---From now on Ctrl-C ends what `interruptible` runs, and not plumb; unless told, it ends plumb.
---@param on boolean
function task.catch_interrupts(on) engine.catch_interrupts(on) end

---Whether Ctrl-C was pressed since the last look.
---@return boolean
function task.take_interrupt() return engine.take_interrupt() end

---Runs fn(...) in a task of its own that Ctrl-C ends, after catch_interrupts: what it waits for is called off, its
---to-be-closed variables are closed. Code that computes without waiting is ended as well. Raises what fn raises. Waits.
---@param fn function
---@return boolean done  false when it was interrupted
---@return any ...       what fn returned
function task.interruptible(fn, ...)
  local interrupted = false
  local running = task.spawn(function(...)
    engine.heed_interrupts()
    return fn(...)
  end, ...)
  local watcher = task.spawn(function()
    engine.wait_interrupt()
    interrupted = true
    task.cancel(running)
  end)
  local _ <close> = setmetatable({}, { __close = function() task.cancel(watcher) end })
  local results = table.pack(pcall(task.join, running))
  local came = engine.take_interrupt() -- code that cannot step aside ends with an error instead
  if interrupted or came and not results[1] then return false end
  if not results[1] then error(results[2], 0) end
  return true, table.unpack(results, 2, results.n)
end

---Runs fn(...) in a task of its own, and calls it off when its time is over: what it waits for is called off, its
---to-be-closed variables are closed. Raises what fn raises. Waits.
---@param seconds number
---@param fn function
---@return boolean done  false when it was called off
---@return any ...       what fn returned
function task.within(seconds, fn, ...)
  local called_off = false
  local running = task.spawn(fn, ...)
  local watcher = task.spawn(function()
    task.sleep(math.max(0, seconds))
    called_off = not running.done
    task.cancel(running)
  end)
  local _ <close> = setmetatable({}, { __close = function()
    task.cancel(watcher)
    task.cancel(running) -- when the caller itself is called off
  end })
  local results = table.pack(pcall(task.join, running))
  if called_off then return false end
  if not results[1] then error(results[2], 0) end
  return true, table.unpack(results, 2, results.n)
end

---The signal that asked plumb to stop, or nil.
---@return integer?
function task.stop_signal() return engine.stop_signal() end

---Waits until somebody asks plumb to stop. One task at a time.
---@return integer signal
function task.wait_stop() return engine.wait_stop() end

return task
