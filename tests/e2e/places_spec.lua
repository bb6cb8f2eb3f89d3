-- Several places in one run: what belongs to one of them stays there, and nothing is done twice.

local json = require("plumb.json")
local process = require("support.process")
local simulator = require("support.simulator_process")
local trouble = require("support.trouble")

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

  it("reads an account and Region once, by whatever way they are named", function()
    local accounts = process.write(stage.folder .. "/accounts.json", json.encode(json.list {
      { name = "own" }, { name = "again", role = "arn:aws:iam::111122223333:role/plumb" } }))
    local document, result = run("scan", " --accounts " .. accounts)
    assert.equal(0, result.code, result.all)
    assert.equal(document.planned.create, document.summary.created)
    assert.truthy(result.err:find("Left out again, us-east-1", 1, true), result.err)
    os.remove(accounts)
  end)

  it("are told apart by every command that looks", function()
    local regions = " --region us-east-1 --region eu-west-1"
    assert.equal(0, select(2, run("scan", regions)).code)
    local far
    local items = stage:document("item list --json" .. regions).items
    for _, item in ipairs(items) do
      if item.region == "eu-west-1" then far = item end
    end
    assert.truthy(stage:plumb("item list -o table" .. regions).out:find("us%-east%-1.*eu%-west%-1"))
    assert.equal(#items, 2 * #stage:document("item list --json").items)
    assert.equal(1, stage:plumb("item show " .. far.id).code)
    assert.truthy(stage:plumb("item show " .. far.id .. regions).out:find("region=eu-west-1", 1, true))
    assert.truthy(stage:document("item open --json " .. far.id).url:find("region=eu-west-1", 1, true))
    local told = stage:document("explain --json " .. far.id .. regions).practices
    assert.equal(1, #told)
    assert.same({ far.id, "eu-west-1" }, { told[1].item, told[1].region })

    local all = #stage:document("risk list --json").items
    local here = stage:document("risk list --json --region eu-west-1").items
    assert.equal(all, 2 * #here)
    for _, risk in ipairs(here) do assert.equal("eu-west-1", risk.region) end
    assert.equal(4, #stage:document("workload list --json --region us-east-1").items)
    local report = stage:plumb("report").out
    assert.truthy(report:find("risks of 8 workloads", 1, true), report)
    assert.truthy(report:find("| billing (111122223333, us-east-1) |", 1, true), report)
    report = stage:plumb("report --region eu-west-1").out
    assert.truthy(report:find("risks of 4 workloads", 1, true), report)
    assert.truthy(report:find("| billing |", 1, true), report)
    assert.equal("eu-west-1",
      stage:document(("risk show %s/%s --json --region eu-west-1"):format(far.workload, far.question)).risk.region)

    local id = far.workload .. "/" .. far.question
    trouble.check(stage:plumb("risk show " .. id), { code = 2, id = "E103",
      says = { "names 2 risks", "arn:aws:wellarchitected:eu-west-1:", "arn:aws:wellarchitected:us-east-1:" } })
    for _, risk in ipairs(stage:document("risk list --json").items) do
      if risk.region == "eu-west-1" and risk.question == far.question and risk.workload == far.workload then
        local whole = risk.workload_arn .. "/" .. risk.question
        assert.equal("eu-west-1", stage:document("risk show --json " .. whole).risk.region)
        assert.equal(1, #stage:document("risk history --json " .. whole).items)
        id = nil
      end
    end
    assert.is_nil(id)
  end)
end)
