local chain = require "plumb.store.chain"
local contract = require "contract.store"
local driver = require "plumb.store.dynamodb"
local dynalite = require "support.dynalite"
local err = require "plumb.err"
local one_by_one = require "support.one_by_one"
local problem = require "plumb.problem"
local server = require "plumb.server"
local state_table = require "support.state_table"
local store_of = require "plumb.store"
local table_of = require "plumb.store.dynamodb.table"
local task = require "plumb.task"
local transport = require "plumb.transport"

-- ---- the contract, at three places ----

do
  local here = state_table.new()
  contract {
    name = "dynamodb in process",
    open = function() return here:open() end,
    reopen = function(store)
      store:close()
      return here:open(store.table_name)
    end,
  }
end

do
  local here, listening = state_table.new(), nil
  local function over_loopback()
    listening = listening or server.serve { address = "127.0.0.1", port = 0,
      handler = function(request) return here.sim:handle(request) end }
    local host = "127.0.0.1:" .. listening.port
    return here:client { send = transport.send,
      endpoint = function() return { scheme = "http", host = host, path_prefix = "" } end }
  end
  contract {
    name = "dynamodb over loopback",
    open = function() return here:open(nil, { client = over_loopback() }) end,
    reopen = function(store)
      store:close()
      return here:open(store.table_name, { client = over_loopback() })
    end,
  }
end

local missing = select(2, dynalite.find())
if missing then
  describe("dynamodb on dynalite", function() pending("is not tried: " .. missing) end)
else
  local started = dynalite.start()
  local count = 0
  contract {
    name = "dynamodb on dynalite",
    open = function()
      count = count + 1
      local name = "plumb-state-" .. count
      assert(table_of.create(started.client, name, { sleep = function() end }))
      return assert(driver.open { table = name, client = one_by_one.client(started.client) })
    end,
    reopen = function(store)
      store:close()
      return assert(driver.open { table = store.table_name, client = store.client })
    end,
  }
  describe("dynalite", function()
    it("ends", function() started.stop() end)
  end)
end

-- ---- what is DynamoDB's own ----

local function finding(key, changes)
  local record = { key = key, partition = "aws", account = "111122223333", region = "eu-west-1",
    workload_arn = "arn:aws:wellarchitected:eu-west-1:111122223333:workload/w1", lens_arn = "lens", question_id = "q",
    choice_id = "c", status = "open", sink = "opscenter", first_seen = 1, last_seen = 1.5 }
  for name, value in pairs(changes or {}) do record[name] = value end
  return record
end

local function mark(name, value) return { "put", "mark", { name = name, value = value or 1 } } end

local function count_rows(iterator)
  local count = 0
  for _ in iterator do count = count + 1 end
  return count
end

