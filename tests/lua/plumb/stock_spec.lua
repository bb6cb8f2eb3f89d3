local fake_sink = require "support.fake_sink"
local findings = require "support.finding"
local item_of = require "plumb.item"
local open = require "plumb.open"
local stock = require "plumb.stock"
local store_of = require "plumb.store"
local world = require "support.world"

local SETTLING = 1200
local clock, store, sink

local function take(changes)
  local options = { store = store, sink = sink, now = function() return clock end, run = "r", settling = SETTLING,
    belongs = function() return true end, is_about_here = function() return true end }
  for name, value in pairs(changes or {}) do options[name] = value end
  return stock.take(options)
end

local function make(number)
  local found = findings.new()
  found.key = ("%064x"):format(number or 1)
  local opener = open.new { store = store, sink = sink, now = function() return clock end, run = "r",
    policy = findings.policy "return {}" }
  local _, id = opener:create { kind = "create", finding = found,
    item = assert(item_of.of(found, findings.policy "return {}")) }
  return found.key, id
end

before_each(function()
  clock = 1000000
  store = store_of.open { path = ":memory:" }
  sink = fake_sink.new(function() return clock end)
end)
after_each(world.restore)

describe("taking stock", function()
  it("costs one listing when everything is as it should be", function()
    make(1)
    make(2)
    clock = clock + 2 * SETTLING
    assert.same({ gone = {}, resolved = {}, unknown = {}, doubted = {}, taken_up = {}, strays = {} }, take())
    assert.equal("open", sink.calls[#sink.calls][2])
    assert.equal(0, sink:count "get")
  end)

  it("writes off what people deleted, so that the practice gets a new item", function()
    local key, id = make()
    clock = clock + 2 * SETTLING
    sink.items[id] = nil
    assert.equal(key, take().gone[1].key)
    assert.equal("obsolete", store:get("finding", key).status)
    assert.is_true(store:get("item", id).processed)
    assert.equal(0, #take().gone)
  end)

  -- Guards the look at each item in stock.take: lists lag, and an item that is not on one may well be there.
  it("does not believe the list alone", function()
    local key = make()
    clock = clock + 2 * SETTLING
    sink:answers("each", function() return function() end end)
    assert.equal(0, #take().gone)
    assert.equal("open", store:get("finding", key).status)
  end)

  it("leaves new items time to appear", function()
    local _, id = make()
    sink.items[id] = nil
    clock = clock + SETTLING - 1
    assert.equal(0, #take().gone)
    assert.equal(0, sink:count "get")
    clock = clock + 1
    assert.equal(1, #take().gone)
  end)

  it("has the next poll look back for what was resolved and never seen", function()
    local key, id = make()
    clock = clock + 2 * SETTLING
    sink:resolve(id)
    local resolved_at = clock
    clock = clock + 86400
    store:commit { { "put", "mark", { name = "resolve/watermark", value = clock } } }
    assert.equal(key, take().resolved[1].key)
    assert.equal("open", store:get("finding", key).status)
    assert.equal(resolved_at - 1, store:get("mark", "resolve/watermark").value)
  end)

  it("leaves an unfinished close to the next scan", function()
    local _, id = make()
    clock = clock + 2 * SETTLING
    sink:resolve(id, { [item_of.CLOSED_FIELD] = "selected" })
    local taken = take()
    assert.equal(id, taken.doubted[1].item_id)
    taken.doubted[1] = nil
    assert.same({ gone = {}, resolved = {}, unknown = {}, doubted = {}, taken_up = {}, strays = {} }, taken)
  end)

  -- A late copy of the request that closed it, for one.
  it("has a practice asked for again whose item was closed and nobody knows why", function()
    local key, id = make(1)
    clock = clock + 2 * SETTLING
    sink:close(id, "it was selected")
    take()
    assert.equal("open", store:get("finding", key).status)
    assert.equal("its item was closed", store:get("finding", key).reason)
    local version = store:get("finding", key).version
    take()
    assert.equal(version, store:get("finding", key).version)
  end)

  it("says what it could not look at, and changes nothing there", function()
    local key, id = make()
    clock = clock + 2 * SETTLING
    sink:resolve(id)
    sink:answers("get", fake_sink.fails "no")
    assert.equal(key, take().unknown[1].key)
    assert.equal("open", store:get("finding", key).status)
  end)

  it("is of one place", function()
    local _, id = make()
    clock = clock + 2 * SETTLING
    sink.items[id] = nil
    assert.equal(0, #take({ belongs = function() return false end }).gone)
  end)

  it("changes nothing when the list cannot be read to its end", function()
    local key, id = make()
    clock = clock + 2 * SETTLING
    sink.items[id] = nil
    sink:answers("each", function() return function() error(select(2, fake_sink.fails "no"()), 0) end end)
    assert.is_false((pcall(take)))
    assert.equal("open", store:get("finding", key).status)
  end)

  describe("of an item that people opened again", function()
    local w

    local function stock_of(changes)
      local options = { store = w.store, sink = w:begin().sink, now = function() return w.clock end, run = "r",
        settling = SETTLING, belongs = function() return true end, is_about_here = function() return true end }
      for name, value in pairs(changes or {}) do options[name] = value end
      return stock.take(options)
    end

    local function put_off()
      w = world.new()
      w:scan()
      local record = w:finding "ops_observe_alarms"
      w:person_resolves(record.item_id, "accepted")
      w:resolve()
      assert.equal("accepted", w:finding("ops_observe_alarms").status)
      return record
    end

    -- Guards taken_up in stock.lua: the item asks for something again, and its next resolving would be passed over.
    it("lets what they resolve it as the next time count, when they had put it off", function()
      local record = put_off()
      w:later(2 * SETTLING)
      w:set_status(record.item_id, "Open")
      assert.equal(record.key, stock_of().taken_up[1].key)
      assert.equal("open", w:finding("ops_observe_alarms").status)
      assert.equal(0, #stock_of().taken_up)
      w:later(60)
      w:person_resolves(record.item_id, "implemented")
      assert.equal("UNSELECTED", w:status_in_tool(record))
      w:resolve()
      assert.equal("SELECTED", w:status_in_tool(record))
      assert.equal("settled", w:finding("ops_observe_alarms").status)
      assert.same({}, (require("plumb.state.verify").all(w.store)))
    end)

    it("leaves an item alone that is not open any more, or not of this place, or was only just put off", function()
      local record = put_off()
      w:set_status(record.item_id, "Open")
      assert.equal(0, #stock_of().taken_up)
      w:later(2 * SETTLING)
      assert.equal(0, #stock_of({ belongs = function() return false end }).taken_up)
      local gone = require("plumb.err").new { code = "OpsItemNotFoundException", message = "", gone = true }
      local without = setmetatable({ get = function() return nil, gone end }, { __index = w:begin().sink })
      assert.equal(0, #stock_of({ sink = without }).taken_up)
      assert.equal("accepted", w:finding("ops_observe_alarms").status)
    end)

    it("does nothing for one whose answer was written", function()
      w = world.new()
      w:scan()
      local record = w:finding "ops_observe_alarms"
      w:person_resolves(record.item_id)
      w:resolve()
      w:later(2 * SETTLING)
      w:set_status(record.item_id, "Open")
      assert.equal(0, #stock_of().taken_up)
      assert.equal("settled", w:finding("ops_observe_alarms").status)
    end)
  end)

  it("gives a deleted OpsItem a successor in the next scan", function()
    local w = world.new()
    w:scan()
    local record = w:finding "ops_observe_alarms"
    assert(w.client.ssm:DeleteOpsItem { OpsItemId = record.item_id })
    w:later(2 * SETTLING)
    local plumb = w:begin()
    stock.take { store = w.store, sink = plumb.sink, now = function() return w.clock end, run = "r",
      settling = SETTLING, belongs = function() return true end, is_about_here = function() return true end }
    local _, outcomes = w:scan()
    assert.equal("created", outcomes[1].status)
    assert.equal(1, w:open_items(record.key))
    assert.equal(record.item_id, w:finding("ops_observe_alarms").previous_item)
  end)
end)
