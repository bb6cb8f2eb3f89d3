-- Credentials written down in a profile: aws_access_key_id, aws_secret_access_key
-- and perhaps aws_session_token.

local err = require "plumb.err"

local static_profile = { name = "shared files" }

---@param settings plumb.aws.Settings
---@return plumb.aws.Credentials|nil
---@return string|plumb.Error  why not, or what is wrong
function static_profile.try(settings)
  local keys = settings.profile
  local id, key = keys.aws_access_key_id, keys.aws_secret_access_key
  local where = ("profile %s"):format(settings.profile_name)
  if not id and not key then
    if not settings.profiles[settings.profile_name] then
      return nil, ("no %s in %s or %s"):format(where, settings.files.config, settings.files.credentials)
    end
    return nil, where .. " has no aws_access_key_id"
  end
  if not id or not key then
    return nil, err.new {
      code = "PartialCredentials", kind = "credentials", executed = "no",
      message = ("%s has %s without %s"):format(
        where, id and "aws_access_key_id" or "aws_secret_access_key",
        id and "aws_secret_access_key" or "aws_access_key_id"),
    }
  end
  local token = keys.aws_session_token or keys.aws_security_token
  return {
    access_key_id = id, secret = key, session_token = token ~= "" and token or nil,
    account = keys.aws_account_id, source = where,
  }
end

return static_profile
