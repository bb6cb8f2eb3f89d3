-- One call as a pipe, top to bottom: fill in, check, build, endpoint; then, as often
-- as retry allows, a turn of the rate limiter, credentials, sign, send, clock, parse.
-- The request is built once and signed anew for every attempt. Waits.

local err = require "plumb.err"
local protocol = require "plumb.aws.protocol"
local retry = require "plumb.aws.retry"
local shape = require "plumb.aws.shape"
local signer = require "plumb.aws.signer"
local skew = require "plumb.aws.skew"
local time = require "plumb.time"

local call = {}

local NO_OPTIONS = {}

---@class plumb.aws.CallOptions
---@field fresh? boolean     a new connection, and a change is never repeated once it may have been executed
---@field attempts? integer  the most attempts; by default those of the client's retry settings
---@field timeout? number    seconds for each attempt

local function refuse_change(plan)
  return err.new {
    code = "ReadOnly", kind = "readonly", executed = "no", service = plan.service.name, operation = plan.operation,
    message = "this run may not change anything",
  }
end

local function named(failure, plan)
  if failure.service then return failure end
  return err.with(failure, { service = plan.service.name, operation = plan.operation })
end

local function make_request(parts, place, opts)
  return {
    method = parts.method,
    scheme = place.scheme,
    host = parts.host_prefix and parts.host_prefix .. place.host or place.host,
    path = place.path_prefix .. parts.path,
    query = parts.query,
    headers = parts.headers,
    body = parts.body,
    fresh = opts.fresh,
    public = place.public,
    timeout = opts.timeout,
  }
end

-- A copy with headers of its own, so that an attempt never writes into what another one sent.
local function copy_of(request)
  local copy, headers = {}, {}
  for key, value in pairs(request) do copy[key] = value end
  for name, value in pairs(request.headers) do headers[name] = value end
  headers["x-amz-security-token"] = nil -- the next keys may come without one
  copy.headers = headers
  return copy
end

-- "attempt=1; max=3", sent like the SDKs do, and like there not part of the signature.
local function sdk_request(attempt, most)
  return ("attempt=%d; max=%d"):format(attempt, math.max(attempt, most))
end
local FIRST_OF_3 = sdk_request(1, 3)

-- Adds what makes the request AWS's: nobody touches it after this. Returns the keys, or true when none are needed.
local function sign(client, plan, request, place, now, refused)
  if plan.unsigned then return true end
  if place.scheme_name then
    return nil, err.new {
      code = "SignatureNotSupported", kind = "input", executed = "no",
      message = ("this endpoint wants the signature %s, which plumb does not make"):format(place.scheme_name),
    }
  end
  local credentials, e = client.credentials(refused)
  if not credentials then return nil, e end
  local done
  done, e = signer.sign_in_place(request, credentials, plan.service.signing_name, place.region or client.region, now)
  return done and credentials, e
end

local function report(client, plan, attempt, started, response, failure)
  local calls = client.calls
  calls[plan.key] = (calls[plan.key] or 0) + 1
  if client.on_call then
    client.on_call {
      service = plan.service.name, operation = plan.operation, attempt = attempt,
      status = response and response.status, ms = response and response.ms or (time.now() - started) * 1000,
      request_id = failure and failure.request_id or response and response.headers["x-amzn-requestid"],
      code = failure and failure.code, reads = plan.reads,
    }
  end
end

-- Waits until the rate limit of the service lets this call out. A throttling answer that comes meanwhile
-- gives everybody a new turn.
local function wait_for_turn(client, limiter)
  while limiter.rate do
    local seconds = limiter:turn(time.monotonic())
    if seconds <= 0 then return end
    local epoch = limiter.epoch
    client.sleep(seconds)
    if limiter.epoch == epoch then return end
  end
end

local function tell_limiter(limiter, failure)
  if failure and retry.class(failure) == "throttling" then
    limiter:throttled(time.monotonic())
  else
    limiter:answered(time.monotonic())
  end
end

