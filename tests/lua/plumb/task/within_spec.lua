local task = require "plumb.task"

describe("within a time", function()
  it("gives back what a function returns, all of it", function()
    assert.same({ true, 1, nil, 3, n = 4 }, table.pack(task.within(600, function(...) return ... end, 1, nil, 3)))
  end)

  it("raises what a function raises, whatever that is", function()
    local failure = {}
    local ok, raised = pcall(task.within, 600, function() error(failure, 0) end)
    assert.is_false(ok)
    assert.equal(failure, raised)
  end)

  it("calls off what goes on and on, with everything it began, and closes what it had open", function()
    local ended = {}
    local function part(name)
      local _ <close> = setmetatable({}, { __close = function() ended[#ended + 1] = name end })
      task.sleep(600)
    end
    assert.same({ false, n = 1 }, table.pack(task.within(0.01, function()
      local _ <close> = setmetatable({}, { __close = function() ended[#ended + 1] = "whole" end })
      task.map({ "a", "b" }, part)
    end)))
    table.sort(ended)
    assert.equal("a b whole", table.concat(ended, " "))
  end)

  it("lets go of a lock that was held or waited for", function()
    local lock = task.lock()
    task.within(0.01, lock.with, lock, task.sleep, 600)
    local holder = task.spawn(lock.with, lock, task.sleep, 0.02)
    task.sleep(0)
    assert.is_false((task.within(0.01, lock.with, lock, function() end)))
    task.join(holder)
    assert.equal("mine", lock:with(function() return "mine" end))
  end)

  it("is called off together with its caller", function()
    local closed = false
    task.within(0.01, function()
      task.within(600, function()
        local _ <close> = setmetatable({}, { __close = function() closed = true end })
        task.sleep(600)
      end)
    end)
    assert.is_true(closed)
  end)
end)
