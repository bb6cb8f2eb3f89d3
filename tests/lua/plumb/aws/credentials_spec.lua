local credentials = require "plumb.aws.credentials"
local environment = require "plumb.aws.credentials.environment"
local err = require "plumb.err"
local secret = require "plumb.secret"
local settings = require "tests.support.settings"
local time = require "plumb.time"

describe("the credential chain", function()
  local KEYS = { AWS_ACCESS_KEY_ID = "AKIAENV", AWS_SECRET_ACCESS_KEY = "env-secret", AWS_SESSION_TOKEN = "t" }

  after_each(function() time.set(nil) end)

  it("asks the environment before the profile", function()
    local found = assert(credentials.find(settings(KEYS)))
    assert.equal("AKIAENV", found.access_key_id)
    assert.is_true(secret.is(found.secret))
    assert.is_true(secret.is(found.session_token))
    assert.equal("AKIADEFAULT", credentials.find(settings()).access_key_id)
  end)

  it("lets a profile chosen by parameter go before the environment, but not AWS_PROFILE", function()
    assert.equal("AKIAPROD", credentials.find(settings(KEYS, { profile = "prod" })).access_key_id)
    local env = { AWS_PROFILE = "prod", AWS_ACCESS_KEY_ID = "AKIAENV", AWS_SECRET_ACCESS_KEY = "s" }
    assert.equal("AKIAENV", credentials.find(settings(env)).access_key_id)
  end)

  it("stops at half a pair instead of using somebody else's account", function()
    local found, e = credentials.find(settings { AWS_ACCESS_KEY_ID = "AKIAENV" })
    assert.is_nil(found)
    assert.equal("PartialCredentials", e.code)
    assert.equal("PartialCredentials", select(2, credentials.find(settings({}, { profile = "half" }))).code)
  end)

  it("says what was tried, provider by provider", function()
    local found, e = credentials.find(settings { HOME = "/home/nobody", AWS_EC2_METADATA_DISABLED = "true" })
    assert.is_nil(found)
    assert.equal("NoCredentials", e.code)
    assert.equal("credentials", e.kind)
    local names = {}
    for i, tried in ipairs(e.tried) do
      names[i] = tried.name
      assert.truthy(e.message:find(tried.name .. ": " .. tried.reason, 1, true))
    end
    assert.same({ "environment", "assume role", "web identity", "single sign-on", "credentials file", "login session",
      "credential process", "config file", "container", "instance metadata" }, names)
    assert.equal("AWS_ACCESS_KEY_ID is not set", e.tried[1].reason)
    assert.equal("switched off by AWS_EC2_METADATA_DISABLED", e.tried[10].reason)
  end)

  it("never shows a secret", function()
    local found = credentials.find(settings(KEYS))
    assert.equal("***", tostring(found.secret))
  end)

  local function provider(answers)
    local asked = 0
    return {
      name = "fake",
      try = function()
        asked = asked + 1
        local answer = answers[asked]
        if err.is(answer) then return nil, answer end
        return answer
      end,
      asked = function() return asked end,
    }
  end

  it("asks once for credentials that do not expire", function()
    local fake = provider { { access_key_id = "A", source = "fake" } }
    local source = credentials.source(settings(), { fake })
    assert.equal("A", source().access_key_id)
    assert.equal("A", source().access_key_id)
    assert.equal(1, fake.asked())
  end)

  it("renews a quarter of an hour before the end, and insists on it from ten minutes", function()
    local now = 1000000
    time.set(function() return now end)
    local outage = err.new { code = "Down", kind = "credentials" }
    local fake = provider {
      { access_key_id = "A", source = "fake", expires_at = now + 3600 }, outage, outage,
      { access_key_id = "B", source = "fake", expires_at = now + 7200 },
    }
    local source = credentials.source(settings(), { fake })
    assert.equal("A", source().access_key_id)
    now = now + 3600 - 16 * 60
    assert.equal("A", source().access_key_id)
    assert.equal(1, fake.asked())
    now = now + 2 * 60 -- 14 minutes left: an outage is tolerated
    assert.equal("A", source().access_key_id)
    assert.equal(2, fake.asked())
    now = now + 5 * 60 -- 9 minutes left: it is not
    assert.equal("Down", select(2, source()).code)
    assert.equal("B", source().access_key_id)
  end)

  it("refuses credentials that are renewed and have expired all the same", function()
    time.set(function() return 1000 end)
    local fake = provider { { access_key_id = "A", source = "fake", expires_at = 999 } }
    local source = credentials.source(settings(), { fake })
    assert.equal("ExpiredCredentials", select(2, source()).code)
  end)

  it("asks again when AWS has called them expired", function()
    local fake = provider { { access_key_id = "A", source = "fake" }, { access_key_id = "B", source = "fake" } }
    local source = credentials.source(settings(), { fake })
    source()
    assert.equal("B", source(true).access_key_id)
  end)

  it("is open to more providers in the same form", function()
    assert.equal("environment", environment.name)
    assert.is_function(environment.try)
  end)
end)
