local client = require("lua.sim.client")
local signature = require("sim.signature")

local KEY, SECRET = "AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
local AT = client.START

local ARN = "arn%3Aaws%3Awellarchitected%3Aus-west-2%3A123456789012%3A"
local HEX = "0123456789abcdef0123456789abcdef"

-- Made by another signer; the query of the last one is unsorted on purpose.
local VECTORS = {
  ["a GET with a lens ARN in the path and a token in the query"] = { method = "GET",
    path = "/workloads/" .. HEX .. "/lensReviews/" .. ARN .. "lens%2F" .. HEX .. "/improvements",
    query = "MaxResults=100&NextToken=a%2Bb%2Fc%3D%3D", host = "wellarchitected.us-west-2.amazonaws.com", headers = {},
    scope = "us-west-2/wellarchitected", signed = "host;x-amz-date",
    signature = "b0efba83b1ea8bbed2d926094974148f8823290f0f4d681320d81e074f933acd" },
  ["a PATCH with a body"] = { method = "PATCH",
    path = "/workloads/" .. HEX .. "/lensReviews/wellarchitected/answers/priorities",
    body = "{\"ChoiceUpdates\":{\"ops_bp_1\":{\"Status\":\"SELECTED\"}}}",
      host = "wellarchitected.us-west-2.amazonaws.com",
    headers = { ["content-type"] = "application/json" }, scope = "us-west-2/wellarchitected",
    signed = "content-type;host;x-amz-date",
    signature = "c3ac0f0961727bc135772ab155b1bf34f762d58730aa7198c0572a7546b55ee0" },
  ["a POST with a session token"] = { method = "POST", path = "/", body = "{\"OpsItemId\":\"oi-0123456789ab\"}",
    host = "ssm.eu-west-1.amazonaws.com", headers = { ["content-type"] = "application/x-amz-json-1.1",
      ["x-amz-security-token"] = "TOKENEXAMPLE", ["x-amz-target"] = "AmazonSSM.GetOpsItem" }, scope = "eu-west-1/ssm",
    signed = "content-type;host;x-amz-date;x-amz-security-token;x-amz-target", token = "TOKENEXAMPLE",
    signature = "0a8dc49c1ce8b6694688cfd2aaf8ae2cdc90767c019f7d1b6d6dbc931eb19ed1" },
  ["a DELETE with a repeated, unsorted key"] = { method = "DELETE", path = "/tags/" .. ARN .. "workload%2F" .. HEX,
    query = "tagKeys=b&tagKeys=a", host = "wellarchitected.us-west-2.amazonaws.com", headers = {},
    scope = "us-west-2/wellarchitected", signed = "host;x-amz-date",
    signature = "c5b4e1f8b9aaacf1f5c8495719977346c95aa144f5369a7763eb5461db080d55" },
}

local function check(vector, change)
  local request = { method = vector.method, path = vector.path, query = vector.query or "", body = vector.body or "",
    headers = { host = vector.host, ["x-amz-date"] = "20260102T030405Z" } }
  for key, value in pairs(vector.headers) do
    request.headers[key] = value
  end
  request.headers.authorization = ("AWS4-HMAC-SHA256 Credential=%s/20260102/%s/aws4_request, SignedHeaders=%s, "
    .. "Signature=%s"):format(KEY, vector.scope, vector.signed, vector.signature)
  if change then
    change(request)
  end
  local claim = signature.read(request)
  return pcall(signature.check, request, claim, { secret = SECRET, session_token = vector.token }, AT)
end

describe("the signature check", function()
  for name, vector in pairs(VECTORS) do
    it("accepts " .. name, function()
      assert.is_true(check(vector))
    end)

    it("refuses " .. name .. " when a byte of it changes", function()
      for _, change in ipairs({ function(r) r.path = r.path .. "x" end, function(r) r.body = r.body .. " " end,
        function(r) r.query = r.query .. "&x=1" end, function(r) r.method = "PUT" end }) do
        local ok, failure = check(vector, change)
        assert.is_false(ok)
        assert.equal("InvalidSignatureException", failure.code)
      end
    end)
  end

  it("refuses a path that was encoded once in the canonical request", function()
    local vector = VECTORS["a DELETE with a repeated, unsorted key"]
    assert.is_false((check(vector, function(r) r.path = r.path:gsub("%%2F", "/") end)))
  end)
end)

