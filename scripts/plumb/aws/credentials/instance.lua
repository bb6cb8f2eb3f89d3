-- Credentials of an EC2 instance's role, from the instance metadata service. Version
-- 2 of its protocol wants a session token first; version 1, which a fooled web
-- server can be made to use, is off unless a setting allows it.

local made = require "plumb.aws.credentials.made"
local place = require "plumb.aws.credentials.place"
local secret = require "plumb.secret"

local instance = { name = "instance metadata" }

local ROLES = "latest/meta-data/iam/security-credentials/"
local TOKEN_SECONDS = "21600"
local ENDPOINTS = { ipv4 = "http://169.254.169.254/", ipv6 = "http://[fd00:ec2::254]/" }

-- A variable, or else the profile's key of the same meaning, as AWS's tools have it.
local function setting(settings, variable, key)
  local value = settings.env(variable)
  if not value or value == "" then value = settings.profile[key] end
  return value ~= "" and value or nil
end

local function number(settings, variable, key, default)
  local value = setting(settings, variable, key)
  local n = tonumber(value or default)
  if not n or n <= 0 or n > 60 then
    return made.failure("BadMetadataSettings", variable .. " must be a number from 1 to 60")
  end
  return n
end

local function base_of(settings)
  local url = setting(settings, "AWS_EC2_METADATA_SERVICE_ENDPOINT", "ec2_metadata_service_endpoint")
  local mode = setting(settings, "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE", "ec2_metadata_service_endpoint_mode")
  if not url then
    url = ENDPOINTS[(mode or "IPv4"):lower()]
    if not url then
      return made.failure("BadMetadataSettings", "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE must be IPv4 or IPv6")
    end
  end
  local base, why = place.parse(url)
  if base and base.query ~= "" then base, why = nil, "must not hold a query" end
  if not base then return made.failure("BadMetadataSettings", "AWS_EC2_METADATA_SERVICE_ENDPOINT " .. why) end
  base.path = base.path:gsub("/*$", "/")
  return base
end

-- How this run speaks to the service.
local function service_of(settings, tools)
  local base, e = base_of(settings)
  if not base then return nil, e end
  local timeout, tries
  timeout, e = number(settings, "AWS_METADATA_SERVICE_TIMEOUT", "metadata_service_timeout", 1)
  if not timeout then return nil, e end
  tries, e = number(settings, "AWS_METADATA_SERVICE_NUM_ATTEMPTS", "metadata_service_num_attempts", 1)
  if not tries then return nil, e end
  local v1_disabled = setting(settings, "AWS_EC2_METADATA_V1_DISABLED", "ec2_metadata_v1_disabled")
  return {
    tools = tools, base = base, timeout = timeout, tries = math.floor(tries), anywhere = settings.allow_http,
    v1 = v1_disabled ~= nil and v1_disabled:lower() == "false",
  }
end

local function send(service, method, path, headers)
  local base = service.base
  local target = { scheme = base.scheme, host = base.host, path = base.path .. path, query = "" }
  local response, e
  for _ = 1, math.max(1, service.tries) do
    response, e = place.send(service.tools, target,
      { method = method, headers = headers, timeout = service.timeout, anywhere = service.anywhere })
    if response and response.status < 500 then return response end
  end
  return response, e
end

-- The headers of every later request; nil and why when there is no session token and none is needed.
local function open_session(service)
  local response, e = send(service, "PUT", "latest/api/token",
    { ["x-aws-ec2-metadata-token-ttl-seconds"] = TOKEN_SECONDS })
  local status = response and response.status
  if status == 200 then
    local token = response.body
    if token == "" or #token > 2048 or token:find("[^\33-\126]") then return nil, "its session token cannot be used" end
    return { ["x-aws-ec2-metadata-token"] = secret.new(token) }
  end
  local only_v1 = status == 403 or status == 404 or status == 405 or (e and e.code == "Timeout")
  if only_v1 and service.v1 then return {} end
  if not response then return nil, place.why(e, service.timeout) end
  local hint = only_v1 and "; AWS_EC2_METADATA_V1_DISABLED=false would allow version 1" or ""
  return nil, ("it hands out no session token (HTTP %d)%s"):format(status, hint)
end

local function get(service, path, headers, missing)
  local response, e = send(service, "GET", path, headers)
  if not response then return nil, place.why(e, service.timeout) end
  if response.status == 404 then return nil, missing end
  if response.status ~= 200 then return nil, ("it answered with HTTP %d"):format(response.status) end
  return response.body
end

-- The name goes into a path, so it must be what IAM allows in one.
local function role_name(service, headers)
  local text, why = get(service, ROLES, headers, "no role is attached to this instance")
  if not text then return nil, why end
  local name = text:match("^%s*(.-)%s*$")
  if #name < 1 or #name > 64 or not name:find("^[%w_+=,.@%-]+$") or name:find("^%.+$") then
    return nil, "what it calls the role is not the name of one"
  end
  return name
end

local function keys_of(service, headers)
  local name, why = role_name(service, headers)
  if not name then return nil, why end
  local text
  text, why = get(service, ROLES .. name, headers, "its role has no credentials")
  if not text then return nil, why end
  local found, reason, document = made.from_json(text, { token = "Token", source = "instance metadata" })
  if document and document.Code ~= nil and document.Code ~= "Success" then
    return nil, "it has no credentials for the instance's role"
  end
  if found and not (found.session_token and found.expires_at) then found, reason = nil, "a field is missing" end
  if not found then return nil, "its answer cannot be used: " .. reason end
  return found
end

---@param settings plumb.aws.Settings
---@param tools plumb.aws.CredentialTools
---@return plumb.aws.Credentials|nil  `stable`: used on past their end while the service has no newer ones
---@return string|plumb.Error  why not, or what is wrong
---@see https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instance-metadata-security-credentials.html
function instance.try(settings, tools)
  local disabled = settings.env("AWS_EC2_METADATA_DISABLED")
  if disabled and disabled:lower() == "true" then return nil, "switched off by AWS_EC2_METADATA_DISABLED" end
  local service, e = service_of(settings, tools)
  if not service then return nil, e end
  local headers, why = open_session(service)
  if not headers then return nil, why end
  local found
  found, why = keys_of(service, headers)
  if not found then return nil, why end
  found.stable = true
  return found
end

return instance
