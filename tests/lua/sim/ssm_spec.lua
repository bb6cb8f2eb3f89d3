local client = require("lua.sim.client")
local json = require("plumb.json")

local c

local function dedup(text)
  return { Type = "SearchableString", Value = json.encode({ dedupString = text }) }
end

local function create(fields)
  local input = { Title = "High Risk - shop", Description = "d", Source = "Well-Architected" }
  for key, value in pairs(fields or {}) do
    input[key] = value
  end
  return input
end

local function made(fields)
  return c:ok("ssm.CreateOpsItem", create(fields)).OpsItemId
end

local function ids(filters, more)
  local input = { OpsItemFilters = {}, MaxResults = 50 }
  for i, filter in ipairs(filters) do
    input.OpsItemFilters[i] = { Key = filter[1], Operator = filter[2], Values = type(filter[3]) == "table" and filter[3]
      or { filter[3] } }
  end
  for key, value in pairs(more or {}) do
    input[key] = value
  end
  local list = {}
  for i, item in ipairs(c:ok("ssm.DescribeOpsItems", input).OpsItemSummaries) do
    list[i] = item.OpsItemId
  end
  return list
end

before_each(function()
  c = client.new({ seed = "empty" })
end)

describe("CreateOpsItem", function()
  it("answers an id of oi- and twelve hex digits, and the item is Open", function()
    local output = c:ok("ssm.CreateOpsItem", create())
    assert.is_truthy(output.OpsItemId:find("^oi%-%x%x%x%x%x%x%x%x%x%x%x%x$"))
    assert.equal("arn:aws:ssm:us-east-1:111122223333:opsitem/" .. output.OpsItemId, output.OpsItemArn)
    local item = c:ok("ssm.GetOpsItem", { OpsItemId = output.OpsItemId }).OpsItem
    assert.same({ "Open", "1", "/aws/issue" }, { item.Status, item.Version, item.OpsItemType })
  end)

  it("refuses a second item with the same dedupString, in any case of letters, and names the first", function()
    local id = made({ OperationalData = { ["/aws/dedup"] = dedup("wa1-abc") } })
    local code, body = c:refused("ssm.CreateOpsItem", create({ Title = "Other",
      OperationalData = { ["/aws/dedup"] = dedup("WA1-ABC") } }))
    assert.same({ "OpsItemAlreadyExistsException", id }, { code, body.OpsItemId })
  end)

  it("compares the resources too", function()
    local function with(arn)
      return { OperationalData = { ["/aws/dedup"] = dedup("x"), ["/aws/resources"] = { Type = "SearchableString",
        Value = "[{\"arn\":\"" .. arn .. "\"}]" } } }
    end
    made(with("arn:a"))
    made(with("arn:b"))
    assert.equal("OpsItemAlreadyExistsException", (c:refused("ssm.CreateOpsItem", create(with("arn:a")))))
  end)

  it("keeps others out while Open or InProgress, and not after", function()
    local data = { OperationalData = { ["/aws/dedup"] = dedup("x") } }
    local id = made(data)
    c:ok("ssm.UpdateOpsItem", { OpsItemId = id, Status = "InProgress" })
    c:refused("ssm.CreateOpsItem", create(data))
    c:ok("ssm.UpdateOpsItem", { OpsItemId = id, Status = "Resolved" })
    local second = made(data)
    local code, body = c:refused("ssm.UpdateOpsItem", { OpsItemId = id, Status = "Open" })
    assert.same({ "OpsItemAlreadyExistsException", second }, { code, body.OpsItemId })
    c:ok("ssm.DeleteOpsItem", { OpsItemId = second })
    c:ok("ssm.UpdateOpsItem", { OpsItemId = id, Status = "Open" })
    c:refused("ssm.CreateOpsItem", create(data))
  end)

  it("refuses reserved keys and sources", function()
    for _, key in ipairs({ "aws-thing", "/AWS/other", "ssm", "Amazon", "/amzn/x" }) do
      local code, body = c:refused("ssm.CreateOpsItem", create({ OperationalData = { [key] = { Type = "String",
        Value = "x" } } }))
      assert.same({ "OpsItemInvalidParameterException", "OperationalData" }, { code, body.ParameterNames[1] })
    end
    for _, source in ipairs({ "my-AWS-tool", "amazon", "xamznx" }) do
      assert.equal("OpsItemInvalidParameterException", (c:refused("ssm.CreateOpsItem", create({ Source = source }))))
    end
    made({ OperationalData = { ["/custodian/id"] = { Type = "String", Value = "x" } } })
  end)

  it("refuses values over 20 KB, long dedup strings and JSON that is none", function()
    local function data(key, value)
      return create({ OperationalData = { [key] = { Type = "SearchableString", Value = value } } })
    end
    assert.equal("OpsItemLimitExceededException", (c:refused("ssm.CreateOpsItem", data("k", ("x"):rep(20481)))))
    c:ok("ssm.CreateOpsItem", data("k", ("x"):rep(20480)))
    assert.equal("OpsItemInvalidParameterException", (c:refused("ssm.CreateOpsItem", data("/aws/dedup",
      "{\"dedupString\":\"" .. ("x"):rep(513) .. "\"}"))))
    assert.equal("OpsItemInvalidParameterException", (c:refused("ssm.CreateOpsItem", data("/aws/resources", "oops"))))
  end)

  it("takes topics of its own Region only", function()
    assert.equal("OpsItemInvalidParameterException", (c:refused("ssm.CreateOpsItem", create({ Notifications = {
      { Arn = "arn:aws:sns:eu-west-1:111122223333:t" } } }))))
  end)

  it("stops at the quota of the month, and goes on in the next", function()
    c.sim.limits.opsitems_a_month = 2
    made()
    made()
    local code, body = c:refused("ssm.CreateOpsItem", create())
    assert.same({ "OpsItemLimitExceededException", 2, "OpsItem" }, { code, body.Limit, body.ResourceTypes[1] })
    c.time = c.time + 31 * 86400
    made()
  end)
end)

