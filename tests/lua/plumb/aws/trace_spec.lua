local aws_client = require "tests.support.aws_client"
local err = require "plumb.err"
local secret = require "plumb.secret"
local trace = require "plumb.aws.trace"

local KEYS = {
  access_key_id = "AKIATRACESPECEXAMPLE", secret = secret.new("trace/spec/Qm9kQ2RzV+ujWq8nTzRbXoEp4sGy"),
  session_token = secret.new("trace-spec-token-Vn3kZt8QrB1xWm6Yc4Hd"), source = "spec",
}

-- What is written for the calls that fn makes.
local function traced(answers, fn, ascii)
  local written = {}
  local client = aws_client.new(answers, {
    credentials = function() return KEYS end,
    trace = trace.new { write = function(text) written[#written + 1] = text end, ascii = ascii },
  })
  fn(client)
  return table.concat(written)
end

describe("plumb.aws.trace", function()
  after_each(aws_client.restore)

  it("shows a request and its answer, without what is secret in them", function()
    local text = traced({ aws_client.response(200, '{"WorkloadSummaries":[]}') }, function(client)
      assert(client.wellarchitected:ListWorkloads { MaxResults = 50 })
    end)
    local first, rest = text:match("^([^\n]*)\n(.*)$")
    assert.equal("→ POST https://wellarchitected.us-west-2.amazonaws.com/workloadsSummaries"
      .. "   #1 wellarchitected.ListWorkloads attempt 1", first)
    assert.truthy(rest:find("authorization: AWS4-HMAC-SHA256 Credential=AKIA…MPLE/20260102/us-west-2/wellarchitected/"
      .. "aws4_request, Signature=[redacted]\n", 1, true), rest)
    assert.truthy(rest:find("x%-amz%-security%-token: %[redacted 37 bytes sha256:%x%x%x%x%]\n"), rest)
    assert.truthy(rest:find('    {"MaxResults":50}\n', 1, true), rest)
    assert.truthy(rest:find("← #1 200 in 1 ms   request id req-1   24 bytes\n", 1, true), rest)
    assert.is_nil(text:find("Signature=%x"))
    assert.is_nil(text:find("AKIATRACESPEC", 1, true))
  end)

  it("prints no body of a service that is not on the list", function()
    local text = traced({ aws_client.response(200, [[<AssumeRoleWithWebIdentityResponse>
      <AssumeRoleWithWebIdentityResult><Credentials><SecretAccessKey>very-secret</SecretAccessKey></Credentials>
      </AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>]]) }, function(client)
      client.sts:AssumeRoleWithWebIdentity {
        RoleArn = "arn:aws:iam::123456789012:role/x", RoleSessionName = "x1", WebIdentityToken = "the-web-token" }
    end)
    assert.is_nil(text:find("the-web-token", 1, true))
    assert.is_nil(text:find("very-secret", 1, true))
    assert.truthy(text:find("\n    [redacted ", 1, true), text)
  end)

  it("prints no body of Systems Manager but those of OpsItems", function()
    local plan = { service = { name = "ssm" }, operation = "GetParameter" }
    local request = { method = "POST", scheme = "https", host = "h", path = "/", query = "a=hidden",
      headers = { ["x-new-header"] = "hidden", accept = "*/*" }, body = '{"Name":"hidden"}' }
    local text = ""
    local made = trace.new { write = function(more) text = text .. more end }
    made.sent(plan, request, 1)
    assert.is_nil(text:find("hidden", 1, true), text)
    assert.truthy(text:find("accept: */*", 1, true))
    plan.operation, text = "GetOpsItem", ""
    made.sent(plan, request, 1)
    assert.truthy(text:find('{"Name":"hidden"}', 1, true), text)
    assert.is_nil(text:find("x%-new%-header: hidden"), text)
  end)

  it("shows every attempt, and what came instead of an answer", function()
    local gone = err.new { kind = "connection", code = "ConnectionLost", message = "gone \27[2J", executed = "maybe" }
    local text = traced({ gone, aws_client.response(200, '{"OpsItem":{}}') }, function(client)
      assert(client.ssm:GetOpsItem { OpsItemId = "oi-0123456789ab" })
    end, true)
    assert.truthy(text:find("\n<- #1 ConnectionLost: gone \\x1b[2J\n", 1, true), text)
    assert.truthy(text:find("\n-> POST [^\n]*   #2 ssm%.GetOpsItem attempt 2\n"), text)
    assert.is_nil(text:find("[^\x20-\x7E\n]"), "more than ASCII")
  end)

  it("cuts a long body", function()
    local text = ""
    local request = { method = "POST", scheme = "https", host = "h", path = "/", query = "", headers = {},
      body = ("d"):rep(5000) }
    trace.new({ write = function(more) text = text .. more end })
      .sent({ service = { name = "ssm" }, operation = "CreateOpsItem" }, request, 1)
    assert.truthy(text:find("ddd (and 904 bytes more)\n", 1, true))
    assert.is_true(#text < 4300)
  end)
end)
