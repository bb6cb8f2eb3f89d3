local client = require("lua.sim.client")

describe("the wire", function()
  local c

  before_each(function()
    c = client.new()
  end)

  it("carries a request id and a date on every answer", function()
    for _, name in ipairs({ "wellarchitected.ListWorkloads", "ssm.DescribeOpsItems", "sts.GetCallerIdentity",
      "wellarchitected.ListProfiles" }) do
      local _, _, response = c:call(name)
      assert.is_truthy(response.headers["x-amzn-requestid"]:find("^%x+%-%x+%-4%x+%-%x+%-%x+$"))
      assert.equal("Fri, 02 Jan 2026 03:04:05 GMT", response.headers.date)
    end
  end)

  it("leaves white space in front of the bodies of the Well-Architected Tool", function()
    local _, _, response = c:call("wellarchitected.ListWorkloads")
    assert.is_truthy(response.body:find("^%s+{"))
    local _, _, other = c:call("ssm.DescribeOpsItems")
    assert.is_truthy(other.body:find("^{"))
  end)

  it("writes lists as lists and maps as maps even when they are empty", function()
    local _, _, response = c:call("wellarchitected.ListWorkloads", { WorkloadNamePrefix = "nobody" })
    assert.is_truthy(response.body:find("\"WorkloadSummaries\":[]", 1, true))
    _, _, response = c:call("wellarchitected.ListWorkloads", { WorkloadNamePrefix = "intranet" })
    assert.is_truthy(response.body:find("\"Profiles\":[]", 1, true))
    assert.is_truthy(response.body:find("\"PrioritizedRiskCounts\":{}", 1, true))
  end)

  it("writes NextToken as null where the list of the Well-Architected Tool ends", function()
    local _, _, response = c:call("wellarchitected.ListWorkloads", { MaxResults = 50 })
    assert.is_truthy(response.body:find("\"NextToken\":null", 1, true))
  end)

  it("writes times as seconds with a fraction", function()
    c.time = client.START + 0.25
    local opsitem = c:ok("ssm.CreateOpsItem", { Title = "t", Description = "d", Source = "s" })
    local _, _, response = c:call("ssm.GetOpsItem", { OpsItemId = opsitem.OpsItemId })
    assert.is_truthy(response.body:find("\"CreatedTime\":1767323045.25", 1, true))
  end)

  it("keeps awkward names", function()
    local list = c:ok("wellarchitected.ListWorkloads", { WorkloadNamePrefix = "Kasse" }).WorkloadSummaries
    assert.equal("Kasse \"Zürich\" <b>& Söhne</b> 🚀 'n more", list[1].WorkloadName)
  end)

  it("names the error type in a header with a tail, and spells Message with a capital", function()
    local status, body, response = c:call("wellarchitected.GetWorkload", { WorkloadId = ("0"):rep(32) })
    assert.equal(404, status)
    assert.is_truthy(response.headers["x-amzn-errortype"]:find("^ResourceNotFoundException:http://internal"))
    assert.same({ "WORKLOAD", ("0"):rep(32) }, { body.ResourceType, body.ResourceId })
    assert.is_string(body.Message)
    assert.is_nil(body.message)
  end)

  it("names the error type in the body of the json protocol", function()
    local status, body = c:call("ssm.GetOpsItem", { OpsItemId = "oi-000000000000" })
    assert.same({ 400, "OpsItemNotFoundException" }, { status, body.__type })
    assert.is_string(body.Message)
  end)

  it("answers STS in XML with its request id inside", function()
    local _, body, response = c:call("sts.GetCallerIdentity")
    assert.equal("text/xml", response.headers["content-type"])
    assert.is_truthy(body:find("<GetCallerIdentityResult><Account>111122223333</Account>", 1, true))
    assert.is_truthy(body:find("<RequestId>" .. response.headers["x-amzn-requestid"], 1, true))
    assert.equal("ValidationError", (c:refused("sts.AssumeRole", { RoleArn = "x", RoleSessionName = "ab" })))
  end)

  it("refuses what a required member, a range, an enum or a pattern forbids, all in one message", function()
    local code, body = c:refused("ssm.CreateOpsItem", { Title = "", Source = "s", Priority = 9 })
    assert.equal("ValidationException", code)
    assert.is_truthy(body.message:find("4 validation errors detected", 1, true))
    assert.is_truthy(body.message:find("Value null at 'description' failed to satisfy constraint: "
      .. "Member must not be null", 1, true))
    assert.is_truthy(body.message:find("'9' at 'priority'", 1, true))
    code, body = c:refused("wellarchitected.GetWorkload", { WorkloadId = "short" })
    assert.equal("ValidationException", code)
    assert.equal("FIELD_VALIDATION_FAILED", body.Reason)
    assert.equal("workloadId", body.Fields[1].Name)
    code = c:refused("wellarchitected.ListLenses", { LensType = "OTHER" })
    assert.equal("ValidationException", code)
    assert.equal("ValidationException", (c:refused("wellarchitected.ListWorkloads", { MaxResults = 51 })))
  end)

  it("refuses wrong types and members it does not know", function()
    assert.equal("SerializationException", (c:refused("ssm.CreateOpsItem", nil, "{\"Title\":3}")))
    assert.equal("SerializationException", (c:refused("ssm.CreateOpsItem", nil, "{\"Titel\":\"x\"}")))
    assert.equal("SerializationException", (c:refused("ssm.CreateOpsItem", nil, "{\"Title\":")))
    assert.equal("SerializationException", (c:refused("ssm.DescribeOpsItems", nil, "{\"OpsItemFilters\":{\"Key\":1}}")))
    assert.equal("SerializationException", (c:refused("wellarchitected.ListWorkloads", {}, "{\"MaxResults\":\"5\"}")))
  end)

  it("takes a null as nothing", function()
    assert.equal(200, (c:call("wellarchitected.ListWorkloads", {}, "{\"NextToken\":null,\"MaxResults\":5}")))
  end)

  it("refuses a query parameter it does not know", function()
    local request = c:request("wellarchitected.ListLenses", {})
    request.query, request.headers.authorization = "maxResults=5", nil
    local response = assert(c.sim:send(c:sign(request, "wellarchitected")))
    assert.equal(400, response.status)
  end)

  it("answers a path nobody knows as its gateway does", function()
    local request = c:request("wellarchitected.ListLenses", {})
    request.path, request.headers.authorization = "/lens", nil
    local response = assert(c.sim:send(c:sign(request, "wellarchitected")))
    assert.equal(403, response.status)
    assert.is_truthy(response.body:find("Missing Authentication Token", 1, true))
  end)

  it("answers a target nobody knows", function()
    local request = c:request("ssm.DescribeOpsItems", {})
    request.headers["x-amz-target"], request.headers.authorization = "AmazonSSM.Nothing", nil
    local response = assert(c.sim:send(c:sign(request, "ssm")))
    assert.same({ 400, true }, { response.status, response.body:find("UnknownOperationException", 1, true) ~= nil })
  end)

  it("says 501 for what AWS has and it has not", function()
    local status, body, response = c:call("wellarchitected.ListProfiles")
    assert.same({ 501, "NotSimulated" }, { status, response.headers["x-amzn-errortype"] })
    assert.is_truthy(body.message:find("wellarchitected.ListProfiles", 1, true))
    assert.same({ 501, "com.amazon.coral.service#NotSimulated" }, { (c:call("ssm.GetParameter", { Name = "x" })),
      select(2, c:call("ssm.GetParameter", { Name = "x" })).__type })
  end)

  it("finds a lens by an ARN in the path only when its slash is encoded", function()
    local workload = c:workload("billing")
    local arn = workload.reviews[2].lens.arn
    assert.equal(arn, c:ok("wellarchitected.GetLensReview", { WorkloadId = workload.id,
      LensAlias = arn }).LensReview.LensArn)
    local request = c:request("wellarchitected.GetLensReview", { WorkloadId = workload.id, LensAlias = arn })
    request.path, request.headers.authorization = request.path:gsub("%%2F", "/"), nil
    assert.equal(403, assert(c.sim:send(c:sign(request, "wellarchitected"))).status)
  end)
end)

