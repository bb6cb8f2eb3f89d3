-- AWS's own client against the simulator: what it takes and says must be what AWS's would. It starts a Python for each
-- call, so one world serves all of it.

local json = require("plumb.json")
local oracle = require("support.oracle")
local process = require("support.process")
local simulator = require("support.simulator_process")

local CLI = process.has_program("aws") and process.shell("command -v aws")

describe("the AWS CLI", function()
  local stage

  setup(function() stage = simulator.start() end)
  teardown(function() stage:stop() end)

  local function run(...)
    if not CLI then pending("the AWS CLI is not there (Debian package awscli)") end
    local env = {}
    for name, value in pairs(stage.env) do env[name] = value end
    env.AWS_PAGER, env.PLUMB_SCRIPTS = "", ""
    -- Version 1 reads the address from its command line only.
    return process.run({ CLI, "--endpoint-url", stage.url, "--output", "json", ... }, { env = env })
  end

  local function ok(...)
    local result = run(...)
    if result.code ~= 0 then error(result.all, 2) end
    return assert(json.decode(result.out))
  end

  local function billing()
    for _, workload in ipairs(ok("wellarchitected", "list-workloads").WorkloadSummaries) do
      if workload.WorkloadName == "billing" then return workload.WorkloadId end
    end
  end

  it("knows who it is", function()
    local identity = ok("sts", "get-caller-identity")
    assert.equal(stage.account, identity.Account)
    assert.equal(stage:document("call --json sts.GetCallerIdentity").Arn, identity.Arn)
  end)

  it("lists the workloads that plumb sees, page by page", function()
    local names = {}
    for _, workload in ipairs(ok("wellarchitected", "list-workloads").WorkloadSummaries) do
      names[workload.WorkloadName] = workload
    end
    local count = 0
    for _, workload in ipairs(stage:document("call --json wellarchitected.ListWorkloads").WorkloadSummaries) do
      count = count + 1
      local theirs = names[workload.WorkloadName]
      assert.equal(workload.WorkloadArn, theirs.WorkloadArn)
      assert.same(workload.RiskCounts, theirs.RiskCounts)
    end
    assert.equal(5, count)
    local page = ok("wellarchitected", "list-workloads", "--max-results", "2")
    assert.equal(2, #page.WorkloadSummaries)
    assert.is_string(page.NextToken)
  end)

  it("reads the answers under a custom lens by its ARN", function()
    local id, arn = billing(), nil
    for _, review in ipairs(ok("wellarchitected", "list-lens-reviews", "--workload-id", id).LensReviewSummaries) do
      arn = not review.LensAlias and review.LensArn or arn
    end
    assert.truthy(arn)
    local answers = ok("wellarchitected", "list-answers", "--workload-id", id, "--lens-alias", arn).AnswerSummaries
    assert.is_true(#answers > 2)
    local ours = stage:client().wellarchitected:all("ListAnswers", { WorkloadId = id, LensAlias = arn })
    assert.equal(#ours, #answers)
    for i, answer in ipairs(answers) do
      assert.equal(ours[i].QuestionId, answer.QuestionId)
      assert.equal(ours[i].Risk, answer.Risk)
      assert.same({ table.unpack(ours[i].SelectedChoices) }, { table.unpack(answer.SelectedChoices) })
    end
  end)

  it("updates an answer by choices, and plumb sees it", function()
    local id = billing()
    local path = { "--workload-id", id, "--lens-alias", "wellarchitected", "--question-id", "rel_recovery" }
    local list = table.move(path, 1, #path, 3, { "wellarchitected", "update-answer" })
    list[#list + 1] = "--choice-updates"
    list[#list + 1] = '{"rel_recovery_targets":{"Status":"SELECTED","Notes":"ünï"},'
      .. '"rel_recovery_no":{"Status":"UNSELECTED"}}'
    local answer = ok(table.unpack(list)).Answer
    assert.same({ "rel_recovery_targets" }, { table.unpack(answer.SelectedChoices) })
    local ours = assert(stage:client().wellarchitected:GetAnswer({ WorkloadId = id, LensAlias = "wellarchitected",
      QuestionId = "rel_recovery" })).Answer
    assert.same({ "rel_recovery_targets" }, ours.SelectedChoices)
    assert.equal(answer.Risk, ours.Risk)
  end)

  it("makes an OpsItem and finds it, and plumb's beside it", function()
    local id = ok("ssm", "create-ops-item", "--title", "by hand ü🚀", "--description", "d", "--source", "people",
      "--operational-data", '{"Team":{"Value":"shop","Type":"SearchableString"}}').OpsItemId
    assert.truthy(id:find("^oi%-%x%x%x%x%x%x%x%x%x%x%x%x$"))
    assert.equal("by hand ü🚀", ok("ssm", "get-ops-item", "--ops-item-id", id).OpsItem.Title)
    local created = stage:document("scan --yes --json").summary.created
    assert.is_true(created > 0)
    local found = ok("ssm", "describe-ops-items", "--ops-item-filters",
      '[{"Key":"Source","Operator":"Equal","Values":["Well-Architected"]},'
      .. '{"Key":"Status","Operator":"Equal","Values":["Open"]}]').OpsItemSummaries
    assert.equal(created, #found)
    local listed = {}
    for _, item in ipairs(stage:document("item list --json").items) do listed[item.id] = item end
    for _, item in ipairs(found) do
      local ours = assert(listed[item.OpsItemId], item.OpsItemId)
      assert.equal(ours.title, item.Title)
      assert.equal(ours.severity, item.Severity)
      assert.equal(ours.choice, oracle.field(item, "ChoiceId"))
    end
    assert.is_nil(listed[id])
  end)

  it("resolves an item of plumb's, which writes it back", function()
    stage:document("scan --yes --json")
    local item = stage:document("item list --json").items[1]
    local updated = run("ssm", "update-ops-item", "--ops-item-id", item.id, "--status", "Resolved",
      "--operational-data", '{"Outcome":{"Value":"implemented","Type":"SearchableString"}}')
    assert.equal(0, updated.code, updated.all)
    local document = stage:document("resolve --yes --json")
    assert.equal(1, document.summary.updated)
    assert.equal(item.id, document.items[1].id)
  end)

  it("is refused what AWS would refuse, in words that it understands", function()
    local wrong = run("wellarchitected", "list-answers", "--workload-id", ("0"):rep(32), "--lens-alias",
      "wellarchitected")
    assert.truthy(wrong.err:find("ResourceNotFoundException", 1, true), wrong.all)
    wrong = run("ssm", "create-ops-item", "--title", "x", "--description", "d", "--source", "aws.mine")
    assert.is_true(wrong.code ~= 0)
    assert.truthy(wrong.err:find("An error occurred (", 1, true), wrong.all)
    wrong = run("ssm", "get-ops-item", "--ops-item-id", "oi-000000000000")
    assert.truthy(wrong.err:find("OpsItemNotFoundException", 1, true), wrong.all)
  end)

  it("has plumb send what botocore's own models allow", function()
    if not CLI then pending("the AWS CLI is not there (Debian package awscli)") end
    stage:document("scan --yes --json")
    local file = process.write(stage.folder .. "/journal.json", json.encode({ calls = json.list(stage:journal()) }))
    local result = process.run({ "/usr/bin/python3", "tests/support/botocore_check.py", file },
      { env = { HOME = stage.home } })
    if result.code == 77 then pending("the AWS CLI here has no botocore that Python finds") end
    assert.equal(0, result.code, result.all)
    assert.truthy(result.out:find("^%d+ calls are as the models say"))
  end)
end)
