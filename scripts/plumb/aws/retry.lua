-- Whether and when a failed call is repeated. The decision is a pure function of
-- the rules, the failure and what is left in the budget; the budget is a token
-- bucket shared by all calls of a client, so that an outage is not answered with a
-- storm. Numbers: the revision of 2026 by default, the older standard mode on
-- request (retry mode "legacy").

local err = require "plumb.err"

local retry = {}

local function set(words)
  local out = {}
  for word in words:gmatch("%S+") do out[word] = true end
  return out
end

local THROTTLING = set [[Throttling ThrottlingException ThrottledException RequestThrottledException
  TooManyRequestsException ProvisionedThroughputExceededException TransactionInProgressException RequestLimitExceeded
  BandwidthLimitExceeded LimitExceededException RequestThrottled SlowDown PriorRequestNotComplete
  EC2ThrottledException TooManyUpdates]]
local TRANSIENT = set [[RequestTimeout RequestTimeoutException InternalServerError InternalServerException
  InternalFailure InternalError ServiceUnavailable ServiceUnavailableException TransactionConflictException
  IDPCommunicationError]]
local EXPIRED = set "ExpiredToken ExpiredTokenException RequestExpired"
-- These may come from a clock that is wrong; plumb.aws.skew decides.
local CLOCK = set [[InvalidSignatureException SignatureDoesNotMatch AuthFailure RequestTimeTooSkewed
  AccessDeniedException]]
local TRANSIENT_STATUS = { [500] = true, [502] = true, [503] = true, [504] = true }
local LOST = set "ConnectionRefused NameNotResolved TlsFailed ConnectionLost BadResponse"

-- Waiting calls that are all a loop does: with an empty bucket they still pause.
local LONG_POLL = { ["sqs.ReceiveMessage"] = true }

-- A throttled call was not executed, and the limiter (plumb.aws.limiter) slows all of them down, so it may come
-- back more often than one that fails for unknown reasons; the budget still ends it.
local THROTTLED_ATTEMPTS = 10

local CAPACITY = 500
local LONGEST_DELAY = 20
local LONGEST_HINT = 5

---@class plumb.aws.RetrySettings
---@field mode "standard"|"legacy"  numbers of 2026 or the older ones, the latter without plumb.aws.limiter
---@field max_attempts? integer     nil for the mode's own: 3, DynamoDB 4, more when throttled

-- What the SDKs add to standard for adaptive, a limit on the rate, standard has here already.
local MODES = { standard = "standard", adaptive = "standard", legacy = "legacy", classic = "legacy" }

---Reads AWS_RETRY_MODE and AWS_MAX_ATTEMPTS, then the profile's retry_mode and max_attempts.
---@param env fun(name: string): string?
---@param profile? table<string, string>
---@param chosen? integer  attempts by parameter, which goes before both
---@return plumb.aws.RetrySettings|nil
---@return plumb.Error? err  code "BadRetrySettings"
function retry.settings(env, profile, chosen)
  profile = profile or {}
  local function read(name)
    local value = env(name)
    return value ~= "" and value or nil
  end
  local mode = read "AWS_RETRY_MODE" or profile.retry_mode or "standard"
  local attempts = chosen or read "AWS_MAX_ATTEMPTS" or profile.max_attempts
  local number = math.tointeger(tonumber(attempts))
  local function refuse(message)
    return nil, err.new { code = "BadRetrySettings", kind = "input", executed = "no", message = message }
  end
  if not MODES[mode] then return refuse(("retry mode %q is none of standard, adaptive, legacy"):format(mode)) end
  if attempts and (not number or number < 1) then
    return refuse(("the number of attempts must be a whole number from 1, not %q"):format(tostring(attempts)))
  end
  return { mode = MODES[mode], max_attempts = number }
end

---What kind of failure it is, as far as a repeat is concerned.
---@param failure plumb.Error
---@return "throttling"|"timeout"|"transient"|"expired"|"clock"|nil  nil is never repeated
function retry.class(failure)
  local code, status = failure.code, failure.status
  if THROTTLING[code] or status == 429 then return "throttling" end
  if failure.kind == "connection" then
    return code == "Timeout" and "timeout" or LOST[code] and "transient" or nil
  end
  if EXPIRED[code] then return "expired" end
  if CLOCK[code] then return "clock" end
  if TRANSIENT[code] or TRANSIENT_STATUS[status] then return "transient" end
  -- A success that cannot be read was cut off or replaced on its way.
  if failure.kind == "garbage" and status and status < 300 then return "transient" end
  return nil
end

---How many attempts a call may have.
---@param settings plumb.aws.RetrySettings
---@param service_name string
---@param class? string  "throttling" has a number of its own
---@return integer
function retry.max_attempts(settings, service_name, class)
  if settings.max_attempts then return settings.max_attempts end
  if settings.mode ~= "standard" then return 3 end
  if class == "throttling" then return THROTTLED_ATTEMPTS end
  return service_name == "dynamodb" and 4 or 3
end

local function own_delay(settings, facts)
  local exponent = 2 ^ (facts.attempt - 1)
  if settings.mode == "legacy" then return facts.random * math.min(exponent, LONGEST_DELAY) end
  local base = facts.class == "throttling" and 1 or facts.service == "dynamodb" and 0.025 or 0.05
  return facts.random * math.min(base * exponent, LONGEST_DELAY)
end

local function cost_of(settings, class)
  if settings.mode == "legacy" then return class == "timeout" and 10 or 5 end
  return class == "throttling" and 5 or 14
end

---Decides about one failure.
---@param settings plumb.aws.RetrySettings
---@param facts { attempt: integer, max_attempts: integer, class: string?, service: string, operation: string,
---  executed: string?, once: boolean?, retry_after_ms: number?, tokens: number, random: number }
---  attempt counts from 1 and is the one that failed, throttled ones apart from the others; once forbids a repeat
---  of what may have been executed; tokens is what is in the bucket; random is in [0, 1)
---@return { again: boolean, delay: number, cost: number, why: string? }  delay in seconds, also to be slept
---  before giving up when it is not 0; why it is not repeated: "class", "ambiguous", "attempts", "budget"
function retry.decide(settings, facts)
  local function stop(why, delay) return { again = false, delay = delay or 0, cost = 0, why = why } end
  if not facts.class then return stop("class") end
  if facts.once and facts.executed ~= "no" then return stop("ambiguous") end
  if facts.attempt >= facts.max_attempts then return stop("attempts") end
  local delay = own_delay(settings, facts)
  local hint = settings.mode == "standard" and facts.retry_after_ms
  if hint and hint > 0 then delay = math.min(math.max(hint / 1000, delay), delay + LONGEST_HINT) end
  local cost = cost_of(settings, facts.class)
  if facts.tokens < cost then
    local long_poll = settings.mode == "standard" and LONG_POLL[facts.service .. "." .. facts.operation]
    return stop("budget", long_poll and delay or 0)
  end
  return { again = true, delay = delay, cost = cost }
end

---@class plumb.aws.RetryBucket
---@field tokens number
local Bucket = {}
Bucket.__index = Bucket

---A full bucket, one for each client.
---@return plumb.aws.RetryBucket
function retry.bucket()
  return setmetatable({ tokens = CAPACITY }, Bucket)
end

---@param cost number
function Bucket:take(cost)
  self.tokens = math.max(0, self.tokens - cost)
end

---After a success: what the last retry took comes back, or one token when it was the first try.
---@param last_cost? number
function Bucket:give(last_cost)
  self.tokens = math.min(CAPACITY, self.tokens + (last_cost or 1))
end

return retry
