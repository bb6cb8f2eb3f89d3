local err = require "plumb.err"
local findings = require "support.finding"
local item_of = require "plumb.item"
local json = require "plumb.json"
local plan_of = require "plumb.plan"
local problem = require "plumb.problem"
local view = require "plumb.view.outcome"

local function create_step(changes, previous)
  local found = findings.new(changes)
  return { kind = previous and "return" or "create", finding = found,
    item = assert(item_of.of(found, findings.policy "return {}", previous)),
    record = previous and { item_id = previous, status = "settled" } or nil }
end

local function record()
  return { key = "k", item_id = "oi-000000000001", risk = "MEDIUM", workload_name = "shop", lens_alias = "serverless",
    question_id = "q", choice_id = "c", title = "Medium Risk - shop - c" }
end

local function settle_step()
  local found = findings.new()
  return { kind = "settle", resolved = { id = "oi-000000000002", title = "High Risk", finding = found,
    record = { item_id = "oi-000000000002" } }, outcome = { outcome = "implemented" } }
end

describe("a planned row", function()
  it("of a new item names its place, its practice and its title", function()
    local row = view.planned(create_step())
    assert.equal("create", row.action)
    assert.equal("HIGH", row.risk)
    assert.equal("prod-shop", row.workload)
    assert.equal("wellarchitected", row.lens)
    assert.equal("identities", row.question)
    assert.equal("sec_identities_enforce_mechanisms", row.choice)
    assert.equal("Use strong sign-in mechanisms", row.practice)
    assert.equal("High Risk - prod-shop - Use strong sign-in mechanisms", row.title)
    assert.equal("2", row.severity)
    assert.is_nil(row.id)
    assert.is_nil(row.cut)
  end)

  it("of a practice that is back names the item before, also once the new one is on record", function()
    local step = create_step(nil, "oi-00000000000a")
    assert.equal("oi-00000000000a", view.planned(step).previous_item)
    assert.is_nil(view.planned(step).id)
    step.record.item_id = "oi-00000000000b" -- as the opener leaves it
    local row = view.done { step = step, status = "created", id = "oi-00000000000b" }
    assert.equal("oi-00000000000a", row.previous_item)
    assert.equal("oi-00000000000b", row.id)
    assert.is_nil(view.done({ step = step, status = "failed" }).id)
  end)

  it("of a close says why, from the record alone", function()
    local row = view.planned { kind = "obsolete", record = record(), reason = "gone" }
    assert.equal("close", row.action)
    assert.equal("oi-000000000001", row.id)
    assert.equal("shop", row.workload)
    assert.equal("serverless", row.lens)
    assert.equal("gone", row.reason)
  end)

  it("of a close names the practice, or its id where nothing tells more, and never the item's title", function()
    assert.equal("Encrypt everything", view.planned({ kind = "close", record = record(),
      practice = "Encrypt everything" }).practice)
    local row = view.planned { kind = "obsolete", record = record() }
    assert.equal("c", row.practice)
    assert.equal("Medium Risk - shop - c", row.title)
  end)

  it("of a resolved item says what it means", function()
    local row = view.planned(settle_step())
    assert.equal("answer", row.action)
    assert.equal("oi-000000000002", row.id)
    assert.equal("implemented", row.outcome)
  end)

  it("of a custom lens names it by its ARN", function()
    local step = create_step()
    step.finding.lens = { LensArn = findings.CUSTOM_LENS }
    assert.equal(findings.CUSTOM_LENS, view.planned(step).lens)
  end)

  it("says what was cut", function()
    local step = create_step { workload = { WorkloadName = ("x"):rep(2000) } }
    assert.same({ "title (1024 characters)" }, { view.planned(step).cut[1] })
  end)
end)

