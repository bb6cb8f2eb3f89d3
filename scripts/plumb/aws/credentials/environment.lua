-- Credentials from AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, with
-- AWS_SESSION_TOKEN for temporary ones. A profile that was chosen by parameter
-- goes before them; one that AWS_PROFILE names does not.

local made = require "plumb.aws.credentials.made"

local environment = { name = "environment" }

---@param settings plumb.aws.Settings
---@return plumb.aws.Credentials|nil
---@return string|plumb.Error  why not, or what is wrong
function environment.try(settings)
  local function read(name)
    local value = settings.env(name)
    return value ~= "" and value or nil
  end
  local id, key = read "AWS_ACCESS_KEY_ID", read "AWS_SECRET_ACCESS_KEY"
  if settings.profile_from_flag then return nil, "not used: a profile was chosen with --profile" end
  if not id and not key then return nil, "AWS_ACCESS_KEY_ID is not set" end
  if not id or not key then
    -- Going on would use somebody else's account in silence.
    return made.failure("PartialCredentials", ("%s is set, %s is not"):format(
      id and "AWS_ACCESS_KEY_ID" or "AWS_SECRET_ACCESS_KEY", id and "AWS_SECRET_ACCESS_KEY" or "AWS_ACCESS_KEY_ID"))
  end
  local found, why = made.credentials {
    id = id, secret = key, token = read "AWS_SESSION_TOKEN" or read "AWS_SECURITY_TOKEN",
    account = read "AWS_ACCOUNT_ID", source = "environment",
  }
  if not found then return made.failure("BadCredentials", "in the environment " .. why) end
  return found
end

return environment
