-- Several places in one run: what belongs to one of them stays there, and nothing is done twice.

local simulator = require("support.simulator_process")

describe("several places in one run", function()
  local stage

  before_each(function() stage = simulator.start() end)
  after_each(function() stage:stop() end)

  local function run(command, more)
    local result = stage:plumb(command .. " --yes --json" .. (more or ""))
    return simulator.one_document(result.out), result
  end

  -- Guards the fingerprints of a place whose plan was thrown away: what it read would never be acted upon.
  it("reads a place again whose plan came to nothing", function()
    local client = stage:client("eu-west-1")
    local workload = client.wellarchitected:each("ListWorkloads", {})()
    local function text(value) return { Type = "SearchableString", Value = value } end
    assert(client.ssm:CreateOpsItem({ Title = "High Risk", Description = "d", Source = "Well-Architected",
      OperationalData = { QuestionId = text "rel_recovery", ChoiceId = text "rel_recovery_drill",
        Lens = text "wellarchitected", ["/aws/resources"] = text(('[{"arn":"%s"}]'):format(workload.WorkloadArn)) } }))
    local regions = " --region us-east-1 --region eu-west-1"
    local first, result = run("scan", regions)
    assert.equal(5, result.code, result.all)
    assert.truthy(result.err:find("E113", 1, true), result.err)
    assert.is_true(first.summary.created > 20)
    local second
    second, result = run("scan --ignore-legacy", regions)
    assert.equal(0, result.code, result.all)
    assert.equal(first.summary.created, second.summary.created)
  end)
end)
