local task = require "plumb.task"
local time = require "plumb.time"
local world = require "support.world"

local now

before_each(function()
  now = 1000
  time.set(function() return now end)
end)
after_each(function()
  time.set(nil)
  task.set_deadline(nil)
end)

describe("a deadline", function()
  it("lets what was begun come to its end and begins nothing more", function()
    task.set_deadline(1003)
    local begun, ended = 0, 0
    local ok, failure = pcall(task.map, { 1, 2, 3, 4, 5, 6, 7, 8 }, function()
      begun = begun + 1
      task.sleep(0)
      now = now + 1
      ended = ended + 1
    end, { limit = 2 })
    assert.is_false(ok)
    assert.equal(task.Interrupted, failure)
    assert.equal(begun, ended)
    assert.is_true(begun >= 3 and begun < 6, begun)
  end)

  it("is nothing until it comes, and can be taken back", function()
    task.set_deadline(1001)
    assert.is_nil(task.must_stop())
    assert.same({ 2, 4 }, task.map({ 1, 2 }, function(n) return n * 2 end))
    now = 1001
    assert.equal("deadline", task.must_stop())
    task.set_deadline(nil)
    assert.is_nil(task.must_stop())
  end)
end)

describe("a run with a deadline", function()
  local w

  before_each(function() w = world.new { set = { parallel = 1 } } end)
  after_each(world.restore)

  it("makes what it can and leaves the rest to the next one, each item once", function()
    w.sim:fault { operation = "ssm.CreateOpsItem", kind = "latency", ms = 5000 }
    task.set_deadline(w.clock + 12)
    local plan, outcomes = w:scan()
    assert.equal(3, #world.with_status(outcomes, "created"))
    assert.is_true(#plan.steps > 3)
    task.set_deadline(nil)
    local _, more = w:scan()
    assert.equal(#plan.steps - 3, #world.with_status(more, "created"))
    assert.is_nil(w:doubles())
  end)

  it("that may read only for a while closes nothing of what it did not see", function()
    local draft = require "plumb.draft"
    w:scan()
    local place = w:begin { read_until = w.clock - 1, full = true }
    local plan = draft.draw_up(place, "scan")
    assert.equal(0, #plan.steps)
    assert.is_true(place.cut_short)
    draft.remember(place, plan, {})
    assert.equal(0, w:records "workload")
  end)

  it("that may read only for a while goes on where it ended", function()
    local draft = require "plumb.draft"
    local seen, n = {}, 0
    w.sim:fault { operation = "wellarchitected.ListAnswers", kind = "latency", ms = 10000 }
    for _ = 1, 10 do
      local place = w:begin { read_until = w.clock + 5 }
      local plan = draft.draw_up(place, "scan")
      for arn in pairs(plan.workloads) do
        assert.is_nil(seen[arn])
        seen[arn], n = true, n + 1
      end
      plan:finish {}
      draft.remember(place, plan, require("plumb.apply").plan(plan, { opener = place.opener, policy = place.policy }))
      if not place.cut_short then break end
    end
    assert.equal(4, n)
    assert.is_nil(w:doubles())
  end)
end)
