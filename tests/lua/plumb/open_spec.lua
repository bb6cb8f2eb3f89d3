local err = require "plumb.err"
local fake_sink = require "support.fake_sink"
local findings = require "support.finding"
local one_finding = require "support.one_finding"

local QUARANTINE, fails = one_finding.QUARANTINE, fake_sink.fails

local one

before_each(function() one = one_finding.new() end)

describe("a create that works", function()
  it("puts the finding, its item and the audit row on record", function()
    local done, id = one:create()
    assert.equal("created", done)
    local r = one:record()
    assert.equal("open", r.status)
    assert.equal(id, r.item_id)
    assert.equal("High Risk - prod-shop - Sign in", r.title)
    assert.is_nil(r.ambiguous_until)
    assert.is_nil(r.intent_at)
    assert.equal(one.found.workload.WorkloadArn, r.workload_arn)
    assert.equal("wellarchitected", r.lens_alias)
    local known = one.store:get("item", id)
    assert.equal(one.found.key, known.key)
    assert.is_false(known.processed)
    local row = one.store:trail()()
    assert.equal("create", row.operation)
    assert.equal(id, row.resource)
    assert.equal("run", row.run)
  end)

  it("does not look first: the state is whole", function()
    one:create()
    assert.equal(0, one.sink:count "find")
    assert.equal(1, one.sink:count "create")
  end)

  -- Guards intend(): without it a crash while the create is under way leaves no trace of it.
  it("has its intent on disk, quarantine included, before anything is sent", function()
    local seen
    one.sink:answers("create", function()
      seen = one:record()
      return "oi-000000000001"
    end)
    one:create()
    assert.equal("intended", seen.status)
    assert.equal(one.clock, seen.intent_at)
    assert.equal(one.clock + QUARANTINE, seen.ambiguous_until)
  end)

  -- Guards the assert() in commit(): a store that refuses must keep the create from being sent.
  it("is not sent when the state does not take the intent", function()
    local refusing = setmetatable({ commit = function()
      return nil, err.new { kind = "state", code = "Conflict", message = "changed" }
    end }, { __index = one.store })
    one.opener.store = refusing
    assert.is_false((pcall(one.create, one)))
    assert.equal(0, one.sink:count "create")
    one.opener.store = setmetatable({ commit = function() error "disk" end }, { __index = one.store })
    assert.is_false((pcall(one.create, one)))
    assert.equal(0, one.sink:count "create")
  end)

  it("counts for its month, by UTC", function()
    one.clock = 1767225599 -- 2025-12-31T23:59:59Z
    one:create()
    assert.equal(1, one.opener:created_this_month(one.found.account))
    assert.equal(0, one.opener:created_this_month "999999999999")
    one.clock = one.clock + 1
    assert.equal(0, one.opener:created_this_month(one.found.account))
    one.found = findings.new { key = ("6a"):rep(32) }
    one:create()
    assert.equal(1, one.opener:created_this_month(one.found.account))
    assert.equal(1, one:new_opener():created_this_month(one.found.account))
  end)
end)

describe("a create that finds one there already", function()
  it("takes it over by the id in the refusal", function()
    one.sink:answers("create", fails("yes", { code = "AlreadyExists", id = "oi-00000000000a" }))
    local done, id = one:create()
    assert.equal("adopted", done)
    assert.equal("oi-00000000000a", id)
    assert.equal("open", one:record().status)
    assert.equal("oi-00000000000a", one:record().item_id)
    assert.is_false(one.store:get("item", id).processed)
    assert.equal(0, one.opener:created_this_month(one.found.account))
  end)

  -- Guards is_used_up() in after_failure(): an item whose resolution has selected something already must not
  -- select it a second time.
  it("does not take over one whose resolution has been used up", function()
    one.store:commit { { "put", "item", { id = "oi-00000000000a", key = one.found.key, sink = "fake",
      processed = true, at = 1 } } }
    one.sink:answers("create", fails("yes", { code = "AlreadyExists", id = "oi-00000000000a" }))
    local done, failure = one:create()
    assert.is_nil(done)
    assert.equal("AlreadyExists", failure.code)
    assert.equal("intended", one:record().status)
    assert.equal("create", one:next_step(true).kind)
  end)

  it("looks for it in the next run when the refusal does not name it", function()
    one.sink:answers("create", fails("yes", { code = "AlreadyExists" }))
    assert.is_nil((one:create()))
    local id = one.sink:put { key = one.found.key }
    local done, adopted = one:scan()
    assert.equal("adopted", done)
    assert.equal(id, adopted)
  end)
end)

