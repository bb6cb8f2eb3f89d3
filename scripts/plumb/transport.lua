-- Sends one signed request over the network and brings back what came. The door of engine.http: it
-- puts the address together and adds what the process was told about proxies and certificates, and
-- knows nothing of AWS.

local engine = require "engine.http"
local err = require "plumb.err"
local secret = require "plumb.secret"

local transport = {}

---@class plumb.TransportSettings
---@field ca_bundle? string        file of trusted certificates; nil for the system's
---@field connect_timeout? number  seconds, for requests that do not say
---@field read_timeout? number     seconds without data, for requests that do not say
---@field env? fun(name: string): string?  where proxies are looked up; os.getenv by default

local settings = {} ---@type plumb.TransportSettings
local proxies -- worked out at the first request

---Sets what every later request uses.
---@param values plumb.TransportSettings
function transport.configure(values)
  settings, proxies = values, nil
end

local function variable(...)
  local env = settings.env or os.getenv
  for _, name in ipairs { ... } do
    local value = env(name)
    if value and value ~= "" then return value, name end
  end
end

---The proxies in force, from the variables that AWS's tools document and no others.
---@return { https: string?, http: string?, except: string?, origins: table<string, string> }  URLs, and the list
---  of hosts reached without; a password in a URL is a secret
function transport.proxies()
  if proxies then return proxies end
  local found = { origins = {} }
  found.https, found.origins.https = variable("HTTPS_PROXY", "https_proxy")
  found.http, found.origins.http = variable("HTTP_PROXY", "http_proxy")
  found.except, found.origins.except = variable("NO_PROXY", "no_proxy")
  for _, scheme in ipairs { "https", "http" } do
    local password = (found[scheme] or ""):match("//[^/@]*:([^/@]*)@")
    if password then secret.hide(password, "***") end
  end
  proxies = found
  return found
end

-- Loopback is this machine: a proxy has no business with it. A run speaks to few hosts, most of the time
-- to the one it spoke to last.
local last_host, last_is_loopback

local function is_loopback(host)
  if host ~= last_host then
    local name = host:gsub(":%d+$", ""):lower()
    last_host = host
    last_is_loopback = name == "localhost" or name == "[::1]" or name:find("^127%.%d+%.%d+%.%d+$") ~= nil
  end
  return last_is_loopback
end

---@class plumb.Request
---@field method string
---@field scheme "https"|"http"
---@field host string           with ":port" when it is not the scheme's own
---@field path string           encoded; goes out as it is
---@field query string          encoded, without "?"; "" for none
---@field headers table<string, string|userdata>  lower-case names
---@field body string
---@field fresh? boolean        its own new connection, never one from the pool
---@field no_proxy? boolean
---@field only_local? boolean   only to this machine and to where AWS hands out credentials, checked once the
---  name has been resolved; never through a proxy, always on a connection of its own
---@field public? boolean       the host is one of AWS's own: never to the addresses of only_local, save by a proxy
---@field timeout? number       seconds for the whole exchange, default 60
---@field connect_timeout? number  seconds, default 5
---@field read_timeout? number  seconds in which less than 1 kB/s arrives, default 30; none for timeouts over 60
---@field max_body? integer     bytes, default 16 MiB

---@class plumb.Response
---@field status integer
---@field headers table<string, string>  lower-case names; repeated ones joined by ", "
---@field body string
---@field ms number

local TOTAL = 60 -- seconds for an exchange whose request does not say

-- Whoever is willing to wait longer for the next byte waits longer for all of them.
local function total_of(request)
  local patience = settings.read_timeout
  return request.timeout or patience and math.max(TOTAL, 2 * patience) or nil
end

-- A request with a time of its own, such as a long poll, may be silent for all of it.
local function read_timeout_of(request)
  return request.read_timeout or not request.timeout and settings.read_timeout or nil
end

---Sends a request. Redirects are never followed. Waits.
---@param request plumb.Request
---@return plumb.Response|nil response
---@return plumb.Error? err  kind "connection": ConnectionRefused, NameNotResolved, TlsFailed,
---  Timeout, ConnectionLost, BodyTooLarge, BadResponse, AddressRefused; `executed` says whether the server may have
---  acted on it ("no" or "maybe"). kind "readonly": the run may not change anything.
function transport.send(request)
  local url = request.scheme .. "://" .. request.host .. request.path
  if request.query ~= "" then url = url .. "?" .. request.query end
  local found = proxies or transport.proxies()
  local response, failure = engine.request {
    method = request.method,
    url = url,
    headers = request.headers,
    body = request.body,
    fresh = request.fresh,
    no_proxy = request.no_proxy or is_loopback(request.host),
    only_local = request.only_local,
    not_local = request.public,
    timeout = total_of(request),
    connect_timeout = request.connect_timeout or settings.connect_timeout,
    read_timeout = read_timeout_of(request),
    max_body = request.max_body,
    ca_bundle = settings.ca_bundle,
    proxy = found[request.scheme],
    proxy_not = found.except,
  }
  if response then return response end
  return nil, err.new {
    kind = failure.code == "ReadOnly" and "readonly" or "connection",
    code = failure.code,
    message = failure.message,
    host = request.host,
    executed = failure.executed or "no",
  }
end

return transport
