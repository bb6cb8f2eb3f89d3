-- One call as a pipe, top to bottom: fill in, check, build, endpoint; then, as often
-- as retry allows, credentials, sign, send, clock, parse. The request is built
-- once and signed anew for every attempt. Waits.

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
    host = (parts.host_prefix or "") .. place.host,
    path = place.path_prefix .. parts.path,
    query = parts.query,
    headers = parts.headers,
    body = parts.body,
    fresh = opts.fresh,
    timeout = opts.timeout,
  }
end

-- A copy with headers of its own, for a call that is not signed.
local function unsigned(request)
  local copy, headers = {}, {}
  for key, value in pairs(request) do copy[key] = value end
  for name, value in pairs(request.headers) do headers[name] = value end
  copy.headers = headers
  return copy
end

local function sign(client, plan, request, place, now, renew)
  if plan.unsigned then return unsigned(request) end
  if place.scheme_name then
    return nil, err.new {
      code = "SignatureNotSupported", kind = "input", executed = "no",
      message = ("this endpoint wants the signature %s, which plumb does not make"):format(place.scheme_name),
    }
  end
  local credentials, e = client.credentials(renew)
  if not credentials then return nil, e end
  return signer.sign(request, credentials, {
    service = plan.service.signing_name, region = place.region or client.region, time = now,
  })
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

-- One attempt: output | nil, failure; then the clock offset used and the one measured.
local function exchange(client, plan, request, place, attempt, most, renew)
  local used = client.skew
  local signed, e = sign(client, plan, request, place, time.now() + used, renew)
  if not signed then return nil, named(e, plan), used end
  -- Sent like the SDKs do, and like there not part of the signature.
  signed.headers["amz-sdk-request"] = ("attempt=%d; max=%d"):format(attempt, most)
  local sent_at = time.now()
  local response, lost = client.send(signed)
  if not response then
    report(client, plan, attempt, sent_at, nil, lost)
    return nil, named(lost, plan), used
  end
  local measured = skew.measure(response.headers, sent_at, time.now())
  if measured then client.skew = measured end
  local output, failure = protocol.parse(plan.service, plan.operation, response)
  report(client, plan, attempt, sent_at, response, failure)
  return output, failure, used, measured
end

-- The class of a failure, with what only this call knows taken into account.
local function class_of(failure, used, measured, renewed)
  local class = retry.class(failure)
  if class == "clock" and not skew.worth_retry(used, measured) then return nil end
  if class == "expired" and renewed then return nil end
  return class
end

local function attempts_of(client, plan, opts)
  return opts.attempts or retry.max_attempts(client.retry, plan.service.name)
end

local function run_attempts(client, plan, request, place, opts)
  local most = attempts_of(client, plan, opts)
  local attempt, renewed, last_cost = 0, false, nil
  while true do
    attempt = attempt + 1
    local output, failure, used, measured = exchange(client, plan, request, place, attempt, most, renewed)
    if output then
      client.bucket:give(last_cost)
      return output
    end
    local class = class_of(failure, used, measured, renewed)
    local decision = retry.decide(client.retry, {
      attempt = attempt, max_attempts = most, class = class, service = plan.service.name, operation = plan.operation,
      executed = failure.executed, once = opts.fresh and not plan.reads, retry_after_ms = failure.retry_after_ms,
      tokens = client.bucket.tokens, random = client.random(),
    })
    local at_once = class == "clock" or class == "expired"
    if decision.delay > 0 and not at_once then client.sleep(decision.delay) end
    if not decision.again then return nil, err.with(failure, { attempts = attempt }) end
    renewed = renewed or class == "expired"
    last_cost = decision.cost
    client.bucket:take(last_cost)
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
  local place, e = client:place_of(plan.service)
  if not place then return nil, named(e, plan) end
  local request = make_request(protocol.build(plan.service, plan.operation, input), place, opts)
  return run_attempts(client, plan, request, place, opts)
end

return call
