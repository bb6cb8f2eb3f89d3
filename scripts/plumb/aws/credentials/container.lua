-- Credentials of a container's role: the agent of ECS or EKS hands them out at an
-- address that it has put into the environment.

local made = require "plumb.aws.credentials.made"
local place = require "plumb.aws.credentials.place"
local secret = require "plumb.secret"

local container = { name = "container" }

local TRIES, SECONDS, PAUSE = 3, 2, 1
local LONGEST_TOKEN = 16 * 1024 -- bytes

local RELATIVE, FULL = "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_CREDENTIALS_FULL_URI"
local TOKEN, TOKEN_FILE = "AWS_CONTAINER_AUTHORIZATION_TOKEN", "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"

local function read(settings, name)
  local value = settings.env(name)
  return value ~= "" and value or nil
end

-- A relative address begins with one slash: "@evil/" and ".evil/" behind a host would be another host.
local function target_of(settings, tools)
  local relative, full = read(settings, RELATIVE), read(settings, FULL)
  local name = relative and RELATIVE or FULL
  if not relative and not full then return nil end
  if relative and not relative:find("^/[^/\\]") then
    return made.failure("BadContainerAddress", RELATIVE .. " must begin with one slash")
  end
  local target, why = place.parse(relative and "http://" .. tools.container_host .. relative or full)
  if not target then return made.failure("BadContainerAddress", name .. " " .. why) end
  return target
end

-- The file goes before the variable and is read anew every time: it is renewed behind our back.
local function headers_of(settings, tools)
  local path, token = read(settings, TOKEN_FILE), read(settings, TOKEN)
  if path then
    local message
    token, message = tools.read(path, LONGEST_TOKEN)
    if not token then return made.failure("BadContainerToken", TOKEN_FILE .. " cannot be read: " .. message) end
  end
  if not token then return { accept = "application/json" } end
  if token == "" or #token > LONGEST_TOKEN or token:find("[^\32-\126]") then
    return made.failure("BadContainerToken", (path and "the file of " .. TOKEN_FILE or TOKEN)
      .. " is not a line that can be sent: line breaks and control characters are refused")
  end
  return { accept = "application/json", authorization = secret.new(token) }
end

local LASTING = { AddressRefused = true, TlsFailed = true, BodyTooLarge = true }

-- One try: credentials | nil, why it failed, whether another try may help.
local function ask(tools, target, headers)
  local response, e = place.send(tools, target, { headers = headers, timeout = SECONDS })
  if not response then return nil, place.why(e, SECONDS), not LASTING[e.code] end
  if response.status ~= 200 then
    return nil, ("it answered with HTTP %d"):format(response.status), response.status >= 500 or response.status == 429
  end
  local found, why = made.from_json(response.body, { token = "Token", source = "container" })
  return found, not found and "its answer cannot be used: " .. why or nil, true
end

---@param settings plumb.aws.Settings
---@param tools plumb.aws.CredentialTools
---@return plumb.aws.Credentials|nil
---@return string|plumb.Error  why not, or what is wrong
---@see https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html
function container.try(settings, tools)
  local target, e = target_of(settings, tools)
  if e then return nil, e end
  if not target then return nil, "AWS_CONTAINER_CREDENTIALS_* are not set" end
  local found, why, again
  for try = 1, TRIES do
    if try > 1 then tools.sleep(PAUSE) end
    local headers
    headers, e = headers_of(settings, tools)
    if not headers then return nil, e end
    found, why, again = ask(tools, target, headers)
    if found then return found end
    if not again then break end
  end
  return made.failure("ContainerCredentialsFailed", "the container's credential endpoint: " .. why)
end

return container