describe("the state in a DynamoDB table", function()
  local here, store

  before_each(function()
    here = state_table.new()
    store = here:open()
  end)

  local function assert_calls(expected, fn)
    local before = {}
    for name in pairs(expected) do before[name] = here:calls(name) end
    fn()
    for name, count in pairs(expected) do assert.equal(count, here:calls(name) - before[name], name) end
  end

  describe("in calls", function()
    it("takes one for each look-up, and never a scan", function()
      for i = 1, 30 do
        assert(store:commit { { "put", "finding", finding("k" .. i, { item_id = "oi-" .. i,
          workload_arn = "w" .. i % 3 }) }, { "put", "item", { id = "oi-" .. i, key = "k" .. i, sink = "s",
          processed = false, at = 1 } } })
      end
      assert_calls({ GetItem = 1, Query = 0, Scan = 0 }, function() assert.truthy(store:get("finding", "k7")) end)
      for column, value in pairs { workload_arn = "w1", status = "open", item_id = "oi-3" } do
        assert_calls({ GetItem = 0, Query = 1, Scan = 0 }, function()
          assert.truthy(store:each("finding", { [column] = value })())
        end)
      end
      assert.equal(10, count_rows(store:each("finding", { workload_arn = "w1" })))
      assert.equal(1, count_rows(store:each("item", { key = "k3" })))
    end)

    it("asks for nothing that may lag", function()
      here.sim:fault { kind = "index_lag", seconds = 60 }
      local record = finding "k"
      assert(store:commit { { "put", "finding", record } })
      assert.truthy(store:get("finding", "k"))
      assert.equal(1, count_rows(store:each("finding", { status = "open" })))
      record.status = "settled"
      assert(store:commit({ { "put", "finding", record } }, { { at = 1, operation = "a" } }))
      assert.equal(0, count_rows(store:each("finding", { status = "open" })))
      assert.equal(1, count_rows(store:trail()))
    end)

    it("reads the fingerprints of 1,000 workloads in one", function()
      local name = ("n"):rep(100)
      for from = 1, 1000, 100 do
        local writes = {}
        for i = from, from + 99 do
          writes[#writes + 1] = { "put", "workload", { name = name, fingerprint = ("f"):rep(64), last_full_check = 1e9,
            arn = ("arn:aws:wellarchitected:ap-southeast-2:111122223333:workload/%032x"):format(i) } }
        end
        assert(store:commit(writes))
      end
      assert_calls({ Query = 1 }, function() assert.equal(1000, count_rows(store:each "workload")) end)
      assert_calls({ Query = 1, GetItem = 0 }, function()
        local get = store:lookup "workload"
        for i = 1, 1000 do
          assert.equal(name, get(("arn:aws:wellarchitected:ap-southeast-2:111122223333:workload/%032x"):format(i)).name)
        end
      end)
    end)

    it("reads as many pages as there are", function()
      for i = 1, 7 do assert(store:commit { { "put", "link", { id = "l" .. i, url = ("u"):rep(300000) } } }) end
      assert_calls({ Query = 2 }, function() assert.equal(7, count_rows(store:each "link")) end)
    end)

    it("writes a commit in one", function()
      assert_calls({ TransactWriteItems = 1, GetItem = 0, Query = 0 }, function()
        assert(store:commit { mark "a", mark "b" })
      end)
      store:commit({}, { { at = 1, operation = "a" } })
      -- The end of the trail is known from the last time.
      assert_calls({ TransactWriteItems = 1, GetItem = 0, Query = 0 }, function()
        assert(store:commit({ mark "c" }, { { at = 2, operation = "b" }, { at = 3, operation = "c" } }))
      end)
    end)
  end)

  it("says clearly when a commit is too large, and writes nothing of it", function()
    local writes = {}
    for i = 1, 101 do writes[i] = mark("m" .. i) end
    local done, failure = store:commit(writes)
    assert.is_nil(done)
    assert.equal("CommitTooLarge", failure.code)
    assert.truthy(failure.message:find("101 writes", 1, true))
    assert.is_nil(store:each "mark"())
    table.remove(writes)
    assert.is_true((store:commit(writes)))
    done, failure = store:commit(table.move(writes, 1, 99, 1, {}), { { at = 1, operation = "a" } })
    assert.is_nil(done)
    assert.equal("CommitTooLarge", failure.code)
  end)

  it("takes a record twice in one commit for a conflict", function()
    local done, failure = store:commit { mark "m", mark "m" }
    assert.is_nil(done)
    assert.equal("Conflict", failure.code)
    assert.is_nil(store:get("mark", "m"))
  end)

  it("opened for reading writes nothing", function()
    store:commit { mark "m" }
    local reading = here:open(store.table_name, { read_only = true })
    assert_calls({ TransactWriteItems = 0, PutItem = 0 }, function()
      assert.equal(1, reading:get("mark", "m").value)
      reading:commit({ mark "n" }, { { at = 1, operation = "a" } })
    end)
    assert.is_nil(store:get("mark", "n"))
    assert.is_nil(store:trail()())
  end)

  it("that was closed says so", function()
    store:close()
    assert.is_false((pcall(store.get, store, "mark", "m")))
    assert.is_false((pcall(store.each, store, "mark")))
    assert.is_false((pcall(store.commit, store, { mark "m" })))
  end)

  it("tells where it is", function()
    local about = store:describe()
    assert.equal("dynamodb", about.driver)
    assert.equal("dynamodb:" .. store.table_name, about.place)
    assert.is_number(about.bytes)
    assert.same({}, store:check())
  end)

  it("notices that the end of its trail was cut off", function()
    store:commit({}, { { at = 1, operation = "a" }, { at = 2, operation = "b" } })
    assert.same({}, store:check())
    assert.equal(2, (chain.verify(store:trail())))
    assert(here:client().dynamodb:DeleteItem { TableName = store.table_name,
      Key = { pk = { S = "audit" }, sk = { S = "000000000002" } } })
    assert.equal(1, #store:check())
  end)

  describe("with two clients", function()
    local other

    before_each(function() other = here:open(store.table_name) end)

    it("lets one of them win", function()
      store:commit { { "put", "finding", finding "k" } }
      local one, two = store:get("finding", "k"), other:get("finding", "k")
      assert.is_true((store:commit { { "put", "finding", one } }))
      local done, failure = other:commit { mark "of the other", { "put", "finding", two } }
      assert.is_nil(done)
      assert.equal("Conflict", failure.code)
      assert.is_nil(store:get("mark", "of the other"))
    end)

    it("keeps one trail, whoever writes in between", function()
      for i = 1, 6 do
        local writer = i % 2 == 0 and store or other
        assert.is_true((writer:commit({ mark("m" .. i) }, { { at = i, operation = "o" .. i }, { at = i,
          operation = "p" } })))
      end
      local count, broken = chain.verify(store:trail())
      assert.is_nil(broken)
      assert.equal(12, count)
      assert.equal("o1", store:trail()().operation)
    end)

    it("does not take a trail that has gone on for a conflict of records", function()
      store:commit({}, { { at = 1, operation = "a" } })
      other:commit({}, { { at = 2, operation = "b" } })
      local record = finding "k"
      assert.is_true((store:commit({ { "put", "finding", record } }, { { at = 3, operation = "c" } })))
      assert.equal(1, record.version)
      local done, failure = other:commit({ { "put", "finding", finding "k" } }, { { at = 4, operation = "d" } })
      assert.is_nil(done)
      assert.equal("Conflict", failure.code)
      assert.equal(3, (chain.verify(store:trail())))
    end)

    it("gives up, and says so, when others are always quicker", function()
      store:commit({}, { { at = 1, operation = "a" } })
      local function race(request, send)
        if state_table.operation(request) == "TransactWriteItems" then
          here.between = nil
          assert(other:commit({}, { { at = 2, operation = "b" } }))
          here.between = race
        end
        return send(request)
      end
      here.between = race
      local ok, failure = pcall(store.commit, store, { mark "m" }, { { at = 3, operation = "c" } })
      here.between = nil
      assert.is_false(ok)
      assert.equal("StateBusy", failure.code)
      assert.equal("no", failure.executed)
      assert.is_nil(store:get("mark", "m"))
    end)
  end)

  it("keeps the order of commits that tasks make at once", function()
    here.between = function(request, send)
      task.sleep(0) -- as on a network: others get their turn meanwhile
      return send(request)
    end
    task.map({ 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 }, function(i)
      assert(store:commit({ mark("m" .. i) }, { { at = i, operation = "o" .. i } }))
    end, { limit = 5 })
    assert.equal(10, here:calls "TransactWriteItems")
    assert.equal(10, count_rows(store:each "mark"))
    assert.equal(10, (chain.verify(store:trail())))
  end)

  describe("that many count in", function()
    local function count_up(target)
      return store_of.update(target, function()
        local counter = target:get("mark", "counter") or { name = "counter", value = 0 }
        counter.value = counter.value + 1
        return { { "put", "mark", counter } }, { { at = 1, operation = "count" } }
      end)
    end

    before_each(function()
      here.between = function(request, send)
        task.sleep(0)
        return send(request)
      end
    end)

    it("counts every one, tasks of one process without a conflict", function()
      task.map({ 1, 2, 3, 4, 5, 6, 7, 8 }, function() assert(count_up(store)) end, { limit = 8 })
      assert.equal(8, store:get("mark", "counter").value)
      assert.equal(8, here:calls "TransactWriteItems")
    end)

    it("counts every one of several processes", function()
      local stores = { store, here:open(store.table_name), here:open(store.table_name) }
      task.map({ 1, 2, 3, 4, 5, 6, 7, 8, 9 }, function(i) assert(count_up(stores[i % 3 + 1])) end, { limit = 9 })
      assert.equal(9, store:get("mark", "counter").value)
      assert.equal(9, (chain.verify(store:trail())))
    end)

    it("ends with the conflict when others are always quicker", function()
      local turn = 0
      local done, failure = store_of.update(store, function()
        turn = turn + 1
        return { { "put", "mark", { name = "counter", value = 1, version = 99 } } }
      end)
      assert.is_nil(done)
      assert.equal("Conflict", failure.code)
      assert.is_true(turn > 1)
    end)
  end)

  -- ---- replies that get lost ----

  local function lost() return err.new { kind = "connection", code = "ConnectionLost", executed = "maybe" } end

  local function entry() return { { at = 1, operation = "a" } } end

  for _, kind in ipairs { "exec_then_reset", "exec_then_5xx", "garbage", "exec_then_hang" } do
    it("carries a commit out once when " .. kind .. " takes its reply", function()
      here.sim:fault { operation = "dynamodb.TransactWriteItems", kind = kind, nth = 1, seconds = 5 }
      local record = finding "k"
      assert.is_true((store:commit({ { "put", "finding", record } }, entry())))
      assert.equal(1, record.version)
      assert.equal(1, store:get("finding", "k").version)
      assert.equal(1, (chain.verify(store:trail())))
      assert.is_true((store:commit({ { "put", "finding", record } }, entry())))
    end)

    it("carries a delete out once when " .. kind .. " takes its reply", function()
      local record = finding "k"
      store:commit { { "put", "finding", record } }
      here.sim:fault { operation = "dynamodb.TransactWriteItems", kind = kind, nth = 1, seconds = 5 }
      assert.is_true((store:commit { { "delete", "finding", record } }))
      assert.is_nil(store:get("finding", "k"))
    end)
  end

  it("knows its commit by reading it back when no reply comes at all", function()
    here.between = function(request, send)
      if state_table.operation(request) ~= "TransactWriteItems" then return send(request) end
      send(request)
      return nil, lost()
    end
    local record = finding "k"
    assert.is_true((store:commit({ { "put", "finding", record } }, entry())))
    here.between = nil
    assert.equal(1, record.version)
    assert.is_true((store:commit({ { "put", "finding", record } }, entry())))
    assert.equal(2, (chain.verify(store:trail())))
  end)

  it("does not take another one's write for its own", function()
    local other, first = here:open(store.table_name), true
    here.between = function(request, send)
      if state_table.operation(request) ~= "TransactWriteItems" then return send(request) end
      if first then -- ours is lost before it arrives, and somebody makes the same record meanwhile
        first, here.between = false, nil
        assert(other:commit { { "put", "finding", finding("k", { title = "other" }) } })
        return nil, lost()
      end
      return send(request)
    end
    local done, failure = store:commit { { "put", "finding", finding("k", { title = "mine" }) } }
    assert.is_nil(done)
    assert.equal("Conflict", failure.code)
    assert.equal("other", store:get("finding", "k").title)
  end)

  it("knows its commit by the refused repeat when the service has forgotten the token", function()
    local step = 0
    here.between = function(request, send)
      if state_table.operation(request) ~= "TransactWriteItems" then return send(request) end
      step = step + 1
      if step > 1 then return send(request) end
      send(request)
      here.now = here.now + 601
      return nil, lost()
    end
    local record = finding "k"
    assert.is_true((store:commit { { "put", "finding", record } }))
    here.between = nil
    assert.equal(1, record.version)
    assert.is_true(step > 1)
    assert.equal(1, store:get("finding", "k").version)
  end)

  it("says that nobody knows when nobody knows, and repeats nothing under another token", function()
    local tokens = {}
    here.between = function(request, send)
      if state_table.operation(request) ~= "TransactWriteItems" then return send(request) end
      tokens[request.body:match '"ClientRequestToken":"(.-)"'] = true
      return nil, lost()
    end
    local record = finding "k"
    local ok, failure = pcall(store.commit, store, { { "put", "finding", record } }, entry())
    here.between = nil
    assert.is_false(ok)
    assert.equal("state", failure.kind)
    assert.equal("StateUnknown", failure.code)
    assert.equal("maybe", failure.executed)
    assert.is_nil(record.version)
    assert.is_nil(next(tokens, (next(tokens))))
    assert.is_true((store:commit({ { "put", "finding", record } }, entry())))
  end)

  it("says that nothing was written when the table cannot be reached", function()
    here.between = function() return nil, err.new { kind = "connection", code = "ConnectionRefused",
      executed = "no" } end
    local ok, failure = pcall(store.commit, store, { mark "m" })
    assert.is_false(ok)
    assert.equal("StateUnreachable", failure.code)
    assert.equal("no", failure.executed)
    ok, failure = pcall(store.get, store, "mark", "m")
    assert.is_false(ok)
    assert.equal("state", failure.kind)
    ok, failure = pcall(store.each, store, "mark")
    assert.is_false(ok)
    assert.equal("state", failure.kind)
  end)

  it("waits when it is throttled, and goes on", function()
    here.sim:fault { operation = "dynamodb.*", kind = "throttle", count = 2 }
    assert.is_true((store:commit({ mark "m" }, entry())))
    here.sim:fault { operation = "dynamodb.Query", kind = "throttle", count = 2 }
    assert.equal(1, count_rows(store:each "mark"))
  end)

  it("tries again when another transaction is at the same items", function()
    local times = 0
    here.between = function(request, send)
      if state_table.operation(request) ~= "TransactWriteItems" or times == 3 then return send(request) end
      times = times + 1
      return { status = 400, headers = { ["content-type"] = "application/x-amz-json-1.0" }, ms = 1,
        body = [[{"__type":"com.amazonaws.dynamodb.v20120810#TransactionCanceledException","Message":"cancelled",
          "CancellationReasons":[{"Code":"TransactionConflict","Message":"Transaction is ongoing for the item"}]}]] }
    end
    assert.is_true((store:commit { mark "m" }))
    assert.equal(3, times)
  end)

  it("fails with what the service said when it can never be carried out", function()
    local ok, failure = pcall(store.commit, store, { { "put", "link", { id = ("x"):rep(1025), url = "u" } } })
    assert.is_false(ok)
    assert.equal("no", failure.executed)
    assert.truthy(failure.message:find("1024 bytes", 1, true))
    ok, failure = pcall(store.commit, store, { { "put", "link", { id = "x", url = ("u"):rep(410 * 1024) } } })
    assert.is_false(ok)
    assert.equal("no", failure.executed)
  end)
end)

