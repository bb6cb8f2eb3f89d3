local diff = require "plumb.diff"
local err = require "plumb.err"
local fake_sink = require "support.fake_sink"
local findings = require "support.finding"
local open = require "plumb.open"
local store_of = require "plumb.store"

local QUARANTINE = 1200
local fails = fake_sink.fails

local clock, store, sink, opener, found

local function new_opener(policy_text)
  return open.new { store = store, sink = sink, now = function() return clock end, run = "run",
    policy = findings.policy(policy_text or "return {}") }
end

local function item()
  return { key = found.key, title = "High Risk - prod-shop - Sign in", severity = "2", fields = { ["Risk level"] = "HIGH" } }
end

local function record() return store:get("finding", found.key) end

-- What a scan would do now, by the rules of diff; nil when nothing.
local function next_step(missing)
  local review = { findings = missing and { found } or {}, answers = { { QuestionId = "identities", Risk = "HIGH",
    Choices = { found.choice }, SelectedChoices = not missing and { found.choice.ChoiceId } or {} } } }
  local action = diff.review(review, { record() }, clock)[1]
  if action then action.item = item() end
  return action
end

local function create() return opener:create { kind = "create", finding = found, item = item(), record = record() } end

-- One scan over this one finding.
local function scan(missing)
  local step = next_step(missing ~= false)
  if not step or step.kind == "keep" or step.kind == "wait" then return step and step.kind end
  if step.kind == "close" or step.kind == "obsolete" then return opener:close(step) end
  if step.kind == "update" then return opener:update(step) end
  return opener:create(step)
end

local function crash_in(operation)
  sink:answers(operation, function() error "crash" end)
end

before_each(function()
  clock = 1000000
  store = store_of.open { path = ":memory:" }
  sink = fake_sink.new(function() return clock end)
  found = findings.new()
  opener = new_opener()
end)

describe("a create that works", function()
  it("puts the finding, its item and the audit row on record", function()
    local done, id = create()
    assert.equal("created", done)
    local r = record()
    assert.equal("open", r.status)
    assert.equal(id, r.item_id)
    assert.equal("High Risk - prod-shop - Sign in", r.title)
    assert.is_nil(r.ambiguous_until)
    assert.is_nil(r.intent_at)
    assert.equal(found.workload.WorkloadArn, r.workload_arn)
    assert.equal("wellarchitected", r.lens_alias)
    local known = store:get("item", id)
    assert.equal(found.key, known.key)
    assert.is_false(known.processed)
    local row = store:trail()()
    assert.equal("create", row.operation)
    assert.equal(id, row.resource)
    assert.equal("run", row.run)
  end)

  it("does not look first: the state is whole", function()
    create()
    assert.equal(0, sink:count "find")
    assert.equal(1, sink:count "create")
  end)

  -- Guards intend(): without it a crash while the create is under way leaves no trace of it.
  it("has its intent on disk, quarantine included, before anything is sent", function()
    local seen
    sink:answers("create", function()
      seen = record()
      return "oi-000000000001"
    end)
    create()
    assert.equal("intended", seen.status)
    assert.equal(clock, seen.intent_at)
    assert.equal(clock + QUARANTINE, seen.ambiguous_until)
  end)

  -- Guards the assert() in commit(): a store that refuses must keep the create from being sent.
  it("is not sent when the state does not take the intent", function()
    local refusing = setmetatable({ commit = function()
      return nil, err.new { kind = "state", code = "Conflict", message = "changed" }
    end }, { __index = store })
    opener.store = refusing
    assert.is_false((pcall(create)))
    assert.equal(0, sink:count "create")
    opener.store = setmetatable({ commit = function() error "disk" end }, { __index = store })
    assert.is_false((pcall(create)))
    assert.equal(0, sink:count "create")
  end)

  it("counts for its month, by UTC", function()
    clock = 1767225599 -- 2025-12-31T23:59:59Z
    create()
    assert.equal(1, opener:created_this_month(found.account))
    assert.equal(0, opener:created_this_month "999999999999")
    clock = clock + 1
    assert.equal(0, opener:created_this_month(found.account))
    found = findings.new { key = ("6a"):rep(32) }
    create()
    assert.equal(1, opener:created_this_month(found.account))
    assert.equal(1, new_opener():created_this_month(found.account))
  end)
end)

