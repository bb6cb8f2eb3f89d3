local engine = require "engine.task"
local task = require "plumb.task"

-- A task waits here until the spec lets it go on; nothing takes time.
local function gate()
  local g = { open = false, waiting = {} }
  function g.pass()
    while not g.open do
      table.insert(g.waiting, engine.current())
      engine.park()
    end
  end
  function g.let_through()
    g.open = true
    for _, waiter in ipairs(g.waiting) do engine.wake(waiter) end
  end
  return g
end

local function at_end(fn) return setmetatable({}, { __close = fn }) end

-- Lets every other task run as far as it can.
local function settle()
  for _ = 1, 20 do task.sleep(0) end
end

describe("spawn and join", function()
  it("give results back, nils among them", function()
    local t = task.spawn(function(a, b) return a, nil, b end, 1, 2)
    assert.same({ 1, nil, 2, n = 3 }, table.pack(task.join(t)))
  end)

  it("begin when the caller waits, not before", function()
    local begun = false
    local t = task.spawn(function() begun = true end)
    assert.is_false(begun)
    task.join(t)
    assert.is_true(begun)
  end)

  it("raise the task's error, tables as they are and texts with their place", function()
    local reason = { code = "x" }
    local ok, got = pcall(task.join, task.spawn(function() error(reason) end))
    assert.is_false(ok)
    assert.equal(reason, got)
    ok, got = pcall(task.join, task.spawn(function() error "plain" end))
    assert.is_false(ok)
    assert.truthy(tostring(got):find "task_spec.lua:%d+: plain$")
    assert.truthy(got.trace:find "traceback")
  end)

  it("serve everybody who joins, also after the end", function()
    local g = gate()
    local t = task.spawn(function()
      g.pass()
      return 5
    end)
    local got = {}
    for i = 1, 3 do task.spawn(function() got[i] = task.join(t) end) end
    settle()
    g.let_through()
    settle()
    assert.same({ 5, 5, 5 }, got)
    assert.equal(5, task.join(t))
  end)
end)

