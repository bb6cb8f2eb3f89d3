local engine = require "engine.task"
local task = require "plumb.task"
local tasks = require "support.tasks"

local at_end, gate, settle = tasks.at_end, tasks.gate, tasks.settle

describe("spawn and join", function()
  it("give results back, nils among them", function()
    local t = task.spawn(function(a, b) return a, nil, b end, 1, 2)
    assert.same({ 1, nil, 2, n = 3 }, table.pack(task.join(t)))
  end)

  -- Guards the new task's stack, which has room for twenty values unless more is asked for.
  it("take as many arguments as there are", function()
    local many = {}
    for i = 1, 100000 do many[i] = i end
    local t = task.spawn(function(...) return select("#", ...), (select(-1, ...)) end, table.unpack(many))
    assert.same({ 100000, 100000, n = 2 }, table.pack(task.join(t)))
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
