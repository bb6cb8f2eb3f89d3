-- The local AWS: a request in, a response out, as the real services would answer, their inconveniences included.
--
--   local s = require("sim").new{ seed = "demo" }
--   s:send(request)     in process, with the contract of plumb.transport.send
--   s:handle(request)   behind plumb.server
--
-- A request runs through: faults to order, signature, service and operation, input by its shapes, handler, reply. It
-- shares the tables of shapes and the leaf modules with the client, and none of its parsing, building and signing.
--
-- seed is "demo", "empty", "large", the path of a JSON file (a seed, or any custom lens), or a table:
--   { lenses = { "file.json" | { file = | document = , alias = , key = , version = } },
--     workloads = { { name = , lenses = { "wellarchitected", key },
--                     answers = { [key] = { [question id] = "selected another -not_applicable" } } } },
--     roles = , queues = , routes = }        in full: sim/seeds.lua

local admin = require("sim.admin")
local clock = require("sim.clock")
local err = require("plumb.err")
local fail = require("sim.fail")
local fault = require("sim.fault")
local hosts = require("sim.hosts")
local random = require("plumb.random")
local runtime = require("sim.runtime")
local seeds = require("sim.seeds")
local signature = require("sim.signature")
local spoil = require("sim.spoil")
local time = require("plumb.time")
local wire = require("sim.wire")
local world_of = require("sim.world")

local M = {}

-- Keys that every simulator knows unless `credentials` says otherwise. They are no secret: they open nothing.
M.ACCESS_KEY_ID = "AKIAPLUMBSIMULATOR01"
M.SECRET_ACCESS_KEY = "plumb-simulator-opens-nothing-anywhere00"

local LIMITS = { workloads = 1000, custom_lenses = 15, opsitems = 500000, opsitems_a_month = 10000 }

---@class sim.Simulator
---@field world sim.World     of the default account and Region
---@field worlds table<string, sim.World>  by "account/region"
---@field journal table[]     executed calls: { n, at, service, operation, account, region, input, status, code?,
---  mutating, request_id, replied? }; `replied` tells what the caller got when a fault spoiled the reply
---@field counts table<string, integer>  calls that arrived, by "service.Operation", executed or not
---@field credentials table<string, table>  by access key id: { secret, session_token?, account, arn, user_id,
---  expires_at? }
---@field limits table<string, integer>  workloads, custom_lenses, opsitems, opsitems_a_month
---@field now fun(): number
---@field sleep fun(seconds: number)
---@field runtime sim.Runtime  of a Lambda function
local Simulator = {}
Simulator.__index = Simulator

---@class sim.Context
---@field sim sim.Simulator
---@field world sim.World
---@field service table
---@field operation string
---@field caller { account: string, arn: string, user_id: string, temporary: boolean? }
---@field lag number  seconds that lists are behind writes
---@field unprocessed boolean?  a batch leaves its last entries unprocessed

local function default_sleep(seconds)
  local ok, task = pcall(require, "plumb.task")
  if ok and task.sleep then
    task.sleep(seconds)
  end
end

local function with_account(entry, account, partition)
  local credential = type(entry) == "table" and entry or { secret = entry }
  return { secret = credential.secret, session_token = credential.session_token, expires_at = credential.expires_at,
    temporary = credential.session_token ~= nil, account = credential.account or account,
    arn = credential.arn or ("arn:%s:iam::%s:user/plumb"):format(partition, credential.account or account),
    user_id = credential.user_id or "AIDAPLUMBSIMULATOR01" }
end

