local engine = require "engine.task"
local task = require "plumb.task"
local tasks = require "support.tasks"

local gate, settle = tasks.gate, tasks.settle

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
