local digest = require "plumb.digest"
local err = require "plumb.err"
local files = require "plumb.files"
local json = require "plumb.json"
local log = require "plumb.log"
local profiles = require "tests.support.profiles"
local time = require "plumb.time"

local NOW = 1767323045 -- 2026-01-02T03:04:05Z
local KEYS = "sso_account_id = 111122223333\nsso_role_name = ReadOnly\n"
local SESSION = "[profile prod]\nsso_session = corp\n" .. KEYS
  .. "[sso-session corp]\nsso_region = eu-central-1\nsso_start_url = https://corp.awsapps.com/start\n"
local LEGACY = "[profile prod]\nsso_region = eu-central-1\nsso_start_url = https://corp.awsapps.com/start\n" .. KEYS
local ANSWER = { roleCredentials = { accessKeyId = "ASIASSO", secretAccessKey = "HUSH", sessionToken = "HUSHTOKEN",
  expiration = (NOW + 3600) * 1000 } }

local function token(changes)
  local all = { startUrl = "https://corp.awsapps.com/start", region = "eu-central-1", accessToken = "HUSHACCESS",
    expiresAt = time.iso(NOW + 3600), clientId = "client", clientSecret = "HUSHCLIENT", refreshToken = "HUSHREFRESH",
    registrationExpiresAt = "2026-06-01T00:00:00Z", scopes = json.list { "sso:account:access" } }
  for key, value in pairs(changes or {}) do all[key] = value or nil end
  return all
end

