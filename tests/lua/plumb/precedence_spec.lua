-- Who wins: the command line, then the environment, then the profile. One row for each setting, with what each
-- of the three says and how the outcome is read.

local endpoint = require "plumb.aws.endpoint"
local process = require "tests.support.process"
local session = require "plumb.session"
local ssm = require "plumb.aws.service.ssm"
local transport = require "plumb.transport"
local wellarchitected = require "plumb.aws.service.wellarchitected"

local function url(service)
  return function(settings) return (endpoint.configured_url(service or ssm, settings)) end
end

local ROWS = {
  { name = "profile", args = { profile = "flag" }, env = { AWS_PROFILE = "environment" },
    read = function(settings) return settings.profile_name end, absent = "default" },
  { name = "profile by its older variable", args = { profile = "flag" }, env = { AWS_DEFAULT_PROFILE = "environment" },
    read = function(settings) return settings.profile_name end, absent = "default" },
  { name = "Region", args = { region = "eu-west-1" }, env = { AWS_REGION = "eu-west-2" },
    profile = "region = eu-west-3",
    read = function(settings) return settings.region end, outcomes = { "eu-west-1", "eu-west-2", "eu-west-3" } },
  { name = "Region by its older variable", args = { region = "eu-west-1" }, env = { AWS_DEFAULT_REGION = "eu-west-2" },
    profile = "region = eu-west-3", read = function(settings) return settings.region end,
    outcomes = { "eu-west-1", "eu-west-2", "eu-west-3" } },
  { name = "endpoint", args = { endpoint_url = { "https://flag" } }, env = { AWS_ENDPOINT_URL = "https://environment" },
    profile = "endpoint_url = https://profile", read = url(),
    outcomes = { "https://flag", "https://environment", "https://profile" } },
  { name = "endpoint of one service", args = { endpoint_url = { "https://all", "ssm=https://flag" } },
    env = { AWS_ENDPOINT_URL_SSM = "https://environment", AWS_ENDPOINT_URL = "https://x" },
    profile = "services = mine\nendpoint_url = https://x\n[services mine]\nssm =\n  endpoint_url = https://profile",
    read = url(), outcomes = { "https://flag", "https://environment", "https://profile" } },
  { name = "attempts", args = { max_attempts = 7 }, env = { AWS_MAX_ATTEMPTS = "8" }, profile = "max_attempts = 9",
    read = function(settings) return settings.retry.max_attempts end, outcomes = { 7, 8, 9 } },
  { name = "retry mode", env = { AWS_RETRY_MODE = "legacy" }, profile = "retry_mode = legacy",
    read = function(settings) return settings.retry.mode end, outcomes = { nil, "legacy", "legacy" },
    absent = "standard" },
  { name = "FIPS", env = { AWS_USE_FIPS_ENDPOINT = "true" }, profile = "use_fips_endpoint = true",
    read = function(settings) return settings.fips end, outcomes = { nil, true, true }, absent = false },
  { name = "dual stack", env = { AWS_USE_DUALSTACK_ENDPOINT = "true" }, profile = "use_dualstack_endpoint = true",
    read = function(settings) return settings.dual_stack end, outcomes = { nil, true, true }, absent = false },
}

