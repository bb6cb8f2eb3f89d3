-- Profiles made by `aws login`. Their keys are bound to a key pair in the AWS CLI's
-- own cache, so they are recognised here and left to it: going on down the chain
-- would use another account than the profile names.

local made = require "plumb.aws.credentials.made"

local login_session = { name = "login session" }

---@param settings plumb.aws.Settings
---@return nil
---@return string|plumb.Error  why not, or what to do instead
function login_session.try(settings)
  local name = settings.profile_name
  if not settings.profile.login_session then return nil, ("profile %s has no login_session"):format(name) end
  return made.failure("LoginSessionUnsupported",
    ("profile %s was made by `aws login`, which only the AWS CLI can use"):format(name),
    { fix = ('eval "$(aws configure export-credentials --profile %s --format env)"'):format(name) })
end

return login_session
