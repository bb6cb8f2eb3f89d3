-- What every driver of plumb.sink has to keep, as one spec: a driver's own spec calls this with a place to
-- put items. `open()` gives a new and empty one:
--
--   sink               the driver
--   later(seconds)     lets time pass at the place
--   resolve(id)        a person resolves an item there
--   delete(id)         a person deletes it
--   fault(operation, how)   orders trouble for the driver's next calls of one kind: operation "create", "find",
--                      "each" or "resolved"; how "refused" (certainly not executed), "lost" (executed, and nobody
--                      hears of it) or "down" (fails, however often it is asked)
--   tries()            how many creates have reached the place
--   created()          how many items it has
--   refuses_doubles    whether it refuses a second open item for one finding by itself
--   pages              how many items certainly need more than one page; nil without pages

local assert = require "luassert"
local busted = require "busted" -- a file that is required does not get its words as globals
local err = require "plumb.err"
local findings = require "support.finding"
local item_of = require "plumb.item"

local describe, it, before_each, after_each = busted.describe, busted.it, busted.before_each, busted.after_each

local policy

local function key_of(number) return ("%032x"):format(number):rep(2) end

local function item_for(number, changes)
  local found = findings.new(changes)
  found.key = key_of(number)
  return assert(item_of.of(found, policy))
end

