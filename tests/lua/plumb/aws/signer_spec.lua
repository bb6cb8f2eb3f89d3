local aws_client = require "tests.support.aws_client"
local secret = require "plumb.secret"
local signer = require "plumb.aws.signer"

local OPTIONS = { service = "ssm", region = "eu-west-1", time = aws_client.NOW }

local function request()
  return {
    method = "POST", scheme = "https", host = "ssm.eu-west-1.amazonaws.com", path = "/", query = "",
    headers = { ["content-type"] = "application/x-amz-json-1.1", ["x-amz-target"] = "AmazonSSM.GetOpsItem" },
    body = '{"OpsItemId":"oi-0123456789ab"}', fresh = true,
  }
end

local function keys(wrap)
  return { access_key_id = "AKIDEXAMPLE", secret = wrap(aws_client.KEYS.secret), session_token = wrap("TOKENEXAMPLE") }
end

local SIGNATURE = "0a8dc49c1ce8b6694688cfd2aaf8ae2cdc90767c019f7d1b6d6dbc931eb19ed1"

describe("plumb.aws.signer", function()
  it("signs as another signer did, from secrets and from text", function()
    for _, wrap in ipairs { secret.new, function(text) return text end } do
      local signed = assert(signer.sign(request(), keys(wrap), OPTIONS))
      assert.truthy(signed.headers.authorization:find("Signature=" .. SIGNATURE, 1, true))
      assert.equal("20260102T030405Z", signed.headers["x-amz-date"])
    end
  end)

  it("makes a new request and keeps the rest of the old one", function()
    local original = request()
    local signed = assert(signer.sign(original, keys(secret.new), OPTIONS))
    assert.same(request(), original)
    assert.is_true(signed.fresh)
    assert.equal(original.body, signed.body)
  end)

  it("keeps the session token a secret among the headers", function()
    local signed = assert(signer.sign(request(), keys(secret.new), OPTIONS))
    assert.is_true(secret.is(signed.headers["x-amz-security-token"]))
  end)

  it("returns what is wrong with the credentials", function()
    local signed, e = signer.sign(request(), { access_key_id = "", secret = "" }, OPTIONS)
    assert.is_nil(signed)
    assert.equal("credentials", e.kind)
    assert.equal("no", e.executed)
  end)

  it("presigns a query that names its validity", function()
    local options = { service = "ssm", region = "eu-west-1", time = aws_client.NOW, presign_expires = 60 }
    local query = assert(signer.presign(request(), keys(secret.new), options))
    assert.truthy(query:find("X-Amz-Expires=60", 1, true))
    assert.truthy(query:find("X%-Amz%-Signature=%x+"))
  end)
end)
