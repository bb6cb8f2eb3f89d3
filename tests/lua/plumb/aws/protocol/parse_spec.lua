-- What comes back, in all its bad forms.

local protocol = require "plumb.aws.protocol"

local wellarchitected = require "plumb.aws.service.wellarchitected"
local ssm = require "plumb.aws.service.ssm"
local sts = require "plumb.aws.service.sts"
local sns = require "plumb.aws.service.sns"

local function parse(service, operation, status, body, headers)
  return protocol.parse(service, operation, { status = status, body = body or "", headers = headers or {}, ms = 1 })
end

local function fails(...)
  local output, e = parse(...)
  assert.is_nil(output)
  return e
end

describe("an error reply", function()
  local HEADER = "ThrottlingException:http://internal.amazon.com/coral/com.amazonaws.wa/"

  it("names its type in the header, before the body", function()
    local e = fails(wellarchitected, "ListAnswers", 429, '{"Message":"m","__type":"Other"}',
      { ["x-amzn-errortype"] = HEADER })
    assert.same({ "ThrottlingException", "m", 429, "aws", "no" }, { e.code, e.message, e.status, e.kind, e.executed })
  end)

  for body, code in pairs {
    ['{"code":"FooError"}'] = "FooError",
    ['{"Code":"FooError"}'] = "FooError",
    ['{"__type":"FooError"}'] = "FooError",
    ['{"__type":"com.amazonaws.dynamodb.v20120810#FooError"}'] = "FooError",
    ['{"__type":"aws.protocoltests#FooError:http://internal.amazon.com/x"}'] = "FooError",
    ['  \n\t {"__type":"FooError"}'] = "FooError",
  } do
    it("names its type in " .. body:gsub("%s+", " "), function()
      assert.equal(code, fails(ssm, "GetOpsItem", 400, body).code)
    end)
  end

  it("has its message in either case", function()
    assert.equal("a", fails(ssm, "GetOpsItem", 400, '{"__type":"X","message":"a"}').message)
    assert.equal("b", fails(ssm, "GetOpsItem", 400, '{"__type":"X","Message":"b"}').message)
    assert.equal("no message", fails(ssm, "GetOpsItem", 400, '{"__type":"X","message":{}}').message)
  end)

  it("carries the request id and how long to wait", function()
    local e = fails(ssm, "GetOpsItem", 400, '{"__type":"X"}',
      { ["x-amz-request-id"] = "r", ["x-amz-retry-after"] = "1500" })
    assert.same({ "r", 1500 }, { e.request_id, e.retry_after_ms })
    assert.is_nil(fails(ssm, "GetOpsItem", 400, '{"__type":"X"}', { ["x-amz-retry-after"] = "soon" }).retry_after_ms)
  end)

  it("may have a type in the header and no body", function()
    local e = fails(wellarchitected, "ListAnswers", 403, "", { ["x-amzn-errortype"] = "AccessDeniedException" })
    assert.same({ "AccessDeniedException", "no message" }, { e.code, e.message })
  end)

  it("is garbage when it is a proxy's page, and says what was there", function()
    local e = fails(ssm, "CreateOpsItem", 503, "<html>\n<body>Service\0 Unavailable \27[31m" .. ("x"):rep(500),
      { ["content-type"] = "text/html" })
    assert.same({ "BadResponse", "garbage", 503, "maybe" }, { e.code, e.kind, e.status, e.executed })
    assert.truthy(e.message:find("text/html", 1, true))
    assert.truthy(e.message:find('"<html> <body>Service', 1, true), e.message)
    assert.is_nil(e.message:find("[%c]"))
    assert.is_true(#e.message < 250)
    assert.equal("maybe", fails(ssm, "CreateOpsItem", 404, "<html>").executed)
  end)

  it("never holds the session token of the request that it explains", function()
    local text = "The request signature we calculated does not match.\\n\\n"
      .. "The Canonical String for this request should "
      .. "have been\\n'POST\\n/\\n\\nx-amz-security-token:TOKEN\\n'"
    local e = fails(ssm, "GetOpsItem", 403, ('{"__type":"InvalidSignatureException","message":"%s"}'):format(text))
    assert.equal("The request signature we calculated does not match.", e.message)
    assert.is_nil(require("plumb.json").encode(e.members):find("TOKEN", 1, true))
    e = fails(ssm, "GetOpsItem", 403, '{"__type":"X","Message":"got X-Amz-Security-Token=TOKEN&a=b"}')
    assert.equal("got X-Amz-Security-Token=***&a=b", e.message)
    e = fails(sts, "AssumeRole", 403, ("<ErrorResponse><Error><Code>SignatureDoesNotMatch</Code><Message>%s</Message>"
      .. "</Error></ErrorResponse>"):format((text:gsub("\\n", "\n"))))
    assert.equal("The request signature we calculated does not match.", e.message)
    assert.is_nil(require("plumb.json").encode(e.members or {}):find("TOKEN", 1, true))
  end)

  it("of the query protocol is read from XML", function()
    local e = fails(sts, "AssumeRole", 400, [[<ErrorResponse><Error><Type>Sender</Type>
      <Code>MalformedPolicyDocument</Code><Message>no</Message></Error><RequestId>r9</RequestId></ErrorResponse>]])
    assert.same({ "MalformedPolicyDocument", "no", "Sender", "r9", "aws" },
      { e.code, e.message, e.fault, e.request_id, e.kind })
    assert.equal("garbage", fails(sts, "AssumeRole", 400, "<ErrorResponse/>").kind)
    assert.equal("garbage", fails(sts, "AssumeRole", 502, "Bad Gateway").kind)
  end)
end)

describe("a successful reply", function()
  for what, body in pairs {
    ["nothing"] = "", ["blanks"] = " \n ", ["a web page"] = "<html>", ["half an object"] = '{"OpsItemId":"oi-',
    ["a list"] = "[]", ["null"] = "null", ["a number"] = "3", ["a list where text belongs"] = '{"OpsItemId":[]}',
    ["two values"] = "{}{}",
  } do
    it("is garbage and perhaps executed with " .. what, function()
      local e = fails(ssm, "CreateOpsItem", 200, body)
      assert.same({ "BadResponse", "garbage", "maybe" }, { e.code, e.kind, e.executed })
    end)
  end

  it("of the wrong form is garbage, not an empty listing", function()
    for _, body in ipairs { '{"WorkloadSummaries":{"a":1}}', '{"WorkloadSummaries":"x"}', '{"WorkloadSummaries":[3]}',
      '{"WorkloadSummaries":[{"RiskCounts":[1]}]}', '{"WorkloadSummaries":[{"UpdatedAt":"soon"}]}' } do
      assert.equal("garbage", fails(wellarchitected, "ListWorkloads", 200, body).kind, body)
    end
    assert.equal("garbage", fails(wellarchitected, "ListWorkloads", 200, "").kind)
  end)

  it("may be empty where nothing is expected", function()
    assert.same({}, parse(wellarchitected, "DeleteWorkload", 200, ""))
    assert.same({}, parse(ssm, "UpdateOpsItem", 200, "{}"))
    assert.equal("garbage", fails(wellarchitected, "DeleteWorkload", 200, "<html>").kind)
  end)

  it("drops nulls everywhere and keeps members and words it does not know", function()
    local output = parse(wellarchitected, "ListWorkloads", 200,
      [[{"WorkloadSummaries":[null,{"WorkloadId":null,"ImprovementStatus":"NEW","Later":{"a":null,"b":[1]}}],
        "NextToken":null}]])
    assert.same({ WorkloadSummaries = { { ImprovementStatus = "NEW", Later = { b = { 1 } } } } }, output)
  end)

  it("gives whole numbers as integers and timestamps as numbers", function()
    local output = parse(wellarchitected, "ListWorkloads", 200,
      [[{"WorkloadSummaries":[{"UpdatedAt":1767322800.0,"RiskCounts":{"HIGH":3.0}},
        {"UpdatedAt":"2026-01-02T03:00:00Z"}]}]])
    local first, second = output.WorkloadSummaries[1], output.WorkloadSummaries[2]
    assert.same({ "integer", "integer" }, { math.type(first.RiskCounts.HIGH), math.type(first.UpdatedAt) })
    assert.equal(1767322800, first.UpdatedAt)
    assert.equal(1767322800, second.UpdatedAt)
  end)

  it("of SNS becomes lists and maps", function()
    local output = parse(sns, "ListTopics", 200, [[<ListTopicsResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/">
      <ListTopicsResult><Topics><member><TopicArn>a</TopicArn></member><member><TopicArn>b</TopicArn></member></Topics>
      <NextToken>n</NextToken></ListTopicsResult></ListTopicsResponse>]])
    assert.same({ Topics = { { TopicArn = "a" }, { TopicArn = "b" } }, NextToken = "n" }, output)
    output = parse(sns, "GetTopicAttributes", 200, [[<GetTopicAttributesResponse><GetTopicAttributesResult><Attributes>
      <entry><key>Owner</key><value>1</value></entry><entry><key>Policy</key><value>{}</value></entry></Attributes>
      </GetTopicAttributesResult></GetTopicAttributesResponse>]])
    assert.same({ Attributes = { Owner = "1", Policy = "{}" } }, output)
  end)

  it("of STS has its expiry as a time", function()
    local output = parse(sts, "AssumeRole", 200, [[<AssumeRoleResponse><AssumeRoleResult><Credentials>
      <AccessKeyId>ASIAEXAMPLEEXAMPLE</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken>
      <Expiration>2026-01-02T03:00:00Z</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>]])
    assert.equal(1767322800, output.Credentials.Expiration)
  end)

  for what, body in pairs {
    ["another document"] = "<html><body/></html>", ["no result"] = "<AssumeRoleResponse/>", ["nothing"] = "",
    ["a document type"] = "<!DOCTYPE x><AssumeRoleResponse/>",
    ["a date that is none"] = [[<AssumeRoleResponse><AssumeRoleResult><Credentials><Expiration>soon</Expiration>
      </Credentials></AssumeRoleResult></AssumeRoleResponse>]],
  } do
    it("in XML is garbage with " .. what, function()
      assert.equal("garbage", fails(sts, "AssumeRole", 200, body).kind)
    end)
  end
end)

describe("restJson1 members outside the body", function()
  local service = {
    name = "odd", service_id = "Odd", protocol = "rest-json",
    operations = { Get = { http = "GET /x", output = "Out" }, Raw = { http = "GET /r", output = "RawOut" } },
    shapes = {
      Out = { type = "structure", members = {
        Count = { shape = "Int", location = "header", locationName = "X-Count" },
        Tags = { shape = "List", location = "header", locationName = "X-Tags" },
        When = { shape = "Time", location = "header", locationName = "X-When" },
        Meta = { shape = "Map", location = "headers", locationName = "X-Meta-" },
        Status = { shape = "Int", location = "statusCode" },
        Name = { shape = "Text", locationName = "name" },
      } },
      RawOut = { type = "structure", payload = "Data", members = {
        Data = { shape = "Blob" }, Kind = { shape = "Text", location = "header", locationName = "Content-Type" },
      } },
      Int = { type = "integer" }, Text = { type = "string" }, Time = { type = "timestamp" }, Blob = { type = "blob" },
      List = { type = "list", member = { shape = "Text" } },
      Map = { type = "map", key = { shape = "Text" }, value = { shape = "Text" } },
    },
  }

  it("come from headers, the status and renamed members", function()
    assert.same({
      Count = 3, Tags = { "a", "b" }, When = 1767322800, Meta = { one = "1" }, Status = 201, Name = "n",
    }, parse(service, "Get", 201, '{"name":"n"}', {
      ["x-count"] = "3", ["x-tags"] = "a, b", ["x-when"] = "Fri, 02 Jan 2026 03:00:00 GMT", ["x-meta-one"] = "1",
    }))
  end)

  it("leave a payload as bytes", function()
    local output = parse(service, "Raw", 200, "\0\255", { ["content-type"] = "image/png" })
    assert.same({ Data = "\0\255", Kind = "image/png" }, output)
  end)
end)
