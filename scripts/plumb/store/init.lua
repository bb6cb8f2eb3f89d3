-- Where state is kept: one interface, a driver for each place. A driver offers
--
--   get(kind, key)          -> record | nil
--   each(kind, where?)      -> iterator over records whose column equals a value
--   lookup(kind)            -> function(key) -> record | nil: get, for asking about many of them
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
local random = require "plumb.random"
local task = require "plumb.task"

local store = {}

---@class plumb.Store
---@field get fun(self, kind: string, key: string): table?
---@field each fun(self, kind: string, where?: table<string, any>): fun(): table?
---@field lookup fun(self, kind: string): fun(key: string): table?
---@field commit fun(self, writes: table[], trail?: table[]): true?, plumb.Error?
---@field close fun(self)

local function open_table(name, options)
  return require("plumb.store.dynamodb").open { table = name, client = options.client, read_only = options.read_only }
end

---The table in a path that names one: "dynamodb:TABLE". Raises plumb.Problem E103 when it names none.
---@param path string
---@return string?  nil when the path is that of a file
function store.table_name(path)
  local name = path:match "^dynamodb:(.*)$"
  if not name or name:find("^[%w_.-]+$") and #name >= 3 and #name <= 255 then return name end
  problem.raise { id = "E103", what = ("'%s' is not the name of a DynamoDB table"):format(name),
    where = "the state " .. path, because = "a name has 3 to 255 letters, digits, dots, hyphens and underscores",
    fix = "--state dynamodb:plumb" }
end

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

local TRIES = 8
local PAUSE = 0.02 -- seconds; doubles with each try
local turns = setmetatable({}, { __mode = "k" }) -- store -> lock

local function attempt(target, build)
  local done, failure
  for try = 1, TRIES do
    done, failure = target:commit(build())
    if done or failure.code ~= "Conflict" then return done, failure end
    if try < TRIES then task.sleep(PAUSE * 2 ^ (try - 1) * random.number()) end
  end
  return nil, failure
end

---Commits what `build` makes of what it reads, and has it made again when somebody changed one of these records
---meanwhile. For records that many write, such as counters: a store that waits lets others in between a get and a
---commit. One at a time in this process. May wait.
---@param target plumb.Store
---@param build fun(): table[], table[]?  reads what it needs anew each time, and returns writes and trail
---@return true|nil
---@return plumb.Error? err  as commit's; "Conflict" when others were quicker each time
function store.update(target, build)
  turns[target] = turns[target] or task.lock()
  return turns[target]:with(attempt, target, build)
end

local PIECE = 80 -- writes; a transaction of DynamoDB takes 100 actions, and a lease and the trail want some

local function each_of(list)
  local i = 0
  return function()
    i = i + 1
    return list[i]
  end
end

---Commits writes that do not depend on each other, as many at a time as every driver takes. Raises when one
---of the commits is refused.
---@param target plumb.Store
---@param writes table[]|fun(): table?  a list, or where one comes from after the other
function store.commit_pieces(target, writes)
  local piece = {}
  for write in type(writes) == "function" and writes or each_of(writes) do
    piece[#piece + 1] = write
    if #piece == PIECE then
      assert(target:commit(piece))
      piece = {}
    end
  end
  if piece[1] then assert(target:commit(piece)) end
end

return store
