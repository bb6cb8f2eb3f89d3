-- What every driver of plumb.store has to keep, as one spec: a driver's own spec calls this with a way to
-- open it. `open()` gives a new and empty store; `reopen(store)`, where the place outlives the process, the
-- same one again after a close.

local assert = require "luassert"
local busted = require "busted" -- a file that is required does not get its words as globals
local err = require "plumb.err"
local schema = require "plumb.store.schema"
local stores = require "plumb.store"

local describe, it, after_each = busted.describe, busted.it, busted.after_each

local function finding(key, changes)
  local record = { key = key, partition = "aws", account = "111122223333", region = "eu-west-1",
    workload_arn = "arn:aws:wellarchitected:eu-west-1:111122223333:workload/w1", lens_arn = "lens", question_id = "q",
    choice_id = "c", status = "open", sink = "opscenter", first_seen = 1, last_seen = 1.5 }
  for name, value in pairs(changes or {}) do record[name] = value end
  return record
end

local function put(store, kind, record) return store:commit { { "put", kind, record } } end

local function list(iterator)
  local all = {}
  for record in iterator do all[#all + 1] = record end
  return all
end

local function keys(store, kind, where)
  local all = {}
  for record in store:each(kind, where) do all[#all + 1] = record[schema.kinds[kind].key] end
  table.sort(all)
  return all
end

local NUMBERS = { at = true, received_at = true, last_full_check = true, started_at = true, ended_at = true,
  exit = true, epoch = true, expires_at = true, parts = true, first_seen = true, last_seen = true, intent_at = true,
  ambiguous_until = true, since = true, ended = true }

-- A record of a kind with something in every column.
local function sample(name)
  if name == "finding" then
    return finding("k", { reason = "r", item_id = "oi-1", previous_item = "oi-0", risk = "HIGH", title = "t",
      workload_name = "w", lens_alias = "a", none_selected = { "x_no", "y_no" }, intent_at = 2, ambiguous_until = 3,
      accepted_until = 4, group_key = "g", plan_url = "u" })
  end
  local kind, record = schema.kinds[name], {}
  for _, column in ipairs(kind.columns) do
    if kind.json and kind.json[column] then
      record[column] = { a = { 1, 2 }, b = "x" }
    elseif kind.boolean and kind.boolean[column] then
      record[column] = true
    else
      record[column] = NUMBERS[column] and 5 or column
    end
  end
  return record
end

---@param driver { name: string, open: fun(): plumb.Store, reopen: (fun(store: plumb.Store): plumb.Store)? }
return function(driver)
  local store

  local function fresh()
    store = driver.open()
    return store
  end

  describe(driver.name .. " as a store", function()
    after_each(function()
      if store then store:close() end
      store = nil
    end)

    it("has no record that nobody put there", function()
      fresh()
      for kind in pairs(schema.kinds) do
        assert.is_nil(store:get(kind, "nothing"))
        assert.is_nil(store:each(kind)())
      end
    end)

    it("gives back every column of every kind as it was put, and counts versions", function()
      fresh()
      for name, kind in pairs(schema.kinds) do
        local record = sample(name)
        local expected = {}
        for _, column in ipairs(kind.columns) do expected[column] = record[column] end
        expected.version = 1
        assert.is_true((put(store, name, record)))
        assert.equal(1, record.version)
        assert.same(expected, store:get(name, record[kind.key]), name)
      end
    end)

    it("keeps what is absent absent, and false apart from it", function()
      fresh()
      put(store, "item", { id = "oi-1", key = "k", sink = "s", processed = false, at = 1 })
      local item = store:get("item", "oi-1")
      assert.is_false(item.processed)
      assert.is_nil(item.outcome)
      item.processed, item.outcome = true, "implemented"
      put(store, "item", item)
      item = store:get("item", "oi-1")
      item.outcome = nil
      put(store, "item", item)
      assert.is_nil(store:get("item", "oi-1").outcome)
      assert.is_true(store:get("item", "oi-1").processed)
    end)

    it("carries any text: quotes, line breaks, a NUL, emoji, the empty one", function()
      fresh()
      for i, text in ipairs { "", "'\";--", "a\nb\r\n", "a\0b", "ü🚀", ("x"):rep(100000) } do
        put(store, "finding", finding("k" .. i, { title = text, workload_name = text }))
        assert.equal(text, store:get("finding", "k" .. i).title)
      end
      put(store, "applying", { question = "w l q'\"🚀", items = { "oi-1" }, at = 1 })
      assert.same({ "oi-1" }, store:get("applying", "w l q'\"🚀").items)
    end)

    it("keeps fractions of a second and large times", function()
      fresh()
      put(store, "finding", finding("k", { first_seen = 1767323045.123, last_seen = 4102444800 }))
      assert.equal(1767323045.123, store:get("finding", "k").first_seen)
      assert.equal(4102444800, store:get("finding", "k").last_seen)
    end)

    it("keeps an empty list", function()
      fresh()
      put(store, "finding", finding("k", { none_selected = {} }))
      assert.equal(0, #store:get("finding", "k").none_selected)
    end)

    it("hands out records that are nobody else's", function()
      fresh()
      put(store, "finding", finding "k")
      store:get("finding", "k").status = "parked"
      store:each("finding")().status = "parked"
      assert.equal("open", store:get("finding", "k").status)
    end)

    it("lists by any column that is indexed", function()
      fresh()
      put(store, "finding", finding("1"))
      put(store, "finding", finding("2", { status = "settled", item_id = "oi-2" }))
      put(store, "finding", finding("3", { workload_arn = "other" }))
      assert.same({ "1", "2", "3" }, keys(store, "finding"))
      assert.same({ "1", "3" }, keys(store, "finding", { status = "open" }))
      assert.same({ "3" }, keys(store, "finding", { workload_arn = "other" }))
      assert.same({ "2" }, keys(store, "finding", { item_id = "oi-2" }))
      assert.same({}, keys(store, "finding", { status = "parked" }))
    end)

    it("lists what there was when the list began, whatever is written meanwhile", function()
      fresh()
      for i = 1, 5 do put(store, "finding", finding(tostring(i))) end
      local seen = 0
      for record in store:each("finding", { status = "open" }) do
        seen = seen + 1
        record.status = "settled"
        assert.is_true((put(store, "finding", record)))
        put(store, "finding", finding("new" .. seen))
      end
      assert.equal(5, seen)
      assert.equal(5, #keys(store, "finding", { status = "settled" }))
    end)

    it("lists all that there was when the list began, however many they are", function()
      fresh()
      local writes = {}
      for i = 1, 450 do writes[i] = { "put", "workload", { arn = ("w%03d"):format(i), name = "n" } } end
      stores.commit_pieces(store, writes)
      local seen = {}
      for record in store:each("workload") do
        seen[#seen + 1] = record.arn
        assert.equal("n", record.name)
        assert.equal(1, record.version)
        if #seen <= 30 then -- goes on to the end all the same
          put(store, "workload", { arn = "x" .. #seen, name = "new" })
          assert.is_true((put(store, "workload", record)))
        end
      end
      table.sort(seen)
      assert.equal(450, #seen)
      assert.equal("w001", seen[1])
      assert.equal("w450", seen[450])
      assert.equal(480, #keys(store, "workload"))
    end)

    it("looks many up one after the other", function()
      fresh()
      for i = 1, 3 do put(store, "workload", { arn = "w" .. i, name = "n" .. i }) end
      local get = store:lookup("workload")
      for _, i in ipairs { 2, 1, 2, 3 } do assert.equal("n" .. i, get("w" .. i).name) end
      assert.equal(1, get("w1").version)
      assert.is_nil(get "w4")
    end)

    local function assert_conflict(writes, trail)
      local done, failure = store:commit(writes, trail)
      assert.is_nil(done)
      assert.is_true(err.is(failure))
      assert.equal("Conflict", failure.code)
      assert.equal("state", failure.kind)
    end

    describe("of two that change the same record", function()
      it("lets the one in that came first", function()
        fresh()
        put(store, "finding", finding "k")
        local one, two = store:get("finding", "k"), store:get("finding", "k")
        one.title, two.title = "one", "two"
        assert.is_true((put(store, "finding", one)))
        assert_conflict { { "put", "finding", two } }
        assert.equal("one", store:get("finding", "k").title)
        assert.equal(2, one.version)
        assert.equal(1, two.version)
      end)

      it("lets nobody make a record that is there already", function()
        fresh()
        assert.is_true((put(store, "finding", finding "k")))
        assert_conflict { { "put", "finding", finding "k" } }
      end)

      it("lets nobody change or delete a record that is gone", function()
        fresh()
        put(store, "finding", finding "k")
        local one, two = store:get("finding", "k"), store:get("finding", "k")
        assert.is_true((store:commit { { "delete", "finding", one } }))
        assert.is_nil(store:get("finding", "k"))
        assert_conflict { { "put", "finding", two } }
        assert_conflict { { "delete", "finding", two } }
      end)

      it("lets nobody delete what was changed meanwhile", function()
        fresh()
        put(store, "finding", finding "k")
        local one, two = store:get("finding", "k"), store:get("finding", "k")
        put(store, "finding", one)
        assert_conflict { { "delete", "finding", two } }
        assert.equal(2, store:get("finding", "k").version)
      end)

      it("lets the first one go on from its own copy", function()
        fresh()
        local record = finding "k"
        for i = 1, 4 do
          record.title = "turn " .. i
          assert.is_true((put(store, "finding", record)))
          assert.equal(i, record.version)
        end
        assert.equal("turn 4", store:get("finding", "k").title)
      end)
    end)

    describe("a commit", function()
      it("writes all of it", function()
        fresh()
        assert.is_true((store:commit({ { "put", "finding", finding "k" }, { "put", "item", { id = "oi-1", key = "k",
          sink = "s", processed = false, at = 1 } } }, { { at = 1, operation = "create", resource = "oi-1" } })))
        assert.truthy(store:get("finding", "k"))
        assert.truthy(store:get("item", "oi-1"))
        assert.equal("oi-1", store:trail()().resource)
      end)

      it("or none of it, the trail included, and changes no version", function()
        fresh()
        put(store, "finding", finding "taken")
        local new = finding "k"
        assert_conflict({ { "put", "finding", new }, { "put", "finding", finding "taken" } },
          { { at = 1, operation = "create", resource = "oi-1" } })
        assert.is_nil(store:get("finding", "k"))
        assert.is_nil(new.version)
        assert.is_nil(store:trail()())
        assert.is_true((put(store, "finding", new)))
      end)

      it("of nothing is fine", function()
        fresh()
        assert.is_true((store:commit {}))
      end)

      it("that is no write is a bug", function()
        fresh()
        assert.is_false((pcall(store.commit, store, { { "steal", "finding", finding "k" } })))
        assert.is_nil(store:get("finding", "k"))
      end)
    end)

    describe("the audit trail", function()
      it("keeps its order and what was said", function()
        fresh()
        for i = 1, 3 do
          store:commit({}, { { at = i + 0.5, run = "r", operation = "create", resource = "oi-" .. i, request_id = "q",
            detail = { finding = "k", ["ü"] = "🚀" } } })
        end
        local rows = list(store:trail())
        assert.equal(3, #rows)
        for i, row in ipairs(rows) do
          assert.equal("oi-" .. i, row.resource)
          assert.equal(i + 0.5, row.at)
          assert.equal("r", row.run)
          assert.equal("q", row.request_id)
          assert.same({ finding = "k", ["ü"] = "🚀" }, require("plumb.json").decode(row.detail))
        end
      end)

      it("holds on to the row before", function()
        fresh()
        store:commit({}, { { at = 1, operation = "a" }, { at = 2, operation = "b" } })
        store:commit({}, { { at = 3, operation = "c" } })
        local rows = list(store:trail())
        assert.equal(rows[1].hash, rows[2].previous_hash)
        assert.equal(rows[2].hash, rows[3].previous_hash)
        assert.not_equal(rows[1].hash, rows[2].hash)
      end)
    end)

    if driver.reopen then
      it("is the same after it was closed and opened again", function()
        fresh()
        put(store, "finding", finding("k", { none_selected = { "x_no" } }))
        store:commit({}, { { at = 1, operation = "a" } })
        local before = list(store:trail())
        store = driver.reopen(store)
        local record = store:get("finding", "k")
        assert.same({ "x_no" }, record.none_selected)
        assert.equal(1, record.version)
        assert.same(before, list(store:trail()))
        record.title = "later"
        assert.is_true((put(store, "finding", record)))
      end)
    end
  end)
end
