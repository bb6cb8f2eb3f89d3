-- Where credentials come from, seen from outside: the built binary and AWS's own client read the same files and must be
-- taken for the same caller. The servers live in this process, so the others are started without blocking it.

local config = require("plumb.aws.config")
local digest = require("plumb.digest")
local files = require("plumb.files")
local json = require("plumb.json")
local local_service = require("support.local_service")
local process = require("plumb.process")
local server = require("plumb.server")
local sim = require("sim")
local support = require("support.process")
local time = require("plumb.time")

local BINARY = os.getenv("PLUMB_BINARY") or "build/plumb"
local KEY, SECRET = "AKIAWRITTENEXAMPLE01", "written/down/secret/00000000000000000000"
local TEMPORARY, SESSION = "ASIAHANDEDOUTEXAMPLE", "handed-out-session-token"
local ROLE = "arn:aws:iam::444455556666:role/"

-- Versions before these know no AWS_ENDPOINT_URL, so their calls to STS for a role would leave this machine.
local function knows_endpoint_url(cli)
  local major, minor = support.shell(cli .. " --version 2>&1"):match("botocore/(%d+)%.(%d+)")
  return major ~= nil and (tonumber(major) > 1 or tonumber(minor) >= 31)
end

local function find_clis()
  local found, seen = {}, {}
  for _, path in ipairs({ support.shell("command -v aws"), "/usr/bin/aws" }) do
    if path ~= "" and not seen[path] and support.exists(path) then
      seen[path] = true
      found[#found + 1] = { path = path, for_roles = knows_endpoint_url(path) }
    end
  end
  return found
end

local CONFIG = ([[
[default]
region = eu-west-1
[profile written]
region = eu-west-1
aws_access_key_id = %KEY%
aws_secret_access_key = %SECRET%
[profile "in quotes"]
region=eu-west-1
aws_access_key_id=%KEY%
aws_secret_access_key=%SECRET%
[profile tool]
region = eu-west-1
credential_process = sh -c 'printf "%s" "$0"' '{"Version":1,"AccessKeyId":"%KEY%","SecretAccessKey":"%SECRET%"}'
[profile tool-first]
region = eu-west-1
credential_process = sh -c 'printf "%s" "$0"' '{"Version":1,"AccessKeyId":"%KEY%","SecretAccessKey":"%SECRET%"}'
aws_access_key_id = AKIAUNKNOWNEXAMPLE01
aws_secret_access_key = unknown
[profile shared-first]
region = eu-west-1
credential_process = false
[profile role]
region = eu-west-1
role_arn = %ROLE%one
source_profile = shared
role_session_name = session
[profile role-over-keys]
region = eu-west-1
role_arn = %ROLE%over
source_profile = role-over-keys
role_session_name = session
[profile chain]
region = eu-west-1
role_arn = %ROLE%two
source_profile = role
role_session_name = chained
external_id = handshake
[profile from-tool]
region = eu-west-1
role_arn = %ROLE%three
source_profile = tool
role_session_name = session
duration_seconds = 900
[profile from-environment]
region = eu-west-1
role_arn = %ROLE%four
credential_source = Environment
role_session_name = session
[profile mfa]
region = eu-west-1
role_arn = %ROLE%six
source_profile = shared
role_session_name = session
mfa_serial = arn:aws:iam::111122223333:mfa/somebody
[profile web]
region = eu-west-1
role_arn = %ROLE%web
web_identity_token_file = %FOLDER%/token
role_session_name = session
[profile from-web]
region = eu-west-1
role_arn = %ROLE%five
source_profile = web
role_session_name = session
]])
local CREDENTIALS = [[
[shared]
aws_access_key_id = %KEY%
aws_secret_access_key = %SECRET%
[shared-first]
aws_access_key_id = %KEY%
aws_secret_access_key = %SECRET%
[role-over-keys]
aws_access_key_id = %KEY%
aws_secret_access_key = %SECRET%
]]

local function assumed(role, session)
  return ("arn:aws:sts::444455556666:assumed-role/%s/%s"):format(role, session or "session")
end

local USER = "arn:aws:iam::111122223333:user/plumb"
local CASES = {
  { profile = "written", arn = USER }, { profile = "in quotes", arn = USER }, { profile = "shared", arn = USER },
  { profile = "tool", arn = USER }, { profile = "tool-first", arn = USER }, { profile = "shared-first", arn = USER },
  { profile = "role", arn = assumed("one"), role = true },
  { profile = "role-over-keys", arn = assumed("over"), role = true },
  { profile = "chain", arn = assumed("two", "chained"), role = true },
  { profile = "from-tool", arn = assumed("three"), role = true },
  { profile = "from-environment", arn = assumed("four"), role = true,
    env = { AWS_ACCESS_KEY_ID = KEY, AWS_SECRET_ACCESS_KEY = SECRET } },
  { profile = "web", arn = assumed("web"), role = true },
  { profile = "from-web", arn = assumed("five"), role = true },
}

describe("credentials", function()
  local folder, world, url, listening, services

  setup(function()
    folder = support.folder()
    world = sim.new({ seed = "demo", region = "eu-west-1", credentials = { [KEY] = SECRET,
      [TEMPORARY] = { secret = SECRET, session_token = SESSION,
        arn = "arn:aws:sts::111122223333:assumed-role/instance/i-1" } } })
    listening = assert(server.serve({ max_body = 1 << 20,
      handler = function(request) return world:handle(request) end }))
    url = "http://127.0.0.1:" .. listening.port
    local values = { KEY = KEY, SECRET = SECRET, ROLE = ROLE, FOLDER = folder }
    support.write(folder .. "/config", (CONFIG:gsub("%%(%u+)%%", values)))
    support.write(folder .. "/credentials", (CREDENTIALS:gsub("%%(%u+)%%", values)))
    support.write(folder .. "/token", "h.e30.s")
  end)

  teardown(function()
    listening.close()
    support.remove(folder)
  end)

  before_each(function() services = {} end)
  after_each(function()
    for _, service in ipairs(services) do service.close() end
  end)

  local function serve(answers)
    local service = local_service.start(answers)
    services[#services + 1] = service
    return service
  end

  local function environment(more)
    local env = { HOME = folder, PATH = os.getenv("PATH"), LANG = "C.UTF-8", AWS_CONFIG_FILE = folder .. "/config",
      AWS_SHARED_CREDENTIALS_FILE = folder .. "/credentials", AWS_ENDPOINT_URL = url, AWS_PAGER = "",
      AWS_REGION = "eu-west-1", AWS_DEFAULT_REGION = "eu-west-1",
      AWS_EC2_METADATA_DISABLED = "true", PLUMB_SCRIPTS = os.getenv("PLUMB_SCRIPTS"),
      ASAN_OPTIONS = os.getenv("ASAN_OPTIONS"), LSAN_OPTIONS = os.getenv("LSAN_OPTIONS"),
      UBSAN_OPTIONS = os.getenv("UBSAN_OPTIONS") }
    for name, value in pairs(more or {}) do env[name] = value or nil end
    return env
  end

  local function run(argv, env)
    return assert(process.run({ argv = argv, env = environment(env), timeout = 120, max_output = 1 << 20 }))
  end

  local function plumb_identity(arguments, env)
    local argv = { BINARY, "call", "--json", "sts.GetCallerIdentity" }
    table.move(arguments, 1, #arguments, #argv + 1, argv)
    local result = run(argv, env)
    return result.code == 0 and assert(json.decode(result.output)).Arn or result.code
  end

  for _, case in ipairs(CASES) do
    it("of profile " .. case.profile .. " are the right ones", function()
      assert.equal(case.arn, plumb_identity({ "--profile", case.profile }, case.env))
      -- Keys in the environment would go before a profile that a variable names.
      if not case.env then assert.equal(case.arn, plumb_identity({}, { AWS_PROFILE = case.profile })) end
    end)
  end

  for _, cli in ipairs(find_clis()) do
    describe("as " .. cli.path .. " understands them", function()
      for _, case in ipairs(CASES) do
        if cli.for_roles or not case.role then
          it("belong to the same caller for profile " .. case.profile, function()
            local result = run({ cli.path, "sts", "get-caller-identity", "--profile", case.profile,
              "--endpoint-url", url, "--output", "json" }, case.env)
            assert.equal(0, result.code)
            assert.equal(case.arn, assert(json.decode(result.output)).Arn)
          end)
        end
      end

      it("have the same settings", function()
        local env = environment()
        for _, pair in ipairs({ { "written", "region" }, { "in quotes", "aws_access_key_id" }, { "chain", "role_arn" },
          { "chain", "external_id" }, { "from-tool", "duration_seconds" }, { "web", "web_identity_token_file" },
          { "web", "source_profile" } }) do
          local name, key = pair[1], pair[2]
          local settings = assert(config.load({ env = function(variable) return env[variable] end, profile = name,
            read = function(path) return (files.read(path, 1 << 20)) end }))
          local theirs = run({ cli.path, "configure", "get", key, "--profile", name }).output:gsub("\n$", "")
          assert.equal(theirs, settings.profile[key] or "", name .. "." .. key)
        end
      end)
    end)
  end

  it("are missed with a list of all places", function()
    local result = support.run({ BINARY, "call", "--json", "sts.GetCallerIdentity" }, { env = environment() })
    assert.equal(4, result.code)
    for _, place in ipairs({ "environment", "assume role", "web identity", "single sign-on", "credentials file",
      "credential process", "config file", "container", "instance metadata" }) do
      assert.truthy(result.err:find(place, 1, true), place)
    end
  end)

  it("wait for an MFA code on a terminal, and for nothing without one", function()
    local command = ("%s call --json sts.GetCallerIdentity --profile mfa"):format(support.quote(BINARY))
    local typed = run({ "sh", "-c", "echo 123456 | script -qec " .. support.quote(command) .. " /dev/null" },
      { TERM = "dumb" })
    assert.truthy(typed.output:find("MFA code for profile mfa (arn:aws:iam::111122223333:mfa/somebody): ", 1, true))
    assert.truthy(typed.output:find(assumed("six"), 1, true), typed.output)
    local asked = {}
    for _, entry in ipairs(world.journal) do
      if entry.operation == "AssumeRole" then asked = entry.input end
    end
    assert.equal("123456", asked.TokenCode)
    local alone = support.run({ "sh", "-c", command }, { env = environment() })
    assert.equal(4, alone.code)
    assert.truthy(alone.err:find("there is no terminal to ask on", 1, true))
  end)

  local METADATA = "/latest/meta-data/iam/security-credentials/"
  local DOCUMENT = json.encode({ Code = "Success", AccessKeyId = TEMPORARY, SecretAccessKey = SECRET, Token = SESSION,
    Expiration = "2999-01-01T00:00:00Z" })

  local function metadata()
    return serve({ ["PUT /latest/api/token"] = "session", ["GET " .. METADATA] = "instance",
      ["GET " .. METADATA .. "instance"] = DOCUMENT })
  end

  -- Guards no_proxy in place.lua: whoever owns the proxy would own the role.
  it("of an instance or a container are never fetched through a proxy", function()
    local proxy = serve({})
    local proxies = { http_proxy = proxy.url, https_proxy = proxy.url, HTTP_PROXY = proxy.url, HTTPS_PROXY = proxy.url,
      all_proxy = proxy.url, ALL_PROXY = proxy.url }
    local sources = {
      { AWS_EC2_METADATA_DISABLED = false, AWS_EC2_METADATA_SERVICE_ENDPOINT = metadata().url },
      { AWS_CONTAINER_CREDENTIALS_FULL_URI = serve({ ["GET /c"] = DOCUMENT }).url .. "/c" },
    }
    for _, env in ipairs(sources) do
      for name, value in pairs(proxies) do env[name] = value end
      assert.equal("arn:aws:sts::111122223333:assumed-role/instance/i-1", plumb_identity({}, env))
    end
    assert.same({}, proxy.asked)
  end)

  -- Guards hands_out_credentials in gate.c: both of these are requests that a dry run would stop.
  it("are handed out in a dry run too", function()
    local result = run({ BINARY, "scan", "-n", "--json" },
      { AWS_EC2_METADATA_DISABLED = false, AWS_EC2_METADATA_SERVICE_ENDPOINT = metadata().url })
    assert.equal(0, result.code)

    local portal = serve({
      ["POST /token"] = json.encode({ accessToken = "new", refreshToken = "next", expiresIn = 28800 }),
      ["GET /federation/credentials"] = json.encode({ roleCredentials = { accessKeyId = TEMPORARY,
        secretAccessKey = SECRET, sessionToken = SESSION, expiration = 32472144000000 } }),
    })
    support.write(folder .. "/sso-config", "[profile sso]\nregion = eu-west-1\nsso_session = corp\n"
      .. "sso_account_id = 111122223333\nsso_role_name = ReadOnly\n[sso-session corp]\nsso_region = eu-west-1\n"
      .. "sso_start_url = https://corp.example.com/start\n")
    local cache = ("%s/.aws/sso/cache/%s.json"):format(folder, digest.hex(digest.sha1("corp")))
    assert(files.mkdir_all(folder .. "/.aws/sso/cache"))
    assert(files.write_atomic(cache, json.encode({ accessToken = "old", expiresAt = time.iso(time.now() - 60),
      clientId = "c", clientSecret = "s", refreshToken = "r", registrationExpiresAt = "2999-01-01T00:00:00Z" })))
    result = run({ BINARY, "scan", "-n", "--json", "--profile", "sso" }, { AWS_CONFIG_FILE = folder .. "/sso-config",
      AWS_ENDPOINT_URL_SSO = portal.url, AWS_ENDPOINT_URL_SSO_OIDC = portal.url })
    assert.equal(0, result.code)
    assert.same({ "POST /token", "GET /federation/credentials" }, local_service.keys(portal))
    assert.equal("new", portal.asked[2].headers["x-amz-sso_bearer_token"])
    assert.equal("new", json.decode(files.read(cache, 1 << 16)).accessToken)
  end)
end)
