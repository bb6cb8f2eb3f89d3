local aws = require "plumb.aws"
local aws_client = require "tests.support.aws_client"

describe("plumb.aws", function()
  after_each(aws_client.restore)

  it("has a handle for every bundled service and makes it once", function()
    local client = aws_client.new {}
    for _, name in ipairs(aws.SERVICES) do
      assert.equal(name, client[name].service.name)
      assert.equal(client[name], client:service(name))
    end
  end)

  it("suggests the service and the operation that were meant", function()
    local client = aws_client.new {}
    local function message(fn) return select(2, pcall(fn)) end
    assert.truthy(message(function() return client.smm end):find("did you mean ssm?", 1, true))
    assert.truthy(message(function() client.ssm:CreateOpsItems {} end):find("did you mean CreateOpsItem?", 1, true))
    assert.truthy(message(function() client.ssm:call("Nonsense", {}) end):find("init_spec.lua", 1, true))
  end)

  it("may lack its optional fields", function()
    local client = aws.new { credentials = function() end }
    assert.is_nil(client.account)
    assert.is_nil(client.region)
    assert.is_nil(client.read_only)
  end)

  it("knows which operations read", function()
    local wellarchitected, ssm = require "plumb.aws.service.wellarchitected", require "plumb.aws.service.ssm"
    local sqs, sts = require "plumb.aws.service.sqs", require "plumb.aws.service.sts"
    local dynamodb = require "plumb.aws.service.dynamodb"
    for _, case in ipairs {
      { wellarchitected, "ListWorkloads", true }, { wellarchitected, "GetConsolidatedReport", true },
      { wellarchitected, "ExportLens", true }, { wellarchitected, "UpdateAnswer", false },
      { wellarchitected, "CreateMilestone", false }, { ssm, "DescribeOpsItems", true },
      { ssm, "CreateOpsItem", false }, { ssm, "RemoveTagsFromResource", false }, { dynamodb, "BatchGetItem", true },
      { dynamodb, "Query", true }, { dynamodb, "Scan", true }, { dynamodb, "PutItem", false },
      { dynamodb, "BatchWriteItem", false }, { sqs, "ReceiveMessage", false }, { sts, "AssumeRole", true },
      { sts, "GetCallerIdentity", true }, { ssm, "NoSuchOperation", false },
    } do
      assert.equal(case[3], aws.reads(case[1], case[2]), case[2])
    end
  end)

  it("checks an input without sending it", function()
    local client, log = aws_client.new {}
    assert.is_nil(client.ssm:check("GetOpsItem", { OpsItemId = "oi-0123456789ab" }))
    assert.equal("InvalidInput", client.ssm:check("GetOpsItem", {}).code)
    assert.equal(0, #log.sent)
  end)

  it("makes a client for another Region that shares the counts", function()
    local client, log = aws_client.new { again = aws_client.response(200, '{"OpsItem":{}}') }
    local other = client:with { region = "eu-west-1" }
    assert(client.ssm:GetOpsItem { OpsItemId = "oi-0123456789ab" })
    assert(other.ssm:GetOpsItem { OpsItemId = "oi-0123456789ab" })
    assert.equal("ssm.us-west-2.amazonaws.com", log.sent[1].host)
    assert.equal("ssm.eu-west-1.amazonaws.com", log.sent[2].host)
    assert.equal(2, client.calls["ssm.GetOpsItem"])
  end)

  local function with_file(text, fn)
    local path = os.tmpname()
    local file = assert(io.open(path, "wb"))
    file:write(text)
    file:close()
    local ok, e = pcall(fn, path)
    os.remove(path)
    if not ok then error(e, 0) end
  end

  it("calls a service whose published model it has just read", function()
    local text = [[{"metadata":{"serviceId":"Odd","protocol":"rest-json","endpointPrefix":"odd","apiVersion":"1"},
      "operations":{"PutThing":{"name":"PutThing","http":{"method":"PUT","requestUri":"/things/{Name}?v=2"},
        "input":{"shape":"I"}}},
      "shapes":{"I":{"type":"structure","required":["Name"],"members":{
        "Name":{"shape":"S","location":"uri","locationName":"Name"},"Size":{"shape":"N"}}},
        "S":{"type":"string"},"N":{"type":"integer"}}}]]
    with_file(text, function(path)
      local client, log = aws_client.new { aws_client.response(200, "") }
      local odd = assert(client:load_model(path))
      assert(odd:PutThing { Name = "a/b", Size = 3 })
      local sent = log.sent[1]
      assert.same({ "PUT", "odd.us-west-2.amazonaws.com", "/things/a%2Fb", "v=2", '{"Size":3}' },
        { sent.method, sent.host, sent.path, sent.query, sent.body })
      assert.equal(1, client.calls["odd.PutThing"])
    end)
  end)

  it("sends DynamoDB's searches, where a model has them, to their own host", function()
    local text = [[{"metadata":{"serviceId":"DynamoDB","protocol":"json","jsonVersion":"1.0","targetPrefix":"D",
      "endpointPrefix":"dynamodb","apiVersion":"1"},"shapes":{},"operations":{
        "GetThing":{"name":"GetThing","http":{"method":"POST","requestUri":"/"}},
        "SearchThings":{"name":"SearchThings","http":{"method":"POST","requestUri":"/"},
          "staticContextParams":{"IsSearchOperation":{"value":true}}}}}]]
    with_file(text, function(path)
      local client, log = aws_client.new { again = aws_client.response(200, "{}") }
      local dynamodb = assert(client:load_model(path))
      assert(dynamodb:GetThing {})
      assert(dynamodb:SearchThings {})
      assert(dynamodb:GetThing {})
      assert.same({ "dynamodb.us-west-2.amazonaws.com", "search-dynamodb.us-west-2.amazonaws.com",
        "dynamodb.us-west-2.amazonaws.com" }, { log.sent[1].host, log.sent[2].host, log.sent[3].host })
    end)
  end)

  it("says why a model cannot be used", function()
    local client = aws_client.new {}
    with_file('{"metadata":{"serviceId":"S3","protocol":"rest-xml"},"operations":{},"shapes":{}}', function(path)
      local handle, message = client:load_model(path)
      assert.is_nil(handle)
      assert.truthy(message:find("rest-xml", 1, true))
      assert.truthy(message:find(path, 1, true))
    end)
    with_file("{", function(path) assert.is_nil((client:load_model(path))) end)
    assert.is_nil((client:load_model("/nowhere/service-2.json")))
  end)
end)
