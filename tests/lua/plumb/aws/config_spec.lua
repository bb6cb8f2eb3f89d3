local config = require "plumb.aws.config"
local secret = require "plumb.secret"
local settings = require "tests.support.settings"

describe("plumb.aws.config", function()
  it("takes the Region from flag, environment and profile, in this order", function()
    local env = { AWS_REGION = "us-west-1", AWS_DEFAULT_REGION = "us-west-2" }
    assert.equal("ap-south-1", settings(env, { region = "ap-south-1" }).region)
    assert.equal("us-west-1", settings(env).region)
    env.AWS_REGION = ""
    assert.equal("us-west-2", settings(env).region)
    local found = settings { AWS_PROFILE = "prod" }
    assert.equal("eu-west-1", found.region)
    assert.equal("profile prod", found.region_origin)
    assert.equal("eu-central-1", settings().region)
  end)

  it("says where it looked for a Region", function()
    local region, e = config.region(settings { AWS_PROFILE = "plain" })
    assert.is_nil(region)
    assert.equal("NoRegion", e.code)
    assert.truthy(e.message:find("AWS_REGION", 1, true))
    assert.truthy(e.message:find("/home/x/.aws/config", 1, true))
  end)

  it("refuses what is no Region before anything is built of it", function()
    for _, region in ipairs { "us-east-1.evil.test", "a/b", "x@y", "us-east-1:80", "US-EAST-1", ("a"):rep(300),
      "-east-1", "us--east-1", "us-east-1\n", "us-east-" } do
      local found, e = settings({}, { region = region })
      assert.is_nil(found, region)
      assert.equal("BadRegion", e.code)
    end
    for _, region in ipairs { "eu-west-1", "us-gov-east-1", "us-isob-east-1", "eusc-de-east-1", "ap-southeast-12" } do
      assert.equal(region, settings({}, { region = region }).region)
    end
  end)

  it("suggests the profile that was meant", function()
    local found, e = settings({}, { profile = "prd" })
    assert.is_nil(found)
    assert.equal("NoSuchProfile", e.code)
    assert.equal("prod", e.suggestion)
    assert.truthy(e.message:find('did you mean "prod"?', 1, true))
    assert.equal("NoSuchProfile", select(2, settings { AWS_PROFILE = "nowhere" }).code)
  end)

  it("does without files", function()
    local found = assert(settings { HOME = "/home/nobody" })
    assert.equal("default", found.profile_name)
    assert.is_nil(found.region)
  end)

  it("looks where AWS_CONFIG_FILE and AWS_SHARED_CREDENTIALS_FILE say", function()
    local found = settings { AWS_CONFIG_FILE = "~/other", AWS_SHARED_CREDENTIALS_FILE = "/c" }
    assert.same({ config = "/home/x/other", credentials = "/c" }, found.files)
  end)

  it("shows file and line of broken syntax, and no value", function()
    local found, e = settings({}, { read = function() return "[default]\naws_secret_access_key: hush\n" end })
    assert.is_nil(found)
    assert.equal("ProfileSyntax", e.code)
    assert.truthy(e.message:find("line 2", 1, true))
    assert.is_nil(e.message:find("hush", 1, true))
  end)

  it("puts secrets away", function()
    local profile = settings({ AWS_PROFILE = "prod" }).profile
    assert.is_true(secret.is(profile.aws_secret_access_key))
    assert.is_true(secret.is(profile.aws_session_token))
    assert.equal("AKIAPROD", profile.aws_access_key_id)
  end)
end)