describe("the quota of items", function()
  it("is freed by a deletion", function()
    c.sim.limits.opsitems = 1
    local id = made()
    assert.equal("OpsItemLimitExceededException", (c:refused("ssm.CreateOpsItem", create())))
    c:ok("ssm.DeleteOpsItem", { OpsItemId = id })
    made()
  end)
end)

describe("UpdateOpsItem", function()
  it("merges operational data, raises the version and notes who and when", function()
    local id = made({ OperationalData = { a = { Type = "String", Value = "1" }, b = { Type = "String",
      Value = "2" } } })
    c.time = c.time + 60
    c:ok("ssm.UpdateOpsItem", { OpsItemId = id, Status = "Resolved", OperationalData = { b = { Type = "String",
      Value = "3" } }, OperationalDataToDelete = { "a" } })
    local item = c:ok("ssm.GetOpsItem", { OpsItemId = id }).OpsItem
    assert.same({ b = { Type = "String", Value = "3" } }, item.OperationalData)
    assert.same({ "Resolved", "2", client.START + 60, client.START }, { item.Status, item.Version,
      item.LastModifiedTime,
      item.CreatedTime })
  end)

  it("does not change a dedupString, and takes a person's three statuses only", function()
    local id = made({ OperationalData = { ["/aws/dedup"] = dedup("x") } })
    assert.equal("OpsItemInvalidParameterException", (c:refused("ssm.UpdateOpsItem", { OpsItemId = id,
      OperationalData = { ["/aws/dedup"] = dedup("y") } })))
    assert.equal("OpsItemInvalidParameterException", (c:refused("ssm.UpdateOpsItem", { OpsItemId = id,
      Status = "Approved" })))
    assert.equal("OpsItemNotFoundException", (c:refused("ssm.UpdateOpsItem", { OpsItemId = "oi-000000000000" })))
  end)
end)

describe("DeleteOpsItem", function()
  it("is idempotent", function()
    local id = made()
    c:ok("ssm.DeleteOpsItem", { OpsItemId = id })
    c:ok("ssm.DeleteOpsItem", { OpsItemId = id })
    assert.equal("OpsItemNotFoundException", (c:refused("ssm.GetOpsItem", { OpsItemId = id })))
    assert.same({}, ids({}))
  end)
end)

