-- Sends one signed request over the network and brings back what came. The door of engine.http: it
-- puts the address together and adds what the process was told about proxies and certificates, and
-- knows nothing of AWS.

local engine = require "engine.http"
local err = require "plumb.err"

local transport = {}

local settings = {} -- ca_bundle: file of trusted certificates; nil for the system's

---Sets what every later request uses.
---@param values { ca_bundle: string? }
function transport.configure(values) settings = values end

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
---@field timeout? number       seconds for the whole exchange, default 60
---@field connect_timeout? number  seconds, default 5
---@field max_body? integer     bytes, default 16 MiB

---@class plumb.Response
---@field status integer
---@field headers table<string, string>  lower-case names; repeated ones joined by ", "
---@field body string
---@field ms number

---Sends a request. Redirects are never followed. Waits.
---@param request plumb.Request
---@return plumb.Response|nil response
---@return plumb.Error? err  kind "connection": ConnectionRefused, NameNotResolved, TlsFailed,
---  Timeout, ConnectionLost, BodyTooLarge, BadResponse, AddressRefused; `executed` says whether the server may have
---  acted on it ("no" or "maybe"). kind "readonly": the run may not change anything.
function transport.send(request)
  local url = request.scheme .. "://" .. request.host .. request.path
  if request.query ~= "" then url = url .. "?" .. request.query end
  local response, failure = engine.request {
    method = request.method,
    url = url,
    headers = request.headers,
    body = request.body,
    fresh = request.fresh,
    no_proxy = request.no_proxy or is_loopback(request.host),
    only_local = request.only_local,
    timeout = request.timeout,
    connect_timeout = request.connect_timeout,
    max_body = request.max_body,
    ca_bundle = settings.ca_bundle,
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
