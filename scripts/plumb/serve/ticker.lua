-- When a daemon's schedule is due. It asks the clock on the wall every now and then instead of sleeping until the
-- moment, so that a computer that slept, or whose clock was set, is due once and not as often as it missed.

local random = require "plumb.random"
local task = require "plumb.task"
local time = require "plumb.time"

local ticker = {}

local LOOK = 30  -- seconds between two looks at the clock, at most
local BACK = 300 -- seconds that a clock may go back and still be taken for corrected rather than set

---@class plumb.Ticker
---@field at? number  the moment it is due; nil for never
---@field package schedule plumb.Schedule
---@field package jitter { part: number?, seconds: number? }
---@field package seen number
local Ticker = {}
Ticker.__index = Ticker

-- Late by chance, and never so late that the next moment has come. The last moment of all has no next one, so it is
-- late by a time alone.
local function lateness(self, fires)
  local following = self.schedule:next(fires)
  local period = following and following - fires
  local most = self.jitter.seconds or (period or 0) * self.jitter.part
  return math.min(most, period and period / 2 or most) * random.number()
end

local function aim(self, after)
  local fires = self.schedule:next(after)
  self.at = fires and fires + lateness(self, fires)
end

---Looks at the clock.
---@param now number  epoch seconds
---@return boolean due  whether it is due; then it is not again before its next moment
---@return number? rest  seconds until it will be; nil when never
function Ticker:look(now)
  if now < self.seen - BACK then aim(self, now) end
  self.seen = now
  local due = self.at ~= nil and now >= self.at
  if due then aim(self, now) end
  return due, self.at and math.max(0, self.at - now)
end

---Calls fn at each moment, until it is stopped. fn must not wait long.
---@param fn fun()
function Ticker:start(fn)
  self.running = task.spawn(function()
    while true do
      local due, rest = self:look(time.now())
      if due then fn() end
      if not rest then return end
      task.sleep(math.min(rest, LOOK))
    end
  end)
end

function Ticker:stop()
  if self.running then task.cancel(self.running) end
  self.running = nil
end

---@param options { schedule: plumb.Schedule, jitter: { part: number?, seconds: number? }, last: number?, now: number }
---  last: when it was last done, be it by another process: what was missed since is done at once, and once. What was
---  never done is due at once too, but for at(...), whose moment is the only one
---@return plumb.Ticker
function ticker.new(options)
  local self = setmetatable({ schedule = options.schedule, jitter = options.jitter, seen = options.now }, Ticker)
  local last = options.last and math.min(options.last, options.now)
  aim(self, last or options.now)
  if not last and self.schedule.kind ~= "at" then self.at = options.now end
  return self
end

return ticker