describe("DescribeOpsItems", function()
  local one, two

  before_each(function()
    one = made({ Title = ("t"):rep(100) .. "one", Severity = "2", Priority = 1, Category = "Security",
      OperationalData = { ChoiceId = { Type = "SearchableString", Value = "c1" }, hidden = { Type = "String",
        Value = "secret" }, ["/aws/resources"] = { Type = "SearchableString", Value = "[{\"arn\":\"arn:shop\"}]" } } })
    c.time = c.time + 100
    two = made({ Title = "two", Source = "Other", Severity = "3", OperationalData = {
      ChoiceId = { Type = "SearchableString", Value = "c2" } } })
    c:ok("ssm.UpdateOpsItem", { OpsItemId = two, Status = "Resolved" })
  end)

  it("shows searchable data only, and no description, notifications, version or ARN", function()
    local item = c:ok("ssm.DescribeOpsItems", {}).OpsItemSummaries[1]
    assert.is_table(item.OperationalData.ChoiceId)
    assert.is_nil(item.OperationalData.hidden)
    for _, member in ipairs({ "Description", "Notifications", "Version", "OpsItemArn" }) do
      assert.is_nil(item[member])
    end
  end)

  it("filters", function()
    local time = "2026-01-02T03:04:45Z"
    for _, case in ipairs({
      { { { "Status", "Equal", "Resolved" } }, { "two" } }, { { { "Status", "Equal", { "Open", "Resolved" } } },
        { "one", "two" } },
      { { { "Source", "Equal", "Well-Architected" } }, { "one" } }, { { { "Source", "Contains", "Arch" } }, { "one" } },
      { { { "Title", "Contains", "two" } }, { "two" } }, { { { "Title", "Equal", ("t"):rep(100) } }, { "one" } },
      { { { "Priority", "Equal", "1" } }, { "one" } }, { { { "Severity", "Equal", "3" } }, { "two" } },
      { { { "Category", "Equal", "Security" } }, { "one" } }, { { { "OperationalDataKey", "Equal", "ChoiceId" } },
        { "one", "two" } },
      { { { "OperationalDataKey", "Equal", "hidden" } }, {} }, { { { "OperationalDataValue", "Contains", "c" } },
        { "one", "two" } },
      { { { "OperationalDataValue", "Equal", "secret" } }, {} },
      { { { "OperationalData", "Equal", "{\"key\":\"ChoiceId\",\"value\":\"c2\"}" } }, { "two" } },
      { { { "ResourceId", "Contains", "arn:shop" } }, { "one" } }, { { { "CreatedTime", "GreaterThan", time } },
        { "two" } },
      { { { "LastModifiedTime", "LessThan", time } }, { "one" } },
      { { { "CreatedBy", "Equal", "arn:aws:iam::111122223333:user/plumb" }, { "Status", "Equal", "Open" } },
        { "one" } },
      { { { "AccountId", "Equal", "111122223333" }, { "OpsItemType", "Equal", "/aws/issue" } }, { "one", "two" } },
    }) do
      local wanted = {}
      for i, name in ipairs(case[2]) do
        wanted[i] = name == "one" and one or two
      end
      assert.same(wanted, ids(case[1]), case[1][1][1])
    end
    assert.same({ two }, ids({ { "OpsItemId", "Equal", two } }))
  end)

  it("refuses operators a key does not take, long titles and times it cannot read", function()
    for _, filter in ipairs({ { "Status", "Contains", "Open" }, { "ResourceId", "Equal", "x" },
      { "CreatedTime", "Equal", "2026-01-02T03:04:45Z" }, { "CreatedTime", "LessThan", "yesterday" },
      { "Title", "Equal", ("t"):rep(101) }, { "OperationalData", "Equal", "ChoiceId=c1" }, { "InsightByType",
        "Equal", "x" } }) do
      assert.equal("ValidationException", (c:refused("ssm.DescribeOpsItems", { OpsItemFilters = { { Key = filter[1],
        Operator = filter[2], Values = { filter[3] } } } })), filter[1])
    end
  end)

  it("pages by ten unless told, with tokens bound to the filters", function()
    for _ = 1, 10 do
      made()
    end
    local first = c:ok("ssm.DescribeOpsItems", {})
    assert.equal(10, #first.OpsItemSummaries)
    local rest = c:ok("ssm.DescribeOpsItems", { NextToken = first.NextToken, MaxResults = 50 })
    assert.equal(2, #rest.OpsItemSummaries)
    assert.is_nil(rest.NextToken)
    assert.equal("InvalidNextToken", (c:refused("ssm.DescribeOpsItems", { NextToken = first.NextToken,
      OpsItemFilters = { { Key = "Status", Operator = "Equal", Values = { "Open" } } } })))
    assert.equal("InvalidNextToken", (c:refused("ssm.DescribeOpsItems", { NextToken = "garbage" })))
  end)

  it("skips nothing when items leave the list between two pages", function()
    local all = { one }
    for i = 1, 5 do
      all[i + 1] = made()
    end
    local filters = { { Key = "Status", Operator = "Equal", Values = { "Open" } } }
    local first = c:ok("ssm.DescribeOpsItems", { OpsItemFilters = filters, MaxResults = 3 })
    for _, item in ipairs(first.OpsItemSummaries) do
      c:ok("ssm.UpdateOpsItem", { OpsItemId = item.OpsItemId, Status = "Resolved" })
    end
    local second = c:ok("ssm.DescribeOpsItems", { OpsItemFilters = filters, MaxResults = 3,
      NextToken = first.NextToken })
    assert.same({ all[4], all[5], all[6] }, { second.OpsItemSummaries[1].OpsItemId,
      second.OpsItemSummaries[2].OpsItemId,
      second.OpsItemSummaries[3].OpsItemId })
  end)

  it("lags behind on order: new items, changes and deletions appear later", function()
    c.sim:fault({ kind = "index_lag", seconds = 60 })
    c.time = c.time + 1000
    local new = made()
    c:ok("ssm.UpdateOpsItem", { OpsItemId = one, Status = "Resolved" })
    c:ok("ssm.DeleteOpsItem", { OpsItemId = two })
    assert.same({ one }, ids({ { "Status", "Equal", "Open" } }))
    assert.same({ one, two }, ids({}))
    assert.equal("Resolved", c:ok("ssm.GetOpsItem", { OpsItemId = one }).OpsItem.Status)
    assert.equal("OpsItemConflictException", (c:refused("ssm.UpdateOpsItem", { OpsItemId = two, Title = "x" })))
    c.time = c.time + 60
    assert.same({ one, new }, ids({}))
  end)
end)

describe("what OpsCenter tells others", function()
  local topic = "arn:aws:sns:us-east-1:111122223333:opsitems"

  it("goes out on creation and on every edit, with the id as subject", function()
    local id = made({ Notifications = { { Arn = topic } } })
    c:ok("ssm.UpdateOpsItem", { OpsItemId = id, Title = "x" })
    c:ok("ssm.UpdateOpsItem", { OpsItemId = id, Status = "Resolved" })
    local sent = c.sim.world.notifications
    assert.equal(3, #sent)
    assert.same({ topic, id }, { sent[3].topic, sent[3].subject })
    assert.equal("OpsItem Create", c.sim.world.events[1]["detail-type"])
    assert.same({ "Resolved", id }, { c.sim.world.events[3].detail.status,
      c.sim.world.events[3].detail["ops-item-id"] })
  end)

  it("reaches a queue wrapped as SNS or as EventBridge does", function()
    c.sim.world.routes = { { queue = "from-sns", form = "sns" }, { queue = "from-events", form = "eventbridge" } }
    local id = made({ Notifications = { { Arn = topic } } })
    local function body(queue)
      return json.decode(c:ok("sqs.ReceiveMessage",
        { QueueUrl = "https://sqs.us-east-1.amazonaws.com/1/" .. queue }).Messages[1].Body)
    end
    local sns, event = body("from-sns"), body("from-events")
    assert.same({ "Notification", topic, id }, { sns.Type, sns.TopicArn, sns.Subject })
    assert.same({ "aws.ssm", "OpsItem Create", "Open" }, { event.source, event["detail-type"], event.detail.status })
    assert.is_nil(event.detail.OperationalData)
  end)

  it("is listed as events of the item", function()
    local id = made()
    made()
    local list = c:ok("ssm.ListOpsItemEvents", { Filters = { { Key = "OpsItemId", Operator = "Equal",
      Values = { id } } } })
    assert.equal(1, #list.Summaries)
    assert.equal(id, list.Summaries[1].OpsItemId)
  end)
end)

describe("tags of an OpsItem", function()
  it("are added, listed and removed", function()
    local id = made({ Tags = { { Key = "team", Value = "shop" } } })
    c:ok("ssm.AddTagsToResource", { ResourceType = "OpsItem", ResourceId = id, Tags = { { Key = "a", Value = "b" } } })
    c:ok("ssm.RemoveTagsFromResource", { ResourceType = "OpsItem", ResourceId = id, TagKeys = { "team" } })
    assert.same({ { Key = "a", Value = "b" } }, c:ok("ssm.ListTagsForResource", { ResourceType = "OpsItem",
      ResourceId = id }).TagList)
  end)
end)
