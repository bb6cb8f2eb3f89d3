local lease = require "plumb.store.lease"
local state_table = require "support.state_table"
local store_of = require "plumb.store"
local task = require "plumb.task"

local TTL, FENCE = 60, 360

local places = {
  { name = "sqlite", open = function() return store_of.open { path = ":memory:" } end,
    again = function(store) return store end },
  { name = "dynamodb", here = state_table.new(),
    open = function(self) return self.here:open() end,
    again = function(store, self) return self.here:open(store.table_name) end },
}

for _, place in ipairs(places) do
  describe("a lease in " .. place.name, function()
    local store, now

    before_each(function()
      store, now = place:open(), 1000000
    end)

    after_each(function() store:close() end)

    -- An owner of its own: it has its own connection to the store where there can be several.
    local function acquire(owner, options)
      local given = { name = "111122223333/eu-west-1", owner = owner, ttl = TTL, now = function() return now end }
      for key, value in pairs(options or {}) do given[key] = value end
      return lease.acquire(place.again(store, place), given)
    end

    local function mark(name) return { "put", "mark", { name = name, value = 1 } } end

    it("is the first one's at once, and he may send", function()
      local a = assert(acquire "a")
      assert.equal(1, a.epoch)
      assert.equal(now + TTL, a.expires_at)
      assert.is_true((a:may_send(now)))
    end)

    it("is nobody else's until its end", function()
      assert(acquire "a")
      now = now + TTL - 1
      local b, failure = acquire "b"
      assert.is_nil(b)
      assert.equal("LeaseHeld", failure.code)
      assert.equal("a", failure.holder)
      assert.equal(now + 1, failure.expires_at)
    end)

    it("lasts as long as it is renewed", function()
      local a = assert(acquire "a")
      for _ = 1, 5 do
        now = now + TTL - 1
        assert.is_true((a:renew()))
      end
      assert.is_nil((acquire "b"))
      assert.is_true((a:may_send(now)))
      assert.equal(1, a.epoch)
    end)

    it("lets its owner send only what is signed before its end", function()
      local a = assert(acquire "a")
      assert.is_true((a:may_send(a.expires_at - 0.001)))
      assert.same({ false, "expired" }, { a:may_send(a.expires_at) })
      local sent, failure = a:gate()(a.expires_at)
      assert.is_nil(sent)
      assert.equal("LeaseFenced", failure.code)
      assert.equal("no", failure.executed)
      assert.is_true((a:gate()(now)))
    end)

    it("passes on after its end, and the new owner waits until the old one's signatures are dead", function()
      local a = assert(acquire "a")
      now = a.expires_at
      local b = assert(acquire "b")
      assert.equal(2, b.epoch)
      assert.same({ false, "quiet", a.expires_at + FENCE }, { b:may_send(now) })
      while now < a.expires_at + FENCE do
        assert.is_false((b:may_send(now)))
        now = now + TTL / 2
        assert.is_true((b:renew()))
      end
      assert.is_true((b:may_send(now)))
    end)

    it("never lets two send at the same time, whoever sleeps how long", function()
      local owners, ends = {}, 0
      for step = 1, 400 do
        now = now + (step * 37) % 29
        local name = ("abc"):sub(step * 7 % 3 + 1, step * 7 % 3 + 1)
        local mine = owners[name]
        if not mine or mine.lost then
          owners[name] = acquire(name)
        elseif step % 5 ~= 0 then
          mine:renew()
        end
        local sender
        for who, held in pairs(owners) do
          if held:may_send(now) then
            assert.is_nil(sender)
            sender = who
          end
        end
        ends = ends + (sender and 1 or 0)
      end
      assert.is_true(ends > 0)
    end)

    it("fences off an owner that was paused past its end", function()
      local a = assert(acquire "a")
      local guarded = a:guard()
      assert.is_true((guarded:commit { mark "before" }))
      now = a.expires_at + 1
      local b = assert(acquire "b")
      assert.is_true((b:guard():commit { mark "of b" }))
      -- It wakes up, and knows nothing of b.
      assert.same({ false, "expired" }, { a:may_send(now) })
      local done, failure = guarded:commit { mark "of a" }
      assert.is_nil(done)
      assert.equal("LeaseLost", failure.code)
      assert.is_nil(store:get("mark", "of a"))
      assert.same({ false, "lost" }, { a:may_send(now - 1000) })
      assert.equal("LeaseLost", select(2, a:renew()).code)
      assert.equal("LeaseLost", select(2, a:release()).code)
      assert.equal("b", store:get("lease", a.name).owner)
    end)

    it("fences it off even if its own clock says that nothing has passed", function()
      local slow = now
      local a = assert(acquire("a", { now = function() return slow end }))
      now = a.expires_at + 1
      assert(acquire "b")
      assert.equal("LeaseLost", select(2, a:guard():commit({ mark "of a" })).code)
      assert.equal("LeaseLost", select(2, a:renew()).code)
      -- What it signed before it noticed bears a time before its end: dead before b's first request.
      assert.is_true(a.expires_at + lease.SIGNATURE_LIFE < a.expires_at + FENCE)
    end)

    it("is free at once after it was given back", function()
      local a = assert(acquire "a")
      assert.is_true((a:release()))
      assert.is_false((a:may_send(now)))
      local b = assert(acquire "b")
      assert.equal(2, b.epoch)
      assert.is_true((b:may_send(now)))
    end)

    it("keeps the fence of an owner before when it is given back before that has fallen", function()
      local a = assert(acquire "a")
      now = a.expires_at
      assert(assert(acquire "b"):release())
      local c = assert(acquire "c")
      assert.equal(3, c.epoch)
      assert.same({ false, "quiet", a.expires_at + FENCE }, { c:may_send(now) })
      now = a.expires_at + FENCE
      assert(c:renew())
      assert.is_true((c:may_send(now)))
    end)

    it("taken again by the same owner does not forget who had it before", function()
      local a = assert(acquire "a")
      now = a.expires_at
      assert(acquire "b")
      local b = assert(acquire "b")
      assert.is_false((b:may_send(a.expires_at + FENCE - 1)))
    end)

    it("lets one of three have it", function()
      local won = 0
      for _, owner in ipairs { "a", "b", "c" } do
        if acquire(owner) then won = won + 1 end
      end
      assert.equal(1, won)
      now = now + TTL
      for _, owner in ipairs { "c", "b", "a" } do
        if acquire(owner) then won = won + 1 end
      end
      assert.equal(2, won)
    end)

    it("tells a conflict about a record from the loss of the lease", function()
      local a = assert(acquire "a")
      local guarded = a:guard()
      assert.is_true((guarded:commit { mark "m" }))
      local done, failure = guarded:commit { mark "m" }
      assert.is_nil(done)
      assert.equal("Conflict", failure.code)
      assert.is_false(a.lost)
      assert.is_true((guarded:commit { mark "n" }))
      assert.equal(1, guarded:get("mark", "n").value)
      assert.truthy(guarded:each "mark"())
    end)

    it("is renewed in the background until it is given back", function()
      local a, turns = assert(acquire "a"), 0
      local keeper = a:keep(function(seconds)
        assert.equal(TTL / 3, seconds)
        turns, now = turns + 1, now + seconds
        if turns == 4 then a:release() end
        task.sleep(0)
      end)
      task.join(keeper)
      assert.equal(4, turns)
      assert.is_true(a.expires_at > 1000000 + TTL)
    end)

    it("needs an owner with a name", function()
      assert.is_false((pcall(acquire, "")))
    end)
  end)
end

describe("a lease whose record was written without a reply", function()
  it("is still its owner's", function()
    local here = state_table.new()
    local store = here:open()
    local a = assert(lease.acquire(store, { name = "l", owner = "a", ttl = TTL, now = function() return here.now end }))
    -- Everything is lost for a while: what was sent first did arrive.
    local executed = false
    here.between = function(request, send)
      if not executed and state_table.operation(request) == "TransactWriteItems" then
        executed = true
        send(request)
      end
      return nil, require("plumb.err").new { kind = "connection", code = "ConnectionLost", executed = "maybe" }
    end
    local ok, failure = pcall(a.renew, a)
    assert.is_false(ok)
    assert.equal("StateUnknown", failure.code)
    here.between = nil
    assert.is_true((a:renew()))
    assert.is_true((a:guard():commit { { "put", "mark", { name = "m", value = 1 } } }))
    assert.is_true((a:may_send(here.now)))
  end)
end)
