-- How fast calls may go out. As long as a service does not mind, nothing is slowed down and only the
-- rate is measured; from the first throttling answer on, all calls to that service take turns at a
-- rate that falls with every further throttling answer and grows back along a cubic curve: quickly
-- while far from where it hurt last time, carefully near it, and on beyond. So concurrency never
-- becomes a storm of retries. Pure: the caller brings the time and does the sleeping.

local limiter = {}

-- The numbers of the SDKs' adaptive mode.
local BETA = 0.7        -- what is left of the rate after a throttling answer
local SCALE = 0.4       -- how steep the curve is
local SLOWEST = 0.5     -- calls a second
local SMOOTHING = 0.8   -- weight of the newest measurement
local BUCKET = 0.5      -- seconds over which the rate is measured
local HEADROOM = 2      -- at most this many times the rate that was really reached

-- No request rate is published for these two, and both are small: begin politely.
local FIRST_RATE = { wellarchitected = 5, ssm = 3 } -- calls a second

---@class plumb.aws.Limiter
---@field rate? number     calls a second; nil as long as nothing is slowed down
---@field epoch integer    changes with every throttling answer: a turn given out before is void
---@field package free_at number     when the next turn is
---@field package reached number     measured calls a second
---@field package throttled_at number
---@field package highest number     the rate at which it hurt last
---@field package climb number       seconds from throttled_at until the curve is back at `highest`
---@field package first_rate number?
---@field package bucket number
---@field package count integer
local Limiter = {}
Limiter.__index = Limiter

---One for each service, account and Region.
---@param service_name? string
---@return plumb.aws.Limiter
function limiter.new(service_name)
  return setmetatable({
    epoch = 0, free_at = 0, reached = 0, throttled_at = 0, highest = 0, climb = 0,
    first_rate = FIRST_RATE[service_name], bucket = -1, count = 0,
  }, Limiter)
end

-- An answer arrived: one more in this half second, and a new measurement when it has passed.
local function measure(self, now)
  local bucket = now // BUCKET * BUCKET
  self.count = self.count + 1
  if self.bucket < 0 or bucket < self.bucket then -- the first one, or the clock was put back
    self.bucket = bucket
  elseif bucket > self.bucket then
    self.reached = SMOOTHING * self.count / (bucket - self.bucket) + (1 - SMOOTHING) * self.reached
    self.bucket, self.count = bucket, 0
  end
end

-- Answers of the half second under way count too, or a burst would look like nothing at its start.
local function rate_reached(self)
  return math.max(self.reached, self.count / BUCKET)
end

local function set_rate(self, rate)
  self.rate = math.max(SLOWEST, math.min(rate, HEADROOM * math.max(rate_reached(self), SLOWEST)))
end

---A service asked us to slow down.
---@param now number  seconds, of the clock that turn() is given
function Limiter:throttled(now)
  measure(self, now)
  local reached = rate_reached(self)
  self.highest = math.max(self.rate and math.min(self.rate, reached) or reached, SLOWEST)
  local rate = BETA * self.highest
  if not self.rate and self.first_rate then rate = math.min(rate, self.first_rate) end
  rate = math.max(rate, SLOWEST)
  self.throttled_at = now
  self.climb = (math.max(0, self.highest - rate) / SCALE) ^ (1 / 3)
  self.rate = rate
  self.epoch = self.epoch + 1
  self.free_at = now + 1 / rate -- whoever had a turn waits for a new one
end

---A service answered without minding.
---@param now number
function Limiter:answered(now)
  measure(self, now)
  if not self.rate then return end
  local since = now - self.throttled_at
  set_rate(self, SCALE * (since - self.climb) ^ 3 + self.highest)
end

---Takes the next turn.
---@param now number
---@return number seconds  to wait before the call goes out; when `epoch` has changed after that, another turn has
---  to be taken
function Limiter:turn(now)
  if not self.rate then return 0 end
  local at = math.max(now, self.free_at)
  self.free_at = at + 1 / self.rate
  return at - now
end

return limiter
