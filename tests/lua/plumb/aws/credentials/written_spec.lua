local profiles = require "tests.support.profiles"
local secret = require "plumb.secret"

describe("keys written down in the files", function()
  local SHARED = "[default]\naws_access_key_id = AKIASHARED\naws_secret_access_key = s1\n"
  local CONFIG = "[default]\naws_access_key_id = AKIACONFIG\naws_secret_access_key = s2\naws_session_token = t2\n"
  local PROCESS = "[default]\ncredential_process = tool\n"
  local function printing()
    return { code = 0, output = '{"Version":1,"AccessKeyId":"AKIAPROCESS","SecretAccessKey":"s3"}' }
  end

  it("are secrets from the moment they are read", function()
    local found = profiles.try("shared_file", { credentials = SHARED .. "aws_session_token = t\n" })
    assert.equal("AKIASHARED", found.access_key_id)
    assert.is_true(secret.is(found.secret))
    assert.is_true(secret.is(found.session_token))
    assert.equal("profile default", found.source)
  end)

  it("stand before a credential_process in one file and behind it in the other", function()
    local order = { { credentials = SHARED, config = PROCESS, "AKIASHARED" },
      { config = CONFIG .. "credential_process = tool\n", "AKIAPROCESS" }, { config = CONFIG, "AKIACONFIG" } }
    for _, world in ipairs(order) do
      assert.equal(world[1], assert(profiles.try(nil, world, { run = printing })).access_key_id)
    end
  end)

  it("are never completed from the other file", function()
    local found = profiles.try("shared_file", { credentials = SHARED, config = CONFIG })
    assert.equal("AKIASHARED", found.access_key_id)
    assert.is_nil(found.session_token)
    profiles.refused("PartialCredentials", profiles.try("shared_file",
      { credentials = "[default]\naws_access_key_id = AKIASHARED\n", config = CONFIG }))
  end)

  it("come in pairs", function()
    for _, half in ipairs { "aws_access_key_id = HALF", "aws_secret_access_key = HALF" } do
      local found, e = profiles.try("shared_file", { credentials = "[default]\n" .. half })
      profiles.refused("PartialCredentials", found, e, { "HALF" })
      found, e = profiles.try("config_file", { config = "[default]\n" .. half })
      profiles.refused("PartialCredentials", found, e, { "HALF" })
    end
  end)

  it("leave a profile of `aws login` to the AWS CLI and say how", function()
    local found, e = profiles.try(nil, { config = "[default]\nlogin_session = arn:aws:iam::1:user/x\n" .. CONFIG })
    profiles.refused("LoginSessionUnsupported", found, e, { "user/x" })
    assert.truthy(e.fix:find("export-credentials --profile default", 1, true))
  end)
end)
