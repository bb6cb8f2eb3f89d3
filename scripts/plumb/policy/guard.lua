-- Runs code of a policy so that nothing it does can hurt: with a budget of instructions, memory and time, with the
-- policy's own string library, and with every error caught together with its place.
--
-- Why in this process, and not in a child without credentials. The corpus in tests/support/hostile holds over 150
-- scripts that try to hang, exhaust, crash or escape from the sandbox; none gets further than its own finding. What
-- carries that: the environment has nothing to escape with (no coroutines, metatables, load, or close, which is what
-- crashes Lua 5.4.4), every loop is counted by a hook or made of C functions that plumb.policy.sandbox holds to sizes
-- they do in milliseconds, and memory is refused by the allocator. A child would add protection from bugs of the
-- interpreter that nobody knows yet, in return for a second copy of every finding and of AWS for the hooks that may
-- ask it; a policy is written by whoever runs plumb, so that is not worth its price. Whoever lets strangers write
-- policies should run plumb itself in a box, with a role that can do no more than plumb generate iam-policy says.

local task = require("plumb.task")
local explain = require("plumb.policy.explain")
local sandbox = require("plumb.policy.sandbox")

local M = {}

-- Instructions, bytes and seconds for one call; far above what a hook needs.
local LIMITS = { instructions = 50 * 1000 * 1000, bytes = 64 * 1024 * 1024, seconds = 5 }

-- For each part of a hook that waits, after its first wait; and how often it may.
local LATER = { instructions = 5 * 1000 * 1000, bytes = 8 * 1024 * 1024, seconds = 1 }
local MOST_WAITS = 100
local TOO_OFTEN = ("it called AWS more than %d times for one item"):format(MOST_WAITS)

local limits, later = LIMITS, LATER

---@class plumb.policy.Failure
---@field message string  Lua's words without file and line
---@field source plumb.policy.Source|nil  the policy file it happened in
---@field line integer|nil
---@field raised any  what was raised

local LONGEST_TRACE = 4000 -- bytes; names in a traceback may be as long as the policy likes

-- Lua's message and, below it, the traceback that debug.traceback appended.
local function parts(raised)
  if type(raised) ~= "string" then
    return explain.text(raised), ""
  end
  local at = nil -- the last one: the message itself may contain another
  local found = raised:find("\nstack traceback:\n", 1, true)
  while found do
    at, found = found, raised:find("\nstack traceback:\n", found + 1, true)
  end
  if not at then -- a traceback alone is what nil becomes
    local nothing = raised:find("^stack traceback:\n")
    return explain.text(not nothing and raised or nil), nothing and raised:sub(1, LONGEST_TRACE) or ""
  end
  return explain.text(raised:sub(1, at - 1)), raised:sub(at, at + LONGEST_TRACE)
end

-- Where plumb's own files are, as Lua's messages say it: a budget may run out inside one of them.
local OWN = debug.getinfo(1, "S").source:match("^@(.*)plumb/policy/guard%.lua$"):gsub("%p", "%%%0")

local function line_in(text, chunk)
  local escaped = chunk:gsub("%p", "%%%0")
  return tonumber(text:match("^" .. escaped .. ":(%d+):") or text:match("\n%s*" .. escaped .. ":(%d+):"))
end

