local err = require "plumb.err"
local local_service = require "tests.support.local_service"
local profiles = require "tests.support.profiles"
local transport = require "plumb.transport"

local GOOD = '{"Code":"Success","LastUpdated":"2026-01-01T00:00:00Z","Type":"AWS-HMAC","AccessKeyId":"ASIAINSTANCE",'
  .. '"SecretAccessKey":"HUSH","Token":"HUSHTOKEN","Expiration":"2999-01-01T00:00:00Z"}'
local TOKEN, ROLES = "PUT /latest/api/token", "GET /latest/meta-data/iam/security-credentials/"

local function answers(changes)
  local all = { [TOKEN] = "HUSHSESSION==", [ROLES] = "web-server\n", [ROLES .. "web-server"] = GOOD }
  for key, answer in pairs(changes or {}) do all[key] = answer or nil end
  return all
end

describe("instance metadata", function()
  local service

  local function start(changes) service = local_service.start(answers(changes)) end

  local function ask(env, replace, config)
    local all = { AWS_EC2_METADATA_DISABLED = false, AWS_EC2_METADATA_SERVICE_ENDPOINT = service and service.url }
    for name, value in pairs(env or {}) do all[name] = value end
    return profiles.try("instance", { env = all, config = config }, replace or { send = transport.send })
  end

  -- Goes on down the chain with a reason that says nothing of what was answered.
  local function gone_on(found, reason)
    assert.is_nil(found)
    assert.is_string(reason)
    assert.is_nil(reason:find("HUSH", 1, true))
    return reason
  end

  after_each(function()
    if service then service.close() end
    service = nil
  end)

  it("is asked for a session first, then for the role, then for its keys", function()
    start()
    local found = assert(ask())
    assert.equal("ASIAINSTANCE", found.access_key_id)
    assert.is_true(found.stable)
    assert.same({ TOKEN, ROLES, ROLES .. "web-server" }, local_service.keys(service))
    assert.equal("21600", service.asked[1].headers["x-aws-ec2-metadata-token-ttl-seconds"])
    for i = 2, 3 do assert.equal("HUSHSESSION==", service.asked[i].headers["x-aws-ec2-metadata-token"]) end
  end)

  it("is not asked when a variable says so", function()
    for _, word in ipairs { "true", "True", "TRUE" } do
      local _, reason = ask({ AWS_EC2_METADATA_DISABLED = word }, {})
      assert.equal("switched off by AWS_EC2_METADATA_DISABLED", reason)
    end
  end)

  -- Guards only_local, no_proxy and the numbers in place.lua and instance.lua.
  it("is asked at its own address, once, for a second, and never through a proxy", function()
    local sent = {}
    local function send(request)
      sent[#sent + 1] = request
      return nil, err.new { code = "Timeout", kind = "connection" }
    end
    assert.equal("no answer in 1.0 s", gone_on(ask({ }, { send = send })))
    assert.equal(1, #sent)
    assert.equal("http://169.254.169.254/latest/api/token", sent[1].scheme .. "://" .. sent[1].host .. sent[1].path)
    assert.equal(1, sent[1].timeout)
    assert.is_true(sent[1].no_proxy and sent[1].only_local)
    gone_on(ask({ AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE = "ipv6", AWS_METADATA_SERVICE_TIMEOUT = "2.5",
      AWS_METADATA_SERVICE_NUM_ATTEMPTS = "3" }, { send = send }))
    assert.equal(4, #sent)
    assert.equal("[fd00:ec2::254]", sent[2].host)
    assert.equal(2.5, sent[2].timeout)
  end)

  it("takes its settings from the profile too", function()
    start()
    assert(ask({ AWS_EC2_METADATA_SERVICE_ENDPOINT = "" }, nil,
      "[default]\nec2_metadata_service_endpoint = " .. service.url .. "/\nmetadata_service_timeout = 5\n"))
    assert.equal(3, #service.asked)
  end)

  it("is not spoken to in version 1 unless that is allowed", function()
    for _, status in ipairs { 403, 404, 405 } do
      start { [TOKEN] = { status = status, body = "HUSH" } }
      assert.truthy(gone_on(ask()):find("AWS_EC2_METADATA_V1_DISABLED=false", 1, true))
      assert.same({ TOKEN }, local_service.keys(service))
      assert(ask { AWS_EC2_METADATA_V1_DISABLED = "false" })
      assert.is_nil(service.asked[4].headers["x-aws-ec2-metadata-token"])
      service.close()
    end
    start { [TOKEN] = { status = 400, body = "HUSH" } }
    gone_on(ask { AWS_EC2_METADATA_V1_DISABLED = "false" })
    assert.same({ TOKEN }, local_service.keys(service))
  end)

  it("may be too far away for a session: a packet with one hop to live", function()
    local function send(request)
      if request.method == "PUT" then return nil, err.new { code = "Timeout", kind = "connection" } end
      return { status = 200, body = request.path:find("/$") and "web-server" or GOOD, headers = {} }
    end
    gone_on(ask({}, { send = send }))
    assert(ask({ AWS_EC2_METADATA_V1_DISABLED = "false" }, { send = send }))
  end)

  -- Whatever it answers, the chain goes on, nothing is repeated and nothing further is asked.
  local CASES = {
    ["a session token with a line break"] = { { [TOKEN] = "HUSH\r\nX: y" }, 1 },
    ["a session token that is a page"] = { { [TOKEN] = ("<html>HUSH</html>"):rep(200) }, 1 },
    ["an empty session token"] = { { [TOKEN] = { status = 200, body = "" } }, 1 },
    ["a redirect"] = { { [TOKEN] = { status = 307, headers = { location = "/latest/api/token" }, body = "" } }, 1 },
    ["no role"] = { { [ROLES] = false }, 2, "no role is attached" },
    ["a role name that climbs"] = { { [ROLES] = "../../../HUSH" }, 2, "not the name of one" },
    ["a role name of dots"] = { { [ROLES] = ".." }, 2, "not the name of one" },
    ["several role names"] = { { [ROLES] = "a\nHUSH" }, 2, "not the name of one" },
    ["a role name with a query"] = { { [ROLES] = "HUSH?x=y" }, 2, "not the name of one" },
    ["a page for a role"] = { { [ROLES] = "<html>HUSH</html>" }, 2, "not the name of one" },
    ["an endless role name"] = { { [ROLES] = ("HUSH"):rep(100) }, 2, "not the name of one" },
    ["no keys"] = { { [ROLES .. "web-server"] = false }, 3, "no credentials" },
    ["a page for keys"] = { { [ROLES .. "web-server"] = "<html>HUSH</html>" }, 3, "not a JSON object" },
    ["a failure"] = { { [ROLES .. "web-server"] = '{"Code":"AssumeRoleUnauthorizedAccess","Message":"HUSH"}' }, 3,
      "no credentials for the instance's role" },
    ["keys without a token"] = { { [ROLES .. "web-server"] = GOOD:gsub('"Token"', '"x"') }, 3, "a field is missing" },
    ["keys without an end"] = { { [ROLES .. "web-server"] = GOOD:gsub('"Expiration"', '"x"') }, 3,
      "a field is missing" },
    ["half of it"] = { { [ROLES .. "web-server"] = { status = 200, body = GOOD, fault = "short" } }, 3, "no usable" },
    ["too much"] = { { [ROLES .. "web-server"] = ("HUSH"):rep(5000) }, 3, "too large" },
    ["a failing server"] = { { [TOKEN] = { status = 500, body = "HUSH" } }, 1, "HTTP 500" },
  }
  for name, case in pairs(CASES) do
    it("is not believed when it gives " .. name, function()
      start(case[1])
      local reason = gone_on(ask())
      assert.equal(case[2], #service.asked)
      assert.truthy(reason:find(case[3] or "", 1, true), reason)
    end)
  end

  it("refuses settings that make no sense", function()
    for variable, values in pairs {
      AWS_EC2_METADATA_SERVICE_ENDPOINT = { "evil", "http://a@b/", "http://127.0.0.1/?x=y", "gopher://127.0.0.1/" },
      AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE = { "IPv5" },
      AWS_METADATA_SERVICE_TIMEOUT = { "0", "-1", "x", "1e9" },
      AWS_METADATA_SERVICE_NUM_ATTEMPTS = { "0", "x" },
    } do
      for _, value in ipairs(values) do
        profiles.refused("BadMetadataSettings", ask({ [variable] = value }, {}))
      end
    end
  end)

  it("stays on this machine unless plain http elsewhere is allowed", function()
    local reason = gone_on(ask { AWS_EC2_METADATA_SERVICE_ENDPOINT = "http://192.0.2.1/" })
    assert.truthy(reason:find("its address is neither", 1, true))
  end)
end)
