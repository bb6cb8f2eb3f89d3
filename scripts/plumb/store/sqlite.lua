-- State in one SQLite file. The door of engine.store: it turns records into rows and back, and
-- counts versions. What the columns are is in schema.lua.

local engine = require "engine.store"
local chain = require "plumb.store.chain"
local err = require "plumb.err"
local json = require "plumb.json"
local schema = require "plumb.store.schema"
local task = require "plumb.task"

local sqlite = {}

local PIECE = 200 -- rows of a list that are in memory at once

-- Those that read a table, or the rows where a column has some value, some rows at a time.
local function in_rows(name, column)
  local condition = column and ("AND %s = ?"):format(column) or ""
  return {
    last = ("SELECT max(rowid) AS last FROM %s"):format(name),
    piece = ("SELECT rowid AS place, * FROM %s WHERE rowid > ? AND rowid <= ? %s ORDER BY rowid LIMIT %d")
      :format(name, condition, PIECE),
  }
end

-- The statements of a kind, made once from its columns.
local function statements(name, kind)
  local marks, sets = {}, {}
  for i, column in ipairs(kind.columns) do
    marks[i] = "?"
    sets[i] = ("%s = ?"):format(column)
  end
  return {
    get = ("SELECT * FROM %s WHERE %s = ?"):format(name, kind.key),
    whole = in_rows(name),
    where = setmetatable({}, { __index = function(of, column)
      of[column] = in_rows(name, column)
      return of[column]
    end }),
    insert = ("INSERT INTO %s (%s, version) VALUES (%s, 1) ON CONFLICT DO NOTHING RETURNING 1 AS done")
      :format(name, table.concat(kind.columns, ", "), table.concat(marks, ", ")),
    update = ("UPDATE %s SET %s, version = version + 1 WHERE %s = ? AND version = ? RETURNING 1 AS done")
      :format(name, table.concat(sets, ", "), kind.key),
    delete = ("DELETE FROM %s WHERE %s = ? AND version = ? RETURNING 1 AS done"):format(name, kind.key),
  }
end

local sql = {}
for name, kind in pairs(schema.kinds) do sql[name] = statements(name, kind) end