describe("a new service", function()
  it("is there when its shapes and its handlers are", function()
    package.preload["plumb.aws.service.greeter"] = function()
      return { name = "greeter", protocol = "json", json_version = "1.1", target_prefix = "Greeter",
        operations = { Greet = { http = "POST /", input = "In", output = "Out" } },
        shapes = { In = { type = "structure", members = { Name = { shape = "Text" } } }, Text = { type = "string" },
          Out = { type = "structure", members = { Text = { shape = "Text" } } } } }
    end
    package.preload["sim.greeter"] = function()
      return { operations = { Greet = function(ctx, input)
        return { Text = input.Name .. " from " .. ctx.world.account }
      end } }
    end
    local c = client.new({ seed = "empty" })
    assert.equal("you from 111122223333", c:ok("greeter.Greet", { Name = "you" }).Text)
    c:refused("greeter.Greet", nil, "{\"Nmae\":\"x\"}")
  end)
end)

describe("the journal", function()
  it("holds the calls that were executed, with what they were", function()
    local c = client.new({ seed = "empty" })
    c:ok("ssm.CreateOpsItem", { Title = "t", Description = "d", Source = "s" })
    c:refused("ssm.CreateOpsItem", { Title = "t" })
    c:refused("ssm.GetOpsItem", { OpsItemId = "oi-000000000000" })
    local first, second = c.sim.journal[1], c.sim.journal[2]
    assert.equal(2, #c.sim.journal)
    assert.same({ "ssm", "CreateOpsItem", 200, true, "t" }, { first.service, first.operation, first.status,
      first.mutating,
      first.input.Title })
    assert.same({ "GetOpsItem", 400, false, "OpsItemNotFoundException" }, { second.operation, second.status,
      second.mutating, second.code })
    assert.equal(2, c.sim.counts["ssm.CreateOpsItem"])
  end)
end)
