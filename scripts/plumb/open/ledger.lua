-- How the state keeps up with what plumb.open does: a unit and its members in as few commits as the store takes, and
-- the count of new items that the monthly budget rests on.

local err = require "plumb.err"
local task = require "plumb.task"
local time = require "plumb.time"

local ledger = {}

---Writes in one commit: a store may take no more than 100, rows of the audit trail included.
ledger.WRITES_AT_ONCE = 90

local COUNTING = 8 -- how often a count is written again because another instance was quicker

---@class plumb.Ledger
local Ledger = {}
Ledger.__index = Ledger

---@param opener { store: plumb.Store, now: fun(): number, run: string }
---@return plumb.Ledger
function ledger.new(opener) return setmetatable({ opener = opener, counting = task.lock() }, Ledger) end

local function commit(self, writes, trail)
  for _, entry in ipairs(trail or {}) do entry.at, entry.run = self.opener.now(), self.opener.run end
  return assert(self.opener.store:commit(writes, trail))
end

-- How many items this account got this calendar month: OpsCenter allows 10,000, and a budget less.
local function month_mark(self, account)
  local name = ("created/%s/%s"):format(account, time.iso(self.opener.now()):sub(1, 7))
  return self.opener.store:get("mark", name) or { name = name, value = 0 }
end

---How many new items this account got this calendar month, as far as this state knows.
---@param account string
---@return integer
function Ledger:created_this_month(account) return month_mark(self, account).value end

-- Commits what a create made together with the month's count, which all creates share: in a state that waits,
-- such as a table, each of ours reads and writes it in its turn, and those of another instance are tried again.
local function commit_counted(self, account, writes, trail)
  return self.counting:with(function()
    for round = 1, COUNTING do
      local mark = month_mark(self, account)
      mark.value = mark.value + 1
      writes[#writes + 1] = { "put", "mark", mark }
      local ok, failure = pcall(commit, self, writes, trail)
      if ok then return end
      if not err.is(failure) or failure.code ~= "Conflict" or round == COUNTING then error(failure, 0) end
      writes[#writes] = nil
    end
  end)
end

---Commits a unit as it is now, the members of a group before the group itself: it is the group's record that says
---what was sent and what stands, so a crash before it means that nothing was. Raises what the store raises, and
---"Conflict" when somebody else changed one of the records meanwhile.
---@param unit plumb.Unit
---@param more? table[]   further writes, with the unit's record
---@param trail? table[]  rows of the audit trail
---@param created? string the account that an item was created in, which counts
function Ledger:save(unit, more, trail, created)
  local writes, own = unit:writes(), { { "put", unit.kind, unit.record }, table.unpack(more or {}) }
  while writes[1] and #writes + #own > ledger.WRITES_AT_ONCE do
    local batch = table.move(writes, 1, math.min(ledger.WRITES_AT_ONCE, #writes), 1, {})
    commit(self, batch)
    writes = table.move(writes, #batch + 1, #writes, 1, {})
  end
  table.move(own, 1, #own, #writes + 1, writes)
  if created then return commit_counted(self, created, writes, trail) end
  commit(self, writes, trail)
end

return ledger
