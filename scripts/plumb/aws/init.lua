-- The AWS client: `client.ssm:CreateOpsItem{ ... }` for every service with a table
-- in service/, and for any other whose published model is loaded at run time. The
-- client knows where to send and how to sign; what an operation looks like comes
-- from the service table. Nothing here is global: a run may hold several clients
-- (Regions, accounts), each with its own retry budget and clock correction.

local call = require "plumb.aws.call"
local endpoint = require "plumb.aws.endpoint"
local limiter = require "plumb.aws.limiter"
local model = require "plumb.aws.model"
local pages = require "plumb.aws.pages"
local reads = require "plumb.aws.reads"
local retry = require "plumb.aws.retry"
local shape = require "plumb.aws.shape"
local suggest = require "plumb.suggest"

local aws = {}

---Services whose tables are bundled.
aws.SERVICES = require "plumb.aws.services"

aws.reads = reads

---@class plumb.aws.Handle
---@field service plumb.aws.Service
---@field client plumb.aws.Client
local Handle = {}

local function unknown_operation(service, name)
  local near = suggest.key(name, service.operations)
  local hint = near and ("did you mean %s?"):format(near) or "`plumb call` lists them"
  return ("%s has no operation %s; %s"):format(service.service_id, name, hint)
end

local function plan_of(handle, name)
  local plan = handle.plans[name]
  if plan then return plan end
  local service = handle.service
  local operation = service.operations[name]
  if not operation then return nil end
  plan = {
    service = service, operation = name, key = service.name .. "." .. name, reads = reads(service, name),
    unsigned = operation.unsigned,
  }
  handle.plans[name] = plan
  return plan
end

---Calls an operation by name; the same as handle:NAME(input, opts). Waits.
---@param name string
---@param input? table
---@param opts? plumb.aws.CallOptions
---@return table|nil output
---@return plumb.Error? err
function Handle:call(name, input, opts)
  local plan = plan_of(self, name)
  if not plan then error(unknown_operation(self.service, name), 2) end
  -- No tail call: a slip in the input is reported with our caller's line.
  local output, e = call.run(self.client, plan, input, opts)
  return output, e
end

---Checks an input without sending anything.
---@param name string
---@param input table
---@return plumb.Error|nil err
function Handle:check(name, input)
  if not self.service.operations[name] then error(unknown_operation(self.service, name), 2) end
  return shape.check(self.service, name, shape.fill(self.service, name, input))
end

---Each item of a listing; raises the plumb.Error when a page fails. Waits.
---@param name string
---@param input? table
---@param opts? plumb.aws.CallOptions
---@return fun(): any
function Handle:each(name, input, opts)
  if not self.service.operations[name] then error(unknown_operation(self.service, name), 2) end
  return pages.each(self, name, input, opts)
end

---All items of a listing. Waits.
---@param name string
---@param input? table
---@param opts? plumb.aws.CallOptions
---@return table|nil items
---@return plumb.Error? err
function Handle:all(name, input, opts)
  if not self.service.operations[name] then error(unknown_operation(self.service, name), 2) end
  return pages.all(self, name, input, opts)
end

-- Operations become methods at their first use. Calling an unknown one is a slip of
-- the program, so it raises.
local handle_mt = {}
function handle_mt.__index(handle, name)
  if Handle[name] then return Handle[name] end
  local plan = plan_of(handle, name)
  if not plan then error(unknown_operation(handle.service, tostring(name)), 2) end
  local function method(self, input, opts)
    local output, e = call.run(self.client, plan, input, opts)
    return output, e
  end
  rawset(handle, name, method)
  return method
end

local function new_handle(client, service)
  return setmetatable({ client = client, service = service, plans = {} }, handle_mt)
end

---@class plumb.aws.Client
---@field region string
---@field calls table<string, integer>  "ssm.CreateOpsItem" -> requests sent
---@field account? string
local Client = {}

---The handle of a bundled service.
---@param name string  short name, "ssm"
---@return plumb.aws.Handle
function Client:service(name)
  local handle = rawget(self, name)
  if handle then return handle end
  for _, known in ipairs(aws.SERVICES) do
    if known == name then
      handle = new_handle(self, require("plumb.aws.service." .. name))
      rawset(self, name, handle)
      return handle
    end
  end
  local near = suggest.suggest(tostring(name), aws.SERVICES)
  error(("no service %s%s; others can be loaded from their published model with load_model")
    :format(tostring(name), near and (", did you mean %s?"):format(near) or ""), 2)
end

---The handle of a service whose model is given.
---@param service plumb.aws.Service
---@return plumb.aws.Handle
function Client:handle(service)
  return new_handle(self, service)
end

