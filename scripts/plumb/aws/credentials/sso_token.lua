-- The cache of `aws sso login`: one JSON file for each sso-session, or for each start
-- URL in the older form, which cannot be renewed. Written back like there, by rename
-- and for the owner alone.

local digest = require "plumb.digest"
local json = require "plumb.json"
local log = require "plumb.log"
local made = require "plumb.aws.credentials.made"
local time = require "plumb.time"

local sso_token = {}

local RENEW_BEFORE = 15 * 60 -- seconds
local MOST_BYTES = 256 * 1024
local FOR_RENEWAL = { "refreshToken", "clientId", "clientSecret", "registrationExpiresAt" }

local function login_command(session)
  return "aws sso login --profile " .. session.profile_name
end

local function failure(code, session, what)
  return made.failure(code, ("the SSO session for profile '%s' %s"):format(session.profile_name, what),
    { fix = login_command(session) })
end

-- "3 h", "2 days": how long ago, in the largest unit that fits.
local function span(seconds)
  for _, unit in ipairs { { 86400 * 2, 86400, "days" }, { 3600, 3600, "h" }, { 60, 60, "min" } } do
    if seconds >= unit[1] then return ("%d %s"):format(seconds // unit[2], unit[3]) end
  end
  return ("%d s"):format(math.max(0, math.floor(seconds)))
end

---The error of a session that has ended.
---@param session table
---@param how string
---@return nil
---@return plumb.Error
function sso_token.expired(session, how)
  return failure("SsoSessionExpired", session, how)
end

local function cache_path(settings, session)
  local name = digest.hex(digest.sha1(session.session_name or session.start_url))
  return ("%s/.aws/sso/cache/%s.json"):format(settings.env("HOME") or "~", name)
end

-- Older versions of the AWS CLI write "2020-06-17T10:02:08UTC".
local function moment(text)
  return type(text) == "string" and time.parse((text:gsub("UTC$", "Z"))) or nil
end

local function is_text(value)
  return type(value) == "string" and value ~= "" and not value:find("[^\32-\126]")
end

local function load(settings, tools, session)
  local path = cache_path(settings, session)
  local link = tools.stat(path, { links = true })
  if link and link.type ~= "file" then
    return failure("BadSsoCache", session, "is not kept in a plain file: " .. path)
  end
  local text, _, code = tools.read(path, MOST_BYTES)
  if not text and code == "FileNotFound" then return failure("SsoLoginNeeded", session, "has not been opened") end
  if not text then return failure("BadSsoCache", session, "cannot be read from " .. path) end
  if link and link.mode & 0x3F ~= 0 then -- rwx of group and others
    log.warn("others may read the SSO token of this user", { path = path, fix = "chmod 600" })
  end
  local token = json.decode(text)
  if type(token) ~= "table" or not is_text(token.accessToken) or not moment(token.expiresAt) then
    return failure("BadSsoCache", session, "is damaged in " .. path)
  end
  return token, nil, path
end

local function can_be_renewed(session, token)
  if not session.session_name then return false end
  for _, key in ipairs(FOR_RENEWAL) do
    if not is_text(token[key]) then return false end
  end
  local registered_until = moment(token.registrationExpiresAt)
  return registered_until ~= nil and registered_until > time.now()
end

-- A new token for the cache: everything that was there, with what the reply replaces.
local function renewed(session, token, output)
  local new = {}
  for key, value in pairs(token) do new[key] = value end
  new.startUrl, new.region = session.start_url, session.region
  new.accessToken = output.accessToken
  new.expiresAt = time.iso(time.now() + output.expiresIn)
  new.refreshToken = output.refreshToken -- none: this was the last time
  return new
end

-- The new token; nil when the old one has to do.
local function renew(tools, session, token, path)
  local output, e = tools.call("sso_oidc", "CreateToken", {
    grantType = "refresh_token", clientId = token.clientId, clientSecret = token.clientSecret,
    refreshToken = token.refreshToken,
  }, nil, session.region)
  if output and not (is_text(output.accessToken) and math.type(output.expiresIn) == "integer") then
    output, e = nil, nil
  end
  if not output then
    log.warn("the SSO session could not be renewed",
      { profile = session.profile_name, code = e and e.code or "BadCredentialReply" })
    return nil
  end
  local new = renewed(session, token, output)
  local written, message = tools.write(path, json.encode(new), 384) -- 0600
  if not written then
    -- The old refresh token is spent, so the next run will have to ask for a login.
    log.warn("the renewed SSO session could not be saved", { profile = session.profile_name, reason = message })
  end
  return new
end

---The access token of a session, renewed when it is about to end. Waits.
---@param settings plumb.aws.Settings
---@param tools plumb.aws.CredentialTools
---@param session { profile_name: string, session_name: string?, start_url: string, region: string }
---@return string|nil token
---@return plumb.Error? err  SsoLoginNeeded, SsoSessionExpired, BadSsoCache; `fix` says how to log in
---@see https://docs.aws.amazon.com/singlesignon/latest/OIDCAPIReference/API_CreateToken.html
function sso_token.get(settings, tools, session)
  local token, e, path = load(settings, tools, session)
  if not token then return nil, e end
  local left = moment(token.expiresAt) - time.now()
  if left < RENEW_BEFORE and can_be_renewed(session, token) then
    -- When it fails somebody else may have renewed it meanwhile: a refresh token works once.
    local new = renew(tools, session, token, path) or load(settings, tools, session) or token
    token, left = new, moment(new.expiresAt) - time.now()
  end
  if left <= 0 then return sso_token.expired(session, ("expired %s ago"):format(span(-left))) end
  return token.accessToken
end

return sso_token