local function to_row(kind, record)
  local values = { n = #kind.columns }
  for i, column in ipairs(kind.columns) do
    local value = record[column]
    if value ~= nil and kind.json and kind.json[column] then value = json.encode(value) end
    values[i] = value
  end
  return values
end

local function to_record(kind, row)
  for column in pairs(kind.json or {}) do
    if row[column] ~= nil then row[column] = assert(json.decode(row[column])) end
  end
  for column in pairs(kind.boolean or {}) do
    if row[column] ~= nil then row[column] = row[column] ~= 0 end
  end
  return row
end

---@class plumb.SqliteStore: plumb.Store
local Store = {}
Store.__index = Store

local function state_error(self, failure)
  return err.new { kind = "state", code = failure.code, message = failure.message, where = self.path }
end

-- A failing disk is not an answer: whoever reads gets an error, never "nothing there".
local function run(self, statement, ...)
  local rows, failure = self.db:run(statement, ...)
  if rows then return rows end
  error(state_error(self, failure), 0)
end

local function get(self, kind, key)
  local row = run(self, sql[kind].get, key)[1]
  return row and to_record(schema.kinds[kind], row)
end

---The record with that key, or nil. Raises a plumb.Error of kind "state" when it cannot be read.
---@param kind string
---@param key string
---@return table?
function Store:get(kind, key) return get(self, kind, key) end

---A way to get many records of a kind one after the other: here it is get.
---@param kind string
---@return fun(key: string): table?
function Store:lookup(kind)
  return function(key) return get(self, kind, key) end
end

local function piece_of(self, statement, done, last, value)
  if value == nil then return run(self, statement.piece, done, last) end
  return run(self, statement.piece, done, last, value)
end

-- All rows that there are now. Few of them are in memory at once, however long the list.
local function in_pieces(self, statement, value)
  local last = run(self, statement.last)[1].last or 0
  local rows, i, done = {}, 0, 0
  return function()
    i = i + 1
    if not rows[i] and done < last then
      rows, i = piece_of(self, statement, done, last, value), 1
      done = rows[PIECE] and rows[PIECE].place or last
    end
    local row = rows[i]
    if row then row.place = nil end
    return row
  end
end

---Every record, or those where one indexed column has that value: each("finding", { status =
---"open" }). Of those that there are now, however long the list takes; one that is changed before its turn comes as
---it is then, and one that is deleted, or has another value by then, may not come. Raises as get does.
---@param kind string
---@param where? table<string, any>
---@return fun(): table?
function Store:each(kind, where)
  local column, value = next(where or {})
  local each
  if column then
    each = in_pieces(self, sql[kind].where[column], value)
  else
    each = in_pieces(self, sql[kind].whole)
  end
  return function()
    local row = each()
    return row and to_record(schema.kinds[kind], row)
  end
end

local conflict = {} -- raised inside a transaction to undo it

local function write(self, operation, kind_name, record)
  local kind, statement, done = schema.kinds[kind_name], sql[kind_name], nil
  if operation == "put" and not record.version then
    done = run(self, statement.insert, table.unpack(to_row(kind, record), 1, #kind.columns))
  elseif operation == "put" then
    local values = to_row(kind, record)
    values[values.n + 1], values[values.n + 2] = record[kind.key], record.version
    done = run(self, statement.update, table.unpack(values, 1, values.n + 2))
  elseif operation == "delete" then
    done = run(self, statement.delete, record[kind.key], record.version)
  else
    error("a write is a put or a delete, not " .. tostring(operation), 0)
  end
  if not done[1] then error(conflict, 0) end
end

local function append(self, entry)
  local last = run(self, "SELECT hash FROM audit ORDER BY seq DESC LIMIT 1")[1]
  local previous = last and last.hash or chain.START
  run(self, [[INSERT INTO audit (at, run, operation, resource, detail, request_id, previous_hash, hash)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?)]], entry.at, entry.run, entry.operation, entry.resource,
    entry.detail and json.encode(entry.detail), entry.request_id, previous, chain.hash(entry, previous))
end

-- One commit inside the transaction: all of its writes, or none of them and "conflict".
local function write_one(self, entry)
  run(self, "SAVEPOINT entry")
  local ok, failure = pcall(function()
    for _, w in ipairs(entry.writes) do write(self, w[1], w[2], w[3]) end
    for _, row in ipairs(entry.trail) do append(self, row) end
  end)
  if not ok and failure ~= conflict then error(failure, 0) end
  if not ok then run(self, "ROLLBACK TO entry") end
  run(self, "RELEASE entry")
  return ok
end

-- Makes everything in the queue durable at once; each entry then has `done` or `failure`.
local function flush(self)
  local entries, fine = self.queue, {}
  self.queue = {}
  local ok, failure = pcall(self.db.transaction, self.db, function()
    for i, entry in ipairs(entries) do fine[i] = write_one(self, entry) end
  end)
  if not ok and type(failure) == "table" and failure.code and not err.is(failure) then
    failure = state_error(self, failure) -- of BEGIN or COMMIT
  end
  for i, entry in ipairs(entries) do
    entry.done, entry.failure, entry.conflict = true, not ok and failure or nil, not fine[i]
  end
end

local function leave_queue(self, entry)
  for i, other in ipairs(self.queue) do
    if other == entry then return table.remove(self.queue, i) end
  end
end

-- A commit costs a wait for the disk. Those that come together share one: the first lets the others that
-- are ready put theirs beside its own.
local function commit_together(self, entry)
  local _ <close> = setmetatable({}, { __close = function() leave_queue(self, entry) end }) -- called off
  self.turn:with(function()
    if entry.done then return end
    task.sleep(0)
    flush(self)
  end)
end

---Writes all or nothing: { "put", kind, record } or { "delete", kind, record }, and rows of the
---audit trail. A put without `version` must be new; with one, the stored record must still have it. What
---it says is on disk when it returns. Waits, inside a task.
---@param writes table[]
---@param trail? { at: number, run: string?, operation: string, resource: string?, detail: table?,
---  request_id: string? }[]
---@return true|nil
---@return plumb.Error? err  code "Conflict": somebody else changed one of them meanwhile
function Store:commit(writes, trail)
  local entry = { writes = writes, trail = trail or {} }
  self.queue[#self.queue + 1] = entry
  if coroutine.isyieldable() then commit_together(self, entry) else flush(self) end
  if entry.failure then error(entry.failure, 0) end
  if entry.conflict then
    return nil, err.new {
      kind = "state", code = "Conflict", message = "the state was changed by somebody else meanwhile",
    }
  end
  for _, w in ipairs(writes) do
    if w[1] == "put" then w[3].version = (w[3].version or 0) + 1 end
  end
  return true
end

---The first records whose column begins with a text, in the order of that column.
---@param kind string
---@param column string  one of the kind's, whose values are texts
---@param text string
---@param limit integer  the most to return
---@return table[]
function Store:beginning(kind, column, text, limit)
  local rows = run(self, ("SELECT * FROM %s WHERE %s >= ? AND substr(%s, 1, ?) = ? ORDER BY %s LIMIT ?")
    :format(kind, column, column, column), text, utf8.len(text) or #text, text, limit)
  for i, row in ipairs(rows) do rows[i] = to_record(schema.kinds[kind], row) end
  return rows
end

local AUDIT = in_rows "audit"

---The audit trail as it is now, oldest first.
---@return fun(): table?
function Store:trail() return in_pieces(self, AUDIT) end

---Where the state is and what of it can be said without reading its records.
---@return { driver: string, place: string, schema: integer, bytes: integer? }
function Store:describe()
  local size = run(self, "SELECT page_count * page_size AS bytes FROM pragma_page_count, pragma_page_size")[1]
  return { driver = "sqlite", place = self.path, schema = run(self, "PRAGMA user_version")[1].user_version,
    bytes = size.bytes }
end

---Looks through the whole file for damage.
---@return string[] complaints  in SQLite's words; none when it is whole
---@see https://www.sqlite.org/pragma.html#pragma_quick_check
function Store:check()
  local complaints = {}
  for _, row in ipairs(run(self, "PRAGMA quick_check")) do
    if row.quick_check ~= "ok" then complaints[#complaints + 1] = row.quick_check end
  end
  return complaints
end

---Copies the state into a new file, mode 0600, while it stays in use.
---@param path string  where nothing is yet
---@return true|nil
---@return plumb.Error? err  code "FileExists" or "BackupFailed"
function Store:backup(path)
  local done, failure = self.db:backup(path)
  if done then return true end
  return nil, err.new { kind = "state", code = failure.code, message = failure.message, where = path }
end

function Store:close() self.db:close() end

---Opens, and brings the schema up to date.
---@param options { path: string, read_only: boolean? }
---@return plumb.SqliteStore|nil
---@return table? failure  { code, message } as engine.store gives them
function sqlite.open(options)
  local db, failure = engine.open(options.path, { read_only = options.read_only or false })
  if not db then return nil, failure end
  local ok
  ok, failure = db:migrate(schema.migrations)
  if not ok then
    db:close()
    return nil, failure
  end
  return setmetatable({ db = db, path = options.path, queue = {}, turn = task.lock() }, Store)
end

return sqlite