local function list(iterator)
  local all = {}
  for found in iterator do all[#all + 1] = found end
  return all
end

local function ids(all)
  local found = {}
  for i, entry in ipairs(all) do found[i] = entry.id end
  table.sort(found)
  return found
end

---@param driver { name: string, open: fun(): table, close: fun()? }
return function(driver)
  local place, sink

  describe(driver.name .. " as a sink", function()
    before_each(function()
      policy = findings.policy "return {}"
      place = driver.open()
      sink = place.sink
    end)
    after_each(function()
      if driver.close then driver.close() end
    end)

    it("has a name to be kept with each item", function()
      assert.equal("string", type(sink.name))
    end)

    describe("create", function()
      it("gives an id, and get shows what was made", function()
        local item = item_for(1, { workload = { WorkloadName = "Kasse \"Zürich\"\n🚀 <b>" } })
        local id = assert(sink:create(item))
        local found = assert(sink:get(id))
        assert.equal(id, found.id)
        assert.equal(item.title, found.title)
        assert.equal(item.key, found.key)
        assert.is_true(found.open)
        assert.is_false(found.resolved)
        for name, value in pairs(item.fields) do assert.equal(value, found.fields[name], name) end
        assert.equal("number", type(found.created_at))
        assert.equal("number", type(found.modified_at))
      end)

      it("is tried once when it is refused, and says that nothing was made", function()
        place.fault("create", "refused")
        local id, failure = sink:create(item_for(1))
        assert.is_nil(id)
        assert.is_true(err.is(failure))
        assert.equal("no", failure.executed)
        assert.equal(0, place.created())
      end)

      -- A second try after a lost reply is what makes doubles.
      it("is tried once when its reply is lost, and says that nobody knows", function()
        place.fault("create", "lost")
        local id, failure = sink:create(item_for(1))
        assert.is_nil(id)
        assert.equal("maybe", failure.executed)
        assert.equal(1, place.tries())
        assert.equal(1, place.created())
      end)

      it("takes items that differ in their finding for different ones", function()
        local one, two = assert(sink:create(item_for(1))), assert(sink:create(item_for(2)))
        assert.not_equal(one, two)
        assert.equal(2, place.created())
      end)

      it("of a double is refused by places that can, with the id of the first", function()
        if not place.refuses_doubles then return end
        local first = assert(sink:create(item_for(1)))
        local id, failure = sink:create(item_for(1))
        assert.is_nil(id)
        assert.equal("yes", failure.executed)
        assert.equal(first, failure.id)
        place.resolve(first)
        local second = assert(sink:create(item_for(1)))
        assert.not_equal(first, second)
      end)
    end)

    describe("find", function()
      it("finds every item of a finding, whatever its status, and no other", function()
        local one = assert(sink:create(item_for(1)))
        place.resolve(one)
        local two = assert(sink:create(item_for(1)))
        assert(sink:create(item_for(2)))
        local found = assert(sink:find(key_of(1)))
        local wanted = { one, two }
        table.sort(wanted)
        assert.same(wanted, ids(found))
        for _, entry in ipairs(found) do
          assert.equal(key_of(1), entry.key)
          assert.equal(entry.id == one, entry.resolved)
          assert.equal(entry.id == two, entry.open)
          assert.equal("number", type(entry.created_at))
          assert.equal("table", type(entry.fields))
        end
        assert.same({}, sink:find(key_of(3)))
      end)

      it("is an error when the list cannot be read, never an empty list", function()
        assert(sink:create(item_for(1)))
        place.fault("find", "down")
        local found, failure = sink:find(key_of(1))
        assert.is_nil(found)
        assert.is_true(err.is(failure))
      end)
    end)

    describe("the lists", function()
      it("have every item of ours, over all their pages", function()
        local wanted = {}
        for i = 1, place.pages or 3 do wanted[i] = assert(sink:create(item_for(i))) end
        table.sort(wanted)
        assert.same(wanted, ids(list(sink:each())))
      end)

      it("have the open items alone when asked for them", function()
        local resolved, open = assert(sink:create(item_for(1))), assert(sink:create(item_for(2)))
        place.resolve(resolved)
        assert.same({ open }, ids(list(sink:each "open")))
      end)

      it("have those that were resolved after a moment, with their fields", function()
        local early, late, open = assert(sink:create(item_for(1))), assert(sink:create(item_for(2))),
          assert(sink:create(item_for(3)))
        place.resolve(early)
        place.later(100)
        local moment = list(sink:resolved())[1].modified_at + 50
        place.resolve(late)
        local all = { early, late }
        table.sort(all)
        assert.same(all, ids(list(sink:resolved())))
        assert.same({ late }, ids(list(sink:resolved(moment))))
        assert.same({}, list(sink:resolved(moment + 100)))
        local entry = list(sink:resolved(moment))[1]
        assert.is_true(entry.resolved)
        assert.equal(key_of(2), entry.key)
        assert.not_equal(open, entry.id)
      end)

      it("raise when they cannot be read to their end: half a list looks like a whole one", function()
        local id = assert(sink:create(item_for(1)))
        place.resolve(id)
        for _, name in ipairs { "each", "resolved" } do
          place.fault(name, "down")
          local ok, failure = pcall(function() return list(sink[name](sink)) end)
          assert.is_false(ok, name)
          assert.is_true(err.is(failure))
        end
      end)
    end)

    describe("update", function()
      it("changes what is named and nothing else", function()
        local item = item_for(1)
        local id = assert(sink:create(item))
        assert.is_true((sink:update(id, { title = "new", severity = "3", fields = { ["Risk level"] = "MEDIUM" } })))
        local found = assert(sink:get(id))
        assert.equal("new", found.title)
        assert.equal("MEDIUM", found.fields["Risk level"])
        assert.equal(item.fields.WorkloadName, found.fields.WorkloadName)
        assert.equal(item.key, found.key)
        assert.is_true(found.open)
      end)

      it("takes fields away that are named, and no harm in one that is not there", function()
        local item = item_for(1)
        local id = assert(sink:create(item))
        assert(sink:close(id, "done"))
        assert.is_true((sink:update(id, { remove = { item_of.CLOSED_FIELD } })))
        local found = assert(sink:get(id))
        assert.is_nil(found.fields[item_of.CLOSED_FIELD])
        assert.is_true(found.resolved)
        assert.equal(item.fields.WorkloadName, found.fields.WorkloadName)
        assert.is_true((sink:update(id, { remove = { item_of.CLOSED_FIELD } })))
      end)

      it("takes no fields at all", function()
        local id = assert(sink:create(item_for(1)))
        assert.is_true((sink:update(id, { title = "new", fields = {} })))
        assert.equal("new", assert(sink:get(id)).title)
      end)
    end)

    describe("close", function()
      it("resolves the item and leaves plumb's mark on it, in one", function()
        local item = item_for(1)
        local id = assert(sink:create(item))
        assert.is_true((sink:close(id, "it was selected: \"yes\"")))
        local found = assert(sink:get(id))
        assert.is_true(found.resolved)
        assert.is_false(found.open)
        assert.equal("it was selected: \"yes\"", found.fields[item_of.CLOSED_FIELD])
        assert.equal(item.fields.WorkloadName, found.fields.WorkloadName)
        assert.equal("it was selected: \"yes\"", list(sink:resolved())[1].fields[item_of.CLOSED_FIELD])
      end)

      it("is fine a second time", function()
        local id = assert(sink:create(item_for(1)))
        assert(sink:close(id, "a"))
        assert.is_true((sink:close(id, "b")))
      end)
    end)

    it("says of every call when the item is gone", function()
      local id = assert(sink:create(item_for(1)))
      place.delete(id)
      for _, call in ipairs { { "get" }, { "update", { title = "x" } }, { "close", "reason" } } do
        local done, failure = sink[call[1]](sink, id, call[2])
        assert.is_nil(done, call[1])
        assert.is_true(err.is(failure))
        assert.is_true(failure.gone, call[1])
      end
    end)
  end)
end