describe("a create that was certainly not executed", function()
  it("is tried again by the next run, without waiting and without a look", function()
    one.sink:answers("create", fails "no")
    local done, failure = one:create()
    assert.is_nil(done)
    assert.equal("no", failure.executed)
    assert.equal("intended", one:record().status)
    assert.equal(0, one:record().ambiguous_until)
    assert.equal("created", (one:scan()))
    assert.equal("open", one:record().status)
    assert.equal(1, #one.sink.order)
    assert.equal(0, one.sink:count "find")
  end)
end)

describe("a create whose outcome nobody knows", function()
  local function lose_reply()
    one.sink:answers("create", function(s, i)
      s:put { key = i.key }
      return fails "maybe"()
    end)
    return one:create()
  end

  it("waits out its quarantine, and nothing is sent meanwhile", function()
    lose_reply()
    assert.equal(one.clock + QUARANTINE, one:record().ambiguous_until)
    one.clock = one.clock + QUARANTINE - 1
    assert.equal("wait", one:scan())
    assert.equal(1, one.sink:count "create")
  end)

  -- Guards the look_up() in Opener:create: without it the second create makes a double wherever the sink does not
  -- refuse it.
  it("is taken over once it is seen", function()
    lose_reply()
    one.clock = one.clock + QUARANTINE
    local done, id = one:scan()
    assert.equal("adopted", done)
    assert.equal("oi-000000000001", id)
    assert.equal(1, one.sink:count "create")
    assert.equal("open", one:record().status)
    assert.is_nil(one:record().ambiguous_until)
  end)

  it("is made again once it is certain that it is not there", function()
    one.sink:answers("create", fails "maybe")
    one:create()
    one.clock = one.clock + QUARANTINE
    assert.equal("created", (one:scan()))
    assert.equal(1, #one.sink.order)
  end)

  it("is not made again when the look-up fails", function()
    lose_reply()
    one.clock = one.clock + QUARANTINE
    one.sink:answers("find", fails "no")
    local done, failure = one:scan()
    assert.is_nil(done)
    assert.equal("Trouble", failure.code)
    assert.equal(1, one.sink:count "create")
    assert.equal("intended", one:record().status)
    assert.equal("adopted", (one:scan()))
  end)

  -- Guards the order in intend(): the quarantine is written before sending, so that a crash counts as unknown.
  it("may have ended in a crash", function()
    one:crash_in "create"
    assert.is_false((pcall(one.create, one)))
    assert.equal("intended", one:record().status)
    assert.equal("wait", one:scan())
    one.sink:put { key = one.found.key }
    one.clock = one.clock + QUARANTINE
    assert.equal("adopted", (one:scan()))
    assert.equal(1, one.sink:count "create")
  end)

  it("counts as unknown when the sink does not say", function()
    one.sink:answers("create", function() return nil, err.new { code = "Odd", message = "odd" } end)
    one:create()
    assert.equal("wait", one:scan())
  end)

  it("is not mistaken for the item of another finding", function()
    one.sink:answers("create", fails "maybe")
    one:create()
    one.sink:answers("find", function() return { { id = "oi-x", key = "other", open = true, fields = {} } } end)
    one.clock = one.clock + QUARANTINE
    assert.equal("created", (one:scan()))
  end)

  it("is not mistaken for an item that has been used up", function()
    one.sink:put { key = one.found.key, id = "oi-00000000000a" }
    one.store:commit { { "put", "item", { id = "oi-00000000000a", key = one.found.key, sink = "fake",
      processed = true, at = 1 } } }
    one.sink:answers("create", fails "maybe")
    one:create()
    one.clock = one.clock + QUARANTINE
    assert.equal("created", (one:scan()))
    assert.not_equal("oi-00000000000a", one:record().item_id)
  end)

  it("is not mistaken for one of an earlier life of the state, resolved long ago", function()
    local old = one.sink:put { key = one.found.key, created_at = one.clock - 86400 }
    one.sink:resolve(old)
    one.sink:answers("create", fails "maybe")
    one:create()
    one.clock = one.clock + QUARANTINE
    assert.equal("created", (one:scan()))
  end)

  it("is taken over even when people resolved it before plumb knew of it, and the next poll looks that far back",
    function()
      lose_reply()
      local made_at = one.clock
      one.clock = one.clock + 60
      one.sink:resolve "oi-000000000001"
      one.clock = one.clock + QUARANTINE
      -- a poll that passed it over
    one.store:commit { { "put", "mark", { name = "resolve/watermark", value = one.clock } } }
      assert.equal("adopted", (one:scan()))
      assert.equal("oi-000000000001", one:record().item_id)
      assert.equal(made_at, one.store:get("mark", "resolve/watermark").value)
    end)

  it("does not move the poll's watermark forward, nor make one", function()
    lose_reply()
    one.sink:resolve "oi-000000000001"
    one.clock = one.clock + QUARANTINE
    one:scan()
    assert.is_nil(one.store:get("mark", "resolve/watermark"))
  end)
end)

describe("ambiguous = retry", function()
  before_each(function() one.opener = one:new_opener 'return { ambiguous = "retry" }' end)

  it("creates again at once and takes what the sink names", function()
    one.sink:answers("create", fails "maybe")
    one.sink:answers("create", fails("yes", { code = "AlreadyExists", id = "oi-00000000000a" }))
    local done, id = one:create()
    assert.equal("adopted", done)
    assert.equal("oi-00000000000a", id)
    assert.equal(0, one.sink:count "find")
  end)

  it("tries a second time and not a third; the next run goes on without waiting or looking", function()
    one.sink:answers("create", fails "maybe")
    one.sink:answers("create", fails "maybe")
    assert.is_nil((one:create()))
    assert.equal(2, one.sink:count "create")
    assert.equal("created", (one:scan()))
    assert.equal(3, one.sink:count "create")
    assert.equal(0, one.sink:count "find")
  end)

  it("does not repeat what was certainly refused", function()
    one.sink:answers("create", fails "no")
    one:create()
    assert.equal(1, one.sink:count "create")
  end)
end)

describe("a practice that is missing again", function()
  it("gets a new item that knows the one before", function()
    local _, first = one:create()
    local r = one:record()
    r.status, r.reason = "settled", "done"
    one.store:commit { { "put", "finding", r } }
    local done, second = one:scan()
    assert.equal("created", done)
    assert.not_equal(first, second)
    assert.equal(first, one:record().previous_item)
    assert.equal(second, one:record().item_id)
    assert.is_nil(one:record().reason)
  end)

  it("still knows it when the first try of its create was lost", function()
    local _, first = one:create()
    local r = one:record()
    r.status = "accepted"
    r.accepted_until = one.clock
    one.store:commit { { "put", "finding", r } }
    one.sink:answers("create", fails "no")
    one:scan()
    assert.is_nil(one:record().accepted_until)
    one:scan()
    assert.equal("open", one:record().status)
    assert.equal(first, one:record().previous_item)
  end)
end)

describe("two creates for the same finding", function()
  it("never both happen: the second one is refused by the state", function()
    local step = { kind = "create", finding = one.found, item = one:item() }
    assert.equal("created", (one.opener:create(step)))
    local ok, failure = pcall(one.opener.create, one.opener, step)
    assert.is_false(ok)
    assert.equal("Conflict", failure.code)
    assert.equal(1, one.sink:count "create")
  end)

  it("never both happen from the same old record either", function()
    one.sink:answers("create", fails "no")
    one:create()
    local first, second = one:next_step(true), one:next_step(true)
    assert.equal("created", (one.opener:create(first)))
    one.sink.items = {} -- and the list does not show the new item yet
    assert.is_false((pcall(one.opener.create, one.opener, second)))
    assert.equal(2, one.sink:count "create")
  end)
end)
