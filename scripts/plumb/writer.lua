-- Who writes. A table may have several users; a state file has its lock. Whoever holds the lease writes, to the table
-- and to AWS, and nobody else.

local lease = require "plumb.store.lease"

local writer = {}

local LEASE_SECONDS = 60

---Takes the lease of a state that is a table, for a run that writes; from then on the context's store and calls are
---guarded by it. Raises the plumb.Error "LeaseHeld" when somebody else has it. Waits.
---@param plumb plumb.Context
---@return table|nil  gives the lease back when it is closed; nil where no lease is needed
function writer.hold(plumb)
  -- The store itself says what it is: one that a daemon lends to its runs is not named on their command line.
  if plumb.args.dry_run or not plumb.store.table_name then return nil end
  local held, failure = lease.acquire(plumb.store, { name = "writer", owner = plumb.run_id, ttl = LEASE_SECONDS,
    now = function() return plumb.time.now() + plumb.aws.skew end })
  if not held then error(failure, 0) end
  local keeper = held:keep()
  rawset(plumb, "store", held:guard())
  plumb.session.fence.gate = held:gate()
  return setmetatable({}, { __close = function()
    plumb.task.cancel(keeper)
    pcall(held.release, held) -- one that is not given back ends by itself
  end })
end

return writer
