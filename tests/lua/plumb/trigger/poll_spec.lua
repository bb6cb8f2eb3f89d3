local err = require("plumb.err")
local task = require("plumb.task")
local triggers = require("support.triggers")
local virtual_time = require("support.virtual_time")

describe("the poll trigger", function()
  local stage, calls, clock

  before_each(function()
    clock, calls = virtual_time.start(), {}
    stage = triggers.poll({ interval = 600 }, clock)
  end)
  after_each(function()
    stage.trigger:stop()
    virtual_time.stop()
  end)

  local function start(handler)
    stage.trigger:start(function(hints)
      calls[#calls + 1] = hints
      if handler then return handler(hints, #calls) end
      for _, hint in ipairs(hints) do stage.commit(hint.id) end
      return true
    end)
  end

  local function mark() return (stage.world.store:get("mark", "resolve/watermark") or {}).value end

  it("looks at once, and then every so often", function()
    start()
    task.sleep(1)
    assert.equal(1, stage.trigger.counts.polls)
    task.sleep(6000)
    assert.equal(11, stage.trigger.counts.polls)
    assert.same({}, calls)
    assert.same({}, stage.said)
  end)

  it("hands over all that were resolved, with their status", function()
    local ids = { stage.emit(), stage.emit(), stage.emit() }
    start()
    task.sleep(1)
    assert.equal(3, #calls[1])
    local found = {}
    for _, hint in ipairs(calls[1]) do
      found[hint.id] = true
      assert.equal("poll", hint.source)
      assert.equal("Resolved", hint.status)
    end
    for _, id in ipairs(ids) do assert.is_true(found[id]) end
    assert.equal(3, stage.trigger.counts.committed)
  end)

  it("moves its mark only when everything seen is committed", function()
    start(function(hints, n)
      if n == 1 then return nil, err.new({ code = "Later", message = "not yet" }) end
      for _, hint in ipairs(hints) do stage.commit(hint.id) end
      return true
    end)
    stage.emit()
    local before = mark()
    while #calls < 1 do task.sleep(0.1) end
    assert.equal(before, mark())
    while #calls < 2 do task.sleep(0.1) end
    task.sleep(1)
    assert.is_true(mark() > (before or 0))
  end)

  it("backs off when the list cannot be read, keeps its mark, and finds all the same", function()
    start()
    task.sleep(1)
    local before = mark()
    stage.world.sim:fault({ operation = "ssm.DescribeOpsItems", kind = "5xx" })
    local id = stage.emit()
    task.sleep(3600)
    assert.equal(before, mark())
    assert.truthy(stage.said[1].fields.reason:find("DescribeOpsItems", 1, true))
    stage.world.sim:clear_faults()
    task.sleep(120)
    assert.equal(id, calls[1][1].id)
    assert.is_true(mark() > before)
  end)

  it("sees what a list that lags behind shows late", function()
    start()
    task.sleep(1)
    stage.world.sim:fault({ operation = "ssm.DescribeOpsItems", kind = "index_lag", seconds = 400 })
    local id = stage.emit()
    task.sleep(1)
    for _ = 1, 6 do
      stage.world.clock = clock.now
      task.sleep(600)
    end
    stage.world.clock = clock.now
    task.sleep(600)
    assert.equal(1, #calls)
    assert.equal(id, calls[1][1].id)
  end)
end)
