local draft = require "plumb.draft"
local large = require "sim.seed.large"
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
      assert(w.client.wellarchitected:DeleteWorkload { WorkloadId = world.workload_id(gone) })
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

  it("takes over the items of shared workloads where the policy wants these, by setting or by function", function()
    for _, policy in ipairs { "shared = true", "workload = function(workload) return true end" } do
      w = world.new { policy = "return { " .. policy .. " }" }
      shared.scan(w)
      local foreign
      for record in w.store:each "finding" do foreign = foreign or record.account ~= w.sim.account end
      assert.is_true(foreign)
      local items = #shared.items(w)
      shared.forget(w)
      local plan = draft.draw_up(w:begin {}, "scan")
      assert.equal(items, plan.taken_over)
      assert.equal(0, #plan.steps)
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

  -- Guards take_over.strays: nobody would look after such an item for ever.
  it("takes over once a day what a lagging list did not show when the state was new", function()
    for _, mode in ipairs { "practice", "question" } do
      w = world.new { set = { group = mode } }
      shared.scan(w)
      local fixed = w:finding("rel_recovery_drill", "shop-prod")
      local on_it = {}
      for member in w.store:each("finding", { item_id = fixed.item_id }) do on_it[#on_it + 1] = member end
      shared.forget(w)
      for _, member in ipairs(on_it) do w:person_answers(member, { [member.choice_id] = "SELECTED" }) end
      w.sim:fault { kind = "index_lag", seconds = 600, operation = "ssm.DescribeOpsItems" }
      shared.scan(w)
      assert.is_nil(w.store:get("finding", fixed.key))
      assert.equal("Open", shared.item(w, fixed.item_id).Status, mode)
      w.sim:clear_faults()
      w:later(90000)
      shared.scan(w)
      assert.equal("Resolved", shared.item(w, fixed.item_id).Status, mode)
      assert.equal("fixed", w.store:get("finding", fixed.key).status, mode)
      assert.is_nil(shared.doubles(w))
      assert.same({}, (verify.all(w.store)))
      assert.equal(0, #shared.scan(w).steps, mode)
    end
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

-- Requests whose path says so are answered by `answer` in the place of the simulator.
local function tamper(w, path, answer)
  local send = w.client.send
  w.client.send = function(request)
    if request.path:find(path) then return answer(request, send) end
    return send(request)
  end
end

describe("a list that changes or fails while it is read", function()
  local w

  after_each(world.restore)

  local function open_items() return #shared.items(w, true) end

  local function first_place(plan) return plan.problems[1].where end

  -- Guards ask_for_missing(): where pages go by position, a workload that is deleted hides the first of the next page.
  it("that leaves out a workload which is there closes nothing of it, and says so", function()
    w = world.new()
    shared.scan(w)
    local all, items = w.sim.world.workloads, open_items()
    tamper(w, "^/workloadsSummaries", function(request, send)
      w.sim.world.workloads = table.move(all, 2, #all, 1, {})
      local response, failure = send(request)
      w.sim.world.workloads = all
      return response, failure
    end)
    local plan = shared.scan(w, { full = true })
    assert.equal(0, #plan.steps)
    assert.equal(items, open_items())
    assert.equal(1, #plan.problems)
    assert.equal("E332", plan.problems[1].id)
    assert.truthy(first_place(plan):find(all[1].name, 1, true), first_place(plan))
  end)

  it("that leaves out a workload nobody may ask about closes nothing either", function()
    w = world.new()
    shared.scan(w)
    local gone = w.store:each("finding", { status = "open" })()
    assert(w.client.wellarchitected:DeleteWorkload { WorkloadId = world.workload_id(gone) })
    w.sim:fault { operation = "wellarchitected.ListLensReviews", kind = "5xx" }
    local plan = shared.scan(w)
    assert.equal("E323", plan.problems[1].id)
    assert.equal("open", w.store:get("finding", gone.key).status)
    w.sim:clear_faults()
    assert.equal(0, #shared.scan(w).problems)
    assert.equal("obsolete", w.store:get("finding", gone.key).status)
  end)

  -- Guards read_again: where pages go by position, a question that is retired hides the first of the next page.
  it("that leaves out a question of a lens which is being upgraded closes nothing of it", function()
    w = world.new { seed = large { workloads = 1, questions = 57, risky = 57, missing = 1, choices = 2 } }
    shared.scan(w)
    local items = open_items()
    local document = w.sim.world.workloads[1].reviews[1].document
    local questions, retired = document.questions, nil
    tamper(w, "/answers$", function(request, send)
      if request.query:find "NextToken" and not retired then
        retired = questions[1]
        document.questions = table.move(questions, 2, #questions, 1, {})
      end
      return send(request)
    end)
    local plan = shared.scan(w, { full = true })
    assert.same({ "obsolete" }, { plan.steps[1].kind, plan.steps[2] })
    assert.equal(retired.id, plan.steps[1].record.question_id)
    assert.equal(items - 1, open_items())
  end)

  it("that breaks off is of use as far as it goes, and closes nothing", function()
    w = world.new { seed = large { workloads = 60, questions = 1, risky = 1, missing = 1, choices = 2 } }
    local pages = 0
    local refused = { status = 403, headers = { ["x-amzn-errortype"] = "AccessDeniedException" }, body = "{}" }
    tamper(w, "^/workloadsSummaries", function(request, send)
      pages = pages + 1
      if pages > 1 then return refused end
      return send(request)
    end)
    local plan = shared.scan(w)
    assert.equal(50, plan:tally().create)
    assert.equal("E310", plan.problems[1].id)
    assert.truthy(first_place(plan):find("broke off", 1, true), first_place(plan))
    pages = -100
    assert.equal(10, shared.scan(w):tally().create)
    pages = 0
    plan = shared.scan(w, { full = true })
    assert.equal(0, #plan.steps)
    assert.equal(1, #plan.problems)
    assert.equal(60, open_items())
    pages = 1
    assert.is_false((pcall(draft.draw_up, w:begin {}, "scan")), "with nothing read there is nothing to go on with")
  end)

  it("of resolved items that breaks off is settled as far as it goes, and looked at again", function()
    w = world.new { seed = large { workloads = 60, questions = 1, risky = 1, missing = 1, choices = 2 } }
    shared.scan(w)
    for _, item in ipairs(shared.items(w)) do w:person_resolves(item.OpsItemId) end
    w.sim:fault { operation = "ssm.DescribeOpsItems", kind = "throttle", nth = 2, count = 100 }
    local function settled(plan)
      local n = 0
      for _, step in ipairs(plan.steps) do n = n + (step.kind == "settle" and 1 or 0) end
      return n, #plan.problems
    end
    local n, problems = settled((w:resolve()))
    assert.is_true(n > 0 and n < 60, n)
    assert.equal(1, problems)
    w.sim:clear_faults()
    assert.same({ 60 - n, 0 }, { settled((w:resolve())) })
  end)
end)