describe("a DynamoDB table for state", function()
  local here

  before_each(function() here = state_table.new() end)

  local function problem_with(name, client, read_only)
    local ok, failure = pcall(store_of.open, { path = "dynamodb:" .. name, client = client or here:client(),
      read_only = read_only })
    assert.is_false(ok)
    assert.is_true(problem.is(failure))
    return failure
  end

  it("is named by its path", function()
    local client = here:client()
    local name = here:make(client)
    local store = store_of.open { path = "dynamodb:" .. name, client = client }
    assert.equal("dynamodb", store:describe().driver)
    assert.equal(name, store_of.table_name("dynamodb:" .. name))
    assert.is_nil(store_of.table_name "/var/lib/plumb/state.db")
  end)

  it("is made once, waited for, and may be there already", function()
    here.sim:fault { operation = "dynamodb.CreateTable", kind = "index_lag", seconds = 7 }
    local client = here:client()
    local sleep = function(seconds) here:sleep(seconds) end
    local done, made = table_of.create(client, "plumb", { sleep = sleep, tags = { team = "cloud", app = "plumb" } })
    assert.same({ true, true }, { done, made })
    assert.is_true(#here.slept > 1)
    done, made = table_of.create(client, "plumb", { sleep = sleep })
    assert.same({ true, false }, { done, made })
    local described = assert(client.dynamodb:DescribeTable { TableName = "plumb" }).Table
    assert.equal("PAY_PER_REQUEST", described.BillingModeSummary.BillingMode)
    assert.is_true(described.DeletionProtectionEnabled)
    assert.equal(5, #described.LocalSecondaryIndexes)
  end)

  it("that is not there is not made by opening it", function()
    local failure = problem_with "nowhere"
    assert.truthy(failure.what:find("there is no DynamoDB table nowhere", 1, true))
    assert.equal(0, here:calls "CreateTable")
  end)

  it("with other keys is refused", function()
    local client = here:client()
    assert(client.dynamodb:CreateTable { TableName = "wa_workload_data", BillingMode = "PAY_PER_REQUEST",
      KeySchema = { { AttributeName = "id", KeyType = "HASH" } },
      AttributeDefinitions = { { AttributeName = "id", AttributeType = "S" } } })
    assert.equal("E501", problem_with("wa_workload_data", client).id)
  end)

  it("that holds something else is refused and not touched", function()
    local client = here:client()
    local name = here:make(client)
    assert(client.dynamodb:PutItem { TableName = name, Item = { pk = { S = "diary" }, sk = { S = "monday" } } })
    assert.equal("E501", problem_with(name, client).id)
    assert.equal(1, assert(client.dynamodb:Scan { TableName = name }).Count)
  end)

  it("that another instance began with at the same moment is the same state", function()
    local client = here:client()
    local name = here:make(client)
    here.between = function(request, send)
      if request.headers["x-amz-target"]:find("Scan$") then -- between our look for the mark and this one
        here.between = nil
        store_of.open { path = "dynamodb:" .. name, client = client }:close()
      end
      return send(request)
    end
    local store = store_of.open { path = "dynamodb:" .. name, client = client }
    assert.is_nil(here.between)
    assert.is_nil(store:each "finding"())
    store:close()
  end)

  it("of a newer plumb is refused", function()
    local client = here:client()
    local name = here:make(client)
    assert(client.dynamodb:PutItem { TableName = name, Item = { pk = { S = "plumb" }, sk = { S = "state" },
      format = { N = tostring(driver.FORMAT + 1) } } })
    assert.equal("E505", problem_with(name, client).id)
  end)

  it("that is empty and only read gets no mark", function()
    local client = here:client()
    local name = here:make(client)
    local store = store_of.open { path = "dynamodb:" .. name, client = client, read_only = true }
    assert.is_nil(store:each "finding"())
    assert.equal(0, assert(client.dynamodb:Scan { TableName = name }).Count)
  end)

  it("that may not be used says what AWS said", function()
    local client = here:client()
    local name = here:make(client)
    here.between = function() return { status = 400, headers = {}, ms = 1,
      body = '{"__type":"com.amazonaws.dynamodb.v20120810#AccessDeniedException","Message":"User is not authorized"}' }
    end
    assert.equal("E310", problem_with(name, client).id)
  end)
end)
