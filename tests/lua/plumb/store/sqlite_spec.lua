local contract = require "contract.store"
local err = require "plumb.err"
local files = require "plumb.files"
local problem = require "plumb.problem"
local store_of = require "plumb.store"
local task = require "plumb.task"

local paths = {}

local function new_path()
  local path = os.tmpname()
  os.remove(path)
  paths[#paths + 1] = path
  return path
end

local function remove_all()
  for _, path in ipairs(paths) do
    for _, name in ipairs(files.list(path:match "^(.*)/") or {}) do
      local full = path:match "^(.*)/" .. "/" .. name
      if full:sub(1, #path) == path then os.remove(full) end
    end
  end
  paths = {}
end

contract {
  name = "sqlite in memory",
  open = function() return store_of.open { path = ":memory:" } end,
}

contract {
  name = "sqlite in a file",
  open = function() return store_of.open { path = new_path() } end,
  reopen = function(store)
    local path = store.path
    store:close()
    return store_of.open { path = path }
  end,
}

describe("a state file", function()
  after_each(remove_all)

  local function problem_with(options)
    local ok, failure = pcall(store_of.open, options)
    assert.is_false(ok)
    assert.is_true(problem.is(failure))
    assert.truthy(failure.fix)
    return failure
  end

  it("is for one at a time, and says so", function()
    local path = new_path()
    local first = store_of.open { path = path }
    assert.equal("E502", problem_with({ path = path }).id)
    first:close()
    store_of.open({ path = path }):close()
  end)

  it("that is something else is not touched", function()
    local path = new_path()
    local text = ("this is somebody's diary\n"):rep(100)
    assert(files.write_atomic(path, text, tonumber("600", 8)))
    assert.equal("E501", problem_with({ path = path }).id)
    assert.equal(text, files.read(path, 1 << 20))
  end)

  it("that is opened for reading stays as it is, and is no trouble to whoever writes", function()
    local path = new_path()
    local store = store_of.open { path = path }
    store:commit { { "put", "mark", { name = "m", value = 1 } } }
    local reading = store_of.open { path = path, read_only = true }
    assert.equal(1, reading:get("mark", "m").value)
    reading:commit { { "put", "mark", { name = "n", value = 1 } } }
    reading:close()
    assert.is_nil(store:get("mark", "n"))
    store:close()
    assert.is_nil(store_of.open({ path = path, read_only = true }):get("mark", "n"))
  end)

  it("that is not there yet is not made by a reader", function()
    local path = new_path()
    local reading = store_of.open { path = path, read_only = true }
    assert.is_nil(reading:each "finding"())
    reading:close()
    assert.is_nil(files.stat(path))
  end)

  it("is the user's alone", function()
    local path = new_path()
    store_of.open({ path = path }):close()
    assert.equal(tonumber("600", 8), files.stat(path).mode & tonumber("777", 8))
  end)

  -- Guards the pieces in which a list is read: one of 20,000 takes no more memory than one of 200.
  it("is never in memory as a whole", function()
    local store = store_of.open { path = ":memory:" }
    local function most(list)
      local highest, n = 0, 0
      collectgarbage()
      local before = collectgarbage "count"
      for _ in list do
        n = n + 1
        if n % 150 == 0 then
          collectgarbage()
          highest = math.max(highest, collectgarbage "count" - before)
        end
      end
      return highest
    end
    for i = 1, 1200 do
      store:commit({ { "put", "workload", { arn = "w" .. i, name = ("n"):rep(1000) } } },
        { { at = i, operation = "a", resource = ("r"):rep(1000) } })
    end
    assert.is_true(most(store:each "workload") < 500) -- KiB; all of them are 1,200 and more
    assert.is_true(most(store:each("workload", { name = ("n"):rep(1000) })) < 500)
    assert.is_true(most(store:trail()) < 500)
    store:close()
  end)

  it("does not take a record with a hole where none may be", function()
    local store = store_of.open { path = ":memory:" }
    local item = { id = "oi-1", key = "k", sink = "s", at = 1 } -- without `processed`
    local ok, failure = pcall(store.commit, store, { { "put", "item", item } })
    assert.is_false(ok)
    assert.is_true(err.is(failure))
    assert.is_nil(store:get("item", "oi-1"))
    store:close()
  end)

  it("keeps its audit trail as it was written", function()
    local store = store_of.open { path = ":memory:" }
    store:commit({}, { { at = 1, operation = "a" } })
    for _, statement in ipairs { "UPDATE audit SET operation = 'b'", "DELETE FROM audit" } do
      local rows, failure = store.db:run(statement)
      assert.is_nil(rows)
      assert.truthy(failure.message:find "append%-only")
    end
    assert.equal("a", store:trail()().operation)
    store:close()
  end)

  -- A commit that waits would let another task write into the same transaction.
  it("is never waited for inside a commit", function()
    local store = store_of.open { path = ":memory:" }
    local waiting = setmetatable({}, { __index = function()
      task.sleep(0)
    end })
    local ok, failure = pcall(store.commit, store, { { "put", "mark", waiting } })
    assert.is_false(ok)
    assert.truthy(tostring(failure):find "cannot wait here")
    assert.is_true((store:commit { { "put", "mark", { name = "m", value = 1 } } }))
    store:close()
  end)

  it("that was closed says so", function()
    local store = store_of.open { path = ":memory:" }
    store:close()
    store:close()
    assert.is_false((pcall(store.get, store, "mark", "m")))
  end)
end)

-- A commit waits for the disk. Guards commit_together: without it fifty at once wait fifty times.
describe("commits that come together", function()
  local sqlite = require "plumb.store.sqlite"

  local function opened()
    local store = assert(sqlite.open { path = ":memory:" })
    local real, count = store.db, { n = 0 }
    store.db = setmetatable({ transaction = function(_, fn)
      count.n = count.n + 1
      return real:transaction(fn)
    end, run = function(_, ...) return real:run(...) end, close = function() real:close() end }, {})
    return store, count
  end

  local function numbers(n)
    local list = {}
    for i = 1, n do list[i] = i end
    return list
  end

  it("share one transaction", function()
    local store, count = opened()
    task.map(numbers(50), function(i)
      assert(store:commit { { "put", "mark", { name = "m" .. i, value = i } } })
    end, { limit = 50 })
    assert.equal(50, store:get("mark", "m50").value)
    assert.is_true(count.n <= 3, count.n)
  end)

  it("stand or fall each for itself", function()
    local store = opened()
    assert(store:commit { { "put", "mark", { name = "taken", value = 0 } } })
    local results = task.map(numbers(10), function(i)
      local done, failure = store:commit {
        { "put", "mark", { name = "own" .. i, value = i } },
        { "put", "mark", { name = i == 4 and "taken" or "free" .. i, value = i } },
      }
      return done and "done" or failure.code
    end, { limit = 10 })
    for i, result in ipairs(results) do assert.equal(i == 4 and "Conflict" or "done", result) end
    assert.is_nil(store:get("mark", "own4")) -- all of a commit or nothing
    assert.equal(5, store:get("mark", "own5").value)
    assert.equal(0, store:get("mark", "taken").value)
  end)

  it("fail together when the disk does not take them", function()
    local store = opened()
    store.db.transaction = function() error({ code = "StateFull", message = "full" }, 0) end
    local results = task.map(numbers(5), function(i)
      local ok, failure = pcall(store.commit, store, { { "put", "mark", { name = "m" .. i, value = i } } })
      return ok and "done" or failure.code
    end, { limit = 5 })
    assert.same({ "StateFull", "StateFull", "StateFull", "StateFull", "StateFull" }, results)
  end)

  it("is not held up by one that was called off", function()
    local store = opened()
    local first = task.spawn(function() store:commit { { "put", "mark", { name = "a", value = 1 } } } end)
    local second = task.spawn(function() return store:commit { { "put", "mark", { name = "b", value = 2 } } } end)
    task.sleep(0)
    task.cancel(first)
    assert.is_true(task.join(second))
    assert.equal(2, store:get("mark", "b").value)
  end)
end)
