-- That the list is neither too long nor too short is proved by tests/e2e/iam_policy_spec.lua, with real runs.

local aws = require "plumb.aws"
local context = require "plumb.context"
local permissions = require "plumb.permissions"
local policy_of = require "plumb.policy"
local world = require "support.world"

local ROLE = "arn:aws-cn:iam::444455556666:role/plumb"

local function document(options)
  local policy = policy_of.load { text = options.policy or "return {}", env = function() end }
  return permissions.document {
    job = options.job or "serve", role = options.role or "caller", policy = policy, accounts = policy.accounts,
    own = function(hook) return policy:is_own(hook) end, source = options.policy,
    regions = options.regions or policy.regions, account = options.account, state_table = options.state_table,
  }
end

local function statement(of, action)
  for _, one in ipairs(of.Statement) do
    for _, allowed in ipairs(one.Action) do
      if allowed == action then return one end
    end
  end
end

local function resources(of, action) return (statement(of, action) or {}).Resource end

describe("a permission", function()
  it("is for the workloads, items and table of one account and its Regions, where IAM can tell them apart", function()
    local made = document { regions = { "eu-west-1", "eu-central-1" }, account = "111122223333", state_table = "plumb" }
    assert.same({ "arn:aws:wellarchitected:eu-west-1:111122223333:workload/*",
      "arn:aws:wellarchitected:eu-central-1:111122223333:workload/*" }, resources(made, "wellarchitected:ListAnswers"))
    assert.same({ "arn:aws:ssm:eu-west-1:111122223333:opsitem/*", "arn:aws:ssm:eu-central-1:111122223333:opsitem/*" },
      resources(made, "ssm:UpdateOpsItem"))
    assert.same({ "*" }, resources(made, "ssm:CreateOpsItem"))
    assert.same({ "*" }, resources(made, "ssm:DescribeOpsItems"))
    assert.same({ "*" }, resources(made, "wellarchitected:ListWorkloads"))
    assert.same({ "arn:aws:dynamodb:eu-west-1:111122223333:table/plumb" }, resources(made, "dynamodb:PutItem"))
  end)

  it("for milestones is there for a resolve whose policy wants them, and then only", function()
    local wanted = { policy = [[return { milestone = "plumb" }]], regions = { "eu-west-1" } }
    for _, action in ipairs { "wellarchitected:CreateMilestone", "wellarchitected:ListMilestones" } do
      assert.same({ "arn:aws:wellarchitected:eu-west-1:*:workload/*" }, resources(document(wanted), action))
      assert.is_nil(resources(document {}, action))
      assert.is_nil(resources(document { policy = wanted.policy, job = "scan" }, action))
    end
  end)

  it("is of the Region's partition", function()
    for region, partition in pairs { ["cn-north-1"] = "aws-cn", ["us-gov-west-1"] = "aws-us-gov" } do
      local made = document { regions = { region } }
      assert.same({ ("arn:%s:wellarchitected:%s:*:workload/*"):format(partition, region) },
        resources(made, "wellarchitected:UpdateAnswer"))
    end
  end)

  it("reaches shared workloads, whose ARN names another account, only where they are wanted", function()
    local made = document { policy = "return { shared = true }", regions = { "eu-west-1" }, account = "111122223333" }
    assert.same({ "arn:aws:wellarchitected:eu-west-1:*:workload/*" }, resources(made, "wellarchitected:ListAnswers"))
    assert.same({ "arn:aws:ssm:eu-west-1:111122223333:opsitem/*" }, resources(made, "ssm:GetOpsItem"))
  end)

  it("of a daemon reaches the queue and the topics that it hears by, and those only", function()
    local policy = [[return { serve = { queue = "https://sqs.eu-west-1.amazonaws.com/111122223333/hints",
      webhook = { listen = "127.0.0.1:8080", topics = { "arn:aws:sns:eu-west-1:111122223333:plumb" } } } }]]
    local made = document { policy = policy, regions = { "eu-central-1" } }
    for _, action in ipairs { "ReceiveMessage", "DeleteMessage", "ChangeMessageVisibility" } do
      assert.same({ "arn:aws:sqs:eu-west-1:111122223333:hints" }, resources(made, "sqs:" .. action))
    end
    assert.same({ "arn:aws:sns:eu-west-1:111122223333:plumb" }, resources(made, "sns:ConfirmSubscription"))
    for _, other in ipairs { { job = "scan", policy = policy }, { job = "resolve", policy = policy }, {} } do
      assert.is_nil(resources(document(other), "sqs:ReceiveMessage"))
      assert.is_nil(resources(document(other), "sns:ConfirmSubscription"))
    end
    assert.same({ "arn:aws:sqs:*:111122223333:hints" }, resources(document {
      policy = [[return { serve = { queue = "http://127.0.0.1:4599/111122223333/hints" } }]] }, "sqs:DeleteMessage"))
  end)

  it("to assume a role names it, and its external id", function()
    local made = document { policy = ([[return { accounts = {
      { name = "a", role = %q, external_id = "of a" }, { name = "b", role = %q },
      { name = "c", role = %q } } }]]):format(ROLE, ROLE .. "-b", ROLE .. "-c") }
    local with, without = made.Statement[1], made.Statement[2]
    assert.same({ ROLE }, with.Resource)
    assert.same({ StringEquals = { ["sts:ExternalId"] = "of a" } }, with.Condition)
    assert.same({ ROLE .. "-b", ROLE .. "-c" }, without.Resource)
    assert.is_nil(without.Condition)
    assert.equal(2, #made.Statement)
  end)

  it("of a role that reads is for the accounts of such roles", function()
    local made = document { role = "account", regions = { "cn-north-1" },
      policy = ("return { accounts = { { name = 'own' }, { name = 'a', role = %q } } }"):format(ROLE) }
    assert.same({ "arn:aws-cn:wellarchitected:cn-north-1:444455556666:workload/*" },
      resources(made, "wellarchitected:ListAnswers"))
  end)

  it("names each statement once", function()
    local made = document { policy = [[return { items_in = { region = "eu-west-1" }, regions = { "us-east-1" },
      on_resolve = function(item) aws.ssm:GetOpsItem{ OpsItemId = item.id } return "implemented" end }]] }
    local seen = {}
    for _, one in ipairs(made.Statement) do
      assert.is_nil(seen[one.Sid])
      seen[one.Sid] = true
      assert.matches("^%w+$", one.Sid)
    end
    assert.is_truthy(seen.Items2)
  end)

  it("is not made of what a comment or a text says, or of what AWS does not have", function()
    local made = document { policy = [==[return { before_create = function(item)
      -- aws.ssm:DeleteOpsItem{}
      local text = "aws.ssm:GetOpsSummary{}"
      local other = { ssm = { DeleteWorkload = function() end } }
      other.ssm:DeleteWorkload() aws.wellarchitected:NoSuchThing() aws.nowhere:Call()
      return item end }]==], job = "scan" }
    assert.same(permissions.actions(document { job = "scan" }), permissions.actions(made))
  end)

  it("to add tags follows from a hook that does", function()
    local policy = "return { before_create = function(item) item.tags = { A = 'b' } return item end }"
    assert.is_nil(resources(document { policy = policy, job = "resolve" }, "ssm:AddTagsToResource"))
    assert.is_not_nil(resources(document { policy = policy, job = "scan" }, "ssm:AddTagsToResource"))
  end)
end)

describe("an organization", function()
  after_each(world.restore)

  -- The simulator has no organizations, so this one is answered here; everything else is its own.
  it("takes what listing and reading its accounts takes", function()
    local w = world.new { policy = "return { organization_role = 'plumb' }" }
    local list = '{"Accounts":[{"Id":"111122223333","Name":"own","Status":"ACTIVE"},'
      .. '{"Id":"444455556666","Name":"shop","Status":"ACTIVE"}]}'
    w.client = aws.new { region = "us-east-1", credentials = w.client.credentials, endpoint = w.client.endpoint,
      send = function(request)
        if request.headers["x-amz-target"] == "AWSOrganizationsV20161128.ListAccounts" then
          return { status = 200, headers = {}, body = list, ms = 1 }
        end
        return w.sim:send(request)
      end }
    for _, place in ipairs(context.places(w:begin {})) do assert.is_truthy(place.account) end
    assert.equal(1, w.client.calls["organizations.ListAccounts"])
    assert.equal(1, w.client.calls["sts.AssumeRole"])
    local made = document { policy = "return { organization_role = 'plumb' }", regions = { "us-east-1" } }
    assert.same({ "*" }, resources(made, "organizations:ListAccounts"))
    assert.same({ "arn:aws:iam::*:role/plumb" }, resources(made, "sts:AssumeRole"))
    assert.same({ "arn:aws:wellarchitected:us-east-1:*:workload/*" }, resources(document { role = "account",
      policy = "return { organization_role = 'plumb' }", regions = { "us-east-1" } }, "wellarchitected:ListAnswers"))
  end)
end)
