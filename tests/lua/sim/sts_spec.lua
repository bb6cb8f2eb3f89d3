local client = require("lua.sim.client")

local ROLE = "arn:aws:iam::999988887777:role/path/reader"

local function assume(c, fields)
  local input = { RoleArn = ROLE, RoleSessionName = "session" }
  for key, value in pairs(fields or {}) do
    input[key] = value
  end
  return c:ok("sts.AssumeRole", input)
end

local function use(c, body)
  c.key = { id = body:match("<AccessKeyId>(.-)<"), secret = body:match("<SecretAccessKey>(.-)<"),
    token = body:match("<SessionToken>(.-)<") }
end

describe("STS", function()
  local c

  before_each(function()
    c = client.new()
  end)

  it("says who calls", function()
    local body = c:ok("sts.GetCallerIdentity")
    assert.equal("arn:aws:iam::111122223333:user/plumb", body:match("<Arn>(.-)<"))
  end)

  it("hands out keys bound to the account of the role, whose world is another one", function()
    use(c, assume(c))
    assert.equal("arn:aws:sts::999988887777:assumed-role/reader/session",
      c:ok("sts.GetCallerIdentity"):match("<Arn>(.-)<"))
    c:ok("ssm.CreateOpsItem", { Title = "t", Description = "d", Source = "s" })
    assert.equal(1, #c.sim:world_of("999988887777", "us-east-1").opsitems)
    assert.equal(0, #c.sim.world.opsitems)
    local workload = c:ok("wellarchitected.ListWorkloads", {}).WorkloadSummaries[1]
    assert.is_truthy(workload.WorkloadArn:find(":999988887777:", 1, true))
    assert.equal(c.sim.world.workloads[1].id, workload.WorkloadId)
  end)

  it("lets them expire", function()
    use(c, assume(c, { DurationSeconds = 900 }))
    c.time = c.time + 899
    c:ok("ssm.DescribeOpsItems")
    c.time = c.time + 1
    assert.equal("ExpiredTokenException", (c:refused("ssm.DescribeOpsItems")))
  end)

  it("limits chained roles to an hour", function()
    use(c, assume(c))
    assert.equal("ValidationError", (c:refused("sts.AssumeRole", { RoleArn = ROLE, RoleSessionName = "ab",
      DurationSeconds = 7200 })))
  end)

  it("denies roles that are not there, and a wrong external id", function()
    c = client.new({ seed = { lenses = {}, roles = { [ROLE] = { external_id = "secret" } } } })
    assume(c, { ExternalId = "secret" })
    assert.equal("AccessDenied", (c:refused("sts.AssumeRole", { RoleArn = ROLE, RoleSessionName = "ab" })))
    assert.equal("AccessDenied", (c:refused("sts.AssumeRole", { RoleArn = ROLE .. "x", RoleSessionName = "ab" })))
  end)

  it("takes a web identity unsigned, and nothing else", function()
    local token = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJzeXN0ZW0ifQ.sig"
    local request = c:request("sts.AssumeRoleWithWebIdentity", { RoleArn = ROLE, RoleSessionName = "ab",
      WebIdentityToken = token })
    request.headers.authorization, request.headers["x-amz-date"] = nil, nil
    local response = assert(c.sim:send(request))
    assert.equal(200, response.status)
    assert.equal("system", response.body:match("<SubjectFromWebIdentityToken>(.-)<"))
    use(c, response.body)
    c:ok("ssm.DescribeOpsItems")
  end)

  it("refuses a web identity token that has expired", function()
    -- {"exp":1}
    local code = c:refused("sts.AssumeRoleWithWebIdentity", { RoleArn = ROLE, RoleSessionName = "ab",
      WebIdentityToken = "e30.eyJleHAiOjF9.sig" })
    assert.equal("ExpiredTokenException", code)
  end)
end)
