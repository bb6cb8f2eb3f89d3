-- Where each setting of a run comes from: who named the profile, the Region, the endpoints, the certificates,
-- the files. For `plumb config` and `plumb doctor`. Reads and calls nobody; shows no secret.

local endpoint = require "plumb.aws.endpoint"
local session = require "plumb.session"
local trace = require "plumb.aws.trace"
local transport = require "plumb.transport"

local provenance = {}

---@class plumb.SettingRow
---@field key string
---@field value string
---@field origin string  "--region", "AWS_REGION", "profile prod", "default"

-- Variables of AWS's tools that mean nothing to plumb, and why.
local IGNORED = {
  { "^AWS_CSM_", "plumb sends no client-side metrics" },
  { "^AWS_PAGER$", "plumb uses no pager" },
  { "^AWS_S3_", "plumb does not use S3" },
  { "^ALL_PROXY$", "HTTPS_PROXY is what AWS's tools read" },
  { "^all_proxy$", "HTTPS_PROXY is what AWS's tools read" },
}

-- There is no list of all variables in Lua, so these are asked for one by one.
local IGNORED_NAMES = { "AWS_CSM_ENABLED", "AWS_CSM_HOST", "AWS_CSM_PORT", "AWS_CSM_CLIENT_ID", "AWS_PAGER",
  "AWS_S3_DISABLE_MULTIREGION_ACCESS_POINTS", "AWS_S3_US_EAST_1_REGIONAL_ENDPOINT", "ALL_PROXY", "all_proxy" }

local function given(env, name)
  local value = env(name)
  return value ~= "" and value or nil
end

