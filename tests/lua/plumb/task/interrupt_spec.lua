local task = require("plumb.task")

-- What a terminal does at Ctrl-C. Not os.execute, which ignores the signal while it waits.
local function press_ctrl_c()
  io.popen("kill -INT $PPID"):close()
end

describe("an interrupt", function()
  before_each(function() task.catch_interrupts(true) end)
  after_each(function() task.catch_interrupts(false) end)

  it("ends what waits and closes its variables", function()
    local closed = false
    local done = task.interruptible(function()
      local _ <close> = setmetatable({}, { __close = function() closed = true end })
      press_ctrl_c()
      task.sleep(3600)
    end)
    assert.is_false(done)
    assert.is_true(closed)
  end)

  it("ends what computes and never waits", function()
    local closed = false
    local done = task.interruptible(function()
      local _ <close> = setmetatable({}, { __close = function() closed = true end })
      press_ctrl_c()
      while true do pcall(function() end) end
    end)
    assert.is_false(done)
    assert.is_true(closed)
  end)

  it("ends a loop inside a coroutine, with a pcall in it", function()
    assert.is_false((task.interruptible(function()
      press_ctrl_c()
      coroutine.wrap(function()
        while true do pcall(function() for _ = 1, 1e6 do end end) end
      end)()
    end)))
  end)

  it("ends code where nobody can wait", function()
    local done = task.interruptible(function()
      press_ctrl_c()
      ;("x"):gsub(".", function() while true do pcall(error) end end)
    end)
    assert.is_false(done)
  end)

  it("still ends a call after a limited one was made in it", function()
    assert.is_false((task.interruptible(function()
      task.limited({}, function() end)
      press_ctrl_c()
      while true do pcall(error) end
    end)))
  end)

  it("is taken once", function()
    press_ctrl_c()
    assert.is_true(task.take_interrupt())
    assert.is_false(task.take_interrupt())
  end)

  it("that comes while a call is being started ends it", function()
    press_ctrl_c()
    assert.is_false((task.interruptible(function() task.sleep(3600) end)))
    assert.same({ true, 5 }, { task.interruptible(function() task.sleep(0) return 5 end) })
  end)

  it("leaves results and errors of what was not interrupted alone", function()
    assert.same({ true, 1, nil, 3 }, { task.interruptible(function(...) return ... end, 1, nil, 3) })
    local ok, failure = pcall(task.interruptible, function() error({ code = "x" }) end)
    assert.is_false(ok)
    assert.same({ code = "x" }, failure)
    assert.is_nil(task.stop_signal())
  end)
end)
