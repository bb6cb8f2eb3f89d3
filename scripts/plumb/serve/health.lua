-- How a daemon is doing, for whoever looks after it: /healthz (alive), /readyz (started, and not ending) and /metrics,
-- over plain HTTP on this machine.

local json = require "plumb.json"
local problem = require "plumb.problem"
local server = require "plumb.server"

local health = {}

local MAX_CONNECTIONS = 64
local HEAD_TIMEOUT, BODY_TIMEOUT = 5, 10 -- seconds
local TEXT_FORMAT = "text/plain; version=0.0.4; charset=utf-8"

local function reply(status, value)
  return { status = status, headers = { ["content-type"] = "application/json", ["cache-control"] = "no-store" },
    body = json.encode(value) .. "\n" }
end

-- What is wrong is a 503, which load balancers and container runtimes understand.
local function state_reply(good, state) return reply(good and 200 or 503, state) end

local ROUTES = {}

ROUTES["/healthz"] = function(about)
  local state = about.state()
  return state_reply(not state.stuck, state)
end

ROUTES["/readyz"] = function(about)
  local state = about.state()
  return state_reply(state.ready, state)
end

ROUTES["/metrics"] = function(about)
  return { status = 200, headers = { ["content-type"] = TEXT_FORMAT }, body = about.metrics() }
end

---Answers one request.
---@param request plumb.ServerRequest
---@param about { state: (fun(): table), metrics: (fun(): string) }
---@return { status: integer, headers: table, body: string }
function health.answer(request, about)
  local route = ROUTES[request.path]
  if not route then return reply(404, { error = "there are /healthz, /readyz and /metrics" }) end
  if request.method ~= "GET" and request.method ~= "HEAD" then
    local refused = reply(405, { error = "GET only" })
    refused.headers.allow = "GET, HEAD"
    return refused
  end
  return route(about)
end

---Listens. Raises a plumb.Problem when it cannot.
---@param place { address: string, port: integer }
---@param about { state: (fun(): table), metrics: (fun(): string) }  state: `stuck` and `ready` among others
---@return { port: integer, close: fun() }
function health.listen(place, about)
  local listening, failure = server.serve { address = place.address, port = place.port, max_body = 1024,
    max_connections = MAX_CONNECTIONS, head_timeout = HEAD_TIMEOUT, body_timeout = BODY_TIMEOUT,
    handler = function(request) return health.answer(request, about) end }
  if listening then return listening end
  problem.raise {
    id = "E700",
    what = ("health and metrics cannot be served on %s:%d"):format(place.address, place.port),
    because = ("%s: %s"):format(failure.code, failure.message),
    fix = "another plumb serve?   --http ADDRESS:PORT names another place, --http off none",
  }
end

return health
