local err = require "plumb.err"
local profiles = require "tests.support.profiles"

local ROLE = "arn:aws:iam::444455556666:role/dev"
local SOURCE = ("[base]\naws_access_key_id = %s\naws_secret_access_key = %s\n"):format(profiles.KEY, profiles.SECRET)
local DEV = "[profile dev]\nrole_arn = " .. ROLE .. "\nsource_profile = base\nrole_session_name = me\n"

-- The provider against the simulator's STS, which checks signatures.
local function assume(world, replace)
  local settings = profiles.settings(world)
  local simulator, call = profiles.sts(settings)
  if world.roles then simulator.roles = world.roles end
  local tools = profiles.tools { call = call }
  for name, value in pairs(replace or {}) do tools[name] = value end
  local found, e = require("plumb.aws.credentials.assume_role").try(settings, tools)
  return found, e, simulator, settings
end

local function inputs(simulator)
  local out = {}
  for i, entry in ipairs(simulator.journal) do out[i] = entry.input end
  return out
end

describe("assuming a role", function()
  it("is for profiles with a role_arn", function()
    local found, reason = assume { config = "[profile dev]\nregion = eu-west-1\n", profile = "dev" }
    assert.is_nil(found)
    assert.equal("profile dev has no role_arn", reason)
  end)

  it("uses the keys of the source profile and gives those of the role", function()
    local found, _, simulator, settings = assume { config = DEV, credentials = SOURCE, profile = "dev" }
    assert.equal("arn:aws:sts::444455556666:assumed-role/dev/me", profiles.caller_of(simulator, settings, found))
    assert.equal("444455556666", found.account)
    assert.equal("profile dev", found.source)
    assert.truthy(found.expires_at)
  end)

  it("sends what the profile says", function()
    local found, _, simulator = assume {
      config = DEV .. "external_id = secret-handshake\nduration_seconds = 1200\nmfa_serial = arn:aws:iam::1:mfa/me\n",
      credentials = SOURCE, profile = "dev", roles = { [ROLE] = { external_id = "secret-handshake" } },
    }
    assert.is_nil(found) -- no terminal
    assert.equal(0, #simulator.journal)
    local asked
    found, _, simulator = assume({
      config = DEV .. "external_id = secret-handshake\nduration_seconds = 1200\nmfa_serial = arn:aws:iam::1:mfa/me\n",
      credentials = SOURCE, profile = "dev", roles = { [ROLE] = { external_id = "secret-handshake" } },
    }, { ask = function(prompt)
      asked = prompt
      return " 123 456\n"
    end })
    assert.truthy(found)
    assert.equal("MFA code for profile dev (arn:aws:iam::1:mfa/me): ", asked)
    assert.same({ { RoleArn = ROLE, RoleSessionName = "me", ExternalId = "secret-handshake", DurationSeconds = 1200,
      SerialNumber = "arn:aws:iam::1:mfa/me", TokenCode = "123456" } }, inputs(simulator))
  end)

  it("follows a chain of roles", function()
    local found, _, simulator, settings = assume {
      config = DEV .. "[profile top]\nrole_arn = arn:aws:iam::777788889999:role/top\nsource_profile = dev\n"
        .. "role_session_name = chained\n",
      credentials = SOURCE, profile = "top",
    }
    assert.equal("arn:aws:sts::777788889999:assumed-role/top/chained", profiles.caller_of(simulator, settings, found))
    assert.equal("me", simulator.journal[1].input.RoleSessionName)
  end)

  it("lets a profile be its own source when it holds keys", function()
    local keys = SOURCE:gsub("%[base%]", "[dev]")
    local found, _, simulator, settings = assume {
      config = DEV:gsub("= base", "= dev"), credentials = keys, profile = "dev" }
    assert.equal("arn:aws:sts::444455556666:assumed-role/dev/me", profiles.caller_of(simulator, settings, found))
  end)

  it("takes a source's own keys rather than its role", function()
    local found, _, simulator = assume {
      config = DEV .. "[profile base]\nrole_arn = " .. ROLE .. "\nsource_profile = dev\n",
      credentials = SOURCE, profile = "dev" }
    assert.truthy(found)
    assert.equal(1, #simulator.journal)
  end)

  it("finds a source that is not written down", function()
    local found, _, simulator, settings = assume({
      config = DEV .. "[profile base]\ncredential_process = tool\n", profile = "dev",
    }, { run = function()
      return { code = 0, output = ('{"Version":1,"AccessKeyId":"%s","SecretAccessKey":"%s"}'):format(
        profiles.KEY, profiles.SECRET) }
    end })
    assert.equal("arn:aws:sts::444455556666:assumed-role/dev/me", profiles.caller_of(simulator, settings, found))
  end)

  it("takes the environment as source even for a profile that was chosen by parameter", function()
    local config = DEV:gsub("source_profile = base", "credential_source = Environment")
    local found, _, simulator, settings = assume { config = config, profile = "dev",
      env = { AWS_ACCESS_KEY_ID = profiles.KEY, AWS_SECRET_ACCESS_KEY = profiles.SECRET } }
    assert.equal("arn:aws:sts::444455556666:assumed-role/dev/me", profiles.caller_of(simulator, settings, found))
    local e
    found, e = assume { config = config, profile = "dev" }
    profiles.refused("NoSourceCredentials", found, e)
    assert.truthy(e.message:find("AWS_ACCESS_KEY_ID is not set", 1, true))
  end)

  it("takes the instance or the container as source", function()
    local document = ('{"AccessKeyId":"%s","SecretAccessKey":"%s","Token":"t","Expiration":"2999-01-01T00:00:00Z"}')
      :format(profiles.KEY, profiles.SECRET)
    local answers = { ["/latest/api/token"] = "tok", ["/v2"] = document,
      ["/latest/meta-data/iam/security-credentials/"] = "role",
      ["/latest/meta-data/iam/security-credentials/role"] = document }
    for source, env in pairs { Ec2InstanceMetadata = { AWS_EC2_METADATA_DISABLED = false },
      EcsContainer = { AWS_CONTAINER_CREDENTIALS_RELATIVE_URI = "/v2" } } do
      local with
      local config = DEV:gsub("source_profile = base", "credential_source = " .. source)
      assume({ config = config, profile = "dev", env = env },
        { send = function(request) return { status = 200, body = answers[request.path], headers = {} } end,
          call = function(_, _, _, keys)
            with = keys
            return nil, err.new { code = "Enough" }
          end })
      assert.equal(profiles.KEY, with.access_key_id)
    end
  end)

  describe("refuses", function()
    local CASES = {
      ["a source that does not exist"] = { config = DEV, "NoSuchProfile" },
      ["a source without credentials"] = { config = DEV .. "[profile base]\nregion = x\n", "NoSourceCredentials" },
      ["both kinds of source"] = { config = DEV .. "credential_source = Environment\n", "BadProfile" },
      ["no source"] = { config = "[profile dev]\nrole_arn = " .. ROLE, "PartialCredentials" },
      ["an unknown credential_source"] = { config = DEV:gsub("source_profile = base", "credential_source = HUSH"),
        "BadProfile" },
      ["itself as source without keys"] = { config = DEV:gsub("= base", "= dev"), "ProfileLoop" },
      ["a loop of two"] = { config = DEV .. "[profile base]\nrole_arn = " .. ROLE .. "\nsource_profile = dev\n",
        "ProfileLoop" },
      ["half a pair of keys in the source"] = { config = DEV, credentials = "[base]\naws_access_key_id = HUSH\n",
        "PartialCredentials" },
      ["a session name with a line break"] = { config = DEV:gsub("= me\n", "= me\n  HUSH\n"), credentials = SOURCE,
        "BadProfile" },
      ["a duration of a day"] = { config = DEV .. "duration_seconds = 86400\n", credentials = SOURCE, "BadProfile" },
      ["an MFA code without a terminal"] = { config = DEV .. "mfa_serial = GAHT12345678\n", credentials = SOURCE,
        "MfaNeedsTerminal" },
    }
    for name, world in pairs(CASES) do
      it(name, function()
        world.profile = "dev"
        local found, e = assume(world, { call = function() error("nothing may be sent") end })
        profiles.refused(world[1], found, e, { "HUSH" })
        if world[1] == "ProfileLoop" then assert.truthy(e.message:find("leads back to profile", 1, true), e.message) end
      end)
    end

    it("a chain that does not end, however long", function()
      local lines = {}
      for i = 1, 1000 do
        lines[i] = ("[profile p%d]\nrole_arn = %s\nsource_profile = p%d\n"):format(i, ROLE, i + 1)
      end
      local found, e = assume { config = table.concat(lines), profile = "p1" }
      profiles.refused("ProfileLoop", found, e)
    end)

    it("what is no MFA code", function()
      for _, code in ipairs { "", "12345", "1234567", "abcdef", false } do
        local config = DEV .. "mfa_serial = GAHT12345678\n"
        local found, e = assume({ config = config, credentials = SOURCE, profile = "dev" },
          { ask = function() return code or nil end, call = function() error("nothing may be sent") end })
        profiles.refused("BadMfaCode", found, e)
      end
    end)
  end)

  it("passes on what AWS says, but not what it was told", function()
    local found, e = assume { config = DEV .. "external_id = secret-handshake\n", credentials = SOURCE, profile = "dev",
      roles = {} }
    profiles.refused("AccessDenied", found, e, { "secret-handshake", profiles.SECRET })
    assert.truthy(e.message:find("not authorized to perform: sts:AssumeRole", 1, true))
    assert.truthy(e.message:find("profile dev", 1, true))
    found, e = assume({ config = DEV .. "external_id = secret-handshake\n", credentials = SOURCE, profile = "dev" },
      { call = function() return nil, err.new { code = "X", message = "no secret-handshake eyJh.eyJz.c2ln "
        .. ("A"):rep(200) } end })
    profiles.refused("X", found, e, { "secret-handshake", "eyJz", "AAAA" })
  end)

  it("does not take an answer without keys for one", function()
    for _, keys in ipairs { {}, { AccessKeyId = "A", SecretAccessKey = "HUSH" },
      { AccessKeyId = "A", SessionToken = "t" },
      { AccessKeyId = "A\r\nX: y", SecretAccessKey = "HUSH", SessionToken = "t" } } do
      local found, e = assume({ config = DEV, credentials = SOURCE, profile = "dev" },
        { call = function() return { Credentials = keys } end })
      profiles.refused("BadCredentialReply", found, e, { "HUSH" })
    end
  end)
end)
