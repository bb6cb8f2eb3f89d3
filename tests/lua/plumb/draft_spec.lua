local draft = require "plumb.draft"
local legacy_items = require "support.legacy_items"
local problem = require "plumb.problem"
local shared = require "support.shared_items"
local verify = require "plumb.state.verify"
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

  -- What people dealt with in the Tool while the state was lost, all of it kept from asking for ever.
  it("closes items whose practice was dealt with, when the state knows nothing", function()
    for _, mode in ipairs { "practice", "question", "workload" } do
      w = world.new { set = { group = mode } }
      shared.scan(w)
      local fixed = w:finding("rel_recovery_drill", "shop-prod")
      local gone
      for record in w.store:each "finding" do gone = record.workload_arn ~= fixed.workload_arn and record or gone end
      local on_it = {}
      for member in w.store:each("finding", { item_id = fixed.item_id }) do on_it[#on_it + 1] = member end
      for _, member in ipairs(on_it) do w:person_answers(member, { [member.choice_id] = "SELECTED" }) end
      for i, workload in ipairs(w.sim.world.workloads) do
        if workload.id == world.workload_id(gone) then table.remove(w.sim.world.workloads, i) end
      end
      local items = #shared.items(w)
      shared.forget(w)
      local open = #shared.items(w, true)
      local dry = w:begin()
      rawset(dry, "args", { dry_run = true }) -- begun without it: that makes a whole process read-only, for good
      local shown = draft.draw_up(dry, "scan")
      shown:finish {}
      assert.equal(open, shown.taken_over, mode)
      assert.equal(0, w:records "finding")
      local plan, outcomes = shared.scan(w)
      assert.equal(open, plan.taken_over, mode)
      assert.same(shown:tally(), plan:tally())
      assert.equal(0, plan:tally().create)
      assert.equal(items, #shared.items(w), mode)
      assert.equal("Resolved", shared.item(w, fixed.item_id).Status, mode)
      assert.equal("Resolved", shared.item(w, gone.item_id).Status, mode)
      assert.equal("fixed", w.store:get("finding", fixed.key).status)
      assert.is_true(#world.with_status(outcomes, "closed") >= 2, mode)
      assert.equal(plan.findings, shared.count(w), mode)
      assert.equal(0, #w:resolve().steps)
      assert.equal(0, #shared.scan(w).steps)
      assert.same({}, (verify.all(w.store)))
    end
  end)

  it("leaves items of other places to their scans", function()
    w:scan()
    local items = #shared.items(w)
    shared.forget(w)
    for _, item in ipairs(shared.items(w)) do
      local data = item.OperationalData["/aws/resources"]
      data.Value = data.Value:gsub("us%-east%-1", "eu-west-1")
    end
    local plan = draft.draw_up(w:begin {}, "scan")
    assert.is_nil(plan.taken_over)
    assert.is_true(plan.first_run)
    assert.equal(0, w:records "item")
    assert.equal(items, #plan.steps)
  end)

  it("asks for the items once while the state knows nothing, and never when it does", function()
    for _, workload in ipairs(w.sim.world.workloads) do
      for _, review in ipairs(workload.reviews) do review.answers = {} end
    end
    local function listed_by(seconds)
      w:later(seconds)
      local before = w:count "ssm.DescribeOpsItems"
      local plan = draft.draw_up(w:begin {}, "scan")
      plan:finish {}
      draft.remember(w.plumb, plan, {})
      return w:count "ssm.DescribeOpsItems" - before
    end
    assert.equal(1, listed_by(0))
    assert.equal(0, listed_by(3600))
    assert.equal(0, listed_by(3600))
    w = world.new()
    w:scan()
    assert.equal(0, listed_by(60))
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
