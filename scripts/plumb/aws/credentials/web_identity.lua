-- A role in exchange for the token of another identity provider, as in Kubernetes
-- and CI systems. The token lives in a file that somebody else renews, so it is read
-- anew every time. The request is not signed.

local made = require "plumb.aws.credentials.made"
local role = require "plumb.aws.credentials.role"

local web_identity = { name = "web identity" }

local LONGEST_TOKEN = 20000 -- bytes, as STS has it

-- Variables go before the profile, each for itself, unless the profile was chosen by parameter.
local function read(settings, variable, key)
  local value = not settings.profile_from_flag and settings.env(variable) or nil
  if not value or value == "" then value = settings.profile[key] end
  return value ~= "" and value or nil
end

local function read_token(tools, path)
  local text, message, code = tools.read(path, LONGEST_TOKEN + 2)
  if not text then
    if code == "FileTooLarge" then message = ("%s is larger than %d bytes"):format(path, LONGEST_TOKEN) end
    return made.failure("BadWebIdentityToken", "the web identity token cannot be read: " .. message)
  end
  text = text:gsub("\r?\n$", "")
  if #text < 4 or #text > LONGEST_TOKEN or text:find("[%c%s\128-\255]") then
    return made.failure("BadWebIdentityToken", path .. " does not hold a web identity token")
  end
  return text
end

---@param settings plumb.aws.Settings
---@param tools plumb.aws.CredentialTools
---@return plumb.aws.Credentials|nil
---@return string|plumb.Error  why not, or what is wrong
---@see https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html
function web_identity.try(settings, tools)
  local path = read(settings, "AWS_WEB_IDENTITY_TOKEN_FILE", "web_identity_token_file")
  if not path then return nil, "AWS_WEB_IDENTITY_TOKEN_FILE is not set" end
  local input, e = role.input {
    where = "web identity",
    role_arn = read(settings, "AWS_ROLE_ARN", "role_arn"),
    role_session_name = read(settings, "AWS_ROLE_SESSION_NAME", "role_session_name"),
    duration_seconds = settings.profile.duration_seconds,
  }
  if not input then return nil, e end
  local token
  token, e = read_token(tools, path)
  if not token then return nil, e end
  input.WebIdentityToken = token
  local output
  output, e = tools.call("sts", "AssumeRoleWithWebIdentity", input)
  if not output then
    return made.refused(e, "the web identity token was not exchanged for a role", { token })
  end
  return made.from_sts(output, "web identity")
end

return web_identity