describe("cancel", function()
  it("closes what was to be closed, innermost first, and tells whoever joins", function()
    local closed = {}
    local t = task.spawn(function()
      local _ <close> = at_end(function() closed[#closed + 1] = "outer" end)
      do
        local _ <close> = at_end(function() closed[#closed + 1] = "inner" end)
        engine.park()
      end
    end)
    settle()
    task.cancel(t)
    assert.same({ "inner", "outer" }, closed)
    local ok, reason = pcall(task.join, t)
    assert.is_false(ok)
    assert.equal("cancelled", reason)
  end)

  it("calls a sleep off", function()
    local woke = false
    local t = task.spawn(function()
      task.sleep(0)
      task.sleep(86400)
      woke = true
    end)
    settle()
    task.cancel(t)
    settle()
    assert.is_false(woke)
  end)

  it("leaves a task that has ended alone", function()
    local t = task.spawn(function() return 1 end)
    task.join(t)
    task.cancel(t)
    assert.equal(1, task.join(t))
  end)

  it("of a task that has not begun keeps it from beginning", function()
    local begun = false
    local t = task.spawn(function() begun = true end)
    task.cancel(t)
    settle()
    assert.is_false(begun)
  end)
end)

describe("map", function()
  it("returns results in the order of the list, whichever ends first", function()
    local g = gate()
    local results
    local t = task.spawn(function()
      results = task.map({ 1, 2, 3 }, function(n)
        if n == 1 then g.pass() end
        return n * 10
      end)
    end)
    settle()
    g.let_through()
    task.join(t)
    assert.same({ 10, 20, 30 }, results)
  end)

  it("hands over the index as well", function()
    assert.same({ "a1", "b2" }, task.map({ "a", "b" }, function(item, index) return item .. index end))
  end)

  it("has no more than `limit` under way, and that many", function()
    local under_way, most = 0, 0
    task.map({ 1, 2, 3, 4, 5, 6, 7 }, function()
      under_way = under_way + 1
      most = math.max(most, under_way)
      task.sleep(0)
      under_way = under_way - 1
    end, { limit = 3 })
    assert.equal(3, most)
  end)

  it("asks an iterator for the next item only when there is room", function()
    local asked, g, n = 0, gate(), 0
    local t = task.spawn(function()
      task.map(function()
        n = n + 1
        asked = asked + 1
        return n <= 5 and n or nil
      end, g.pass, { limit = 2 })
    end)
    settle()
    assert.equal(2, asked)
    g.let_through()
    task.join(t)
    assert.equal(6, asked)
  end)

  it("takes an iterator that waits, one item at a time", function()
    local n, inside = 0, 0
    local results = task.map(function()
      inside = inside + 1
      assert.equal(1, inside)
      task.sleep(0)
      inside = inside - 1
      n = n + 1
      return n <= 4 and n or nil
    end, function(item) return item end, { limit = 3 })
    assert.same({ 1, 2, 3, 4 }, results)
  end)

  it("takes a callable table for an iterator and an empty list for empty", function()
    local n = 0
    local counter = setmetatable({}, { __call = function()
      n = n + 1
      return n <= 2 and n or nil
    end })
    assert.same({ 1, 2 }, task.map(counter, function(item) return item end))
    assert.same({}, task.map({}, error))
  end)

  it("raises the first error, calls the others off and begins nothing more", function()
    local closed, begun = 0, 0
    local ok, reason = pcall(task.map, { 1, 2, 3, 4, 5, 6 }, function(n)
      begun = begun + 1
      local _ <close> = at_end(function() closed = closed + 1 end)
      if n == 2 then
        task.sleep(0)
        error({ code = "second" }, 0)
      end
      engine.park()
    end, { limit = 3 })
    assert.is_false(ok)
    assert.equal("second", reason.code)
    settle()
    assert.equal(3, begun)
    assert.equal(3, closed)
  end)

  it("raises an iterator's error as well", function()
    local n = 0
    local ok, reason = pcall(task.map, function()
      n = n + 1
      if n == 3 then error({ code = "page" }, 0) end
      return n
    end, function() task.sleep(0) end, { limit = 2 })
    assert.is_false(ok)
    assert.equal("page", reason.code)
  end)

  it("ends its workers when it is cancelled itself", function()
    local closed = 0
    local t = task.spawn(function()
      task.map({ 1, 2 }, function()
        local _ <close> = at_end(function() closed = closed + 1 end)
        engine.park()
      end)
    end)
    settle()
    task.cancel(t)
    settle()
    assert.equal(2, closed)
  end)

  it("lets what was begun end when somebody asks plumb to stop", function()
    local real = engine.stop_signal
    finally(function() engine.stop_signal = real end)
    local ended = 0
    local ok, reason = pcall(task.map, { 1, 2, 3, 4 }, function()
      engine.stop_signal = function() return 2 end
      task.sleep(0)
      task.sleep(0)
      ended = ended + 1
    end, { limit = 2 })
    assert.is_false(ok)
    assert.equal(task.Interrupted, reason)
    assert.is_true(ended == 1 or ended == 2)
  end)
end)

describe("a lock", function()
  it("lets one task in at a time, in the order in which they came", function()
    local lock, order, inside = task.lock(), {}, 0
    task.map({ 1, 2, 3, 4 }, function(n)
      lock:with(function()
        inside = inside + 1
        assert.equal(1, inside)
        task.sleep(0)
        order[#order + 1] = n
        inside = inside - 1
      end)
    end)
    assert.same({ 1, 2, 3, 4 }, order)
  end)

  it("does not let a newcomer pass those who wait", function()
    local lock, order, g = task.lock(), {}, gate()
    task.spawn(function() lock:with(g.pass) end)
    settle()
    local waiter = task.spawn(function() lock:with(function() order[#order + 1] = "waiter" end) end)
    settle()
    g.let_through()
    settle()
    task.join(waiter)
    lock:with(function() order[#order + 1] = "newcomer" end)
    assert.same({ "waiter", "newcomer" }, order)
  end)

  it("is given back after an error, and passes results on", function()
    local lock = task.lock()
    assert.is_false((pcall(lock.with, lock, error, "x")))
    assert.same({ 1, 2 }, { lock:with(function(...) return ... end, 1, 2) })
  end)

  it("is given back when its holder is cancelled", function()
    local lock, entered = task.lock(), false
    local holder = task.spawn(function() lock:with(engine.park) end)
    local waiter = task.spawn(function() lock:with(function() entered = true end) end)
    settle()
    task.cancel(holder)
    task.join(waiter)
    assert.is_true(entered)
  end)

  it("forgets a task that was cancelled while it waited for its turn", function()
    local lock, g, entered = task.lock(), gate(), {}
    task.spawn(function() lock:with(g.pass) end)
    settle()
    local gone = task.spawn(function() lock:with(function() entered[#entered + 1] = "gone" end) end)
    local next_one = task.spawn(function() lock:with(function() entered[#entered + 1] = "next" end) end)
    settle()
    task.cancel(gone)
    g.let_through()
    task.join(next_one)
    assert.same({ "next" }, entered)
  end)

  -- Guards `ticket.granted` in wait_for_turn: a turn handed to a task that is then cancelled must go on.
  it("goes to the next one when its turn was handed to a task that is then cancelled", function()
    local lock, g, entered = task.lock(), gate(), false
    local cancelled, third
    local holder = task.spawn(function()
      lock:with(g.pass)
      task.cancel(cancelled) -- granted a moment ago, and has not run since
    end)
    settle()
    cancelled = task.spawn(function() lock:with(function() error "it was cancelled" end) end)
    third = task.spawn(function() lock:with(function() entered = true end) end)
    settle()
    g.let_through()
    task.join(holder)
    task.join(third)
    assert.is_true(entered)
  end)
end)

describe("once", function()
  it("runs for all who ask at the same time, and again for who asks later", function()
    local runs = 0
    local function work()
      runs = runs + 1
      task.sleep(0)
      return runs
    end
    assert.same({ 1, 1, 1 }, task.map({ 1, 2, 3 }, function() return (task.once("key", work)) end))
    assert.equal(2, (task.once("key", work)))
  end)

  it("tells keys apart", function()
    assert.same({ "a", "b" }, task.map({ "a", "b" }, function(key)
      return (task.once(key, function()
        task.sleep(0)
        return key
      end))
    end))
  end)

  it("gives its error to everybody and is forgotten", function()
    local failures = task.map({ 1, 2 }, function()
      local ok, reason = pcall(task.once, "key", function()
        task.sleep(0)
        error({ code = "x" }, 0)
      end)
      return not ok and reason.code
    end)
    assert.same({ "x", "x" }, failures)
    assert.equal(1, (task.once("key", function() return 1 end)))
  end)

  it("goes on for the others when the first one who asked is cancelled", function()
    local g = gate()
    local function work()
      g.pass()
      return "done"
    end
    local first = task.spawn(function() task.once("key", work) end)
    local second = task.spawn(function() return (task.once("key", work)) end)
    settle()
    task.cancel(first)
    g.let_through()
    assert.equal("done", task.join(second))
  end)
end)

describe("a generator", function()
  it("may wait between its values", function()
    local list = {}
    for n in coroutine.wrap(function()
      for i = 1, 3 do
        task.sleep(0)
        coroutine.yield(i)
      end
    end) do
      list[#list + 1] = n
    end
    assert.same({ 1, 2, 3 }, list)
  end)

  it("may wait inside another one, and both get their own values", function()
    local inner = coroutine.wrap(function()
      task.sleep(0)
      coroutine.yield "inner 1"
      task.sleep(0)
      coroutine.yield "inner 2"
    end)
    local outer = coroutine.wrap(function()
      coroutine.yield("outer " .. inner())
      task.sleep(0)
      coroutine.yield("outer " .. inner())
    end)
    assert.equal("outer inner 1", outer())
    assert.equal("outer inner 2", outer())
  end)

  it("takes what it is resumed with, and raises its errors with their place", function()
    local co = coroutine.create(function(a)
      local b = coroutine.yield(a + 1)
      task.sleep(0)
      return b * 2
    end)
    assert.same({ true, 2 }, { coroutine.resume(co, 1) })
    assert.same({ true, 10 }, { coroutine.resume(co, 5) })
    local ok, reason = pcall(coroutine.wrap(function()
      task.sleep(0)
      error "inside"
    end))
    assert.is_false(ok)
    assert.truthy(tostring(reason):find "task_spec.lua:%d+: inside$")
  end)

  it("that waits lets other tasks run", function()
    local other = 0
    task.spawn(function() other = other + 1 end)
    coroutine.wrap(function() settle() end)()
    assert.equal(1, other)
  end)
end)

describe("waiting is refused, with the line that wanted to,", function()
  local function refusal(fn)
    local ok, reason = pcall(fn)
    assert.is_false(ok)
    reason = tostring(reason)
    assert.truthy(reason:find "^tests/lua/plumb/task_spec.lua:%d+: cannot wait here", reason)
    return tonumber(reason:match ":(%d+):")
  end

  it("inside a sort", function()
    local line
    assert.equal(refusal(function()
      table.sort({ 2, 1 }, function(a, b)
        line = debug.getinfo(1, "l").currentline + 1
        task.sleep(0)
        return a < b
      end)
    end), line)
  end)

  it("inside a gsub", function()
    refusal(function()
      string.gsub("x", "x", function()
        task.sleep(0)
      end)
    end)
  end)

  it("inside nowait", function()
    refusal(function()
      task.nowait(function()
        task.sleep(0)
      end)
    end)
    assert.same({ 1, 2 }, { task.nowait(function(...) return ... end, 1, 2) })
  end)

  -- Guards the isyieldable() in pass_on: the generator itself may wait, whoever resumed it may not.
  it("inside a generator that is resumed inside a sort, and nothing is left behind", function()
    local line, closed
    assert.equal(refusal(function()
      table.sort({ 2, 1 }, function(a, b)
        coroutine.wrap(function()
          local _ <close> = at_end(function() closed = true end)
          line = debug.getinfo(1, "l").currentline + 1
          task.sleep(0)
        end)()
        return a < b
      end)
    end), line)
    assert.is_true(closed)
    settle() -- a nap that was still on would wake this task out of something else
    assert.equal(3, task.join(task.spawn(function()
      task.sleep(0)
      return 3
    end)))
  end)
end)

describe("limited", function()
  it("is like pcall for what behaves", function()
    assert.same({ true, 1, nil, 3, n = 4 }, table.pack(task.limited({}, function(...) return ... end, 1, nil, 3)))
    local ok, reason = task.limited({}, error, { code = "x" })
    assert.is_false(ok)
    assert.equal("x", reason.code)
  end)

  it("ends an endless loop, even one that catches errors", function()
    local ok, reason = task.limited({ instructions = 100000 }, function() while true do end end)
    assert.is_false(ok)
    assert.truthy(tostring(reason):find "longer than the limit")
    ok = task.limited({ instructions = 100000 }, function()
      while true do pcall(function() while true do end end) end
    end)
    assert.is_false(ok)
  end)

  it("ends what takes too much memory, and what comes after has it back", function()
    local ok, reason = task.limited({ bytes = 1 << 20 }, function() return ("x"):rep(1 << 24) end)
    assert.is_false(ok)
    assert.truthy(tostring(reason):find "not enough memory")
    assert.equal(1 << 24, #("x"):rep(1 << 24))
  end)

  it("refuses to wait", function()
    local ok, reason = task.limited({}, function() task.sleep(0) end)
    assert.is_false(ok)
    assert.truthy(tostring(reason):find "cannot wait here")
  end)

  it("ends with its function: the next one has a budget of its own", function()
    for _ = 1, 3 do
      assert.is_true((task.limited({ instructions = 200000 }, function()
        local n = 0
        for i = 1, 30000 do n = n + i end
        return n
      end)))
    end
  end)
end)
