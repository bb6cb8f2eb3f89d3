-- Where credentials come from, seen from outside: the built binary and AWS's own client read the same files and must be
-- taken for the same caller.

local aws_cli = require("support.aws_cli")
local config = require("plumb.aws.config")
local credential_stage = require("support.credential_stage")
local files = require("plumb.files")
local json = require("plumb.json")
local local_service = require("support.local_service")
local support = require("support.process")
local task = require("plumb.task")
local time = require("plumb.time")

local BINARY, USER, HANDED_OUT = credential_stage.BINARY, credential_stage.USER, credential_stage.HANDED_OUT
local SIDE_BY_SIDE = 4

local function assumed(role, session)
  return ("arn:aws:sts::444455556666:assumed-role/%s/%s"):format(role, session or "session")
end

-- `needs` names what of `PLACES` has to be in the environment.
local CASES = {
  { profile = "written", arn = USER }, { profile = "in quotes", arn = USER }, { profile = "shared", arn = USER },
  { profile = "tool", arn = USER }, { profile = "tool-first", arn = USER }, { profile = "shared-first", arn = USER },
  { profile = "role", arn = assumed("one") }, { profile = "role-over-keys", arn = assumed("over") },
  { profile = "chain", arn = assumed("two", "chained") }, { profile = "from-tool", arn = assumed("three") },
  { profile = "from-environment", arn = assumed("four"), needs = "environment" },
  { profile = "web", arn = assumed("web") }, { profile = "from-web", arn = assumed("five") },
  { profile = "sso", arn = HANDED_OUT }, { profile = "sso-alone", arn = HANDED_OUT },
  { profile = "from-sso", arn = assumed("nine") },
  { profile = "machine", arn = HANDED_OUT, needs = "container" },
  { profile = "from-container", arn = assumed("seven"), needs = "container" },
  { profile = "machine", arn = HANDED_OUT, needs = "instance" },
  { profile = "from-instance", arn = assumed("eight"), needs = "instance" },
}

-- Settings as both read them, and a profile that has them.
local SETTINGS = { { "written", "region" }, { "in quotes", "aws_access_key_id" }, { "chain", "role_arn" },
  { "chain", "external_id" }, { "from-tool", "duration_seconds" }, { "web", "web_identity_token_file" },
  { "web", "source_profile" }, { "sso", "sso_session" } }

local function title(case)
  return ("profile %s%s"):format(case.profile, case.needs and " with keys from the " .. case.needs or "")
end

