-- The cross-SDK cases for ~/.aws/config and ~/.aws/credentials.

local conformance = require "tests.support.conformance"
local json = require "plumb.json"
local profile = require "plumb.aws.profile"

describe("profile-parser", function()
  local text, path = conformance.read("profile-parser/profile-parser-tests.json")
  if not text then
    pending("no test data at " .. path)
    return
  end
  for number, case in ipairs(json.decode(text).tests) do
    it(("%02d %s"):format(number, case.name), function()
      local found, e = profile.parse(case.input.configFile, case.input.credentialsFile)
      if case.output.errorContaining then
        assert.is_nil(found)
        assert.equal("ProfileSyntax", e.code)
        assert.truthy(e.message:find(case.output.errorContaining, 1, true), e.message)
        assert.truthy(e.message:find("line %d+"), "the message names the line")
      else
        assert.is_nil(e)
        assert.same(case.output.config.profiles, found.profiles)
        assert.same(case.output.config.sso_sessions or {}, found.sso_sessions)
      end
    end)
  end
end)
