-- What the environment, the shared files and the command line say about how to
-- reach AWS: profile, Region, endpoints, retries. Read once at the start of a run;
-- secrets in the files are put away as plumb.secret before anybody sees them.

local err = require "plumb.err"
local partition = require "plumb.aws.partition"
local profile = require "plumb.aws.profile"
local retry = require "plumb.aws.retry"
local secret = require "plumb.secret"
local suggest = require "plumb.suggest"

local config = {}

---@class plumb.aws.Settings
---@field env fun(name: string): string?
---@field profile_name string
---@field profile_from_flag boolean   the profile was chosen by parameter, so keys in the environment do not count
---@field profile table<string, any>  its keys; secrets are plumb.secret values
---@field profiles table<string, table>
---@field in_credentials_file table<string, table<string, true>>  profile -> keys that stand in the credentials file
---@field sso_sessions table<string, table>
---@field services table<string, table>  the services section that the profile names
---@field files { config: string, credentials: string }
---@field region? string
---@field region_origin? string
---@field endpoint_url? string               from the command line, for all services
---@field endpoint_urls table<string, string> from the command line, by short service name
---@field ignore_configured_endpoints boolean
---@field allow_http boolean
---@field fips boolean
---@field dual_stack boolean
---@field legacy_sts boolean
---@field retry plumb.aws.RetrySettings

local SECRET_KEYS = { "aws_secret_access_key", "aws_session_token", "aws_security_token" }

local function failure(code, message, extra)
  local fields = { code = code, kind = "credentials", message = message, executed = "no" }
  for key, value in pairs(extra or {}) do fields[key] = value end
  return nil, err.new(fields)
end

local function file_path(env, variable, name)
  local path = env(variable)
  if not path or path == "" then path = "~/.aws/" .. name end
  local home = env("HOME")
  return (path:gsub("^~%f[/\0]", function() return home or "~" end))
end

local function hide_secrets(profiles)
  for _, keys in pairs(profiles) do
    for _, key in ipairs(SECRET_KEYS) do
      if keys[key] and keys[key] ~= "" then keys[key] = secret.new(keys[key]) end
    end
  end
end

local function read_files(env, read)
  local files = {
    config = file_path(env, "AWS_CONFIG_FILE", "config"),
    credentials = file_path(env, "AWS_SHARED_CREDENTIALS_FILE", "credentials"),
  }
  -- A file that is not there says nothing, as for every AWS tool.
  local parsed, e = profile.parse(read(files.config), read(files.credentials), files)
  if not parsed then return nil, e end
  hide_secrets(parsed.profiles)
  return parsed, files
end

local function is_true(text)
  return text ~= nil and text:lower() == "true"
end

local function choose_profile(options, env, parsed)
  local named = options.profile
  for _, variable in ipairs { "AWS_PROFILE", "AWS_DEFAULT_PROFILE" } do
    if not named or named == "" then named = env(variable) end
  end
  if named == "" then named = nil end
  local name = named or "default"
  if parsed.profiles[name] or not named or named == "default" then return name end
  local near = suggest.key(name, parsed.profiles)
  local names = {}
  for known in pairs(parsed.profiles) do names[#names + 1] = known end
  table.sort(names)
  local hint = near and ("; did you mean %q?"):format(near) or ""
  return failure("NoSuchProfile", ("there is no profile %q%s"):format(name, hint),
    { profile = name, suggestion = near, profiles = names })
end

-- First of flag, AWS_REGION, AWS_DEFAULT_REGION, profile; with where it came from.
local function find_region(options, env, keys, profile_name)
  local candidates = {
    { options.region, "--region" }, { env("AWS_REGION"), "AWS_REGION" },
    { env("AWS_DEFAULT_REGION"), "AWS_DEFAULT_REGION" }, { keys.region, "profile " .. profile_name },
  }
  for i = 1, 4 do
    local region, origin = candidates[i][1], candidates[i][2]
    if region and region ~= "" then return region, origin end
  end
end

---Reads everything once.
---@param options { env: (fun(name: string): string?), profile?: string, region?: string, endpoint_url?: string,
---  endpoint_urls?: table<string, string>, max_attempts?: integer, allow_http?: boolean,
---  read: (fun(path: string): string?) }  parameters go before environment and files; read returns the text of a
---  file, nil when there is none
---@return plumb.aws.Settings|nil settings
---@return plumb.Error? err  ProfileSyntax, NoSuchProfile, BadRegion, BadRetrySettings
function config.load(options)
  local env = options.env
  local parsed, files = read_files(env, options.read)
  if not parsed then return nil, files end
  local profile_name, e = choose_profile(options, env, parsed)
  if not profile_name then return nil, e end
  local keys = parsed.profiles[profile_name] or {}
  local region, origin = find_region(options, env, keys, profile_name)
  if region and not partition.is_region(region) then
    return failure("BadRegion", ("%q (%s) is not the name of a Region, such as eu-west-1"):format(region, origin))
  end
  local retry_settings
  retry_settings, e = retry.settings(env, keys, options.max_attempts)
  if not retry_settings then return nil, e end
  local function flag(variable, key) return is_true(env(variable) or keys[key]) end
  return {
    env = env, files = files, profiles = parsed.profiles, sso_sessions = parsed.sso_sessions,
    in_credentials_file = parsed.in_credentials_file,
    profile_name = profile_name, profile_from_flag = options.profile ~= nil, profile = keys,
    services = keys.services and parsed.services[keys.services] or {},
    region = region, region_origin = origin,
    endpoint_url = options.endpoint_url, endpoint_urls = options.endpoint_urls or {},
    allow_http = options.allow_http or false,
    ignore_configured_endpoints = flag("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "ignore_configured_endpoint_urls"),
    fips = flag("AWS_USE_FIPS_ENDPOINT", "use_fips_endpoint"),
    dual_stack = flag("AWS_USE_DUALSTACK_ENDPOINT", "use_dualstack_endpoint"),
    legacy_sts = (env("AWS_STS_REGIONAL_ENDPOINTS") or keys.sts_regional_endpoints) == "legacy",
    retry = retry_settings,
  }
end

---The profiles that there are, sorted; none when the files cannot be understood.
---@param env fun(name: string): string?
---@param read fun(path: string): string?  the text of a file, nil when there is none
---@return string[]
function config.profile_names(env, read)
  local names = {}
  local parsed = read_files(env, read)
  for name in pairs(parsed and parsed.profiles or {}) do names[#names + 1] = name end
  table.sort(names)
  return names
end

---The same settings with another profile's keys, as if it had been chosen by parameter: for a profile that
---another one names as its source. Region, endpoints and retries stay those of the run.
---@param settings plumb.aws.Settings
---@param name string  of a profile that there is
---@return plumb.aws.Settings
function config.of_profile(settings, name)
  local other = {}
  for key, value in pairs(settings) do other[key] = value end
  other.profile_name, other.profile, other.profile_from_flag = name, settings.profiles[name], true
  return other
end

---The Region of a run, or the error that says how to give one.
---@param settings plumb.aws.Settings
---@return string|nil region
---@return plumb.Error? err  code "NoRegion"
function config.region(settings)
  if settings.region then return settings.region end
  return failure("NoRegion",
    ("no Region is configured; looked at --region, AWS_REGION, AWS_DEFAULT_REGION and profile %s in %s")
      :format(settings.profile_name, settings.files.config))
end

return config
