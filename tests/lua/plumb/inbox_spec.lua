local err = require "plumb.err"
local fake_sink = require "support.fake_sink"
local findings = require "support.finding"
local inbox_of = require "plumb.inbox"
local item_of = require "plumb.item"
local open = require "plumb.open"
local problem = require "plumb.problem"
local store_of = require "plumb.store"

local OVERLAP = 600
local clock, store, sink, policy

local function new()
  return inbox_of.new { store = store, sink = sink, policy = policy, now = function() return clock end }
end

-- Makes an item for a finding as a scan does; returns the finding and the item's id.
local serial = 0
local function make(changes)
  serial = serial + 1
  local found = findings.new(changes)
  found.key = require("plumb.finding").key { partition = found.partition, account = found.account,
    region = found.region, workload_arn = found.workload.WorkloadArn, lens_arn = found.lens_arn,
    question_id = found.question.QuestionId, choice_id = found.choice.ChoiceId }
  local opener = open.new { store = store, sink = sink, policy = policy, now = function() return clock end, run = "r" }
  local _, id = opener:create { kind = "create", finding = found, item = assert(item_of.of(found, policy)) }
  return found, id
end

local function poll(inbox, ids)
  local list = {}
  for resolved in inbox:resolved(ids) do list[#list + 1] = resolved end
  return list
end

local function watermark()
  local mark = store:get("mark", "resolve/watermark")
  return mark and mark.value
end

before_each(function()
  clock = 100000
  store = store_of.open { path = ":memory:" }
  sink = fake_sink.new(function() return clock end)
  policy = findings.policy "return {}"
end)

describe("a poll", function()
  it("brings what people resolved, with what a hook wants to know", function()
    local found, id = make()
    sink:resolve(id, { Outcome = "ignore" })
    local resolved = poll(new())[1]
    assert.equal(id, resolved.id)
    assert.equal("ignore", resolved.outcome_field)
    assert.equal(found.key, resolved.finding.key)
    assert.equal("prod-shop", resolved.finding.workload.WorkloadName)
    assert.equal(found.workload.WorkloadId, resolved.finding.workload.WorkloadId)
    assert.equal("Use strong sign-in mechanisms", resolved.finding.choice.Title)
    assert.equal("security", resolved.finding.question.PillarId)
    assert.equal("HIGH", resolved.finding.risk)
  end)

  it("looks at everything the first time and then only since the last one, with an overlap", function()
    local inbox = new()
    poll(inbox)
    assert.is_nil(sink.calls[#sink.calls][2])
    inbox:done()
    assert.equal(clock, watermark())
    clock = clock + 5000
    poll(new())
    assert.equal(clock - 5000 - OVERLAP, sink.calls[#sink.calls][2])
  end)

  it("moves its mark to when it began, not to when it ended", function()
    local inbox, began = new(), clock
    local each = inbox:resolved()
    clock = clock + 300
    assert.is_nil(each())
    inbox:done()
    assert.equal(began, watermark())
  end)

  it("moves nothing until it is done", function()
    poll(new())
    assert.is_nil(watermark())
  end)

  -- Guards the raise in the sink's iterator: a page that is missing must not look like the end of the list.
  it("that loses a page raises and does not move its mark", function()
    local _, id = make()
    sink:resolve(id)
    sink:answers("resolved", function(s)
      local n = 0
      return function()
        n = n + 1
        if n == 1 then return s.items[id] end
        error(err.new { code = "InternalServerError", message = "page" }, 0)
      end
    end)
    local ok, failure = pcall(poll, new())
    assert.is_false(ok)
    assert.equal("InternalServerError", failure.code)
    assert.is_nil(watermark())
  end)

  it("drops what had been written back before", function()
    local _, id = make()
    local item = store:get("item", id)
    item.processed = true
    store:commit { { "put", "item", item } }
    sink:resolve(id)
    local inbox = new()
    assert.equal(0, #poll(inbox))
    assert.equal(1, inbox.settled)
  end)

  it("drops the echo of a close by plumb, even when its end was never committed", function()
    local _, id = make()
    sink:resolve(id, { [item_of.CLOSED_FIELD] = "it was selected" })
    local inbox = new()
    assert.equal(0, #poll(inbox))
    assert.equal(1, inbox.settled)
  end)

  it("does not act on an item that the state has never heard of", function()
    local id = sink:put { key = findings.new().key }
    sink:resolve(id)
    local inbox = new()
    assert.equal(0, #poll(inbox))
    assert.equal(id, inbox.unknown[1].id)
  end)

  it("does not act on an item whose finding is not in the state", function()
    store:commit { { "put", "item", { id = "oi-00000000000a", key = "k", sink = "fake", processed = false, at = 1 } } }
    sink:put { id = "oi-00000000000a", key = "k" }
    sink:resolve "oi-00000000000a"
    local inbox = new()
    assert.equal(0, #poll(inbox))
    assert.equal(1, #inbox.unknown)
  end)

  it("takes an item once when a moving list shows it twice", function()
    local _, id = make()
    sink:resolve(id)
    sink:answers("resolved", function(s)
      local list = { s.items[id], s.items[id] }
      return function() return table.remove(list) end
    end)
    assert.equal(1, #poll(new()))
  end)

  it("does not take what is not resolved, whatever the list says", function()
    local _, id = make()
    sink:answers("resolved", function(s)
      local list = { s.items[id] }
      return function() return table.remove(list) end
    end)
    assert.equal(0, #poll(new()))
  end)
end)

describe("a named item", function()
  it("is brought without a poll, and moves no mark", function()
    local _, id = make()
    sink:resolve(id)
    local inbox = new()
    assert.equal(id, poll(inbox, { id })[1].id)
    assert.equal(0, sink:count "resolved")
    inbox:done()
    assert.is_nil(watermark())
  end)

  it("is brought once, however often it is named", function()
    local _, id = make()
    sink:resolve(id)
    assert.equal(1, #poll(new(), { id, id }))
  end)

  it("that is not resolved is told", function()
    local _, id = make()
    local inbox = new()
    assert.equal(0, #poll(inbox, { id }))
    assert.equal(id, inbox.not_resolved[1].id)
  end)

  it("that had been written back stays so", function()
    local _, id = make()
    sink:resolve(id)
    local item = store:get("item", id)
    item.processed = true
    store:commit { { "put", "item", item } }
    local inbox = new()
    assert.equal(0, #poll(inbox, { id }))
    assert.equal(1, inbox.settled)
  end)

  local function problem_of(id)
    local ok, failure = pcall(poll, new(), { id })
    assert.is_false(ok)
    assert.is_true(problem.is(failure))
    return failure
  end

  it("that does not exist is a problem in the user's words", function()
    local failure = problem_of "oi-ffffffffffff"
    assert.equal("E324", failure.id)
    assert.truthy(failure.what:find("oi-ffffffffffff", 1, true))
  end)

  it("that plumb did not make is a problem", function()
    local id = sink:put { title = "somebody else's" }
    sink:resolve(id)
    assert.truthy(problem_of(id).what:find "not made by plumb")
  end)

  it("whose fields do not fit its key is a problem, too", function()
    local _, id = make()
    sink:resolve(id)
    sink.items[id].fields.ChoiceId = "another_choice"
    store = store_of.open { path = ":memory:" }
    assert.truthy(problem_of(id).what:find "not made by plumb")
  end)

  it("raises when it cannot be read", function()
    sink:answers("get", fake_sink.fails "no")
    local ok, failure = pcall(poll, new(), { "oi-000000000001" })
    assert.is_false(ok)
    assert.equal("Trouble", failure.code)
  end)

  it("that the state lost is put together from its own fields", function()
    for _, changes in ipairs { {}, { workload = { WorkloadName = "Kasse \"Zürich\" 🚀" } } } do
      store = store_of.open { path = ":memory:" }
      local found, id = make(changes)
      sink:resolve(id)
      store = store_of.open { path = ":memory:" }
      local resolved = poll(new(), { id })[1]
      assert.equal(found.key, resolved.record.key)
      assert.equal(id, resolved.record.item_id)
      assert.equal(found.workload.WorkloadArn, resolved.record.workload_arn)
      assert.equal("wellarchitected", resolved.record.lens_alias)
      assert.is_nil(resolved.record.version)
      assert.is_false(resolved.item.processed)
    end
  end)

  it("that the state lost is put together for a custom lens as well", function()
    local found = findings.custom()
    found.key = require("plumb.finding").key { partition = found.partition, account = found.account,
      region = found.region, workload_arn = found.workload.WorkloadArn, lens_arn = found.lens_arn,
      question_id = found.question.QuestionId, choice_id = found.choice.ChoiceId }
    local id = sink:put { key = found.key, fields = assert(item_of.of(found, policy)).fields }
    sink:resolve(id)
    local resolved = poll(new(), { id })[1]
    assert.equal(findings.CUSTOM_LENS, resolved.record.lens_arn)
    assert.is_nil(resolved.record.lens_alias)
  end)

  -- Guards the use of the stored record in named(): a rebuilt one would forget the item that is open now.
  it("of a finding that has another item now keeps that one on record", function()
    local found, id = make()
    local old = sink:put { key = found.key, fields = assert(item_of.of(found, policy)).fields }
    sink:resolve(old)
    local resolved = poll(new(), { old })[1]
    assert.equal(old, resolved.id)
    assert.equal(id, resolved.record.item_id)
    assert.equal(2, resolved.record.version)
  end)

  it("that plumb closed itself selects nothing, even when the state lost it", function()
    local _, id = make()
    sink:resolve(id, { [item_of.CLOSED_FIELD] = "it was selected" })
    store = store_of.open { path = ":memory:" }
    local inbox = new()
    assert.equal(0, #poll(inbox, { id }))
    assert.equal(1, inbox.settled)
  end)
end)

describe("looking back", function()
  it("moves the mark back and never forward", function()
    local inbox = new()
    assert.is_nil(inbox_of.look_back(store, 5))
    poll(inbox)
    inbox:done()
    assert.is_nil(inbox_of.look_back(store, clock))
    store:commit { inbox_of.look_back(store, clock - 7) }
    assert.equal(clock - 7, watermark())
    store:commit { inbox_of.look_back(store, nil) }
    assert.is_nil(watermark())
  end)
end)