---A simulator.
---@param options { seed: string|table|nil, seed_options: table?, now: (fun(): number)?, sleep: (fun(seconds: number))?,
---  account: string?, region: string?, credentials: table<string, string|table>?, limits: table?, faults: string?,
---  updated_at_moves: boolean?, random_seed: integer? }?  see the top of this file; seed_options go to "large";
---  updated_at_moves = false keeps UpdatedAt still when answers change, which the real service may do;
---  random_seed makes ids and chances repeatable
---@return sim.Simulator  raises a string when a seed or a fault cannot be read
function M.new(options)
  options = options or {}
  local self = setmetatable({ now = options.now or time.now, sleep = options.sleep or default_sleep,
    account = options.account or "111122223333", region = options.region or "us-east-1", credentials = {},
    updated_at_moves = options.updated_at_moves ~= false,
    limits = setmetatable(options.limits or {}, { __index = LIMITS }),
    state = options.random_seed or string.unpack("<i8", random.bytes(8)), rules = {}, serial = 0 }, Simulator)
  self.options, self.runtime = options, runtime.new(self)
  local known = options.credentials or { [M.ACCESS_KEY_ID] = M.SECRET_ACCESS_KEY, test = "test" }
  for id, entry in pairs(known) do
    self.credentials[id] = with_account(entry, self.account, world_of.partition(self.region))
  end
  self.seed = seeds.resolve(options.seed or "demo", options.seed_options)
  self.roles = self.seed.roles
  self:reset()
  for _, rule in ipairs(fault.parse(options.faults or "")) do
    self:fault(rule)
  end
  return self
end

---Forgets everything that happened and seeds anew; faults to order and issued keys stay.
function Simulator:reset()
  self.worlds, self.journal, self.counts = {}, {}, {}
  self.world = self:world_of(self.account, self.region)
end

---The world of an account and Region, seeded on first sight.
---@param account string
---@param region string
---@return sim.World
function Simulator:world_of(account, region)
  local key = account .. "/" .. region
  if not self.worlds[key] then
    self.worlds[key] = world_of.new(self, account, region)
    seeds.apply(self.worlds[key], self.seed)
  end
  return self.worlds[key]
end

-- SplitMix64: small, good enough for ids and chances, and repeatable from one number.
local function draw(self)
  self.state = self.state + 0x9E3779B97F4A7C15
  local z = self.state
  z = (z ~ (z >> 30)) * 0xBF58476D1CE4E5B9
  z = (z ~ (z >> 27)) * 0x94D049BB133111EB
  return z ~ (z >> 31)
end

---@param count integer
---@return string bytes
function Simulator:bytes(count)
  local parts = {}
  for i = 1, (count + 7) // 8 do
    parts[i] = string.pack("<i8", draw(self))
  end
  return table.concat(parts):sub(1, count)
end

---@param digits integer
---@return string
function Simulator:hex(digits)
  return (self:bytes((digits + 1) // 2):gsub(".", function(char)
    return ("%02x"):format(char:byte())
  end)):sub(1, digits)
end

---@return string  a version 4 UUID
function Simulator:uuid()
  local h = self:hex(32)
  return ("%s-%s-4%s-a%s-%s"):format(h:sub(1, 8), h:sub(9, 12), h:sub(14, 16), h:sub(18, 20), h:sub(21, 32))
end

---@return number  in [0, 1)
function Simulator:chance()
  return (draw(self) >> 11) / (1 << 53)
end