describe("precedence", function()
  local folder

  setup(function()
    folder = process.folder()
    for _, name in ipairs { "flag.pem", "environment.pem", "profile.pem" } do
      process.write(folder .. "/" .. name, name)
    end
  end)
  teardown(function() process.remove(folder) end)
  after_each(function() transport.configure {} end)

  -- Settings from these three; names of profiles exist, whoever names them.
  local function settings(args, env, profile)
    local path = process.write(folder .. "/config",
      "[profile flag]\n[profile environment]\n[default]\n" .. (profile or ""))
    local variables = { AWS_CONFIG_FILE = path, AWS_SHARED_CREDENTIALS_FILE = "/nonexistent" }
    for name, value in pairs(env or {}) do variables[name] = value end
    return session.settings(args or {}, function(name) return variables[name] end)
  end

  for _, row in ipairs(ROWS) do
    local expected = row.outcomes or { "flag", "environment" }
    it(("of the %s: flag, environment, profile"):format(row.name), function()
      if row.args then
        assert.equal(expected[1], row.read(settings(row.args, row.env, row.profile)))
        assert.equal(expected[1], row.read(settings(row.args, nil, row.profile)))
      end
      assert.equal(expected[2], row.read(settings(nil, row.env, row.profile)))
      if row.profile then assert.equal(expected[3], row.read(settings(nil, nil, row.profile))) end
      assert.equal(row.absent, row.read(settings()))
      local empty = {}
      for name in pairs(row.env) do empty[name] = "" end
      assert.equal(row.absent, row.read(settings(nil, empty)), "an empty variable says nothing")
    end)
  end

  it("of the certificates: flag, environment, profile", function()
    local function bundle(args, env, profile)
      return (session.ca_bundle(args, settings(args, env, profile)) or ""):match("[^/]*$")
    end
    local flag, env = { ca_bundle = folder .. "/flag.pem" }, { AWS_CA_BUNDLE = folder .. "/environment.pem" }
    local profile = "ca_bundle = " .. folder .. "/profile.pem"
    assert.equal("flag.pem", bundle(flag, env, profile))
    assert.equal("environment.pem", bundle({}, env, profile))
    assert.equal("profile.pem", bundle({}, nil, profile))
    assert.equal("", bundle({}))
  end)

  it("leaves other services to the URL for all", function()
    local found = settings { endpoint_url = { "ssm=https://one", "https://all" } }
    assert.equal("https://one", url(ssm)(found))
    assert.equal("https://all", url(wellarchitected)(found))
  end)

  it("does not let the environment choose endpoints when told to ignore it", function()
    local env = { AWS_IGNORE_CONFIGURED_ENDPOINT_URLS = "true", AWS_ENDPOINT_URL = "https://environment" }
    assert.is_nil(url()(settings(nil, env, "endpoint_url = https://profile")))
    assert.equal("https://flag", url()(settings({ endpoint_url = { "https://flag" } }, env)))
  end)

  for text, args in pairs {
    ["plain http off this machine"] = { endpoint_url = { "http://example.com" } },
    ["a service that is not known"] = { endpoint_url = { "smm=https://example.com" } },
    ["a URL with a password"] = { endpoint_url = { "https://me:pw@example.com" } },
    ["no URL"] = { endpoint_url = { "ssm=" } },
  } do
    it("refuses " .. text .. " before anything is signed", function()
      local ok, p = pcall(settings, args)
      assert.is_false(ok)
      assert.equal("E103", p.id)
    end)
  end

  it("takes plain http off this machine when told to", function()
    local found = settings { endpoint_url = { "http://example.com" }, allow_http = true }
    assert.equal("example.com", endpoint.resolver(found)(ssm, "eu-west-1").host)
    assert.is_nil((endpoint.resolver(settings(nil, { AWS_ENDPOINT_URL = "http://example.com" }))(ssm, "eu-west-1")))
  end)

  it("takes proxies from the variables that AWS's tools document, and from no others", function()
    local function proxies(env)
      transport.configure { env = function(name) return env[name] end }
      return transport.proxies()
    end
    local found = proxies { HTTPS_PROXY = "http://p:1", https_proxy = "http://q:1", NO_PROXY = "a,b" }
    assert.same({ "http://p:1", "a,b", "HTTPS_PROXY" }, { found.https, found.except, found.origins.https })
    found = proxies { https_proxy = "http://q:1", no_proxy = "c", HTTPS_PROXY = "" }
    assert.same({ "http://q:1", "c", "https_proxy" }, { found.https, found.except, found.origins.https })
    found = proxies { ALL_PROXY = "http://p:1", all_proxy = "http://p:1", FTP_PROXY = "x" }
    assert.is_nil(found.https or found.http)
  end)
end)
