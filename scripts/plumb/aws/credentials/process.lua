-- Credentials that another program prints: credential_process in a profile. It is
-- started without a shell and with an environment of its own. What it prints is a
-- secret, so nothing of it is ever repeated.

local made = require "plumb.aws.credentials.made"
local time = require "plumb.time"
local words = require "plumb.aws.credentials.words"

local process = { name = "credential process" }

local LONGEST_SECONDS, MOST_BYTES = 60, 64 * 1024

-- What such programs need to find their files, their agents and the network. Our credentials are not
-- among them; a program that wants another variable gets it by `env NAME=value program`.
local PASSED_ON = [[
  PATH HOME USER LOGNAME SHELL PWD TMPDIR TZ LANG LANGUAGE LC_ALL LC_CTYPE LC_MESSAGES TERM
  XDG_CONFIG_HOME XDG_CACHE_HOME XDG_DATA_HOME XDG_STATE_HOME XDG_RUNTIME_DIR DBUS_SESSION_BUS_ADDRESS
  DISPLAY WAYLAND_DISPLAY XAUTHORITY SSH_AUTH_SOCK GNUPGHOME GPG_TTY KRB5CCNAME
  HTTP_PROXY HTTPS_PROXY NO_PROXY ALL_PROXY http_proxy https_proxy no_proxy all_proxy SSL_CERT_FILE SSL_CERT_DIR
  REQUESTS_CA_BUNDLE AWS_CA_BUNDLE AWS_CONFIG_FILE AWS_SHARED_CREDENTIALS_FILE AWS_PROFILE AWS_DEFAULT_PROFILE
  AWS_REGION AWS_DEFAULT_REGION AWS_SDK_LOAD_CONFIG AWS_EC2_METADATA_DISABLED
]]

local function environment(env)
  local out = {}
  for name in PASSED_ON:gmatch("%S+") do out[name] = env(name) end
  return out
end

local REASONS = {
  ProgramNotFound = "was not found",
  ProcessFailed = "could not be started",
  Timeout = ("did not end within %d s"):format(LONGEST_SECONDS),
  OutputTooLarge = ("printed more than %d kB"):format(MOST_BYTES // 1024),
}

-- What it printed, or the error.
local function run(settings, tools, where)
  local argv, why = words.split(settings.profile.credential_process)
  if argv and not argv[1] then why = "it is empty" end
  if why then return made.failure("BadProfile", ("%s: credential_process cannot be read: %s"):format(where, why)) end
  local result, e = tools.run {
    argv = argv, env = environment(settings.env), timeout = LONGEST_SECONDS, max_output = MOST_BYTES,
  }
  if not result then
    return made.failure("CredentialProcessFailed",
      ("the credential_process of %s %s"):format(where, REASONS[e.code] or "failed"))
  elseif result.code ~= 0 then
    return made.failure("CredentialProcessFailed",
      ("the credential_process of %s ended with code %d"):format(where, result.code),
      { fix = "run the command by hand: what it says is not shown here, since it may hold secrets" })
  end
  return result.output
end

---@param settings plumb.aws.Settings
---@param tools plumb.aws.CredentialTools
---@return plumb.aws.Credentials|nil
---@return string|plumb.Error  why not, or what is wrong
---@see https://docs.aws.amazon.com/sdkref/latest/guide/feature-process-credentials.html
function process.try(settings, tools)
  local where = "profile " .. settings.profile_name
  if not settings.profile.credential_process then return nil, where .. " has no credential_process" end
  local output, e = run(settings, tools, where)
  if not output then return nil, e end
  local found, why, document = made.from_json(output, { token = "SessionToken", source = where })
  if document and document.Version ~= 1 then found, why = nil, "its Version is not 1" end
  if not found then
    return made.failure("BadCredentialProcessOutput",
      ("the output of the credential_process of %s cannot be used: %s"):format(where, why))
  end
  if found.expires_at and found.expires_at <= time.now() then
    return made.failure("ExpiredCredentials", ("the credential_process of %s gave expired credentials"):format(where))
  end
  found.account = found.account or settings.profile.aws_account_id
  return found
end

return process
