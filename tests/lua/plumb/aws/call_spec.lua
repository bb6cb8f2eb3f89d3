local aws_client = require "tests.support.aws_client"
local err = require "plumb.err"

local response, failure = aws_client.response, aws_client.failure

local ITEM = { Title = "t", Description = "d", Source = "Well-Architected" }
local CREATED = response(200, '{"OpsItemId":"oi-0123456789ab"}')

local function lost(executed, code)
  return err.new { kind = "connection", code = code or "ConnectionLost", message = "gone", executed = executed }
end

local function attempts_header(request)
  return request.headers["amz-sdk-request"]
end

describe("a call", function()
  after_each(aws_client.restore)

  it("returns the output and counts what was sent", function()
    local client, log = aws_client.new { CREATED }
    local output = assert(client.ssm:CreateOpsItem(ITEM))
    assert.equal("oi-0123456789ab", output.OpsItemId)
    assert.same({ ["ssm.CreateOpsItem"] = 1 }, client.calls)
    assert.equal("attempt=1; max=3", attempts_header(log.sent[1]))
  end)

  it("is repeated when throttled, signed anew, and counted each time", function()
    local now = aws_client.NOW
    local client, log = aws_client.new(function(_, n)
      now = now + 60
      return n < 3 and failure(429, "ThrottlingException") or CREATED
    end, { clock = function() return now end })
    assert(client.ssm:CreateOpsItem(ITEM))
    assert.same({ 1, 2 }, log.slept)
    assert.same({ ["ssm.CreateOpsItem"] = 3 }, client.calls)
    assert.equal("attempt=3; max=3", attempts_header(log.sent[3]))
    assert.not_equal(log.sent[1].headers["x-amz-date"], log.sent[2].headers["x-amz-date"])
    assert.not_equal(log.sent[1].headers.authorization, log.sent[2].headers.authorization)
  end)

  it("gives up after its attempts and says how many there were", function()
    local client, log = aws_client.new { again = failure(503, "ServiceUnavailable") }
    local output, e = client.ssm:GetOpsItem { OpsItemId = "oi-0123456789ab" }
    assert.is_nil(output)
    assert.equal(3, #log.sent)
    assert.equal(3, e.attempts)
    assert.equal("ssm", e.service)
    assert.equal("GetOpsItem", e.operation)
  end)

  it("takes the number of attempts from the caller, the client, the service", function()
    local function sent(service, operation, input, options, opts)
      local client, log = aws_client.new({ again = failure(500, "InternalServerError") }, options)
      client[service]:call(operation, input, opts)
      return #log.sent
    end
    local get = { OpsItemId = "oi-0123456789ab" }
    assert.equal(1, sent("ssm", "GetOpsItem", get, nil, { attempts = 1 }))
    assert.equal(5, sent("ssm", "GetOpsItem", get, { retry = { mode = "standard", max_attempts = 5 } }))
    assert.equal(4, sent("dynamodb", "GetItem", { TableName = "tab", Key = { a = { S = "x" } } }))
  end)

  it("keeps the idempotency token over its attempts", function()
    local client, log = aws_client.new { failure(500, "InternalServerException"), response(200, "{}") }
    assert(client.wellarchitected:CreateMilestone { WorkloadId = ("0"):rep(32), MilestoneName = "before" })
    assert.truthy(log.sent[1].body:find("ClientRequestToken", 1, true))
    assert.equal(log.sent[1].body, log.sent[2].body)
  end)

  for _, case in ipairs {
    { "a connection that was never made", lost("no", "ConnectionRefused"), true },
    { "throttling", failure(400, "ThrottlingException"), true },
    { "a lost reply", lost("maybe"), false },
    { "a time-out after sending", lost("maybe", "Timeout"), false },
    { "a 500", failure(500, "InternalServerError"), false },
    { "a 503 from AWS", failure(503, "ServiceUnavailable"), false },
    { "a 200 that does not parse", response(200, '{"OpsItemId":'), false },
    { "a web page with 200", response(200, "<html>", { ["content-type"] = "text/html" }), false },
    { "an empty 200", response(200, ""), false },
    { "a redirect", response(302, ""), false },
  } do
    it(("on a fresh connection is %srepeated after %s"):format(case[3] and "" or "not ", case[1]), function()
      local client, log = aws_client.new { case[2], CREATED }
      local output, e = client.ssm:CreateOpsItem(ITEM, { fresh = true })
      assert.is_true(log.sent[1].fresh)
      if case[3] then
        assert.equal("oi-0123456789ab", output.OpsItemId)
      else
        assert.is_nil(output)
        assert.equal(1, #log.sent)
        assert.equal("maybe", e.executed)
      end
    end)
  end

  it("that only reads is repeated on a fresh connection too", function()
    local client, log = aws_client.new { lost("maybe"), response(200, '{"OpsItem":{}}') }
    assert(client.ssm:GetOpsItem({ OpsItemId = "oi-0123456789ab" }, { fresh = true }))
    assert.equal(2, #log.sent)
  end)

  it("is not repeated for a refusal, and hands on the members of the error", function()
    local client, log = aws_client.new {
      response(400, '{"__type":"OpsItemAlreadyExistsException","Message":"m","OpsItemId":"oi-aaaaaaaaaaaa"}'),
    }
    local output, e = client.ssm:CreateOpsItem(ITEM)
    assert.is_nil(output)
    assert.equal(1, #log.sent)
    assert.equal("oi-aaaaaaaaaaaa", e.members.OpsItemId)
    assert.equal("req-1", e.request_id)
    assert.equal("no", e.executed)
  end)

  it("fetches new credentials once when AWS calls them expired", function()
    local asked = {}
    local client, log = aws_client.new({ again = failure(400, "ExpiredTokenException") }, {
      credentials = function(refused)
        table.insert(asked, refused or "none")
        return aws_client.KEYS
      end,
    })
    local _, e = client.ssm:GetOpsItem { OpsItemId = "oi-0123456789ab" }
    assert.equal("ExpiredTokenException", e.code)
    assert.equal(2, #log.sent)
    assert.same({ "none", aws_client.KEYS }, asked)
    assert.same({}, log.slept)
  end)

  it("does not wait for credentials that nobody has", function()
    local client, log = aws_client.new({}, {
      credentials = function() return nil, err.new { code = "NoCredentials", kind = "credentials" } end,
    })
    local output, e = client.ssm:GetOpsItem { OpsItemId = "oi-0123456789ab" }
    assert.is_nil(output)
    assert.equal("NoCredentials", e.code)
    assert.equal("no", e.executed or "no")
    assert.equal(0, #log.sent)
    assert.same({}, client.calls)
  end)

  it("without a signature needs no credentials", function()
    local client, log = aws_client.new({ response(200, [[<AssumeRoleWithWebIdentityResponse>
      <AssumeRoleWithWebIdentityResult/></AssumeRoleWithWebIdentityResponse>]]) }, {
      credentials = function() error("asked for credentials") end,
    })
    assert(client.sts:AssumeRoleWithWebIdentity {
      RoleArn = "arn:aws:iam::123456789012:role/x", RoleSessionName = "x1", WebIdentityToken = "token",
    })
    assert.is_nil(log.sent[1].headers.authorization)
  end)

  it("shares one retry budget among all calls of a client", function()
    local client, log = aws_client.new { again = failure(500, "InternalServerError") }
    for _ = 1, 30 do client.ssm:GetOpsItem { OpsItemId = "oi-0123456789ab" } end
    -- 500 tokens pay for 35 repeats at 14.
    assert.equal(30 + 35, #log.sent)
  end)

  it("gets its tokens back by succeeding", function()
    local client = aws_client.new { failure(500, "InternalServerError"), CREATED, CREATED }
    assert(client.ssm:CreateOpsItem(ITEM))
    assert.equal(500, client.bucket.tokens)
  end)

  it("pauses before it ends a long poll without a budget", function()
    local client, log = aws_client.new { again = failure(500, "InternalFailure") }
    client.bucket:take(500)
    local output = client.sqs:ReceiveMessage { QueueUrl = "https://sqs.us-west-2.amazonaws.com/1/q" }
    assert.is_nil(output)
    assert.equal(1, #log.sent)
    assert.near(0.05, log.slept[1], 1e-9)
  end)

  it("tells who listens about every request", function()
    local told = {}
    local client = aws_client.new({ failure(429, "ThrottlingException"), CREATED }, {
      on_call = function(info) table.insert(told, info) end,
    })
    assert(client.ssm:CreateOpsItem(ITEM))
    assert.equal(2, #told)
    assert.same({ "ssm", "CreateOpsItem", 1, 429, "ThrottlingException", false },
      { told[1].service, told[1].operation, told[1].attempt, told[1].status, told[1].code, told[1].reads })
    assert.same({ 2, 200 }, { told[2].attempt, told[2].status })
    assert.equal("req-1", told[2].request_id)
  end)

  it("is refused in a read-only client before anything is built, reading calls are not", function()
    local client, log = aws_client.new({ response(200, '{"OpsItem":{}}') }, { read_only = true })
    local output, e = client.ssm:CreateOpsItem(ITEM)
    assert.is_nil(output)
    assert.same({ "ReadOnly", "readonly", "no" }, { e.code, e.kind, e.executed })
    assert.equal(0, #log.sent)
    assert(client.ssm:GetOpsItem { OpsItemId = "oi-0123456789ab" })
  end)

  it("raises a slip of the program with the line that made it", function()
    local client = aws_client.new {}
    local ok, message = pcall(function() client.ssm:CreateOpsItem { Titel = "t" } end)
    assert.is_false(ok)
    assert.truthy(message:find("call_spec.lua:%d+: ") and message:find('did you mean "Title"?', 1, true), message)
    ok, message = pcall(function() client.ssm:call("CreateOpsItem", "text") end)
    assert.is_false(ok)
    assert.truthy(message:find("takes a table", 1, true), message)
  end)

  it("returns an error of the data instead of raising it", function()
    local client, log = aws_client.new {}
    local output, e = client.ssm:CreateOpsItem { Title = "", Description = "d", Source = "s" }
    assert.is_nil(output)
    assert.equal("input", e.kind)
    assert.equal(0, #log.sent)
  end)

  it("puts the path of an endpoint URL before its own", function()
    local client, log = aws_client.new({ response(200, '{"WorkloadSummaries":[]}') }, {
      endpoint = function() return { scheme = "https", host = "proxy.example.com:8443", path_prefix = "/aws" } end,
    })
    assert(client.wellarchitected:ListWorkloads {})
    assert.same({ "proxy.example.com:8443", "/aws/workloadsSummaries" }, { log.sent[1].host, log.sent[1].path })
    assert.truthy(log.sent[1].headers.authorization:find("/us-west-2/wellarchitected/", 1, true))
  end)

  it("names the operation in an endpoint error", function()
    local client = aws_client.new({}, { region = "not a region" })
    local output, e = client.ssm:GetOpsItem { OpsItemId = "oi-0123456789ab" }
    assert.is_nil(output)
    assert.same({ "BadRegion", "ssm", "GetOpsItem" }, { e.code, e.service, e.operation })
  end)
end)