---Makes a failure of what was raised: the place is the nearest line of the first source that has one.
---@param raised any
---@param sources plumb.policy.Source[]  the user's file first
---@return plumb.policy.Failure
function M.failure(raised, sources)
  local message, trace = parts(raised)
  local bare = message:gsub("^" .. OWN .. "[%w_/]+%.lua:%d+: ", "")
  for _, source in ipairs(sources) do
    local head = message:match("^" .. source.chunk:gsub("%p", "%%%0") .. ":%d+: ")
    bare = head and message:sub(#head + 1) or bare
  end
  for _, source in ipairs(sources) do
    local line = line_in(message, source.chunk) or line_in(trace, source.chunk)
    if line then
      return { message = bare, source = source, line = line, raised = raised }
    end
  end
  return { message = bare, raised = raised }
end

local function outcome(sources, ok, ...)
  if ok then
    return true, ...
  end
  return false, M.failure((...), sources)
end

-- limited answers for itself, and within it xpcall for the policy.
local function unwrap(sources, in_budget, ...)
  if not in_budget then
    return false, M.failure((...), sources)
  end
  return outcome(sources, ...)
end

-- debug.traceback is a C function, so it works even when the budget is spent.
local function limited(fn, ...)
  return task.limited(limits, xpcall, fn, debug.traceback, ...)
end

---Runs code that must answer at once.
---@param sources plumb.policy.Source[]
---@param fn function
---@return boolean ok
---@return any ...  what fn returned, or a plumb.policy.Failure
function M.at_once(sources, fn, ...)
  return unwrap(sources, sandbox.with_strings(limited, fn, ...))
end

local WAIT = {} -- what a hook yields, with what is to be done while it waits

---Does something for code under `stepwise` that may wait and has no budget: a call of AWS. Raises at the policy's
---line what `work` raises.
---@param work function
---@return any ...  what work returned
function M.outside(work, ...)
  local results = table.pack(coroutine.yield(WAIT, work, ...))
  if not results[1] then
    error(type(results[2]) == "string" and results[2]:gsub("^[^\n:]+:%d+: ", "") or results[2], 3)
  end
  return table.unpack(results, 2, results.n)
end

---Whether code can ask for something `outside` here.
---@return boolean
function M.may_wait()
  return coroutine.isyieldable()
end

-- The first part of a coroutine is made within its budget, since it inherits the hook that counts.
local function begin(state, fn, ...)
  state.co = coroutine.create(function(...)
    return xpcall(fn, debug.traceback, ...)
  end)
  return coroutine.resume(state.co, ...)
end

local function resume(state, ...)
  return coroutine.resume(state.co, ...)
end

-- One part of a hook, from wait to wait.
local function part(state, run, ...)
  return table.pack(sandbox.with_strings(task.limited, state.limits, run, state, ...))
end

-- What the hook has taken so far counts for what follows.
local function later_limits(state)
  local taken = collectgarbage("count") * 1024 - state.before
  return { instructions = later.instructions, seconds = later.seconds,
    bytes = math.max(later.bytes, limits.bytes - taken) // 1 | 0 }
end

---Runs code that may wait, by calling `outside`. Between two waits it has a budget like any other.
---@param sources plumb.policy.Source[]
---@param fn function
---@return boolean ok
---@return any ...  what fn returned, or a plumb.policy.Failure
function M.stepwise(sources, fn, ...)
  local state = { limits = limits, before = collectgarbage("count") * 1024 }
  local got = part(state, begin, fn, ...)
  local waits = 0
  while got[1] and got[2] and got[3] == WAIT and coroutine.status(state.co) == "suspended" do
    waits = waits + 1
    if waits > MOST_WAITS then -- and never resume it: what is raised in it, it may catch
      return false, M.failure(debug.traceback(state.co, TOO_OFTEN), sources)
    end
    local answer = table.pack(pcall(table.unpack(got, 4, got.n)))
    state.limits = later_limits(state)
    got = part(state, resume, table.unpack(answer, 1, answer.n))
  end
  if got[1] and not got[2] then -- the coroutine could not even begin or go on
    return false, M.failure(got[3], sources)
  end
  return unwrap(sources, got[1], table.unpack(got, got[1] and 3 or 2, got.n))
end

---Runs plumb's own defaults, which need no budget.
---@param sources plumb.policy.Source[]
---@param fn function
---@return boolean ok
---@return any ...  what fn returned, or a plumb.policy.Failure
function M.unlimited(sources, fn, ...)
  return outcome(sources, xpcall(fn, debug.traceback, ...))
end

---Smaller budgets, for specs with many scripts that use all of it; nil for the usual ones.
---@param smaller { instructions: integer, bytes: integer, seconds: number }|nil
function M.set_limits(smaller)
  limits, later = smaller or LIMITS, smaller or LATER
end

return M
