-- Who may write, when several instances share a store. A lease is a record with an owner, an end and an epoch that
-- grows with every new owner. Two things follow from it:
--
--   State: every commit of the owner replaces the lease record as well, so the first commit of an owner who lost the
--   lease without knowing finds another version there and is refused as a whole.
--
--   AWS: requests cannot carry an epoch, but they carry the time of their signature, and die with it. An owner sends
--   only what it signs before its lease ends, and a new owner waits until everything that the one before can have
--   signed is dead. So a paused owner that wakes up late has nothing it could do harm with.
--
-- A state file needs none of this: the lock on the file ends with its process.

local err = require "plumb.err"
local task = require "plumb.task"

local lease = {}

---How long a signature lives, in seconds: AWS refuses a request whose time is further off.
---@see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
lease.SIGNATURE_LIFE = 300

local SKEW = 60 -- seconds by which the clocks of two owners may differ

---@class plumb.Lease
---@field name string
---@field owner string
---@field epoch integer
---@field expires_at number  the end, as far as it is known to be written down
---@field sends_from number  before this moment what an earlier owner signed may still be carried out
---@field lost boolean       somebody else has it; it never comes back
---@field package store plumb.Store
---@field package record table
---@field package ttl number
---@field package now fun(): number
---@field package fence number
---@field package ending boolean?
local Lease = {}
Lease.__index = Lease

local NOBODY = ""

local function held(record)
  return err.new { kind = "state", code = "LeaseHeld", executed = "no", holder = record.owner,
    expires_at = record.expires_at,
    message = ("another plumb is writing to this state, run %s; its lease ends by itself when that is gone"):format(
      record.owner) }
end

-- Nothing an owner of this name signed is alive after this moment.
local function dead_after(record, fence) return record and record.expires_at > 0 and record.expires_at + fence or 0 end

local function take(self, earlier)
  self.epoch = (earlier and earlier.epoch or 0) + 1
  -- The same for a lease that was ours: whose it had been before that is not written down any more.
  self.sends_from = dead_after(earlier, self.fence)
  self.record = { name = self.name, owner = self.owner, epoch = self.epoch, expires_at = self.now() + self.ttl,
    version = earlier and earlier.version }
  local done, failure = self.store:commit { { "put", "lease", self.record } }
  if not done then return nil, failure end
  self.expires_at = self.record.expires_at
  return self
end

---Takes a lease that nobody has, or whose end has passed. May wait, as the store does.
---@param store plumb.Store
---@param options { name: string, owner: string, ttl: number, now: fun(): number, skew: number? }  owner: of this
---  process alone, a ULID for example; ttl: seconds until it ends unless it is renewed; now: AWS's time as far as it is
---  known; skew: seconds by which two instances may disagree about it, default 60
---@return plumb.Lease|nil
---@return plumb.Error? err  "LeaseHeld", with `holder` and `expires_at`
function lease.acquire(store, options)
  if options.owner == NOBODY then error("a lease needs an owner with a name", 2) end
  local self = setmetatable({ store = store, name = options.name, owner = options.owner, ttl = options.ttl,
    now = options.now, fence = lease.SIGNATURE_LIFE + (options.skew or SKEW), lost = false, turn = task.lock() }, Lease)
  local earlier = store:get("lease", options.name)
  if earlier and earlier.owner ~= NOBODY and earlier.owner ~= self.owner and self.now() < earlier.expires_at then
    return nil, held(earlier)
  end
  local taken, failure = take(self, earlier)
  if taken or failure.code ~= "Conflict" then return taken, failure end
  return nil, held(store:get("lease", options.name) or { name = options.name, owner = "somebody", expires_at = 0 })
end

local function loss(self)
  self.lost = true
  return nil, err.new { kind = "state", code = "LeaseLost", executed = "no",
    message = ("another instance has taken over %s; this one writes nothing more"):format(self.name) }
end

