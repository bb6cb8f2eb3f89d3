local aws_client = require "tests.support.aws_client"
local err = require "plumb.err"
local json = require "plumb.json"
local pages = require "plumb.aws.pages"

local function page(titles, token)
  local items = json.list {}
  for i, title in ipairs(titles) do items[i] = { Title = title } end
  return aws_client.response(200, json.encode { OpsItemSummaries = items, NextToken = token })
end

local function titles_of(list)
  local out = {}
  for i, item in ipairs(list) do out[i] = item.Title end
  return out
end

describe("a listing", function()
  after_each(aws_client.restore)

  it("goes through all its pages, empty ones too", function()
    local client, log = aws_client.new { page({ "a", "b" }, "n1"), page({}, "n2"), page { "c" } }
    local seen = {}
    for item in client.ssm:each("DescribeOpsItems", {}) do seen[#seen + 1] = item.Title end
    assert.same({ "a", "b", "c" }, seen)
    assert.equal("n2", json.decode(log.sent[3].body).NextToken)
  end)

  it("asks for the largest pages unless told otherwise, and leaves the input alone", function()
    local client, log = aws_client.new { page({ "a" }, "n1"), page { "b" }, page { "c" } }
    local input = {}
    assert(client.ssm:all("DescribeOpsItems", input))
    assert.same({}, input)
    assert.equal(50, json.decode(log.sent[1].body).MaxResults)
    assert.equal(50, json.decode(log.sent[2].body).MaxResults)
    assert(client.ssm:all("DescribeOpsItems", { MaxResults = 7 }))
    assert.equal(7, json.decode(log.sent[3].body).MaxResults)
  end)

  it("collects everything, or nothing and the error", function()
    local denied = aws_client.failure(400, "AccessDeniedException")
    local client = aws_client.new { page({ "a" }, "n1"), page { "b" }, page({ "a" }, "n1"), denied }
    assert.same({ "a", "b" }, titles_of(assert(client.ssm:all("DescribeOpsItems", {}))))
    local list, e = client.ssm:all("DescribeOpsItems", {})
    assert.is_nil(list)
    assert.equal("AccessDeniedException", e.code)
  end)

  it("raises a failed page instead of ending early", function()
    local client = aws_client.new { page({ "a" }, "n1"), aws_client.failure(400, "AccessDeniedException") }
    local seen = {}
    local ok, raised = pcall(function()
      for item in client.ssm:each("DescribeOpsItems", {}) do seen[#seen + 1] = item.Title end
    end)
    assert.is_false(ok)
    assert.is_true(err.is(raised))
    assert.equal("AccessDeniedException", raised.code)
    assert.same({ "a" }, seen)
  end)

  it("ends with an error when a token comes twice", function()
    local client = aws_client.new { page({ "a" }, "n1"), page({ "b" }, "n2"), page({ "c" }, "n1") }
    local list, e = client.ssm:all("DescribeOpsItems", {})
    assert.is_nil(list)
    assert.equal("PageLoop", e.code)
    assert.equal("DescribeOpsItems", e.operation)
  end)

  it("takes an empty token for the end", function()
    local client = aws_client.new { page({ "a" }, "") }
    assert.equal(1, #assert(client.ssm:all("DescribeOpsItems", {})))
  end)

  it("is empty when the list is absent", function()
    local client = aws_client.new { aws_client.response(200, "{}") }
    local list = assert(client.ssm:all("DescribeOpsItems", {}))
    assert.equal(0, #list)
    assert.is_true(json.is_list(list))
  end)

  it("continues DynamoDB's tables by key", function()
    local client, log = aws_client.new {
      aws_client.response(200, '{"Items":[{"pk":{"S":"a"}}],"LastEvaluatedKey":{"pk":{"S":"a"}}}'),
      aws_client.response(200, '{"Items":[{"pk":{"S":"b"}}]}'),
    }
    local items = assert(client.dynamodb:all("Scan", { TableName = "tab" }))
    assert.equal(2, #items)
    assert.same({ pk = { S = "a" } }, json.decode(log.sent[2].body).ExclusiveStartKey)
  end)

  it("is known from the shapes of the services", function()
    local function items(service, operation)
      local plan = pages.plan(require("plumb.aws.service." .. service), operation)
      return plan and plan.items
    end
    assert.equal("WorkloadSummaries", items("wellarchitected", "ListWorkloads"))
    assert.equal("AnswerSummaries", items("wellarchitected", "ListAnswers"))
    assert.equal("LensReviewSummaries", items("wellarchitected", "ListLensReviews"))
    assert.equal("ImprovementSummaries", items("wellarchitected", "ListLensReviewImprovements"))
    assert.equal("MilestoneSummaries", items("wellarchitected", "ListMilestones"))
    assert.equal("Metrics", items("wellarchitected", "GetConsolidatedReport"))
    assert.equal("Parameters", items("ssm", "GetParametersByPath"))
    assert.equal("QueueUrls", items("sqs", "ListQueues"))
    assert.equal("Topics", items("sns", "ListTopics"))
    assert.equal("TableNames", items("dynamodb", "ListTables"))
    assert.is_nil(items("ssm", "GetOpsItem"))
    assert.equal(100, pages.plan(require "plumb.aws.service.wellarchitected", "ListLensReviewImprovements").size)
  end)

  it("is refused for an operation without pages", function()
    local client = aws_client.new {}
    assert.has_error(function() client.ssm:each("GetOpsItem", {}) end)
  end)
end)
