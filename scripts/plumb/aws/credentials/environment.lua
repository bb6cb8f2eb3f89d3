-- Credentials from AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, with
-- AWS_SESSION_TOKEN for temporary ones. A profile that was chosen by parameter
-- goes before them; one that AWS_PROFILE names does not.

local err = require "plumb.err"
local secret = require "plumb.secret"

local environment = { name = "environment" }

---@param settings plumb.aws.Settings
---@return plumb.aws.Credentials|nil
---@return string|plumb.Error  why not, or what is wrong
function environment.try(settings)
  local env = settings.env
  local id, key, token = env("AWS_ACCESS_KEY_ID"), env("AWS_SECRET_ACCESS_KEY"), env("AWS_SESSION_TOKEN")
  id, key, token = id ~= "" and id or nil, key ~= "" and key or nil, token ~= "" and token or nil
  if settings.profile_from_flag then return nil, "not used: a profile was chosen with --profile" end
  if not id and not key then return nil, "AWS_ACCESS_KEY_ID is not set" end
  if not id or not key then
    -- Going on would use somebody else's account in silence.
    return nil, err.new {
      code = "PartialCredentials", kind = "credentials", executed = "no",
      message = ("%s is set, %s is not"):format(
        id and "AWS_ACCESS_KEY_ID" or "AWS_SECRET_ACCESS_KEY", id and "AWS_SECRET_ACCESS_KEY" or "AWS_ACCESS_KEY_ID"),
    }
  end
  return {
    access_key_id = id, secret = secret.new(key), session_token = token and secret.new(token) or nil,
    account = env("AWS_ACCOUNT_ID"), source = "environment",
  }
end

return environment
