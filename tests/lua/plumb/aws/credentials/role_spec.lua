local profiles = require "tests.support.profiles"
local role = require "plumb.aws.credentials.role"
local time = require "plumb.time"

local ARN = "arn:aws:iam::111122223333:role/team/dev"

local function with(changes)
  local keys = { where = "profile x", role_arn = ARN }
  for key, value in pairs(changes or {}) do keys[key] = value end
  return role.input(keys)
end

describe("what a profile says about a role", function()
  after_each(function() time.set(nil) end)

  it("becomes the input of STS", function()
    assert.same({ RoleArn = ARN, RoleSessionName = "me@work", ExternalId = "x:/y", DurationSeconds = 43200,
      SerialNumber = "arn:aws:iam::1:mfa/me" }, with { role_session_name = "me@work", external_id = "x:/y",
      duration_seconds = "43200", mfa_serial = "arn:aws:iam::1:mfa/me" })
  end)

  it("gets a session name when it has none", function()
    time.set(function() return 1700000000.9 end)
    assert.equal("plumb-1700000000", with().RoleSessionName)
  end)

  -- Guards the patterns in role.lua: a line break in a session name is a line in somebody's audit trail.
  it("is refused without being repeated", function()
    local bad = {
      role_arn = { "HUSH", "arn:aws:iam::111122223333:user/HUSH", ARN .. "\nHUSH", ARN .. " HUSH",
        "arn:aws:iam::1:role/" .. ("HUSH"):rep(600) },
      role_session_name = { "H", "HUSH\n", "HUSH\rX", "HUSH x", "HUSH/x", ("HUSH"):rep(20), "HUSHé" },
      external_id = { "H", "HUSH\r\nX: y", "HUSH;", ("HUSH"):rep(400) },
      mfa_serial = { "HUSH", "HUSH HUSH HUSH", "HUSHHUSH\n" },
      duration_seconds = { "HUSH", "899", "43201", "1800.5", "-900", "1e99", "0x" },
    }
    for key, values in pairs(bad) do
      for _, value in ipairs(values) do
        local found, e = with { [key] = value }
        profiles.refused("BadProfile", found, e, { "HUSH" })
        assert.truthy(e.message:find(key, 1, true))
      end
    end
  end)

  it("must be there", function()
    profiles.refused("BadProfile", role.input { where = "profile x" })
  end)
end)
