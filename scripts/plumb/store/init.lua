-- Where state is kept: one interface, a driver for each place. A driver offers
--
--   get(kind, key)          -> record | nil
--   each(kind, where?)      -> iterator over records whose column equals a value
--   commit(writes, trail?)  -> true | nil, err   all writes or none, and the audit rows with them
--   trail()                 -> iterator over the audit rows, oldest first
--   describe()              -> { driver, place, schema, bytes? }
--   check()                 -> complaints[]   damage found by looking through all of it
--   close()
--
-- and, where the place can be copied, backup(path) -> true | nil, err.
--
-- A record is a plain table with the columns of its kind (schema.lua) and `version`. A write names
-- what it replaces: `put` of a record without a version must be new, with one it must still be the
-- one that was read. So two that change the same thing never both succeed.

local err = require "plumb.err"
local problem = require "plumb.problem"

local store = {}

---@class plumb.Store
---@field get fun(self, kind: string, key: string): table?
---@field each fun(self, kind: string, where?: table<string, any>): fun(): table?
---@field commit fun(self, writes: table[], trail?: table[]): true?, plumb.Error?
---@field close fun(self)

local function open_table(name, options)
  return require("plumb.store.dynamodb").open { table = name, client = options.client, read_only = options.read_only }
end

---The table in a path that names one: "dynamodb:TABLE".
---@param path string
---@return string?  nil when the path is that of a file
function store.table_name(path) return path:match "^dynamodb:(.+)$" end

---Opens the store at a path. Raises a plumb.Problem E501 to E509 when it cannot be used, or what the calls to
---DynamoDB failed with. Waits for a table.
---@param options { path: string, read_only: boolean?, client: plumb.aws.Client? }  path: a file, ":memory:", which
---  keeps nothing, or "dynamodb:TABLE", which needs a client
---@return plumb.Store
function store.open(options)
  local name = store.table_name(options.path)
  local opened, failure
  if name then
    opened, failure = open_table(name, options)
  else
    opened, failure = require("plumb.store.sqlite").open(options)
  end
  if opened then return opened end
  if err.is(failure) then error(problem.from(failure), 0) end
  error(problem.from(err.new { kind = "state", code = failure.code, message = failure.message,
    where = options.path }), 0)
end

return store