---Variables that are set and that plumb does not heed.
---@param env fun(name: string): string?
---@return { name: string, reason: string }[]
function provenance.ignored(env)
  local found = {}
  for _, name in ipairs(IGNORED_NAMES) do
    if given(env, name) then
      for _, rule in ipairs(IGNORED) do
        if name:find(rule[1]) then found[#found + 1] = { name = name, reason = rule[2] } end
      end
    end
  end
  return found
end

-- First place that says something, as a row; `absent` is what holds without any.
local function first(key, places, absent)
  for _, place in ipairs(places) do
    if place[1] ~= nil and place[1] ~= "" then
      return { key = key, value = tostring(place[1]), origin = place[2] }
    end
  end
  return { key = key, value = absent, origin = "default" }
end

-- What kind of credentials the settings lead to, by the order of plumb.aws.credentials, without asking anybody.
local PROFILE_KINDS = {
  { "role_arn", function(keys) return "role " .. keys.role_arn end },
  { "sso_session", function(keys) return "SSO session " .. keys.sso_session end },
  { "sso_start_url", function(keys) return "SSO " .. keys.sso_start_url end },
  { "aws_access_key_id", function(keys) return "access key " .. trace.short_id(keys.aws_access_key_id, "…") end },
  { "login_session", function() return "a login session" end },
  { "credential_process", function() return "a credential_process" end },
}

local function credentials_row(settings)
  local env, keys = settings.env, settings.profile
  local id = given(env, "AWS_ACCESS_KEY_ID")
  if id and not settings.profile_from_flag then
    return { key = "credentials", value = "access key " .. trace.short_id(id, "…"), origin = "AWS_ACCESS_KEY_ID" }
  end
  for _, kind in ipairs(PROFILE_KINDS) do
    if keys[kind[1]] then
      return { key = "credentials", value = kind[2](keys), origin = "profile " .. settings.profile_name }
    end
  end
  if given(env, "AWS_WEB_IDENTITY_TOKEN_FILE") then
    return { key = "credentials", value = "role " .. (given(env, "AWS_ROLE_ARN") or "?") .. " by web identity",
      origin = "AWS_WEB_IDENTITY_TOKEN_FILE" }
  end
  for _, name in ipairs { "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_CREDENTIALS_FULL_URI" } do
    if given(env, name) then return { key = "credentials", value = "container role", origin = name } end
  end
  if (given(env, "AWS_EC2_METADATA_DISABLED") or ""):lower() == "true" then
    return { key = "credentials", value = "none", origin = "default" }
  end
  return { key = "credentials", value = "instance role, if this is an EC2 instance", origin = "default" }
end

local function profile_row(settings, args)
  return first("profile", { { args.profile, "--profile" }, { given(settings.env, "AWS_PROFILE"), "AWS_PROFILE" },
    { given(settings.env, "AWS_DEFAULT_PROFILE"), "AWS_DEFAULT_PROFILE" } }, settings.profile_name)
end

local function endpoint_row(settings, name)
  local service = require("plumb.aws.service." .. name)
  local place, failure = endpoint.resolver(settings)(service, settings.region)
  local _, origin = endpoint.configured_url(service, settings)
  local shown = place and ("%s://%s%s"):format(place.scheme, place.host, place.path_prefix) or failure.message
  return { key = "endpoint " .. name, value = shown, origin = origin or "default" }
end

local function retry_rows(settings, args)
  local env, keys, profile = settings.env, settings.profile, "profile " .. settings.profile_name
  return {
    first("retry mode", { { given(env, "AWS_RETRY_MODE"), "AWS_RETRY_MODE" }, { keys.retry_mode, profile } },
      "standard"),
    first("max attempts", { { args.max_attempts, "--max-attempts" },
      { given(env, "AWS_MAX_ATTEMPTS"), "AWS_MAX_ATTEMPTS" }, { keys.max_attempts, profile } }, "3"),
    first("connect timeout", { { args.connect_timeout, "--connect-timeout" } }, "5"),
    first("read timeout", { { args.read_timeout, "--read-timeout" } }, "30"),
  }
end

-- A proxy's URL may hold a password.
local function without_password(url)
  return (url:gsub("//[^/@]*@", "//***@"))
end

local function proxy_rows(env)
  transport.configure { env = env }
  local found, rows = transport.proxies(), {}
  for _, scheme in ipairs { "https", "http" } do
    if found[scheme] then
      rows[#rows + 1] = { key = scheme .. " proxy", value = without_password(found[scheme]),
        origin = found.origins[scheme] }
    end
  end
  if found.except then rows[#rows + 1] = { key = "no proxy", value = found.except, origin = found.origins.except } end
  return rows
end

local function flag_row(settings, key, field, variable, name)
  return first(key, { { given(settings.env, variable), variable },
    { settings.profile[name], "profile " .. settings.profile_name } }, settings[field] and "true" or "false")
end

local function file_rows(settings, args)
  local env = settings.env
  local policy = require("plumb.policy.find").file(args.policy, env)
  local named = args.policy and "--policy" or given(env, "PLUMB_POLICY") and "PLUMB_POLICY" or "default"
  local state = args.state or session.state_path(args, env)
  return {
    { key = "config file", value = settings.files.config,
      origin = given(env, "AWS_CONFIG_FILE") and "AWS_CONFIG_FILE" or "default" },
    { key = "credentials file", value = settings.files.credentials,
      origin = given(env, "AWS_SHARED_CREDENTIALS_FILE") and "AWS_SHARED_CREDENTIALS_FILE" or "default" },
    { key = "policy file", value = policy and policy.path or "none", origin = named },
    { key = "state", value = state, origin = args.state and "--state" or given(env, "PLUMB_STATE") and "PLUMB_STATE"
      or given(env, "STATE_DIRECTORY") and "STATE_DIRECTORY" or given(env, "XDG_STATE_HOME") and "XDG_STATE_HOME"
      or "default" },
  }
end

---Every setting that decides how plumb reaches AWS and where it keeps things. Raises a plumb.Problem when they
---cannot be read at all.
---@param args table
---@param env fun(name: string): string?
---@return plumb.SettingRow[]
function provenance.rows(args, env)
  local settings = session.settings(args, env)
  local bundle, bundle_origin = session.ca_bundle(args, settings)
  local rows = {
    profile_row(settings, args),
    { key = "region", value = settings.region or "none", origin = settings.region_origin or "default" },
    credentials_row(settings),
    endpoint_row(settings, "wellarchitected"), endpoint_row(settings, "ssm"), endpoint_row(settings, "sts"),
    { key = "ca bundle", value = bundle or "the system's", origin = bundle_origin or "default" },
    flag_row(settings, "fips", "fips", "AWS_USE_FIPS_ENDPOINT", "use_fips_endpoint"),
    flag_row(settings, "dual stack", "dual_stack", "AWS_USE_DUALSTACK_ENDPOINT", "use_dualstack_endpoint"),
  }
  for _, more in ipairs { retry_rows(settings, args), proxy_rows(env), file_rows(settings, args) } do
    table.move(more, 1, #more, #rows + 1, rows)
  end
  return rows
end

return provenance
