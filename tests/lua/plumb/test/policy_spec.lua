local files = require("plumb.files")
local test = require("plumb.test")

describe("plumb.test", function()
  it("makes findings in AWS's words and refuses others", function()
    local finding = test.finding { risk = "MEDIUM", workload = { WorkloadName = "shop" } }
    assert.equal("MEDIUM", finding.question.Risk)
    assert.equal("shop", finding.workload.WorkloadName)
    assert.equal("sample-shop", test.finding().workload.WorkloadName)
    assert.is_nil(test.bare_finding().lens.LensAlias)
    assert.equal(2, test.grouped_finding().group.count)
    local ok, message = pcall(function() test.finding { workload = { name = "x" } } end)
    assert.is_false(ok)
    assert.matches("policy_spec.lua:%d+: 'name' is not a field of a workload", message)
    assert.matches("(did you mean 'WorkloadName'?)", message, 1, true)
    ok, message = pcall(function() test.finding { risks = "HIGH" } end)
    assert.is_false(ok)
    assert.matches("policy_spec.lua:%d+: 'risks' is not a field of a finding %(did you mean 'risk'%?%)$", message)
    ok, message = pcall(function() test.finding { workload = "shop" } end)
    assert.is_true(ok, message) -- a wrong type is what a test may be about
  end)

  it("makes resolved items", function()
    local item = test.resolved { outcome_field = "ignore", finding = { risk = "MEDIUM" } }
    assert.equal("ignore", item.fields.Outcome)
    assert.equal("MEDIUM", item.finding.risk)
  end)
end)

describe("a policy in a spec", function()
  it("answers hooks and settings as plain values", function()
    local policy = test.policy [[ return { risks = { "HIGH" }, title = function(f) return "T " .. f.risk end } ]]
    assert.equal("T HIGH", policy:title(test.finding()))
    assert.same({ "HIGH" }, policy.risks)
    assert.equal("2", policy:severity(test.finding()))
    assert.equal("implemented", policy:outcome(test.resolved()).outcome)
    assert.equal("ignore", policy:outcome(test.resolved { outcome_field = "ignore" }).outcome)
  end)

  it("says who refused a finding", function()
    local policy = test.policy [[ return { risks = { "HIGH" }, workloads = { "prod-*" }, lenses = { "serverless" } } ]]
    local function wants(changes) return { policy:wants(test.finding(changes)) } end
    local prod, serverless = { WorkloadName = "prod-x" }, { LensAlias = "serverless" }
    assert.same({ true }, wants { workload = prod, lens = serverless })
    assert.same({ false, "workload" }, wants { lens = serverless })
    assert.same({ false, "lens" }, wants { workload = prod })
    assert.same({ false, "filter" }, wants { workload = prod, lens = serverless, risk = "MEDIUM" })
    assert.same({ false, "none_choices" },
      wants { workload = prod, lens = serverless, choice = { ChoiceId = "sec_x_no" } })
  end)

  it("makes whole items, before_create included", function()
    local policy = test.policy [[ return {
      category = "Security",
      before_create = function(item)
        if item.severity == "3" then return false end
        item.tags = { Team = "x" }
        return item
      end } ]]
    local item = policy:item(test.finding())
    assert.equal("Security", item.category)
    assert.same({ Team = "x" }, item.tags)
    assert.is_nil(policy:item(test.finding { risk = "MEDIUM" }))
    local broken = test.policy [[ return { before_create = function(item) item.title = 5 return item end } ]]
    local ok, message = pcall(function() broken:item(test.finding()) end)
    assert.is_false(ok)
    assert.matches("title is not a text", message, 1, true)
  end)

  it("fails a test with the words of a run", function()
    local policy = test.policy "return {\n  title = function(f)\n    return f.choice.Nope\n  end,\n}"
    local ok, message = pcall(function() policy:title(test.finding()) end)
    assert.is_false(ok)
    assert.matches("policy function 'title' failed", message, 1, true)
    assert.matches("policy.lua:3", message, 1, true)
    ok, message = pcall(test.policy, "return { titel = 1 }")
    assert.is_false(ok)
    assert.matches("did you mean 'title'?", message, 1, true)
  end)

  it("is found beside the spec, above it, or in the current folder", function()
    assert.equal("T", test.load("examples/policies/title.lua"):title(test.finding()):match("T"))
    local beside = debug.getinfo(1, "S").source:match("^@(.*)/[^/]*$") .. "/made_policy.lua"
    assert(files.write_atomic(beside, "return { source = 'beside' }"))
    local ok, policy = pcall(test.load, "made_policy.lua", { set = { ["budget.run"] = 5 } })
    os.remove(beside)
    assert.is_true(ok, policy)
    assert.equal("beside", policy.source)
    assert.equal(5, policy.budget.run)
    local message
    ok, message = pcall(function() test.load("made_policy.lua") end)
    assert.is_false(ok)
    assert.matches("there is no 'made_policy.lua' beside the spec", message, 1, true)
  end)
end)
