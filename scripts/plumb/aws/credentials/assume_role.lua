-- A role that a profile names, assumed with the keys of another profile
-- (source_profile, which may name a role itself) or of this machine
-- (credential_source). Each link of a chain is a call to STS.

local config = require "plumb.aws.config"
local made = require "plumb.aws.credentials.made"
local role = require "plumb.aws.credentials.role"
local suggest = require "plumb.suggest"
local written = require "plumb.aws.credentials.written"

local assume_role = { name = "assume role" }

local LONGEST_CHAIN = 10 -- roles; people use two

local SOURCES = {
  Environment = "plumb.aws.credentials.environment",
  Ec2InstanceMetadata = "plumb.aws.credentials.instance",
  EcsContainer = "plumb.aws.credentials.container",
}

-- What a source profile without a role of its own may be, in the order of the chain.
local PROFILE_PROVIDERS = { "web_identity", "sso", "shared_file", "login_session", "process", "config_file" }

local function name_of(settings) return "profile " .. settings.profile_name end

local function has_role(keys)
  return keys.role_arn ~= nil and keys.web_identity_token_file == nil
end

local function machine_source(settings, tools)
  local wanted = settings.profile.credential_source
  local module = SOURCES[wanted]
  if not module then
    return made.failure("BadProfile", name_of(settings)
      .. ": credential_source must be Environment, Ec2InstanceMetadata or EcsContainer")
  end
  local chosen = {}
  for key, value in pairs(settings) do chosen[key] = value end
  chosen.profile_from_flag = false -- the variables are asked for by name here
  local found, reason = require(module).try(chosen, tools)
  if found or type(reason) ~= "string" then return found, reason end
  return made.failure("NoSourceCredentials",
    ("%s: credential_source %s has no credentials: %s"):format(name_of(settings), wanted, reason))
end

-- The profile named as source, or why it cannot be one.
local function source_settings(settings, visited)
  local wanted = settings.profile.source_profile
  if not settings.profiles[wanted] then
    local near = suggest.key(wanted, settings.profiles)
    return made.failure("NoSuchProfile", ("%s: its source_profile does not exist%s"):format(
      name_of(settings), near and ("; did you mean %q?"):format(near) or ""))
  end
  local source = config.of_profile(settings, wanted)
  -- A profile may name itself when it holds keys as well: they are the source, the role is on top.
  local itself = wanted == settings.profile_name and written.any(source)
  if visited[wanted] and not itself then
    return made.failure("ProfileLoop", ("%s: source_profile leads back to profile %s"):format(
      name_of(settings), wanted))
  end
  return source
end

local assume -- forward: a source may be a role

local function profile_source(settings, tools, visited)
  local source, e = source_settings(settings, visited)
  if not source then return nil, e end
  if has_role(source.profile) and not written.any(source) then return assume(source, tools, visited) end
  local reasons = {}
  for _, provider in ipairs(PROFILE_PROVIDERS) do
    local found, reason = require("plumb.aws.credentials." .. provider).try(source, tools)
    if found or type(reason) ~= "string" then return found, reason end
    reasons[#reasons + 1] = { name = provider:gsub("_", " "), reason = reason }
  end
  return made.failure("NoSourceCredentials",
    ("%s: its source_profile %s has no credentials"):format(name_of(settings), source.profile_name),
    { tried = reasons })
end

-- A code goes stale within half a minute, so it is asked for last.
local function ask_code(settings, tools, input)
  if not input.SerialNumber then return true end
  local where = name_of(settings)
  if not tools.ask then
    return made.failure("MfaNeedsTerminal", where .. " wants an MFA code, and there is no terminal to ask on",
      { fix = "run it on a terminal, or get a session first: aws sts get-session-token" })
  end
  local code = tools.ask(("MFA code for %s (%s): "):format(where, input.SerialNumber))
  code = code and code:gsub("%s+", "")
  if not code or not code:find("^%d%d%d%d%d%d$") then
    return made.failure("BadMfaCode", where .. ": an MFA code is six digits")
  end
  input.TokenCode = code
  return true
end

local function source_of(settings, tools, visited)
  local keys = settings.profile
  if keys.source_profile and keys.credential_source then
    return made.failure("BadProfile", name_of(settings) .. " has both source_profile and credential_source")
  elseif keys.credential_source then
    return machine_source(settings, tools)
  elseif keys.source_profile then
    return profile_source(settings, tools, visited)
  end
  return made.failure("PartialCredentials",
    name_of(settings) .. " has a role_arn without source_profile or credential_source")
end

function assume(settings, tools, visited)
  local keys, where = settings.profile, name_of(settings)
  visited[settings.profile_name] = true
  visited.depth = (visited.depth or 0) + 1
  if visited.depth > LONGEST_CHAIN then
    return made.failure("ProfileLoop", ("more than %d roles follow from one another"):format(LONGEST_CHAIN))
  end
  local input, e = role.input {
    where = where, role_arn = keys.role_arn, role_session_name = keys.role_session_name,
    external_id = keys.external_id, mfa_serial = keys.mfa_serial, duration_seconds = keys.duration_seconds,
  }
  if not input then return nil, e end
  local source
  source, e = source_of(settings, tools, visited)
  if not source then return nil, e end
  local ok
  ok, e = ask_code(settings, tools, input)
  if not ok then return nil, e end
  local output
  output, e = tools.call("sts", "AssumeRole", input, source)
  if not output then return made.refused(e, where .. ": the role was not assumed", { input.ExternalId }) end
  return made.from_sts(output, where)
end

---@param settings plumb.aws.Settings
---@param tools plumb.aws.CredentialTools
---@return plumb.aws.Credentials|nil
---@return string|plumb.Error  why not, or what is wrong
---@see https://docs.aws.amazon.com/sdkref/latest/guide/feature-assume-role-credentials.html
function assume_role.try(settings, tools)
  if not has_role(settings.profile) then return nil, name_of(settings) .. " has no role_arn" end
  return assume(settings, tools, {})
end

return assume_role
