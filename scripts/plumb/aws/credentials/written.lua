-- Keys written down in a profile: aws_access_key_id, aws_secret_access_key and
-- perhaps aws_session_token. The two files that may hold them stand at different
-- places in the chain, and keys of one are never completed from the other.

local made = require "plumb.aws.credentials.made"

local written = {}

---@param settings plumb.aws.Settings
---@param file "credentials"|"config"
---@return fun(key: string): any  the profile's value when it stands in that file
local function reader(settings, file)
  local in_credentials = settings.in_credentials_file[settings.profile_name] or {}
  return function(key)
    local value = settings.profile[key]
    if value == "" or (in_credentials[key] ~= nil) ~= (file == "credentials") then return nil end
    return value
  end
end

---@param settings plumb.aws.Settings
---@param file "credentials"|"config"
---@return plumb.aws.Credentials|nil
---@return string|plumb.Error  why not, or what is wrong
function written.try(settings, file)
  local read = reader(settings, file)
  local id, key = read "aws_access_key_id", read "aws_secret_access_key"
  local where = ("profile %s"):format(settings.profile_name)
  if not id and not key then
    if settings.profiles[settings.profile_name] then
      return nil, ("%s has no aws_access_key_id in %s"):format(where, settings.files[file])
    end
    return nil, ("no %s in %s"):format(where, settings.files[file])
  end
  if not id or not key then
    return made.failure("PartialCredentials", ("%s has %s without %s in %s"):format(
      where, id and "aws_access_key_id" or "aws_secret_access_key",
      id and "aws_secret_access_key" or "aws_access_key_id", settings.files[file]))
  end
  return {
    access_key_id = id, secret = key, session_token = read "aws_session_token" or read "aws_security_token",
    account = settings.profile.aws_account_id, source = where,
  }
end

---Whether a profile holds a whole pair of keys, in whichever file.
---@param settings plumb.aws.Settings
---@return boolean
function written.any(settings)
  for _, file in ipairs { "credentials", "config" } do
    local read = reader(settings, file)
    if read "aws_access_key_id" and read "aws_secret_access_key" then return true end
  end
  return false
end

return written