describe("a create that finds one there already", function()
  it("takes it over by the id in the refusal", function()
    sink:answers("create", fails("yes", { code = "AlreadyExists", id = "oi-00000000000a" }))
    local done, id = create()
    assert.equal("adopted", done)
    assert.equal("oi-00000000000a", id)
    assert.equal("open", record().status)
    assert.equal("oi-00000000000a", record().item_id)
    assert.is_false(store:get("item", id).processed)
    assert.equal(0, opener:created_this_month(found.account))
  end)

  -- Guards is_used_up() in after_failure(): an item whose resolution has selected something already must not
  -- select it a second time.
  it("does not take over one whose resolution has been used up", function()
    store:commit { { "put", "item", { id = "oi-00000000000a", key = found.key, sink = "fake", processed = true,
      at = 1 } } }
    sink:answers("create", fails("yes", { code = "AlreadyExists", id = "oi-00000000000a" }))
    local done, failure = create()
    assert.is_nil(done)
    assert.equal("AlreadyExists", failure.code)
    assert.equal("intended", record().status)
    assert.equal("create", next_step(true).kind)
  end)

  it("looks for it in the next run when the refusal does not name it", function()
    sink:answers("create", fails("yes", { code = "AlreadyExists" }))
    assert.is_nil((create()))
    local id = sink:put { key = found.key }
    local done, adopted = scan()
    assert.equal("adopted", done)
    assert.equal(id, adopted)
  end)
end)