describe("credentials", function()
  local stage, portal, places, ours

  local function environment(case, more)
    local env = { AWS_ENDPOINT_URL_SSO = portal.url, AWS_ENDPOINT_URL_SSO_OIDC = portal.url }
    for _, set in ipairs({ places[case.needs] or {}, more or {} }) do
      for name, value in pairs(set) do env[name] = value end
    end
    return env
  end

  local function log_in(home)
    for _, name in ipairs({ "corp", "https://corp.example.com/start" }) do
      stage:log_in(home, name, "2999-01-01T00:00:00Z")
    end
  end

  -- Everything is asked at once, since most of the time goes by with programs that start.
  setup(function()
    stage = credential_stage.start()
    portal = stage:portal()
    places = {
      environment = { AWS_ACCESS_KEY_ID = credential_stage.KEY, AWS_SECRET_ACCESS_KEY = credential_stage.SECRET },
      container = { AWS_CONTAINER_CREDENTIALS_FULL_URI = stage:container().url .. "/c" },
      instance = { AWS_EC2_METADATA_DISABLED = false, AWS_EC2_METADATA_SERVICE_ENDPOINT = stage:metadata().url .. "/" },
    }
    log_in(stage.folder)
    ours = task.map(CASES, function(case)
      local by_flag = stage:identity({ "--profile", case.profile }, environment(case))
      -- Keys in the environment would go before a profile that a variable names.
      if case.needs == "environment" then return { by_flag, by_flag } end
      return { by_flag, stage:identity({}, environment(case, { AWS_PROFILE = case.profile })) }
    end, { limit = SIDE_BY_SIDE })
  end)

  teardown(function() stage:stop() end)

  for i, case in ipairs(CASES) do
    it("of " .. title(case) .. " are the right ones", function()
      assert.same({ case.arn, case.arn }, ours[i])
    end)
  end

  for n, python in ipairs(aws_cli.pythons()) do
    describe("as the AWS CLI of " .. python .. " understands them", function()
      local theirs

      setup(function()
        local home = ("%s/cli-%d"):format(stage.folder, n) -- it keeps the keys of roles there
        log_in(home)
        aws_cli.lead(home .. "/models", "sts/2011-06-15", stage.url)
        aws_cli.lead(home .. "/models", "sso/2019-06-10", portal.url)
        local jobs = {}
        local function add(env, ...)
          env.AWS_DATA_PATH = home .. "/models"
          jobs[#jobs + 1] = { arguments = { ... }, environment = stage:environment(env) }
        end
        for _, case in ipairs(CASES) do
          add(environment(case), "sts", "get-caller-identity", "--profile", case.profile, "--endpoint-url", stage.url,
            "--output", "json")
        end
        for _, pair in ipairs(SETTINGS) do add({}, "configure", "get", pair[2], "--profile", pair[1]) end
        theirs = aws_cli.run(python, home, jobs)
      end)

      local function answer(i)
        return theirs and theirs.runs[i] or pending("it has none (Debian package awscli)")
      end

      for i, case in ipairs(CASES) do
        it("belong to the same caller for " .. title(case), function()
          local run = answer(i)
          assert.equal(0, run.code, run.said)
          assert.equal(case.arn, assert(json.decode(run.output)).Arn)
        end)
      end

      it("have the same settings", function()
        local env = stage:environment()
        for i, pair in ipairs(SETTINGS) do
          local name, key = pair[1], pair[2]
          local settings = assert(config.load({ env = function(variable) return env[variable] end, profile = name,
            read = function(path) return (files.read(path, 1 << 20)) end }))
          local text = answer(#CASES + i).output:gsub("\n$", "")
          assert.equal(text, settings.profile[key] or "", name .. "." .. key)
        end
      end)
    end)
  end

  it("are missed with a list of all places", function()
    local result = support.run({ BINARY, "call", "--json", "sts.GetCallerIdentity" }, { env = stage:environment() })
    assert.equal(4, result.code)
    for _, place in ipairs({ "environment", "assume role", "web identity", "single sign-on", "credentials file",
      "credential process", "config file", "container", "instance metadata" }) do
      assert.truthy(result.err:find(place, 1, true), place)
    end
  end)

  it("wait for an MFA code on a terminal, and for nothing without one", function()
    local command = ("%s call --json sts.GetCallerIdentity --profile mfa"):format(support.quote(BINARY))
    local typed = stage:run({ "sh", "-c", "echo 123456 | script -qec " .. support.quote(command) .. " /dev/null" },
      { TERM = "dumb" })
    assert.truthy(typed.output:find("MFA code for profile mfa (arn:aws:iam::111122223333:mfa/somebody): ", 1, true))
    assert.truthy(typed.output:find(assumed("six"), 1, true), typed.output)
    local asked = {}
    for _, entry in ipairs(stage.world.journal) do
      if entry.operation == "AssumeRole" then asked = entry.input end
    end
    assert.equal("123456", asked.TokenCode)
    local alone = support.run({ "sh", "-c", command }, { env = stage:environment() })
    assert.equal(4, alone.code)
    assert.truthy(alone.err:find("there is no terminal to ask on", 1, true))
  end)

  -- Guards no_proxy in place.lua: whoever owns the proxy would own the role.
  it("of an instance or a container are never fetched through a proxy", function()
    local proxy = stage:serve({})
    local proxies = { http_proxy = proxy.url, https_proxy = proxy.url, HTTP_PROXY = proxy.url, HTTPS_PROXY = proxy.url,
      all_proxy = proxy.url, ALL_PROXY = proxy.url }
    local sources = {
      { AWS_EC2_METADATA_DISABLED = false, AWS_EC2_METADATA_SERVICE_ENDPOINT = stage:metadata().url },
      { AWS_CONTAINER_CREDENTIALS_FULL_URI = stage:container().url .. "/c" },
    }
    for _, env in ipairs(sources) do
      for name, value in pairs(proxies) do env[name] = value end
      assert.equal(HANDED_OUT, stage:identity({}, env))
    end
    assert.same({}, proxy.asked)
  end)

  -- Guards hands_out_credentials in gate.c: both of these are requests that a dry run would stop.
  it("are handed out in a dry run too", function()
    local result = stage:run({ BINARY, "scan", "-n", "--json" },
      { AWS_EC2_METADATA_DISABLED = false, AWS_EC2_METADATA_SERVICE_ENDPOINT = stage:metadata().url })
    assert.equal(0, result.code)

    local renewing = stage:portal()
    local cache = stage:log_in(stage.folder, "corp", time.iso(time.now() - 60))
    result = stage:run({ BINARY, "scan", "-n", "--json", "--profile", "sso" }, { AWS_ENDPOINT_URL_SSO = renewing.url,
      AWS_ENDPOINT_URL_SSO_OIDC = renewing.url })
    assert.equal(0, result.code)
    assert.same({ "POST /token", "GET /federation/credentials" }, local_service.keys(renewing))
    assert.equal("new", renewing.asked[2].headers["x-amz-sso_bearer_token"])
    assert.equal("new", json.decode(files.read(cache, 1 << 16)).accessToken)
  end)
end)