---Orders a fault; see sim/fault.lua for the fields.
---@param rule sim.FaultRule  for example { operation = "ssm.CreateOpsItem", nth = 2, kind = "exec_then_reset" }
---@return table rule  its working form, with `seen` and `struck` counting up
function Simulator:fault(rule)
  local made = fault.rule(rule)
  self.rules[#self.rules + 1] = made
  return made
end

---Takes all faults back.
function Simulator:clear_faults()
  self.rules = {}
end

-- The rules that strike this call, by when they do.
local function strikes(self, name)
  local found = { delay = 0, skew = 0, lag = 0 }
  for _, rule in ipairs(self.rules) do
    if not (found.instead and fault.KINDS[rule.kind] == "instead")
      and fault.strikes(rule, name, function() return self:chance() end) then
      local when = fault.KINDS[rule.kind]
      if when == "delay" then
        found.delay = found.delay + (rule.ms or 1000) / 1000
      elseif rule.kind == "skew" then
        found.skew = found.skew + (rule.seconds or 600)
      elseif rule.kind == "index_lag" then
        found.lag = math.max(found.lag, rule.seconds or 60)
      elseif rule.kind == "unprocessed" then
        found.unprocessed = true
      else
        found[when] = rule
      end
    end
  end
  return found
end

local READING = { "^Get", "^List", "^Describe", "^Export", "^Receive", "^AssumeRole", "^BatchGet", "^Query", "^Scan",
  "^Decode", "^TransactGet" }

---Whether an operation changes anything, going by its name.
---@param operation string
---@return boolean
function M.mutating(operation)
  for _, pattern in ipairs(READING) do
    if operation:find(pattern) then
      return false
    end
  end
  return true
end

local function check_signature(self, request, found, now)
  local claim = signature.read(request)
  if not claim then
    if found.operation and found.operation.unsigned then
      return { account = self.account, arn = "anonymous", user_id = "anonymous", region = self.region }
    end
    fail.raise("MissingAuthenticationTokenException", found.operation and "Request is missing Authentication Token"
      or "Missing Authentication Token", { front = true })
  end
  local credential = self.credentials[claim.key_id]
  signature.check(request, claim, credential, now)
  return { account = credential.account, arn = credential.arn, user_id = credential.user_id,
    temporary = credential.temporary, region = claim.region }
end

local function check_found(found)
  if not found.service then
    fail.raise("NotSimulated", ("The service %s is not simulated."):format(found.service_name or "of this request"),
      { status = 501, front = true })
  elseif not found.operation then
    -- The front end of rest services does not know a path; the others do not know a name.
    if found.protocol == "rest-json" then
      fail.raise("MissingAuthenticationTokenException", "Missing Authentication Token", { front = true })
    end
    fail.raise("UnknownOperationException", ("The operation %s is not known."):format(found.name or ""),
      { front = true, status = 400 })
  end
  return found.handlers.operations[found.name] or fail.raise("NotSimulated",
    ("%s.%s is not simulated."):format(found.service_name, found.name), { status = 501, front = true })
end

local function note(self, found, caller, input, request_id)
  self.serial = self.serial + 1
  local entry = { n = self.serial, at = self.now(), service = found.service_name, operation = found.name,
    account = caller.account, region = caller.region, input = input, mutating = M.mutating(found.name),
    request_id = request_id, status = 200 }
  self.journal[#self.journal + 1] = entry
  return entry
end

local function execute(self, request, found, struck, request_id)
  local caller = check_signature(self, request, found, self.now() + struck.skew)
  local handler = check_found(found)
  local input = wire.input(found, request)
  local ctx = { sim = self, world = self:world_of(caller.account, caller.region), service = found.service,
    operation = found.name, caller = caller, lag = struck.lag,
    unprocessed = struck.unprocessed }
  local entry = note(self, found, caller, input, request_id)
  local ok, output = pcall(handler, ctx, input)
  if not ok then
    local failure = fail.is(output) and output or nil
    entry.status, entry.code = failure and 400 or 500, failure and failure.code
    error(output, 0)
  end
  return output, entry
end

local function run(self, request, found, struck, request_id)
  local ok, output, entry = pcall(execute, self, request, found, struck, request_id)
  if ok then
    return wire.reply(found, output, request_id), entry
  elseif not fail.is(output) then
    error(output, 0) -- a mistake in the simulator, not an answer of AWS
  end
  local response = wire.fault(found, output, request_id)
  local last = self.journal[#self.journal]
  if last and last.request_id == request_id then
    last.status = response.status
    entry = last
  end
  return response, entry
end

local function finish(self, response, struck, request_id)
  response.headers["x-amzn-requestid"] = response.headers["x-amzn-requestid"] or request_id
  response.headers.date = clock.http(self.now() + struck.skew)
  return response
end

-- Executes a request. `patience` is how long the caller waits, in process: what takes longer is still executed, late,
-- and the caller gets nothing.
local function answer(self, request, patience)
  local found = wire.identify(request)
  local name = (found.service_name or "unknown") .. "." .. (found.name or "Unknown")
  self.counts[name] = (self.counts[name] or 0) + 1
  local struck, request_id = strikes(self, name), self:uuid()
  local late = patience and struck.delay >= patience
  if struck.delay > 0 then
    self.sleep(late and patience or struck.delay)
  end
  if struck.instead then
    return finish(self, spoil.instead(found, struck.instead, request_id), struck, request_id)
  end
  local response, entry = run(self, request, found, struck, request_id)
  if struck.after then
    response = spoil.after(response, found, struck.after, request_id)
    if entry then
      entry.replied = response.fault or response.status
    end
  end
  if late then
    response = { status = 0, headers = {}, body = "", fault = "hang", seconds = 0 }
  end
  return finish(self, response, struck, request_id)
end

local function normalized(request, host)
  local headers = {}
  for key, value in pairs(request.headers or {}) do
    headers[key:lower()] = value
  end
  headers.host = headers.host or host
  return { method = request.method, path = request.path, query = request.query or "", headers = headers,
    body = request.body or "", peer = request.peer }
end

---Answers a request that came over the network. Waits when a fault or a long poll does.
---@param request { method: string, path: string, query: string?, headers: table<string, string>, body: string?,
---  peer: string? }  path and query raw, header names in any case
---@return { status: integer, headers: table<string, string>, body: string, fault: "reset"|"short"|nil }
function Simulator:handle(request)
  local clean = normalized(request)
  if clean.path == "/_sim" or clean.path:sub(1, 6) == "/_sim/" then
    return admin.handle(self, clean)
  elseif runtime.is_for(clean) then
    return self.runtime:handle(clean)
  end
  local response = answer(self, clean)
  if response.fault == "hang" then
    self.sleep(response.seconds)
    response.fault = "reset"
  end
  return response
end

local function lost(code, message, executed)
  return nil, err.new({ kind = "connection", code = code, message = message, executed = executed or "maybe" })
end

-- In process a header may still be wrapped as a secret, which Lua cannot read; the token of a known key is known here,
-- and as it is signed, a wrong one is still found out.
local function open_secrets(self, request)
  local id = tostring(request.headers.authorization or ""):match("Credential=([^/]+)/")
  local credential = id and self.credentials[id]
  for key, value in pairs(request.headers) do
    if type(value) ~= "string" then
      request.headers[key] = credential and credential.session_token or tostring(value)
    end
  end
end

---Answers a request in process, with the contract of plumb.transport.send. Waits when a fault or a long poll does.
---@param request table  as plumb.transport.send takes it
---@return { status: integer, headers: table<string, string>, body: string, ms: number }? response
---@return plumb.Error? err  ConnectionLost, Timeout, BodyTooLarge; executed is "maybe", as on a real wire
function Simulator:send(request)
  if not hosts.exists(request.host) then
    return lost("NameNotResolved", ("could not find %s"):format(request.host), "no")
  end
  local clean, started = normalized(request, request.host), self.now()
  open_secrets(self, clean)
  local response = answer(self, clean, request.timeout)
  if response.fault == "hang" then
    self.sleep(math.min(response.seconds, request.timeout or response.seconds))
    return lost("Timeout", ("no answer from %s in time"):format(request.host))
  elseif response.fault then
    return lost("ConnectionLost", ("the connection to %s was closed before the answer was complete"):format(
      request.host))
  elseif request.max_body and #response.body > request.max_body then
    return lost("BodyTooLarge", ("the answer has more than %d bytes"):format(request.max_body))
  end
  return { status = response.status, headers = response.headers, body = response.body,
    ms = (self.now() - started) * 1000 }
end

return M
