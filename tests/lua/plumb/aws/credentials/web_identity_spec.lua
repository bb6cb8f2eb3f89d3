local err = require "plumb.err"
local files = require "plumb.files"
local profiles = require "tests.support.profiles"

local ROLE = "arn:aws:iam::444455556666:role/ci"
local TOKEN = "head.c2VjcmV0.tail"

local function exchange(world, replace)
  local settings = profiles.settings(world)
  local simulator, call = profiles.sts(settings)
  local tools = profiles.tools { call = call, read = function() return TOKEN end }
  for name, value in pairs(replace or {}) do tools[name] = value end
  local found, e = require("plumb.aws.credentials.web_identity").try(settings, tools)
  return found, e, simulator, settings
end

local function variables(more)
  local env = { AWS_WEB_IDENTITY_TOKEN_FILE = "/token", AWS_ROLE_ARN = ROLE }
  for name, value in pairs(more or {}) do env[name] = value end
  return env
end

describe("web identity", function()
  it("says when it is not meant", function()
    local found, reason = exchange { config = "[default]\nrole_arn = " .. ROLE }
    assert.is_nil(found)
    assert.equal("AWS_WEB_IDENTITY_TOKEN_FILE is not set", reason)
  end)

  it("exchanges the token of the environment", function()
    local found, _, simulator, settings = exchange { env = variables { AWS_ROLE_SESSION_NAME = "run-7" } }
    assert.equal("arn:aws:sts::444455556666:assumed-role/ci/run-7", profiles.caller_of(simulator, settings, found))
    assert.equal(TOKEN, simulator.journal[1].input.WebIdentityToken)
  end)

  it("exchanges the token of a profile", function()
    local read
    local found, _, simulator, settings = exchange({
      config = "[profile ci]\nrole_arn = " .. ROLE .. "\nweb_identity_token_file = /mine\nrole_session_name = me\n",
      profile = "ci", env = variables { AWS_ROLE_ARN = "arn:aws:iam::1:role/other" },
    }, { read = function(path)
      read = path
      return TOKEN .. "\n"
    end })
    assert.equal("/mine", read) -- a profile chosen by parameter goes before the environment
    assert.equal("arn:aws:sts::444455556666:assumed-role/ci/me", profiles.caller_of(simulator, settings, found))
  end)

  it("is not signed", function()
    local sent
    require("plumb.aws.caller")(profiles.settings {}, function(request)
      sent = request
      return nil, err.new { code = "Enough" }
    end)("sts", "AssumeRoleWithWebIdentity", { RoleArn = ROLE, RoleSessionName = "me", WebIdentityToken = TOKEN })
    assert.is_nil(sent.headers.authorization)
    assert.equal("https://sts.eu-west-1.amazonaws.com", sent.scheme .. "://" .. sent.host)
  end)

  -- Guards tools.read inside try: a token that was kept would be the expired one.
  it("reads the file anew each time", function()
    local path = os.tmpname()
    local seen = {}
    local function call(_, _, input)
      seen[#seen + 1] = input.WebIdentityToken
      return nil, err.new { code = "Enough", message = "enough" }
    end
    for _, token in ipairs { "first", "second" } do
      assert(files.write_atomic(path, token))
      exchange({ env = variables { AWS_WEB_IDENTITY_TOKEN_FILE = path } }, { read = files.read, call = call })
    end
    os.remove(path)
    assert.same({ "first", "second" }, seen)
  end)

  it("refuses files that hold no token, without repeating them", function()
    local path = os.tmpname()
    for _, text in ipairs { "", "HUSH HUSH", "HUSH\r\nX: y", "HUSH\0HUSH", "HUSHé", ("HUSH"):rep(5001),
      ("H"):rep(1 << 20) } do
      assert(files.write_atomic(path, text))
      local found, e = exchange({ env = variables { AWS_WEB_IDENTITY_TOKEN_FILE = path } }, { read = files.read })
      profiles.refused("BadWebIdentityToken", found, e, { "HUSH" })
    end
    os.remove(path)
    local found, e = exchange({ env = variables { AWS_WEB_IDENTITY_TOKEN_FILE = path } }, { read = files.read })
    profiles.refused("BadWebIdentityToken", found, e)
    assert.truthy(e.message:find(path, 1, true))
  end)

  it("refuses a missing role", function()
    profiles.refused("BadProfile", exchange { env = { AWS_WEB_IDENTITY_TOKEN_FILE = "/token" } })
  end)

  it("hides the token when AWS repeats it", function()
    local found, e = exchange({ env = variables() }, { call = function(_, _, input)
      return nil, err.new { code = "InvalidIdentityToken", message = "bad token " .. input.WebIdentityToken }
    end })
    profiles.refused("InvalidIdentityToken", found, e, { TOKEN, "c2VjcmV0" })
  end)

  it("says that the token has expired", function()
    local claims = require("plumb.digest").base64('{"exp":1}'):gsub("=", "")
    local found, e = exchange({ env = variables() }, { read = function() return "h." .. claims .. ".s" end })
    profiles.refused("ExpiredTokenException", found, e)
  end)
end)
