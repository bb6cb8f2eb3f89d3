-- Runs code of a policy so that nothing it does can hurt: with a budget of instructions and memory, without
-- waiting, with the policy's own string library, and with every error caught together with its place.

local task = require("plumb.task")
local explain = require("plumb.policy.explain")
local sandbox = require("plumb.policy.sandbox")

local M = {}

-- Instructions and bytes for one call; far above what a hook needs, far below what a person would notice.
local LIMITS = { instructions = 50 * 1000 * 1000, bytes = 64 * 1024 * 1024 }

---@class plumb.policy.Failure
---@field message string  Lua's words without file and line
---@field source plumb.policy.Source|nil  the policy file it happened in
---@field line integer|nil
---@field raised any  what was raised

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
  if not at then
    return explain.text(raised), ""
  end
  return explain.text(raised:sub(1, at - 1)), raised:sub(at)
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
  return task.limited(LIMITS, xpcall, fn, debug.traceback, ...)
end

---Runs code that must answer at once.
---@param sources plumb.policy.Source[]
---@param fn function
---@return boolean ok
---@return any ...  what fn returned, or a plumb.policy.Failure
function M.at_once(sources, fn, ...)
  return unwrap(sources, sandbox.with_strings(limited, fn, ...))
end

---Runs code without a budget: plumb's own defaults, which need none, and hooks that may wait, since a budget
---would end at the first wait.
---@param sources plumb.policy.Source[]
---@param fn function
---@return boolean ok
---@return any ...  what fn returned, or a plumb.policy.Failure
function M.unlimited(sources, fn, ...)
  return outcome(sources, xpcall(fn, debug.traceback, ...))
end

return M