describe("a row of what was done", function()
  it("has the error with AWS's request id, or the problem of a hook", function()
    local row = view.done { step = create_step(), status = "failed",
      error = err.new { code = "ThrottlingException", message = "slow", request_id = "r" } }
    assert.same({ code = "ThrottlingException", message = "slow", request_id = "r" }, row.error)
    row = view.done { step = create_step(), status = "failed", problem = problem.new { id = "E411", what = "no" } }
    assert.same({ code = "E411", message = "no" }, row.error)
  end)

  it("has the risk afterwards", function()
    local row = view.done { step = settle_step(), status = "settled", answer = { Risk = "NONE" } }
    assert.equal("NONE", row.risk_after)
    assert.equal("HIGH", row.risk)
  end)
end)

describe("a summary", function()
  local function plan()
    local p = plan_of.new { policy = findings.policy "return {}" }
    p.kept, p.accepted, p.taken_over = 5, 3, 2
    p.waiting = { {} }
    return p
  end

  it("counts every outcome once, zeros included", function()
    local outcomes = {}
    for _, status in ipairs { "created", "created", "adopted", "updated", "closed", "settled", "kept", "obsolete",
      "failed", "pending", "stopped" } do
      outcomes[#outcomes + 1] = { status = status }
    end
    assert.same({ created = 2, adopted = 1, updated = 2, closed = 2, noted = 1, pending = 2, skipped = 1,
      unchanged = 5, accepted = 3, failed = 1 }, view.summary(plan(), outcomes))
    for _, n in pairs(view.summary(plan_of.new { policy = {} }, {})) do assert.equal("integer", math.type(n)) end
  end)

  it("counts a finding that a hook failed on as failed, and once", function()
    local p = plan()
    p:fail(problem.new { id = "E411", what = "no" }, findings.new())
    p:leave_out({ finding = findings.new() }, "policy filter", "filtered")
    local n = view.summary(p, {})
    assert.equal(1, n.failed)
    assert.equal(1, n.skipped)
  end)

  it("counts a lens that could not be read as failed", function()
    local p = plan()
    p.problems[1] = problem.new { id = "E323", what = "ListAnswers" }
    assert.equal(1, view.summary(p, {}).failed)
  end)
end)

describe("the document", function()
  local facts = { command = "scan", run = "01J", account = "111122223333", region = "eu-west-1", dry_run = false,
    simulated = false, calls = { ["ssm.CreateOpsItem"] = 1 } }

  local function round(plan, outcomes) return json.decode(json.encode(view.document(facts, plan, outcomes))) end

  it("is one that a program can rely on, with nothing in it as well", function()
    local document = round(plan_of.new { policy = {} }, {})
    assert.equal("plumb.scan/1", document.schema)
    for _, name in ipairs { "created", "updated", "closed", "skipped", "failed" } do
      assert.equal("integer", math.type(document.summary[name]))
    end
    assert.is_true(json.is_list(document.items))
    assert.is_true(json.is_list(document.skipped))
    assert.is_true(json.is_list(document.problems))
    assert.is_false(document.dry_run)
    assert.is_nil(document.simulated)
    assert.equal(1, document.calls["ssm.CreateOpsItem"])
  end)

  it("shows the plan of a dry run and the outcomes of a real one", function()
    local plan = plan_of.new { policy = {} }
    plan.steps = { create_step() }
    assert.equal("create", round(plan).items[1].action)
    assert.is_nil(round(plan).items[1].status)
    assert.equal(1, round(plan).planned.create)
    assert.equal("created", round(plan, { { step = plan.steps[1], status = "created", id = "oi-1" } }).items[1].status)
  end)

  it("carries names unchanged and says what was left out", function()
    local name = "Kasse \"Zürich\"\n🚀"
    local plan = plan_of.new { policy = {} }
    plan:leave_out({ finding = findings.new { workload = { WorkloadName = name } } }, "policy filter", "filtered")
    plan:leave_out({ resolved = settle_step().resolved }, "--limit 1", "held")
    plan.problems[1] = problem.new { id = "E411", what = "no", where = "policy.lua:1" }
    local document = round(plan, {})
    assert.equal(name, document.skipped[1].workload)
    assert.equal("policy filter", document.skipped[1].reason)
    assert.equal("oi-000000000002", document.skipped[2].id)
    assert.equal("E411", document.problems[1].code)
    assert.equal("policy.lua:1", document.problems[1].where)
  end)
end)
