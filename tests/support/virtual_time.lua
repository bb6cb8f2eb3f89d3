-- A clock that stands still while anybody works and jumps to the next appointment when all who run are asleep, so that
-- a spec with minutes of waiting in it takes none. Goes through plumb's own seams: time.set and task.set_sleep.

local engine = require("engine.task")
local task = require("plumb.task")
local time = require("plumb.time")

local M = {}

local QUIET = 4 -- passes over the tasks in which nobody does anything before the clock may jump

---@class spec.VirtualTime
---@field now number
---@field slept number  seconds asleep, of all tasks together

---Puts the clock in force.
---@param start? number  epoch seconds
---@return spec.VirtualTime
function M.start(start)
  local self = { now = start or 1767323045, slept = 0 }
  local waiting, steps = {}, 0

  local function next_appointment()
    local at = math.huge
    for _, when in pairs(waiting) do at = math.min(at, when) end
    return at
  end

  local function sleep(seconds)
    local me, at = {}, self.now + seconds
    waiting[me], self.slept = at, self.slept + seconds
    local _ <close> = setmetatable({}, { __close = function() waiting[me] = nil end })
    while self.now < at do
      local before = steps
      for _ = 1, QUIET do engine.sleep(0) end
      if steps == before and at == next_appointment() then self.now = at end
    end
    steps = steps + 1
  end

  time.set(function() return self.now end)
  task.set_sleep(sleep)
  return self
end

---Gives the real ones back; for after_each.
function M.stop()
  time.set(nil)
  task.set_sleep(nil)
end

return M
