-- What tells plumb that an item may have been resolved: one interface, a driver for each way. A driver offers
--
--   start(handler)  -> true | nil, err   begins to listen or to look, in tasks of its own
--   stop()                               ends it; what the handler has begun comes to its end first. Waits
--   name            "poll", "sqs", "webhook"
--   counts          what happened so far, by word; for metrics
--
-- The handler gets a list of plumb.Hint with each id once, and may wait. It returns true when all that follows
-- from them has been committed, or nil, err, done: `done` (ids -> true) names those that were all the same. What
-- is not done comes again later: a handler must not mind seeing an id twice. One that raises has done nothing.

local err = require "plumb.err"
local log = require "plumb.log"

local trigger = {}

---@alias plumb.HintHandler fun(hints: plumb.Hint[]): true?, plumb.Error?, table<string, true>?

---@class plumb.Trigger
---@field name string
---@field counts table<string, integer>
---@field start fun(self, handler: plumb.HintHandler): true?, plumb.Error?
---@field stop fun(self)

---Makes a trigger.
---@param name "poll"|"sqs"|"webhook"
---@param options table  see the driver
---@return plumb.Trigger|nil
---@return plumb.Error? err
function trigger.new(name, options) return require("plumb.trigger." .. name).new(options) end

---Each id once, the first hint of each.
---@param hints plumb.Hint[]
---@return plumb.Hint[]
function trigger.unique(hints)
  local list, seen = {}, {}
  for _, hint in ipairs(hints) do
    if not seen[hint.id] then
      seen[hint.id], list[#list + 1] = true, hint
    end
  end
  return list
end

---Hands hints to a handler, whatever it does. Waits.
---@param handler plumb.HintHandler
---@param hints plumb.Hint[]
---@return table<string, true> done  ids that are committed
---@return plumb.Error? err  why others are not
function trigger.hand_over(handler, hints)
  local list = trigger.unique(hints)
  local ok, good, failure, done = pcall(handler, list)
  if ok and good then
    done = {}
    for _, hint in ipairs(list) do done[hint.id] = true end
    return done
  end
  if not ok then
    failure, done = err.is(good) and good or err.new { code = "HandlerFailed", message = tostring(good) }, nil
  end
  return done or {}, failure or err.new { code = "NotCommitted", message = "the hints were not dealt with" }
end

---The counts of a trigger, zero until counted.
---@return table<string, integer>
function trigger.counts() return setmetatable({}, { __index = function() return 0 end }) end

---What a driver says when nobody told it otherwise: a line in the log.
---@param name string
---@return fun(text: string, fields: table?)
function trigger.reporter(name)
  return function(text, fields)
    local all = { trigger = name }
    for key, value in pairs(fields or {}) do all[key] = value end
    log.warn(text, all)
  end
end

return trigger
