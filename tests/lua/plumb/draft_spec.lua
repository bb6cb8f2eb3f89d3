local draft = require "plumb.draft"
local legacy_items = require "support.legacy_items"
local problem = require "plumb.problem"
local world = require "support.world"

describe("the draft of a plan", function()
  local w

  before_each(function() w = world.new() end)
  after_each(world.restore)

  it("takes over what exists when the state knows nothing", function()
    w:scan()
    local created = w:count("ssm.CreateOpsItem")
    for record in w.store:each("finding") do w.store:commit { { "delete", "finding", record } } end
    for item in w.store:each("item") do w.store:commit { { "delete", "item", item } } end
    local plan = draft.draw_up(w:begin { full = true }, "scan")
    assert.equal(0, #plan.steps)
    assert.equal(created, plan.taken_over)
    assert.is_false(plan.first_run)
  end)

  it("notices once a day that people deleted an item, and asks again", function()
    local draw = function() return draft.draw_up(w:begin {}, "scan") end
    draw()
    w:scan()
    local record = w.store:each("finding", { status = "open" })()
    assert(w.client.ssm:DeleteOpsItem { OpsItemId = record.item_id })
    w:later(3600)
    draw()
    assert.equal("open", w.store:get("finding", record.key).status)
    w:later(86400)
    local again
    for _, step in ipairs(draw().steps) do again = again or step.finding.key == record.key end
    assert.is_true(again)
  end)

  -- Guards refuse_to_close_all: a list that says nothing would otherwise resolve every item there is.
  it("closes nothing when no workload is listed at all", function()
    w:scan()
    for arn in pairs(w.plumb.reader.listed) do
      w.client.wellarchitected:DeleteWorkload { WorkloadId = arn:match("workload/(.+)$") }
    end
    w.sim.world.workloads = {}
    local plan = draft.draw_up(w:begin { full = true }, "scan")
    assert.equal(0, #plan.steps)
    assert.equal("E332", plan.problems[1].id)
  end)

  it("says that a run is the first", function()
    assert.is_true(draft.draw_up(w:begin {}, "scan").first_run)
  end)

  -- Guards check_legacy: without it every practice that has an item of the Python solution gets a second one.
  it("stops before items of the Python solution, unless told otherwise", function()
    local _, count = legacy_items.put_all(w)
    local ok, failure = pcall(draft.draw_up, w:begin {}, "scan")
    assert.is_false(ok)
    assert.is_true(problem.is(failure))
    assert.equal("E113", failure.id)
    assert.equal(count, w:count("ssm.CreateOpsItem"))
    assert.equal(count, #draft.draw_up(w:begin { ignore_legacy = true }, "scan").steps)
  end)
end)
