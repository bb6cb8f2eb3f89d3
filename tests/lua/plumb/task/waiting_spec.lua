local task = require "plumb.task"
local tasks = require "support.tasks"

local at_end, settle = tasks.at_end, tasks.settle

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
    assert.truthy(tostring(reason):find "waiting_spec.lua:%d+: inside$")
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
    assert.truthy(reason:find "^tests/lua/plumb/task/waiting_spec.lua:%d+: cannot wait here", reason)
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