-- After a conflict: whose the record is now. "moved" means that an earlier write of ours, whose fate was not known,
-- did arrive.
local function look(self)
  local stored = self.store:get("lease", self.name)
  if not stored or stored.owner ~= self.owner or stored.epoch ~= self.epoch then return "lost" end
  local moved = stored.version ~= self.record.version
  self.record.version = stored.version
  return moved and "moved" or "same"
end

local function commit_in_turn(self, writes, trail)
  if self.lost then return loss(self) end
  local all = table.move(writes, 1, #writes, 1, {})
  all[#all + 1] = { "put", "lease", self.record }
  local done, failure = self.store:commit(all, trail)
  if done or failure.code ~= "Conflict" then return done, failure end
  local whose = look(self)
  if whose == "lost" then return loss(self) end
  if whose == "same" then return nil, failure end
  return self.store:commit(all, trail)
end

-- Commits writes together with the lease record, which must still be ours. One at a time: each of them
-- replaces that record, so two at once would refuse each other.
local function commit(self, writes, trail)
  return self.turn:with(commit_in_turn, self, writes, trail)
end

---Moves the end of the lease to `ttl` seconds from now. A failure leaves it where it was known to be. Raises as the
---store does. May wait.
---@return true|nil
---@return plumb.Error? err  "LeaseLost"
function Lease:renew()
  if self.ending then return loss(self) end
  local expires_at = self.now() + self.ttl
  self.record.expires_at = expires_at
  local done, failure = commit(self, {})
  if not done then return nil, failure end
  self.expires_at = expires_at
  return true
end

---Gives the lease back, so that the next owner need not wait. To be called when nothing that was sent is on its way any
---more. What an earlier owner signed stays fenced off. May wait.
---@return true|nil
---@return plumb.Error? err  "LeaseLost"
function Lease:release()
  self.ending, self.record.owner = true, NOBODY
  self.record.expires_at = self.sends_from > self.now() and self.sends_from - self.fence or 0
  local done, failure = commit(self, {})
  self.lost = true
  return done, failure
end

---Whether a request that changes something may be sent.
---@param signed_at number  the time in its signature
---@return boolean
---@return "lost"|"quiet"|"expired"|nil why_not  quiet: an earlier owner's requests may still be carried out
---@return number? from  when quiet: from when on it may be sent
function Lease:may_send(signed_at)
  if self.lost then return false, "lost" end
  if signed_at < self.sends_from then return false, "quiet", self.sends_from end
  if signed_at >= self.expires_at then return false, "expired" end
  return true
end

local WORDS = {
  lost = "another instance has taken over",
  quiet = "requests of the instance before this one may still be carried out",
  expired = "the lease of this instance has ended",
}

---may_send in the form of a gate in front of every changing call.
---@return fun(signed_at: number): true|nil, plumb.Error?  "LeaseFenced"; nothing was sent then
function Lease:gate()
  return function(signed_at)
    local may, why, from = self:may_send(signed_at)
    if may then return true end
    return nil, err.new { kind = "state", code = "LeaseFenced", executed = "no", why = why, from = from,
      message = ("not sent: %s (%s)"):format(WORDS[why], self.name) }
  end
end

---The store as this owner may write it: every commit is refused once somebody else has the lease. A commit takes one
---action more than it says.
---@return plumb.Store
function Lease:guard()
  local owner, guarded = self, {}
  function guarded:commit(writes, trail) -- luacheck: ignore self
    return commit(owner, writes, trail)
  end
  return setmetatable(guarded, { __index = function(_, name)
    local value = owner.store[name]
    if type(value) ~= "function" then return value end
    return function(_, ...) return value(owner.store, ...) end
  end })
end

---Renews the lease in the background, three times within its life, until it is given back or lost. A store that cannot
---be reached is asked again; meanwhile the lease may end, and may_send says so.
---@param sleep? fun(seconds: number)
---@return plumb.Task  to be cancelled at the end
function Lease:keep(sleep)
  return task.spawn(function()
    while not self.lost do
      (sleep or task.sleep)(self.ttl / 3)
      local ok, failure = pcall(self.renew, self)
      if not ok and not (err.is(failure) and failure.kind == "state") then error(failure, 0) end
    end
  end)
end

return lease
