-- Keys for a role in AWS IAM Identity Center, in exchange for the token that
-- `aws sso login` has left in its cache. A token that is about to end is renewed
-- when the cache allows it.

local made = require "plumb.aws.credentials.made"
local partition = require "plumb.aws.partition"
local sso_token = require "plumb.aws.credentials.sso_token"

local sso = { name = "single sign-on" }

local NEEDED = { "sso_start_url", "sso_region", "sso_account_id", "sso_role_name" }
-- Each as the service has it; a Region becomes part of a host name.
local RULES = {
  sso_account_id = { "^%d+$", "must be an account id of twelve digits", 12, 12 },
  sso_role_name = { "^[%w_+=,.@%-]+$", "must be the name of a permission set", 1, 64 },
  sso_start_url = { "^https?://%g+$", "must be a URL", 10, 2048 },
}

local function bad(settings, what)
  return made.failure("BadProfile", ("profile %s: %s"):format(settings.profile_name, what))
end

-- The profile's own keys and those of its sso-session, which must not contradict each other.
local function merged(settings)
  local keys, name = {}, settings.profile.sso_session
  for _, key in ipairs(NEEDED) do keys[key] = settings.profile[key] end
  if not name then return keys end
  local shared = settings.sso_sessions[name]
  if not shared then return bad(settings, "its sso_session does not exist") end
  for key, value in pairs(shared) do
    if settings.profile[key] ~= nil and settings.profile[key] ~= value then
      return bad(settings, key .. " differs between the profile and its sso-session")
    end
    keys[key] = value
  end
  return keys
end

local function resolved(settings)
  local keys, e = merged(settings)
  if not keys then return nil, e end
  for _, key in ipairs(NEEDED) do
    local value, rule = keys[key], RULES[key]
    if not value or value == "" then return bad(settings, key .. " is missing") end
    if rule and (#value < rule[3] or #value > rule[4] or not value:find(rule[1])) then
      return bad(settings, key .. " " .. rule[2])
    end
  end
  if not partition.is_region(keys.sso_region) then return bad(settings, "sso_region is not the name of a Region") end
  return {
    profile_name = settings.profile_name, session_name = settings.profile.sso_session,
    start_url = keys.sso_start_url, region = keys.sso_region,
    account_id = keys.sso_account_id, role_name = keys.sso_role_name,
  }
end

local function from_portal(output, session)
  local keys = output.roleCredentials or {}
  local found, why = made.credentials {
    id = keys.accessKeyId, secret = keys.secretAccessKey, token = keys.sessionToken,
    expires_at = keys.expiration and keys.expiration / 1000, -- milliseconds, here alone
    account = session.account_id, source = ("profile %s (single sign-on)"):format(session.profile_name),
  }
  if found and not found.expires_at then found, why = nil, "there is no expiration" end
  if not found then
    return made.failure("BadCredentialReply", ("profile %s: the single sign-on portal answered, but %s"):format(
      session.profile_name, why))
  end
  return found
end

---@param settings plumb.aws.Settings
---@param tools plumb.aws.CredentialTools
---@return plumb.aws.Credentials|nil
---@return string|plumb.Error  why not, or what is wrong
---@see https://docs.aws.amazon.com/singlesignon/latest/PortalAPIReference/API_GetRoleCredentials.html
function sso.try(settings, tools)
  local keys = settings.profile
  if not keys.sso_account_id and not keys.sso_role_name then
    return nil, ("profile %s has no sso_account_id"):format(settings.profile_name)
  end
  local session, e = resolved(settings)
  if not session then return nil, e end
  local token
  token, e = sso_token.get(settings, tools, session)
  if not token then return nil, e end
  local output
  output, e = tools.call("sso", "GetRoleCredentials",
    { accountId = session.account_id, roleName = session.role_name, accessToken = token }, nil, session.region)
  if output then return from_portal(output, session) end
  if e.status == 401 or e.code == "UnauthorizedException" then
    return sso_token.expired(session, "is no longer accepted")
  end
  return made.refused(e, ("profile %s: the single sign-on portal gave no keys"):format(session.profile_name), { token })
end

return sso