describe("single sign-on", function()
  local home, calls, logged

  local function cache(name)
    return home .. "/.aws/sso/cache/" .. digest.hex(digest.sha1(name or "corp")) .. ".json"
  end

  local function keep(value, name, mode)
    assert(files.mkdir_all(home .. "/.aws/sso/cache"))
    assert(files.write_atomic(cache(name), type(value) == "table" and json.encode(value) or value, mode))
  end

  -- answers: by operation; a function gets the input.
  local function ask(config, answers)
    local function call(service, operation, input, keys, region)
      calls[#calls + 1] = { service = service, operation = operation, input = input, keys = keys, region = region }
      local answer = (answers or {})[operation] or operation == "GetRoleCredentials" and ANSWER
      if type(answer) == "function" then answer = answer(input) end
      if err.is(answer) then return nil, answer end
      return answer
    end
    return profiles.try("sso", { config = config, profile = "prod", env = { HOME = home,
      AWS_CONFIG_FILE = "/home/x/.aws/config" } },
      { call = call, read = files.read, write = files.write_atomic, stat = files.stat })
  end

  before_each(function()
    home = os.tmpname()
    os.remove(home)
    calls, logged = {}, {}
    time.set(function() return NOW end)
    log.configure { write = function(line) logged[#logged + 1] = line end }
  end)

  after_each(function()
    time.set(nil)
    log.configure { write = function(line) io.stderr:write(line) end }
    os.execute("rm -rf '" .. home .. "'")
  end)

  it("says when it is not meant", function()
    local found, reason = ask "[profile prod]\nregion = x\n"
    assert.is_nil(found)
    assert.equal("profile prod has no sso_account_id", reason)
  end)

  it("exchanges the cached token of a session or of a start URL", function()
    for config, name in pairs { [SESSION] = "corp", [LEGACY] = "https://corp.awsapps.com/start" } do
      keep(token(), name)
      local found = assert(ask(config))
      assert.equal("ASIASSO", found.access_key_id)
      assert.equal(NOW + 3600, found.expires_at) -- milliseconds on the wire
      assert.equal("111122223333", found.account)
    end
    assert.same({ service = "sso", operation = "GetRoleCredentials", region = "eu-central-1",
      input = { accountId = "111122223333", roleName = "ReadOnly", accessToken = "HUSHACCESS" } }, calls[1])
    assert.equal(2, #calls)
  end)

  it("sends the token in its header, unsigned, to the portal of its Region", function()
    local sent
    require("plumb.aws.caller")(profiles.settings {}, function(request)
      sent = request
      return nil, err.new { code = "Enough" }
    end)("sso", "GetRoleCredentials", { accountId = "1", roleName = "r", accessToken = "tok" }, nil, "eu-central-1")
    assert.equal("portal.sso.eu-central-1.amazonaws.com/federation/credentials", sent.host .. sent.path)
    assert.equal("tok", sent.headers["x-amz-sso_bearer_token"])
    assert.is_nil(sent.headers.authorization)
  end)

  it("renews a token that is about to end and keeps it for the others", function()
    keep(token { expiresAt = time.iso(NOW + 14 * 60) })
    assert(ask(SESSION, { CreateToken = function(input)
      assert.same({ grantType = "refresh_token", clientId = "client", clientSecret = "HUSHCLIENT",
        refreshToken = "HUSHREFRESH" }, input)
      return { accessToken = "NEW", refreshToken = "NEXT", expiresIn = 28800 }
    end }))
    assert.equal("sso_oidc", calls[1].service)
    assert.equal("NEW", calls[2].input.accessToken)
    assert.same(token { accessToken = "NEW", refreshToken = "NEXT", expiresAt = time.iso(NOW + 28800) },
      json.decode(files.read(cache(), 1 << 20)))
    assert.equal(384, files.stat(cache()).mode)
    assert.same({ cache():match("[^/]+$") }, files.list(home .. "/.aws/sso/cache")) -- nothing left beside it
  end)

  it("renews one that has ended, however it is written", function()
    keep(token { expiresAt = "2026-01-01T00:00:00UTC" })
    assert(ask(SESSION, { CreateToken = { accessToken = "NEW", expiresIn = 28800 } }))
    assert.equal("NEW", calls[2].input.accessToken)
    assert.is_nil(json.decode(files.read(cache(), 1 << 20)).refreshToken)
  end)

  it("goes on with the old token when it cannot be renewed but still lives", function()
    keep(token { expiresAt = time.iso(NOW + 600) })
    assert(ask(SESSION, { CreateToken = err.new { code = "InvalidGrantException", message = "HUSH" } }))
    assert.equal("HUSHACCESS", calls[2].input.accessToken)
    assert.truthy(logged[1]:find("InvalidGrantException", 1, true))
    assert.is_nil(logged[1]:find("HUSH", 1, true))
  end)

  it("takes what somebody else has renewed meanwhile", function()
    keep(token { expiresAt = time.iso(NOW - 60) })
    assert(ask(SESSION, { CreateToken = function()
      keep(token { accessToken = "THEIRS" })
      return err.new { code = "InvalidGrantException", message = "used already" }
    end }))
    assert.equal("THEIRS", calls[2].input.accessToken)
  end)

  it("says since when it has ended and how to begin anew", function()
    local endings = {
      { token { expiresAt = time.iso(NOW - 3 * 3600 - 5), refreshToken = false }, SESSION, "expired 3 h ago" },
      { token { expiresAt = time.iso(NOW - 90), clientSecret = false }, SESSION, "expired 1 min ago" },
      { token { expiresAt = time.iso(NOW - 9 * 86400), registrationExpiresAt = "2026-01-01T00:00:00Z" }, SESSION,
        "expired 9 days ago" },
      -- The older form is never renewed.
      { token { expiresAt = time.iso(NOW - 1) }, LEGACY, "expired 1 s ago", "https://corp.awsapps.com/start" },
    }
    for _, ending in ipairs(endings) do
      keep(ending[1], ending[4])
      local found, e = ask(ending[2])
      profiles.refused("SsoSessionExpired", found, e, { "HUSH" })
      assert.equal("the SSO session for profile 'prod' " .. ending[3], e.message)
      assert.equal("aws sso login --profile prod", e.fix)
    end
    assert.same({}, calls)
    local problem = require("plumb.problem").from(select(2, ask(LEGACY)))
    assert.equal("E204", problem.id)
    assert.equal("aws sso login --profile prod", problem.fix)
  end)

  it("says so when the portal no longer accepts the token", function()
    keep(token())
    local found, e = ask(SESSION, { GetRoleCredentials = err.new { code = "UnauthorizedException", status = 401,
      message = "Session token not found or invalid" } })
    profiles.refused("SsoSessionExpired", found, e, { "HUSH" })
  end)

  it("passes on why the portal refuses, but not what it was told", function()
    keep(token())
    local found, e = ask(SESSION, { GetRoleCredentials = err.new { code = "ForbiddenException", status = 403,
      message = "No access with HUSHACCESS" } })
    profiles.refused("ForbiddenException", found, e, { "HUSH" })
    assert.truthy(e.message:find("No access with ***", 1, true))
  end)

  it("warns when others may read the token", function()
    keep(token(), nil, 420)
    assert(ask(SESSION))
    assert.truthy(logged[1]:find("others may read", 1, true))
    assert.is_nil(logged[1]:find("HUSH", 1, true))
  end)

  it("refuses caches that cannot be used, with the way out", function()
    profiles.refused("SsoLoginNeeded", ask(SESSION))
    for _, text in ipairs { "", "HUSH", '{"accessToken":"HUSH', '["HUSH"]', "{}", '{"accessToken":"HUSH"}',
      '{"accessToken":"HUSH","expiresAt":"HUSH"}',
      '{"accessToken":"HUSH\\r\\nX: y","expiresAt":"2999-01-01T00:00:00Z"}',
      '{"accessToken":7,"expiresAt":"2999-01-01T00:00:00Z"}', ("HUSH"):rep(100000) } do
      keep(text)
      local found, e = ask(SESSION)
      profiles.refused("BadSsoCache", found, e, { "HUSH" })
      assert.equal("aws sso login --profile prod", e.fix)
    end
    keep(token(), "elsewhere")
    os.execute(("ln -sf '%s' '%s'"):format(cache "elsewhere", cache()))
    profiles.refused("BadSsoCache", ask(SESSION))
    assert.same({}, calls)
  end)

  it("does not take an answer without keys for one", function()
    keep(token())
    for _, keys in ipairs { {}, { accessKeyId = "A", secretAccessKey = "HUSH" }, { accessKeyId = "A", expiration = 1,
      sessionToken = "HUSH" } } do
      local found, e = ask(SESSION, { GetRoleCredentials = { roleCredentials = keys } })
      profiles.refused("BadCredentialReply", found, e, { "HUSH" })
    end
  end)

  local BAD = {
    ["a session that does not exist"] = SESSION:gsub("sso%-session corp", "sso-session other"),
    ["contradictions"] = SESSION:gsub("sso_session = corp\n", "sso_session = corp\nsso_region = us-east-1\n"),
    ["a missing role"] = SESSION:gsub("sso_role_name[^\n]*\n", ""),
    ["a missing Region"] = SESSION:gsub("sso_region[^\n]*\n", ""),
    ["a Region that is a host"] = LEGACY:gsub("eu%-central%-1", "eu-central-1.HUSH.example"),
    ["an account that is none"] = LEGACY:gsub("111122223333", "HUSH"),
    ["a role that is none"] = LEGACY:gsub("ReadOnly", "HUSH&account_id=1"),
    ["a start URL that is none"] = LEGACY:gsub("https://", "HUSH "),
  }
  for name, config in pairs(BAD) do
    it("refuses " .. name, function()
      local found, e = ask(config)
      profiles.refused("BadProfile", found, e, { "HUSH" })
      assert.same({}, calls)
    end)
  end
end)