-- One attempt: output | nil, failure; then the clock offset used, the one measured, and the keys.
local function exchange(client, plan, request, place, attempt, most, refused)
  local limiter = client:limiter_of(plan.service)
  if limiter then wait_for_turn(client, limiter) end
  local used = client.skew
  if attempt > 1 then request = copy_of(request) end
  local signed_at = time.now() + used
  local keys, e = sign(client, plan, request, place, signed_at, refused)
  if keys and client.gate and not plan.reads then
    local open, closed = client.gate(signed_at)
    if not open then keys, e = nil, closed end
  end
  if not keys then return nil, named(e, plan), used end
  request.headers["amz-sdk-request"] = attempt == 1 and most == 3 and FIRST_OF_3 or sdk_request(attempt, most)
  local trace = client.trace
  local ticket = trace and trace.sent(plan, request, attempt)
  local sent_at = time.now()
  local response, lost = client.send(request)
  if trace then trace.answered(ticket, response, lost) end
  if not response then
    report(client, plan, attempt, sent_at, nil, lost)
    return nil, named(lost, plan), used
  end
  local measured = skew.measure(response.headers, sent_at, time.now())
  if measured then client.skew = measured end
  local output, failure = protocol.parse(plan.service, plan.operation, response)
  if limiter then tell_limiter(limiter, failure) end
  report(client, plan, attempt, sent_at, response, failure)
  return output, failure, used, measured, keys
end

-- The class of a failure, with what only this call knows taken into account.
local function class_of(failure, used, measured, expired)
  local class = retry.class(failure)
  if class == "clock" and not skew.worth_retry(used, measured) then return nil end
  if class == "expired" and expired then return nil end
  return class
end

-- Whoever runs us should set the clock, although everything went well: told once.
local function tell_clock(client, used, refused)
  if client.on_clock and not client.clock_told and skew.is_wrong(used) then
    client.clock_told = true
    client.on_clock { offset = used, refused = refused }
  end
end

local function decide(client, plan, opts, facts)
  facts.service, facts.operation = plan.service.name, plan.operation
  facts.max_attempts = opts.attempts or retry.max_attempts(client.retry, plan.service.name, facts.class)
  facts.once = opts.fresh and not plan.reads
  facts.tokens, facts.random = client.bucket.tokens, client.random()
  return retry.decide(client.retry, facts)
end

local function run_attempts(client, plan, request, place, opts)
  local most = opts.attempts or retry.max_attempts(client.retry, plan.service.name)
  local attempt, throttled, last_cost = 0, 0, nil
  local expired, refused -- the keys that AWS called expired; the error for a signature with the wrong time
  while true do
    attempt = attempt + 1
    local output, failure, used, measured, keys = exchange(client, plan, request, place, attempt, most, expired)
    if output then
      client.bucket:give(last_cost)
      tell_clock(client, used, refused)
      return output
    end
    local class = class_of(failure, used, measured, expired)
    if class == "throttling" then throttled = throttled + 1 end
    if class == "clock" then refused = failure end
    local decision = decide(client, plan, opts, {
      attempt = class == "throttling" and throttled or attempt - throttled, class = class,
      executed = failure.executed, retry_after_ms = failure.retry_after_ms,
    })
    client.bucket:take(decision.cost) -- before anybody else decides by what is left
    local at_once = class == "clock" or class == "expired"
    if decision.delay > 0 and not at_once then client.sleep(decision.delay) end
    if not decision.again then return nil, err.with(failure, { attempts = attempt }) end
    if class == "expired" then expired = keys end
    last_cost = decision.cost
  end
end

---Calls an operation. Raises for a slip of the program (an unknown member, a wrong
---type), with the place that made the call; returns everything else. Waits.
---@param client plumb.aws.Client
---@param plan table   from plumb.aws: { service, operation, key, reads, unsigned }
---@param input? table
---@param opts? plumb.aws.CallOptions
---@return table|nil output
---@return plumb.Error? err
function call.run(client, plan, input, opts)
  opts = opts or NO_OPTIONS
  if input ~= nil and type(input) ~= "table" then
    error(("%s takes a table, not a %s"):format(plan.key, type(input)), 3)
  end
  if client.read_only and not plan.reads then return nil, refuse_change(plan) end
  input = shape.fill(plan.service, plan.operation, input or {})
  local wrong = shape.check(plan.service, plan.operation, input)
  if wrong then
    if wrong.bug then error(tostring(wrong), 3) end
    return nil, wrong
  end
  local place, e = client:place_of(plan.service, plan.operation)
  if not place then return nil, named(e, plan) end
  local request = make_request(protocol.build(plan.service, plan.operation, input), place, opts)
  return run_attempts(client, plan, request, place, opts)
end

return call
