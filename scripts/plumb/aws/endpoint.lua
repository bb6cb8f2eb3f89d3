-- From a service and a Region to a host. Hosts are put together from the partition
-- table and nothing else, so that a Region or a URL from a file cannot send signed
-- requests somewhere unexpected: both are checked by pattern first.

local err = require "plumb.err"
local partition = require "plumb.aws.partition"

local endpoint = {}

---@class plumb.aws.Endpoint
---@field scheme string      "https", or "http" to a loopback address
---@field host string        with ":port" when it is not the scheme's own
---@field path_prefix string "" or "/something", goes before the operation's path
---@field region? string     the Region to sign with; nil for an override without one
---@field public? boolean    one of AWS's own hosts, out in the network
---@field scheme_name? string "sigv4a" where the endpoint wants that signature

-- Where the model's endpoint prefix is not what the host begins with.
local HOST_NAMES = { sso = "portal.sso", ["sso-oidc"] = "oidc" }

-- In GovCloud the plain hosts of these are the FIPS hosts.
local PLAIN_FIPS_IN_GOV = {
  ssm = true, sqs = true, sns = true, dynamodb = true, sts = true, events = true, organizations = true,
  ["portal.sso"] = true, oidc = true,
}

-- One endpoint for a whole partition, in the Region its requests are signed for.
local PER_PARTITION = { organizations = true }

-- Regions whose STS calls went to the global host before Regional ones were the rule.
local STS_LEGACY = {}
for region in ([[ap-northeast-1 ap-south-1 ap-southeast-1 ap-southeast-2 aws-global ca-central-1 eu-central-1
  eu-north-1 eu-west-1 eu-west-2 eu-west-3 sa-east-1 us-east-1 us-east-2 us-west-1 us-west-2]]):gmatch("%S+") do
  STS_LEGACY[region] = true
end

local function failure(code, message)
  return nil, err.new { code = code, kind = "input", message = message, executed = "no" }
end

local function is_loopback(host)
  return host == "localhost" or host == "[::1]" or host:find("^127%.%d+%.%d+%.%d+$") ~= nil
end

local function is_host(host)
  if host:find("^%[[%x:%.]+%]$") then return true end
  if #host > 253 or not host:find("^%w[%w%.%-]*$") or host:find("..", 1, true) then return false end
  return true
end

---Checks and splits an endpoint URL that somebody configured.
---@param url string  "http://127.0.0.1:4566", "https://proxy.example.com/aws"
---@param options? { allow_http?: boolean }  plain http to other hosts than loopback
---@return plumb.aws.Endpoint|nil endpoint
---@return plumb.Error? err  code "BadEndpoint"
function endpoint.parse_url(url, options)
  local function refuse(why) return failure("BadEndpoint", ("endpoint URL %q %s"):format(url, why)) end
  if type(url) ~= "string" or #url > 2048 then return failure("BadEndpoint", "an endpoint URL is a short text") end
  local scheme, authority, path = url:match("^(%a+)://([^/?#]*)([^?#]*)$")
  scheme = scheme and scheme:lower()
  if scheme ~= "https" and scheme ~= "http" then
    return refuse("must be https://HOST[:PORT][/PATH], without query and fragment")
  end
  if authority:find("@", 1, true) then
    return failure("BadEndpoint", "an endpoint URL must not hold a user name or password")
  end
  local host, port = authority:match("^(%[[^%]]*%])(.*)$")
  if not host then host, port = authority:match("^([^:]*)(.*)$") end
  host = host:lower()
  if not is_host(host) then return refuse("has no valid host") end
  if port ~= "" then
    local number = tonumber(port:match("^:(%d%d?%d?%d?%d?)$"))
    if not number or number < 1 or number > 65535 then return refuse("has no valid port") end
  end
  if path:find("[^%w%-%._~/%%:@!$&'()*+,;=]") or path:find("/%.%.?/") or path:find("/%.%.?$") then
    return refuse("has a path that cannot be used")
  end
  if scheme == "http" and not is_loopback(host) and not (options and options.allow_http) then
    return refuse("is plain http, which without --allow-http is allowed to this machine only"
      .. " (localhost, 127.0.0.1, [::1])")
  end
  return { scheme = scheme, host = host .. port, path_prefix = (path:gsub("/+$", "")) }
end

local function overridden(name, options, region)
  if options.fips then return failure("BadEndpoint", "FIPS and an endpoint URL of your own do not go together") end
  if options.dual_stack and not options.endpoint_id then
    return failure("BadEndpoint", "dual stack and an endpoint URL of your own do not go together")
  end
  local found, e = endpoint.parse_url(options.url, options)
  if not found then return nil, e end
  local dual = region and ("dynamodb.%s.%s"):format(region, partition.of(region).dual_suffix)
  if name == "dynamodb" and found.host == dual then
    return failure("BadEndpoint", found.host .. " is the dual-stack host: ask for dual stack instead of giving its URL")
  end
  found.region = region
  return found
end

-- "local" as a Region means DynamoDB Local on its usual port, in every SDK.
local function dynamodb_local(options)
  if options.fips or options.dual_stack then
    return failure("BadEndpoint", "the Region \"local\" has neither FIPS nor dual-stack hosts")
  end
  if options.url then return overridden("dynamodb", options, "us-east-1") end
  return { scheme = "http", host = "localhost:8000", path_prefix = "", region = "us-east-1" }
