-- A whole scan while AWS refuses every second call for a minute. Time is virtual: only plumb's own waiting moves it.

local task = require "plumb.task"
local virtual_time = require "tests.support.virtual_time"
local world = require "tests.support.world"

local THROTTLED = { status = 429, headers = { ["x-amzn-errortype"] = "ThrottlingException",
  ["content-type"] = "application/json" }, body = '{"message":"Rate exceeded"}', ms = 1 }

-- A world in virtual time whose answers go through `answer`.
local function slow_world(answer)
  local w = world.new()
  local clock = virtual_time.start(world.START)
  w.sim.now = function() return clock.now end
  w.client.sleep = task.sleep
  local sent = 0
  w.client.send = function(request)
    sent = sent + 1
    return answer(sent, clock.now - world.START) or w.sim:send(request)
  end
  return w, clock, function() return sent end
end

local function creates(w)
  local n = 0
  for _, call in ipairs(w.sim.journal) do
    if call.operation == "CreateOpsItem" then n = n + 1 end
  end
  return n
end

describe("a scan while AWS throttles", function()
  local expected

  setup(function()
    local w = world.new()
    w:scan()
    expected = creates(w)
    world.restore()
  end)
  after_each(function()
    virtual_time.stop()
    world.restore()
  end)

  it("every second call for a minute ends complete, each item made once", function()
    local w, clock, sent = slow_world(function(n, since)
      return since < 60 and n % 2 == 0 and THROTTLED or nil
    end)
    local _, outcomes = w:scan()
    for _, one in ipairs(outcomes) do assert.is_nil(one.problem) end
    assert.is_true(expected > 20)
    assert.equal(expected, creates(w))
    assert.is_true(clock.now > world.START)
    assert.is_true(sent() < 3 * (expected + 30), sent())
    w:scan()
    assert.equal(expected, creates(w))
  end)

  it("more than five calls a second settles below that and ends complete", function()
    local recent = {}
    local w = slow_world(function(_, since)
      recent[#recent + 1] = since
      local count = 0
      for i = #recent, 1, -1 do
        if recent[i] <= since - 1 then break end
        count = count + 1
      end
      return count > 5 and THROTTLED or nil
    end)
    w:scan()
    assert.equal(expected, creates(w))
  end)
end)
