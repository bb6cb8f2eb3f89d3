-- A network that loses, delays and doubles what goes over it, between plumb and a simulator in this process, on
-- a virtual clock. It also decides when people act in between, and when the process is "killed".

local err = require "plumb.err"
local people = require "proof.people"
local spoil = { "throttle", "5xx", "reset", "garbage", "garbage_before", "short", "exec_then_5xx", "exec_then_reset",
  "exec_then_hang", "hang", "expired_token", "redirect" }

local wire = {}

---@class proof.Wire
---@field life table      proof.Life: sim, dice, clock
---@field held table[]    copies that the network still holds: { at, request }
---@field trouble number  probability that a request has an accident
---@field doubles boolean  whether it may deliver a request twice
---@field weights table?   what people do, by people.WEIGHTS
---@field acts number     probability that a person acts before a request
---@field crash_in integer?  requests until the process is killed
---@field sent integer
local Wire = {}
Wire.__index = Wire

---@param life table
---@return proof.Wire
function wire.new(life)
  return setmetatable({ life = life, held = {}, trouble = 0, acts = 0, sent = 0, doubles = true }, Wire)
end

local function lost(code, request)
  return nil, err.new { kind = "connection", code = code, executed = "maybe", host = request.host,
    message = "the network has lost it" }
end

local function copy_of(request)
  local copy = {}
  for key, value in pairs(request) do copy[key] = value end
  copy.headers = {}
  for name, value in pairs(request.headers) do copy.headers[name] = value end
  return copy
end

local function is_writing(request)
  local target = request.headers["x-amz-target"]
  if target then return target:find("%.Create") ~= nil or target:find("%.Update") ~= nil end
  return request.method == "PATCH"
end

-- The service executes what arrives late as if it had just come; the signature has its own say.
local function deliver(self, held)
  local journal = self.life.sim.journal
  local before = #journal
  self.life.sim:send(held.request)
  for i = before + 1, #journal do journal[i].late = true end
end

---Delivers what the network held back until now.
function Wire:let_through()
  local due, rest = {}, {}
  for _, held in ipairs(self.held) do table.insert(held.at <= self.life.clock and due or rest, held) end
  self.held = rest
  table.sort(due, function(a, b) return a.at < b.at end)
  for _, held in ipairs(due) do deliver(self, held) end
end

local function hold(self, request)
  table.insert(self.held, { at = self.life.clock + self.life.dice:between(1, 280), request = copy_of(request) })
end

local accidents = {}

function accidents.spoil(self, request)
  local sim = self.life.sim
  local kind = self.life.dice:one_of(spoil)
  self.life:say("    %s: %s", kind, request.headers["x-amz-target"] or request.path)
  local rules = sim.rules
  sim.rules = table.move(rules, 1, #rules, 1, {})
  sim:fault { kind = kind, count = 1 }
  local response, failure = sim:send(request)
  sim.rules = rules
  return response, failure
end

-- It arrives when we have given up on it.
function accidents.late(self, request)
  hold(self, request)
  self.life.clock = self.life.clock + (request.timeout or 60)
  self.life:say("    late")
  return lost("Timeout", request)
end

-- It arrives twice, at once or some time later.
function accidents.double(self, request)
  self.life:say("    doubled")
  if self.life.dice:chance(0.5) then
    hold(self, request)
  else
    deliver(self, { request = copy_of(request) })
  end
  return self.life.sim:send(request)
end

-- Executed, reply lost, and a copy comes again later.
function accidents.lost_and_doubled(self, request)
  self.life:say("    lost and doubled")
  hold(self, request)
  self.life.sim:send(request)
  return lost("ConnectionLost", request)
end

local WRITING = { { "spoil", 6 }, { "late", 2 }, { "double", 1 }, { "lost_and_doubled", 1 } }
local SINGLE = { { "spoil", 6 }, { "late", 2 } }
local READING = { { "spoil", 6 }, { "late", 1 } }

-- Killed before the service got it, or after it did and before the answer came.
local function crash(self, request)
  self.crash_in = nil
  local executed = self.life.dice:chance(0.5)
  if executed then self.life.sim:send(request) end
  self.life:say("    killed %s it arrived", executed and "after" or "before")
  self.life:crash()
end

---@param request table
---@return table? response
---@return plumb.Error? err
function Wire:send(request)
  self.sent = self.sent + 1
  local life = self.life
  life.clock = life.clock + 0.02
  self:let_through()
  if life.dice:chance(self.acts) then
    life:say("    meanwhile somebody: %s", people.act(life.sim, life.dice, self.weights) or "nothing")
  end
  if self.crash_in then
    self.crash_in = self.crash_in - 1
    if self.crash_in <= 0 then crash(self, request) end
  end
  local writing = is_writing(request)
  if life.dice:chance(writing and self.trouble * 2 or self.trouble) then
    return accidents[life.dice:by_weight(writing and (self.doubles and WRITING or SINGLE) or READING)](self, request)
  end
  return life.sim:send(request)
end

return wire
