local endpoint = require "plumb.aws.endpoint"
local settings = require "tests.support.settings"

describe("the endpoint of a service", function()
  local WA = require "plumb.aws.service.wellarchitected"
  local SSM = require "plumb.aws.service.ssm"
  local function host(service, found)
    local place = assert(endpoint.resolver(found)(service, "eu-west-1"))
    return ("%s://%s%s"):format(place.scheme, place.host, place.path_prefix)
  end

  it("is the rule's without any setting", function()
    assert.equal("https://wellarchitected.eu-west-1.amazonaws.com", host(WA, settings()))
  end)

  it("follows parameter, service variable, general variable, services section, profile", function()
    local env = { AWS_PROFILE = "prod", AWS_ENDPOINT_URL_WELLARCHITECTED = "https://one.example.com",
      AWS_ENDPOINT_URL = "https://two.example.com" }
    assert.equal("https://zero.example.com", host(WA, settings(env, { endpoint_url = "https://zero.example.com" })))
    assert.equal("https://one.example.com", host(WA, settings(env)))
    assert.equal("https://two.example.com", host(SSM, settings(env)))
    assert.equal("http://127.0.0.1:4566", host(WA, settings { AWS_PROFILE = "prod" }))
    assert.equal("https://all.example.com", host(SSM, settings { AWS_PROFILE = "prod" }))
    local oidc = { service_id = "SSO OIDC", endpoint_prefix = "oidc" }
    assert.equal("https://oidc.example.com/x", host(oidc, settings { AWS_PROFILE = "prod" }))
  end)

  it("ignores what is configured when told to, but not the parameter", function()
    local env = { AWS_PROFILE = "prod", AWS_ENDPOINT_URL = "https://two.example.com",
      AWS_IGNORE_CONFIGURED_ENDPOINT_URLS = "true" }
    assert.equal("https://ssm.eu-west-1.amazonaws.com", host(SSM, settings(env)))
    assert.equal("https://zero.example.com", host(SSM, settings(env, { endpoint_url = "https://zero.example.com" })))
  end)

  it("has FIPS and dual stack from the environment", function()
    assert.equal("https://ssm-fips.eu-west-1.api.aws",
      host(SSM, settings { AWS_USE_FIPS_ENDPOINT = "true", AWS_USE_DUALSTACK_ENDPOINT = "TRUE" }))
  end)

  it("is in one Region for a whole partition where the service is", function()
    local organizations = { service_id = "Organizations", endpoint_prefix = "organizations" }
    local place = endpoint.resolve(organizations, "eu-west-1")
    assert.same({ "organizations.us-east-1.amazonaws.com", "us-east-1" }, { place.host, place.region })
    place = endpoint.resolve(organizations, "us-gov-east-1", { fips = true })
    assert.same({ "organizations.us-gov-west-1.amazonaws.com", "us-gov-west-1" }, { place.host, place.region })
  end)

  it("has the hosts of SSO", function()
    for _, name in ipairs { "portal.sso", "oidc" } do
      local place = endpoint.resolve({ endpoint_prefix = name }, "eu-west-1")
      assert.equal(name .. ".eu-west-1.amazonaws.com", place.host)
    end
  end)

  local REFUSED = {
    "http://example.com", "http://10.0.0.1", "http://127.0.0.1.evil.test", "http://localhost.evil.test",
    "http://localhost@evil.test", "https://user:pw@example.com", "https://", "https:///x",
    "ftp://example.com", "example.com", "https://exa mple.com",
    "https://example.com:0", "https://example.com:70000", "https://example.com:x", "https://example.com/?a=b",
    "https://example.com/#x", "https://example.com/a/../b", "https://example.com\r\nX: y", "https://-x.com",
    "https://a..b",
  }
  for _, url in ipairs(REFUSED) do
    it(("refuses %s"):format((url:gsub("%c", "?"))), function()
      local place, e = endpoint.parse_url(url)
      assert.is_nil(place)
      assert.equal("BadEndpoint", e.code)
      assert.is_nil(e.message:find("pw", 1, true), "shows a password")
    end)
  end

  it("takes plain http to this machine, and elsewhere only when that is allowed", function()
    for _, url in ipairs { "http://127.0.0.1:8000", "http://localhost", "http://[::1]:9/x", "HTTP://LOCALHOST/" } do
      assert.truthy(endpoint.parse_url(url), url)
    end
    assert.equal("http", endpoint.parse_url("http://10.0.0.1", { allow_http = true }).scheme)
  end)
end)