---Loads a published service model (service-2.json, as in any AWS CLI installation).
---@param path string
---@return plumb.aws.Handle|nil handle
---@return string? message  why not: unreadable, no model, a protocol that is not spoken here
function Client:load_model(path)
  local service, message = aws.load_model(path)
  if not service then return nil, message end
  return new_handle(self, service)
end

-- Limits are those of a service, an account and a Region.
local function same_limits(one, other)
  return one.region == other.region and one.credentials == other.credentials and one.endpoint == other.endpoint
    and other.limiters ~= nil
end

---A client that differs in some options and shares the call counts.
---@param options table  as for aws.new
---@return plumb.aws.Client
function Client:with(options)
  local merged = {}
  for key, value in pairs(self.options) do merged[key] = value end
  for key, value in pairs(options) do merged[key] = value end
  local other = aws.new(merged)
  rawset(other, "calls", self.calls)
  if same_limits(self, other) then rawset(other, "limiters", self.limiters) end
  return other
end

---Where requests for an operation go; worked out once.
---@param service plumb.aws.Service
---@param name? string  of the operation; nil for where most of them go
---@return plumb.aws.Endpoint|nil
---@return plumb.Error? err
function Client:place_of(service, name)
  local search = name and service.operations[name].search
  local places = search and self.search_places or self.places
  local place = places[service]
  if place then return place end
  local e
  place, e = self.endpoint(service, self.region, search and { search = true } or nil)
  if not place then return nil, e end
  places[service] = place
  return place
end

---The rate limiter of a service for this client's account and Region.
---@param service plumb.aws.Service
---@return plumb.aws.Limiter|nil  nil in retry mode "legacy", which has none
function Client:limiter_of(service)
  local limiters = self.limiters
  if not limiters then return nil end
  local found = limiters[service.name]
  if not found then
    found = limiter.new(service.name)
    limiters[service.name] = found
  end
  return found
end

-- Fields that may be absent; any other name is taken for a service.
local OPTIONAL = {
  account = true, clock_told = true, gate = true, limiters = true, on_call = true, on_clock = true, read_only = true,
  region = true, trace = true,
}

local client_mt = {}
function client_mt.__index(client, name)
  if Client[name] then return Client[name] end
  if OPTIONAL[name] then return nil end
  return Client.service(client, name)
end

local function default_send(request)
  return require("plumb.transport").send(request)
end

local function default_sleep(seconds)
  return require("plumb.task").sleep(seconds)
end

---Makes a client.
---@param options { region: string?,
---  credentials: (fun(refused: plumb.aws.Credentials?): plumb.aws.Credentials?, plumb.Error?),
---  send?: (fun(request: plumb.Request): plumb.Response?, plumb.Error?),
---  endpoint?: (fun(service: plumb.aws.Service, region: string): plumb.aws.Endpoint?, plumb.Error?),
---  retry?: plumb.aws.RetrySettings, on_call?: fun(info: table), read_only?: boolean, account?: string,
---  on_clock?: fun(info: { offset: number, refused: plumb.Error? }), trace?: plumb.aws.Trace,
---  sleep?: (fun(seconds: number)), random?: (fun(): number),
---  gate?: (fun(signed_at: number): true?, plumb.Error?)|false }
---  gate is asked before a call that changes something is sent, and may refuse it;
---  on_call is told of every request sent: { service, operation, attempt, status, ms, request_id, code, reads };
---  on_clock, once, when calls go well only because plumb corrects a clock that is more than four minutes off
---@return plumb.aws.Client
function aws.new(options)
  local settings = options.retry or {}
  local mode = settings.mode or "standard"
  return setmetatable({
    options = options,
    region = options.region,
    credentials = options.credentials,
    send = options.send or default_send,
    endpoint = options.endpoint or endpoint.resolve,
    retry = { mode = mode, max_attempts = settings.max_attempts },
    limiters = mode ~= "legacy" and {} or nil,
    on_call = options.on_call,
    gate = options.gate or nil,
    on_clock = options.on_clock,
    trace = options.trace,
    read_only = options.read_only,
    account = options.account,
    sleep = options.sleep or default_sleep,
    random = options.random or require("plumb.random").number,
    bucket = retry.bucket(),
    skew = 0,
    calls = {},
    places = {},
    search_places = {},
  }, client_mt)
end

---Reads a published service model.
---@param path string
---@return plumb.aws.Service|nil service
---@return string? message
function aws.load_model(path)
  local text, message = require("plumb.files").read(path, 64 * 1024 * 1024)
  if not text then return nil, message end
  local published
  published, message = require("plumb.json").decode(text)
  if published == nil then return nil, path .. ": " .. message end
  local service
  service, message = model.from_published(published)
  if not service then return nil, path .. ": " .. message end
  return service
end

return aws
