-- Where state is kept: one interface, a driver for each place. A driver offers
--
--   get(kind, key)          -> record | nil
--   each(kind, where?)      -> iterator over records whose column equals a value
--   commit(writes, trail?)  -> true | nil, err   all writes or none, and the audit rows with them
--   close()
--
-- A record is a plain table with the columns of its kind (schema.lua) and `version`. A write names
-- what it replaces: `put` of a record without a version must be new, with one it must still be the
-- one that was read. So two that change the same thing never both succeed.

local problem = require "plumb.problem"

local store = {}

---@class plumb.Store
---@field get fun(self, kind: string, key: string): table?
---@field each fun(self, kind: string, where?: table<string, any>): fun(): table?
---@field commit fun(self, writes: table[], trail?: table[]): true?, plumb.Error?
---@field close fun(self)

---Opens the store at a path. Raises a plumb.Problem E501 to E509 when it cannot be used.
---@param options { path: string, read_only: boolean? }  ":memory:" keeps nothing
---@return plumb.Store
function store.open(options)
  local driver = require "plumb.store.sqlite"
  local opened, failure = driver.open(options)
  if opened then return opened end
  problem.raise {
    id = store.problem_id(failure.code),
    what = failure.message,
    where = options.path,
    fix = store.fixes[failure.code],
  }
end

local ids = {
  NotPlumbState = "E501",
  StateLocked = "E502",
  StateReadOnly = "E503",
  StateDamaged = "E504",
  StateTooNew = "E505",
}

store.fixes = {
  NotPlumbState = "name another file with --state FILE; this one was not touched",
  StateLocked = "wait for the other plumb to end, or name another file with --state FILE",
  StateReadOnly = "make the folder writable, or name another file with --state FILE",
  StateDamaged = "keep the file, and start a new one with --state FILE: a scan finds the items that exist",
  StateTooNew = "use the plumb that wrote it, or a newer one",
}

---The stable id of a failure to open.
---@param code string
---@return string
function store.problem_id(code) return ids[code] or "E509" end

return store