end

-- EventBridge's multi-Region endpoints have a host of their own and a signature
-- that holds for every Region.
local function event_bus(options, part)
  if options.fips then return failure("BadEndpoint", "EventBridge's multi-Region endpoints have no FIPS hosts") end
  for label in (options.endpoint_id .. "."):gmatch("([^.]*)%.") do
    if #label > 63 or not label:find("^%w[%w%-]*$") then
      return failure("BadEndpoint", ("%q is not the id of an event endpoint"):format(options.endpoint_id))
    end
  end
  local suffix = options.dual_stack and part.dual_suffix or part.suffix
  return { scheme = "https", host = ("%s.endpoint.events.%s"):format(options.endpoint_id, suffix), path_prefix = "" }
end

local function host_name(name, region, part, options)
  local fips = options.fips
  local first = options.search and "search-" .. name or name
  if fips and part.id == "aws-us-gov" and PLAIN_FIPS_IN_GOV[name] then
    -- With dual stack most get the suffix again; EventBridge does not.
    fips = options.dual_stack and name ~= "events"
  end
  local suffix = options.dual_stack and part.dual_suffix or part.suffix
  return ("%s%s.%s.%s"):format(first, fips and "-fips" or "", region, suffix)
end

---The endpoint of a service in a Region.
---@param service plumb.aws.Service
---@param region string|nil
---@param options? { url?: string, fips?: boolean, dual_stack?: boolean, allow_http?: boolean,
---  legacy_sts?: boolean, endpoint_id?: string, search?: boolean }  url is an override and goes before the rules;
---  search: for one of DynamoDB's search operations
---@return plumb.aws.Endpoint|nil endpoint
---@return plumb.Error? err  codes "NoRegion", "BadRegion", "BadEndpoint"
---@see https://docs.aws.amazon.com/general/latest/gr/rande.html
function endpoint.resolve(service, region, options)
  options = options or {}
  local name = HOST_NAMES[service.endpoint_prefix] or service.endpoint_prefix
  if name == "dynamodb" and region == "local" then return dynamodb_local(options) end
  if region ~= nil and not partition.is_region(region) then
    return failure("BadRegion", ("%q is not the name of a Region, such as eu-west-1"):format(tostring(region)))
  end
  local found, e
  if options.url then
    found, e = overridden(name, options, region)
  elseif region == nil then
    return failure("NoRegion", ("no Region for %s"):format(service.service_id or name))
  end
  if e then return nil, e end
  local part = region and partition.of(region)
  if options.endpoint_id and name == "events" and part then
    if not found then found, e = event_bus(options, part) end
    if not found then return nil, e end
    found.scheme_name = "sigv4a"
    return found
  end
  if found then return found end
  if name == "sts" and (region == "aws-global" or options.legacy_sts and STS_LEGACY[region])
    and not options.fips and not options.dual_stack then
    return { scheme = "https", host = "sts.amazonaws.com", path_prefix = "", region = "us-east-1", public = true }
  end
  if PER_PARTITION[name] or region:find("%-global$") then region = part.global end
  return {
    scheme = "https", host = host_name(name, region, part, options), path_prefix = "", region = region, public = true,
  }
end

local function environment_name(service)
  return "AWS_ENDPOINT_URL_" .. service.service_id:upper():gsub("[ %-]", "_")
end

local function section_name(service)
  return (service.service_id:lower():gsub("[ %-]", "_"))
end

---The endpoint URL that is configured for a service, if any. First hit wins: the
---parameter, AWS_ENDPOINT_URL_<SERVICE>, AWS_ENDPOINT_URL, the profile's services
---section, the profile's endpoint_url.
---@param service plumb.aws.Service
---@param settings plumb.aws.Settings  from plumb.aws.config
---@return string? url
---@return string? origin  where it was found
function endpoint.configured_url(service, settings)
  local chosen = settings.endpoint_urls and settings.endpoint_urls[service.name] or settings.endpoint_url
  if chosen then return chosen, "--endpoint-url" end
  if settings.ignore_configured_endpoints then return nil end
  local env = settings.env
  for _, name in ipairs { environment_name(service), "AWS_ENDPOINT_URL" } do
    local url = env(name)
    if url and url ~= "" then return url, name end
  end
  local of_service = settings.services and settings.services[section_name(service)]
  local profile = settings.profile or {}
  if of_service and of_service.endpoint_url then
    return of_service.endpoint_url, ("[services %s]"):format(profile.services or "?")
  end
  if profile.endpoint_url then return profile.endpoint_url, "profile " .. (settings.profile_name or "default") end
end

---Makes the `endpoint` function of a client from settings.
---@param settings plumb.aws.Settings
---@return fun(service: plumb.aws.Service, region: string, more: { search: boolean? }?): plumb.aws.Endpoint?,
---  plumb.Error?
function endpoint.resolver(settings)
  return function(service, region, more)
    local url = endpoint.configured_url(service, settings)
    return endpoint.resolve(service, region, {
      url = url, fips = settings.fips, dual_stack = settings.dual_stack, allow_http = settings.allow_http,
      legacy_sts = settings.legacy_sts, search = more and more.search,
    })
  end
end

return endpoint