describe("the front end", function()
  local c

  before_each(function()
    c = client.new({ seed = "empty" })
  end)

  local function outcome(name, change)
    local request = c:request(name, {})
    change(request)
    local response = assert(c.sim:send(request))
    return response.status, response.headers["x-amzn-errortype"] or response.body:match("\"__type\":\"(.-)\"")
      or response.body:match("<Code>(.-)</Code>"), response.body
  end

  local function expect(status, code, name, change)
    local have_status, have_code, body = outcome(name, change)
    assert.same({ status, code }, { have_status, have_code })
    return body
  end

  local function replace_key(request)
    request.headers.authorization = request.headers.authorization:gsub("Credential=%w+", "Credential=AKIDUNKNOWN")
  end

  it("does not know a foreign key", function()
    expect(403, "UnrecognizedClientException", "wellarchitected.ListWorkloads", replace_key)
    local body = expect(400, "com.amazon.coral.service#UnrecognizedClientException", "ssm.DescribeOpsItems",
      replace_key)
    assert.is_truthy(body:find("\"message\":", 1, true))
    expect(403, "InvalidClientTokenId", "sts.GetCallerIdentity", replace_key)
  end)

  it("refuses an unsigned request", function()
    local function unsign(request) request.headers.authorization = nil end
    expect(403, "MissingAuthenticationTokenException", "wellarchitected.ListWorkloads", unsign)
    assert.equal(400, (outcome("ssm.DescribeOpsItems", unsign)))
    expect(403, "MissingAuthenticationToken", "sts.GetCallerIdentity", unsign)
  end)

  it("refuses a wrong signature, with `message` in lower case", function()
    local status, code, body = outcome("wellarchitected.ListWorkloads", function(request)
      request.body = request.body .. " "
    end)
    assert.same({ 403, "InvalidSignatureException" }, { status, code })
    assert.is_truthy(body:find("\"message\":", 1, true))
    assert.is_nil(body:find("\"Message\":", 1, true))
  end)

  it("takes signatures up to five minutes old or early, and not beyond", function()
    for offset, wanted in pairs({ [-299] = 200, [299] = 200, [-301] = 403, [301] = 403 }) do
      local request = c:request("wellarchitected.ListWorkloads", {})
      c.time = client.START - offset
      local response = assert(c.sim:send(request))
      c.time = client.START
      assert.equal(wanted, response.status)
      if wanted == 403 then
        assert.is_truthy(response.body:find(offset < 0 and "Signature expired: 2026" or "not yet current", 1, true))
      end
    end
  end)

  it("has its own idea of the time when a skew is ordered, and says it in Date", function()
    c.sim:fault({ kind = "skew", seconds = 600 })
    local response = assert(c.sim:send(c:request("wellarchitected.ListWorkloads", {})))
    assert.equal(403, response.status)
    assert.equal("Fri, 02 Jan 2026 03:14:05 GMT", response.headers.date)
  end)

  it("wants the host and every x-amz header signed", function()
    local status, code, body = outcome("wellarchitected.ListWorkloads", function(request)
      request.headers["x-amz-extra"] = "1"
    end)
    assert.same({ 403, "InvalidSignatureException" }, { status, code })
    assert.is_truthy(body:find("must be a 'SignedHeader'", 1, true))
  end)

  it("wants the scope of the host", function()
    local request = c:request("ssm.DescribeOpsItems", {})
    request.headers.host, request.host = "ssm.eu-west-1.amazonaws.com", "ssm.eu-west-1.amazonaws.com"
    local response = assert(c.sim:send(c:sign(request, "ssm")))
    assert.is_truthy(response.body:find("valid Region", 1, true))
  end)

  it("refuses an Authorization header with parts missing", function()
    local status, code = outcome("ssm.DescribeOpsItems", function(request)
      request.headers.authorization = request.headers.authorization:gsub(", Signature=.*", "")
    end)
    assert.same({ 400, "com.amazon.coral.service#IncompleteSignatureException" }, { status, code })
  end)

  it("refuses a session key without its token, and one that has expired", function()
    c = client.new({ seed = "empty", credentials = { ASIAEXAMPLE = { secret = "s", session_token = "t",
      expires_at = client.START + 10 } } })
    c.key = { id = "ASIAEXAMPLE", secret = "s", token = "t" }
    assert.equal(200, (c:call("sts.GetCallerIdentity")))
    c.key.token = nil
    assert.equal("InvalidClientTokenId", (c:refused("sts.GetCallerIdentity")))
    c.key.token, c.time = "t", client.START + 11
    assert.equal("ExpiredToken", (c:refused("sts.GetCallerIdentity")))
    assert.equal("ExpiredTokenException", (c:refused("ssm.DescribeOpsItems")))
  end)

  it("reads a token that is wrapped as a secret, in process", function()
    c = client.new({ seed = "empty", credentials = { ASIAEXAMPLE = { secret = "s", session_token = "t" } } })
    c.key = { id = "ASIAEXAMPLE", secret = "s", token = "t" }
    local request = c:request("ssm.DescribeOpsItems")
    request.headers["x-amz-security-token"] = require("plumb.secret").new("t")
    assert.equal(200, assert(c.sim:send(request)).status)
    c.key.token = "wrong"
    request = c:request("ssm.DescribeOpsItems")
    request.headers["x-amz-security-token"] = require("plumb.secret").new("wrong")
    assert.equal(400, assert(c.sim:send(request)).status)
  end)

  it("refuses a pre-signed request that is too old with RequestExpired", function()
    local scope = "20260102/us-east-1/ssm/aws4_request"
    local query = "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=" .. c.key.id .. "%2F" .. scope:gsub("/", "%%2F")
      .. "&X-Amz-Date=20260102T030405Z&X-Amz-Expires=60&X-Amz-SignedHeaders=host"
    local request = { method = "GET", path = "/", query = query, body = "", headers = {
      host = "ssm.us-east-1.amazonaws.com" } }
    local text = signature.string_to_sign(signature.canonical(request, { "host" }), "20260102T030405Z", scope)
    request.query = query .. "&X-Amz-Signature=" .. signature.sign(c.key.secret, scope, text)
    local claim = signature.read(request)
    assert.has_no.errors(function() signature.check(request, claim, { secret = c.key.secret }, client.START + 59) end)
    local ok, failure = pcall(signature.check, request, claim, { secret = c.key.secret }, client.START + 61)
    assert.same({ false, "RequestExpired", 400 }, { ok, failure.code, failure.status })
  end)
end)