describe("a create that was certainly not executed", function()
  it("is tried again by the next run, without waiting", function()
    sink:answers("create", fails "no")
    local done, failure = create()
    assert.is_nil(done)
    assert.equal("no", failure.executed)
    assert.equal("intended", record().status)
    assert.equal(0, record().ambiguous_until)
    assert.equal("created", (scan()))
    assert.equal("open", record().status)
    assert.equal(1, #sink.order)
  end)
end)

describe("a create whose outcome nobody knows", function()
  local function lose_reply()
    sink:answers("create", function(s, i)
      s:put { key = i.key }
      return fails "maybe"()
    end)
    return create()
  end

  it("waits out its quarantine, and nothing is sent meanwhile", function()
    lose_reply()
    assert.equal(clock + QUARANTINE, record().ambiguous_until)
    clock = clock + QUARANTINE - 1
    assert.equal("wait", scan())
    assert.equal(1, sink:count "create")
  end)

  -- Guards the look_up() in Opener:create: without it the second create makes a double wherever the sink does not
  -- refuse it.
  it("is taken over once it is seen", function()
    lose_reply()
    clock = clock + QUARANTINE
    local done, id = scan()
    assert.equal("adopted", done)
    assert.equal("oi-000000000001", id)
    assert.equal(1, sink:count "create")
    assert.equal("open", record().status)
    assert.is_nil(record().ambiguous_until)
  end)

  it("is made again once it is certain that it is not there", function()
    sink:answers("create", fails "maybe")
    create()
    clock = clock + QUARANTINE
    assert.equal("created", (scan()))
    assert.equal(1, #sink.order)
  end)

  it("is not made again when the look-up fails", function()
    lose_reply()
    clock = clock + QUARANTINE
    sink:answers("find", fails "no")
    local done, failure = scan()
    assert.is_nil(done)
    assert.equal("Trouble", failure.code)
    assert.equal(1, sink:count "create")
    assert.equal("intended", record().status)
    assert.equal("adopted", (scan()))
  end)

  -- Guards the order in intend(): the quarantine is written before sending, so that a crash counts as unknown.
  it("may have ended in a crash", function()
    crash_in "create"
    assert.is_false((pcall(create)))
    assert.equal("intended", record().status)
    assert.equal("wait", scan())
    sink:put { key = found.key }
    clock = clock + QUARANTINE
    assert.equal("adopted", (scan()))
    assert.equal(1, sink:count "create")
  end)

  it("counts as unknown when the sink does not say", function()
    sink:answers("create", function() return nil, err.new { code = "Odd", message = "odd" } end)
    create()
    assert.equal("wait", scan())
  end)

  it("is not mistaken for the item of another finding", function()
    sink:answers("create", fails "maybe")
    create()
    sink:answers("find", function() return { { id = "oi-x", key = "other", open = true, fields = {} } } end)
    clock = clock + QUARANTINE
    assert.equal("created", (scan()))
  end)

  it("is not mistaken for an item that has been used up", function()
    sink:put { key = found.key, id = "oi-00000000000a" }
    store:commit { { "put", "item", { id = "oi-00000000000a", key = found.key, sink = "fake", processed = true,
      at = 1 } } }
    sink:answers("create", fails "maybe")
    create()
    clock = clock + QUARANTINE
    assert.equal("created", (scan()))
    assert.not_equal("oi-00000000000a", record().item_id)
  end)

  it("is not mistaken for one of an earlier life of the state, resolved long ago", function()
    local old = sink:put { key = found.key, created_at = clock - 86400 }
    sink:resolve(old)
    sink:answers("create", fails "maybe")
    create()
    clock = clock + QUARANTINE
    assert.equal("created", (scan()))
  end)

  it("is taken over even when people resolved it before plumb knew of it, and the next poll looks that far back",
    function()
      lose_reply()
      local made_at = clock
      clock = clock + 60
      sink:resolve "oi-000000000001"
      clock = clock + QUARANTINE
      store:commit { { "put", "mark", { name = "resolve/watermark", value = clock } } } -- a poll that passed it over
      assert.equal("adopted", (scan()))
      assert.equal("oi-000000000001", record().item_id)
      assert.equal(made_at, store:get("mark", "resolve/watermark").value)
    end)

  it("does not move the poll's watermark forward, nor make one", function()
    lose_reply()
    sink:resolve "oi-000000000001"
    clock = clock + QUARANTINE
    scan()
    assert.is_nil(store:get("mark", "resolve/watermark"))
  end)
end)

describe("ambiguous = retry", function()
  before_each(function() opener = new_opener 'return { ambiguous = "retry" }' end)

  it("creates again at once and takes what the sink names", function()
    sink:answers("create", fails "maybe")
    sink:answers("create", fails("yes", { code = "AlreadyExists", id = "oi-00000000000a" }))
    local done, id = create()
    assert.equal("adopted", done)
    assert.equal("oi-00000000000a", id)
    assert.equal(0, sink:count "find")
  end)

  it("tries a second time and not a third; the next run goes on without waiting or looking", function()
    sink:answers("create", fails "maybe")
    sink:answers("create", fails "maybe")
    assert.is_nil((create()))
    assert.equal(2, sink:count "create")
    assert.equal("created", (scan()))
    assert.equal(3, sink:count "create")
    assert.equal(0, sink:count "find")
  end)

  it("does not repeat what was certainly refused", function()
    sink:answers("create", fails "no")
    create()
    assert.equal(1, sink:count "create")
  end)
end)

describe("a practice that is missing again", function()
  it("gets a new item that knows the one before", function()
    local _, first = create()
    local r = record()
    r.status, r.reason = "settled", "done"
    store:commit { { "put", "finding", r } }
    local done, second = scan()
    assert.equal("created", done)
    assert.not_equal(first, second)
    assert.equal(first, record().previous_item)
    assert.equal(second, record().item_id)
    assert.is_nil(record().reason)
  end)

  it("still knows it when the first try of its create was lost", function()
    local _, first = create()
    local r = record()
    r.status = "accepted"
    r.accepted_until = clock
    store:commit { { "put", "finding", r } }
    sink:answers("create", fails "no")
    scan()
    assert.is_nil(record().accepted_until)
    scan()
    assert.equal("open", record().status)
    assert.equal(first, record().previous_item)
  end)
end)

describe("two creates for the same finding", function()
  it("never both happen: the second one is refused by the state", function()
    local step = { kind = "create", finding = found, item = item() }
    assert.equal("created", (opener:create(step)))
    local ok, failure = pcall(opener.create, opener, step)
    assert.is_false(ok)
    assert.equal("Conflict", failure.code)
    assert.equal(1, sink:count "create")
  end)

  it("never both happen from the same old record either", function()
    sink:answers("create", fails "no")
    create()
    local one, two = next_step(true), next_step(true)
    assert.equal("created", (opener:create(one)))
    sink.items = {} -- and the list does not show the new item yet
    assert.is_false((pcall(opener.create, opener, two)))
    assert.equal(2, sink:count "create")
  end)
end)

describe("an update", function()
  local function raise_risk()
    found.risk = "MEDIUM"
    local step = next_step(true)
    step.item = { title = "Medium Risk", severity = "3", fields = { ["Risk level"] = "MEDIUM", Other = "x" } }
    return opener:update(step)
  end

  it("tells the item about its new risk and touches nothing else", function()
    local _, id = create()
    assert.is_true((raise_risk()))
    local call = sink.calls[#sink.calls]
    assert.same({ "update", id, { title = "Medium Risk", severity = "3", fields = { ["Risk level"] = "MEDIUM" } } },
      call)
    assert.equal("MEDIUM", record().risk)
    assert.equal("keep", next_step(true).kind)
  end)

  it("is tried again when it fails", function()
    create()
    sink:answers("update", fails "no")
    assert.is_nil((raise_risk()))
    assert.equal("HIGH", record().risk)
    assert.equal("update", next_step(true).kind)
  end)

  it("makes room for a new item when the old one was deleted", function()
    local _, id = create()
    sink.items[id] = nil
    local done, failure = raise_risk()
    assert.is_nil(done)
    assert.is_true(failure.gone)
    assert.is_true(store:get("item", id).processed)
    assert.equal("created", (scan()))
    assert.equal(id, record().previous_item)
  end)
end)

describe("a close", function()
  it("resolves the item, uses its resolution up and says why", function()
    local _, id = create()
    assert.equal("closed", (scan(false)))
    assert.is_true(sink.items[id].resolved)
    assert.truthy(sink.items[id].fields.ClosedByPlumb:find "selected")
    assert.is_true(store:get("item", id).processed)
    assert.equal("fixed", store:get("item", id).outcome)
    assert.equal("fixed", record().status)
    assert.truthy(record().reason:find "selected")
    assert.is_nil(scan(false))
  end)

  it("ends a practice that the lens no longer has as obsolete", function()
    local _, id = create()
    local done = opener:close { kind = "obsolete", record = record(), reason = "gone" }
    assert.equal("closed", done)
    assert.equal("obsolete", record().status)
    assert.equal("obsolete", store:get("item", id).outcome)
  end)

  -- Guards the look before the close in Opener:close: closing, or calling it closed, would lose what a person said.
  it("leaves an item that people resolved themselves for resolve", function()
    local _, id = create()
    sink:resolve(id)
    assert.equal("kept", (scan(false)))
    assert.equal(0, sink:count "close")
    assert.is_false(store:get("item", id).processed)
    assert.equal("open", record().status)
    assert.is_nil(record().reason)
  end)

  it("is done when the item does not exist any more", function()
    local _, id = create()
    sink.items[id] = nil
    assert.equal("closed", (scan(false)))
    assert.equal("fixed", record().status)
    assert.is_true(store:get("item", id).processed)
  end)

  it("is tried again when it fails", function()
    create()
    sink:answers("close", fails "no")
    assert.is_nil((scan(false)))
    assert.equal("open", record().status)
    assert.equal("closed", (scan(false)))
  end)

  it("is not begun when nobody knows how the item is", function()
    create()
    sink:answers("get", fails "no")
    assert.is_nil((scan(false)))
    assert.equal(0, sink:count "close")
    assert.is_nil(record().reason)
  end)

  local function crash_after_close()
    sink:answers("close", function(s, id, reason)
      s:resolve(id, { ClosedByPlumb = reason })
      error "crash"
    end)
    assert.is_false((pcall(scan, false)))
  end

  it("is finished by the next run after a crash, and closes nothing twice", function()
    local _, id = create()
    crash_after_close()
    assert.equal("closed", (scan(false)))
    assert.equal(1, sink:count "close")
    assert.is_true(store:get("item", id).processed)
    assert.equal("fixed", record().status)
  end)

  -- Guards the commit of the reason before sink:close: without it the next run keeps an item that is closed, and the
  -- practice is missing without one for ever.
  it("gives way to a new item when it was carried out, the end was lost and the practice is missing again", function()
    local _, id = create()
    crash_after_close()
    local done, second = scan(true)
    assert.equal("created", done)
    assert.equal(id, record().previous_item)
    assert.equal(second, record().item_id)
    assert.is_true(store:get("item", id).processed)
  end)

  it("is taken back when it was never carried out and the practice is missing again", function()
    local _, id = create()
    crash_in "close"
    assert.is_false((pcall(scan, false)))
    local done, same = scan(true)
    assert.equal("adopted", done)
    assert.equal(id, same)
    assert.is_false(store:get("item", id).processed)
    assert.equal("keep", next_step(true).kind)
    assert.equal(1, sink:count "create")
  end)

  it("gives way to people who resolved the item before it was carried out", function()
    local _, id = create()
    crash_in "close"
    pcall(scan, false)
    sink:resolve(id)
    assert.equal("adopted", (scan(true)))
    assert.is_false(store:get("item", id).processed)
    assert.is_nil(record().reason)
  end)

  it("finds and closes the item of a create that nobody knew the outcome of", function()
    sink:answers("create", function(s, i)
      s:put { key = i.key }
      return fails "maybe"()
    end)
    create()
    assert.equal("wait", scan(false))
    clock = clock + QUARANTINE
    assert.equal("closed", (scan(false)))
    assert.is_true(sink.items["oi-000000000001"].resolved)
    assert.equal("fixed", record().status)
  end)

  it("ends a create that left nothing", function()
    sink:answers("create", fails "no")
    create()
    assert.equal("closed", (scan(false)))
    assert.equal("fixed", record().status)
    assert.equal(0, sink:count "close")
    assert.is_nil(record().item_id)
  end)

  it("waits when the look for it fails", function()
    sink:answers("create", fails "no")
    create()
    sink:answers("find", fails "no")
    assert.is_nil((scan(false)))
    assert.equal("intended", record().status)
  end)
end)

describe("standing items", function()
  local function each(list)
    local i = 0
    return function()
      i = i + 1
      return list[i]
    end
  end

  it("are the open ones where there are several", function()
    local by_key = open.standing(each {
      { id = "1", key = "a", open = false }, { id = "2", key = "a", open = true }, { id = "3", key = "a", open = false },
      { id = "4", key = "b", open = false }, { id = "5" },
    })
    assert.equal("2", by_key.a.id)
    assert.equal("4", by_key.b.id)
  end)

  it("are taken over without a call", function()
    opener:adopt(found, { id = "oi-00000000000a", title = "theirs", open = true })
    assert.equal("open", record().status)
    assert.equal("oi-00000000000a", record().item_id)
    assert.equal("theirs", record().title)
    assert.equal(0, #sink.calls)
    assert.equal("keep", next_step(true).kind)
  end)
end)
