-- engine.sign as the signer's door sees it. The stages themselves are checked by the SigV4 suite.

local engine = require("engine.sign")
local secret = require("plumb.secret")

local TIME = 1767323045 -- 2026-01-02T03:04:05Z

local function request(changes)
  local r = { method = "POST", host = "ssm.eu-west-1.amazonaws.com", path = "/", query = "",
    body = '{"OpsItemId":"oi-0123456789ab"}',
    headers = { ["content-type"] = "application/x-amz-json-1.1", ["x-amz-target"] = "AmazonSSM.GetOpsItem" } }
  for key, value in pairs(changes or {}) do
    r[key] = value
  end
  return r
end

local function options(changes)
  local o = { access_key_id = "AKIDEXAMPLE", secret = secret.new("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"),
    session_token = secret.new("TOKENEXAMPLE"), region = "eu-west-1", service = "ssm", time = TIME }
  for key, value in pairs(changes or {}) do
    o[key] = value
  end
  return o
end

describe("engine.sign", function()
  it("signs with secrets and gives the token back as one", function()
    local added = assert(engine.sign(request(), options()))
    assert.equal("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260102/eu-west-1/ssm/aws4_request, "
      .. "SignedHeaders=content-type;host;x-amz-date;x-amz-security-token;x-amz-target, "
      .. "Signature=0a8dc49c1ce8b6694688cfd2aaf8ae2cdc90767c019f7d1b6d6dbc931eb19ed1", added.authorization)
    assert.equal("20260102T030405Z", added["x-amz-date"])
    assert.is_true(secret.is(added["x-amz-security-token"]))
  end)

  it("signs the same with strings, and with a host among the headers", function()
    local with_host = request()
    with_host.headers.host, with_host.host = with_host.host, nil
    local plain = options { secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", session_token = "TOKENEXAMPLE" }
    assert.equal(engine.sign(request(), options()).authorization, engine.sign(with_host, plain).authorization)
  end)

  it("says what is wrong with its input and never the secret", function()
    for _, changes in ipairs { { region = "" }, { access_key_id = "A\nB" }, { time = -1 }, { time = 0 / 0 },
      { secret = "" } } do
      local added, err = engine.sign(request(), options(changes))
      assert.is_nil(added)
      assert.equal("BadSigningInput", err.code)
      assert.is_nil(err.message:find("wJalr", 1, true))
    end
  end)

  it("raises on tables that are no request", function()
    assert.error(function() engine.sign(nil, options()) end)
    assert.error(function() engine.sign(request { method = 1 }, options()) end)
    assert.error(function() engine.sign(request { headers = { x = 1 } }, options()) end)
    assert.error(function() engine.sign(request { headers = { "x" } }, options()) end)
    assert.error(function() engine.presign(request(), options()) end)
  end)

  it("takes repeated headers as a list", function()
    local r = request { headers = { ["x-b"] = { "2", "1" } } }
    assert.matches("\nx%-b:2,1\n", engine.canonical_request(r, options()))
  end)

  it("judges what a request does", function()
    local ssm = { service = "ssm" }
    assert.is_true(engine.reads(request(), ssm))
    local create = request()
    create.headers["x-amz-target"] = "AmazonSSM.CreateOpsItem"
    assert.is_false(engine.reads(create, ssm))
    assert.is_true(engine.reads({ method = "POST", host = "h", path = "/workloadsSummaries" },
      { service = "wellarchitected" }))
    assert.is_false(engine.reads({ method = "PATCH", host = "h", path = "/workloads/x" },
      { service = "wellarchitected" }))
  end)

  it("trusts no request that names its operation twice", function()
    local r = request()
    r.headers["X-Amz-Target"] = "AmazonSSM.CreateOpsItem"
    assert.is_false(engine.reads(r, { service = "ssm" }))
    assert.is_false(engine.reads(request(), { service = "ssm", payload_hash = "UNSIGNED-PAYLOAD" }))
  end)
end)
