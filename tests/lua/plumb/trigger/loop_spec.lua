local err = require("plumb.err")
local loop = require("plumb.trigger.loop")
local random = require("plumb.random")
local task = require("plumb.task")
local time = require("plumb.time")
local trigger = require("plumb.trigger")
local virtual_time = require("support.virtual_time")

describe("a trigger's loop", function()
  local at, said, start

  before_each(function()
    virtual_time.start()
    at, said, start = {}, {}, time.now()
  end)
  after_each(function() virtual_time.stop() end)

  local function make(step)
    return loop.new({ report = function(text, fields) said[#said + 1] = { text = text, fields = fields } end,
      step = function()
        at[#at + 1] = time.now() - start
        return step(#at)
      end })
  end

  it("rests between two times", function()
    local made = make(function() return 10 end)
    made:start()
    task.sleep(25)
    made:stop()
    task.sleep(100)
    assert.same({ 0, 10, 20 }, at)
    assert.same({}, said)
  end)

  it("ends when the step says so, and can be started again", function()
    local made = make(function(n) return n % 2 == 1 and 0 end)
    made:start()
    task.sleep(5)
    assert.equal(2, #at)
    made:start()
    task.sleep(5)
    assert.equal(4, #at)
  end)

  it("rests longer and longer while it fails, up to a minute, and says why each time", function()
    local made = make(function(n)
      if n <= 8 then return nil, err.new({ code = "Down", message = "out of order" }) end
      return 1000
    end)
    made:start()
    task.sleep(500)
    made:stop()
    assert.equal(9, #at)
    for i = 2, 9 do
      local pause, most = at[i] - at[i - 1], math.min(60, 2 ^ (i - 2))
      assert.is_true(pause > most / 2 - 0.001 and pause <= most, ("%d: %s"):format(i, pause))
    end
    assert.equal(8, #said)
    assert.equal("Down: out of order", said[1].fields.reason)
    assert.equal(8, said[8].fields.failures)
  end)

  it("forgets its failures once it works", function()
    local made = make(function(n)
      if n % 2 == 1 then error("a bug") end
      return 0
    end)
    random.set(function(count) return ("\0"):rep(count) end)
    made:start()
    task.sleep(10.5)
    made:stop()
    random.set(nil)
    assert.is_true(#at >= 20, tostring(#at))
    assert.truthy(said[1].fields.reason:find("a bug", 1, true))
  end)

  it("ends at once while it waits for the world", function()
    local made = make(function()
      task.sleep(1000)
      return 0
    end)
    made:start()
    task.sleep(1)
    made:stop()
    assert.equal(1, time.now() - start)
  end)

  it("ends after its work", function()
    local made, ended
    made = make(function()
      made:work(function()
        task.sleep(100)
        ended = true
      end)
      return 0
    end)
    made:start()
    task.sleep(1)
    made:stop()
    assert.is_true(ended)
    assert.equal(1, #at)
    assert.is_true(made:is_stopping())
  end)
end)

describe("trigger.hand_over", function()
  local HINTS = { { id = "a", source = "x" }, { id = "b", source = "x" }, { id = "a", source = "y" } }

  it("gives each id once, the first of its hints", function()
    local got
    local done, failure = trigger.hand_over(function(hints)
      got = hints
      return true
    end, HINTS)
    assert.same({ HINTS[1], HINTS[2] }, got)
    assert.same({ a = true, b = true }, done)
    assert.is_nil(failure)
  end)

  it("tells what was done of a whole that was not", function()
    local why = err.new({ code = "Later", message = "not yet" })
    local done, failure = trigger.hand_over(function() return nil, why, { b = true } end, HINTS)
    assert.same({ b = true }, done)
    assert.equal(why, failure)
  end)

  it("takes whatever a handler does", function()
    local why = err.new({ code = "Thrown", message = "thrown" })
    for _, case in ipairs({ { function() error("bug") end, "HandlerFailed" },
      { function() error(why, 0) end, "Thrown" }, { function() end, "NotCommitted" },
      { function() return false end, "NotCommitted" },
      { function() error({}) end, "HandlerFailed" } }) do
      local done, failure = trigger.hand_over(case[1], HINTS)
      assert.same({}, done)
      assert.equal(case[2], failure.code)
    end
  end)
end)
