-- The runtime API of AWS Lambda, for one function in one sandbox: it waits for its next event, gets it with a deadline,
-- and says what came of it. Strict where the real one is: one event at a time, each answered once, before its time is
-- over.
-- https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html

local json = require("plumb.json")

local M = {}

local BASE = "/2018-06-01/runtime/"
local LOOK = 0.02       -- seconds between two looks for an event
local SECONDS = 900     -- the longest that an invocation may take
local MOST = 6 * 1024 * 1024 -- bytes of a response

---@class sim.Invocation
---@field id string
---@field event string        JSON
---@field seconds number      how long it may take
---@field status "waiting"|"running"|"done"|"failed"|"timed out"
---@field response? string    what the function returned, as it came
---@field failure? table      errorMessage, errorType, stackTrace
---@field error_type? string  the header Lambda-Runtime-Function-Error-Type
---@field deadline? number    epoch seconds, once it runs

---@class sim.Runtime
---@field queue sim.Invocation[]  waiting and running ones
---@field done sim.Invocation[]   all that have ended
---@field init_error? table       why the function could not start
---@field init_error_type? string
---@field broken? boolean         answers 500 from now on, as a sandbox that is beyond repair
local Runtime = {}
Runtime.__index = Runtime

---@param sim { now: fun(): number, sleep: fun(seconds: number), uuid: fun(self): string }
---@return sim.Runtime
function M.new(sim)
  return setmetatable({ sim = sim, queue = {}, done = {} }, Runtime)
end

---@param request { path: string }
---@return boolean
function M.is_for(request)
  return request.path:sub(1, #BASE) == BASE
end

local function reply(status, value, headers)
  headers = headers or {}
  headers["content-type"] = "application/json"
  return { status = status, headers = headers, body = type(value) == "string" and value or json.encode(value or {}) }
end

local function refuse(status, kind, message)
  return reply(status, { errorType = kind, errorMessage = message })
end

local function finish(self, invocation, status)
  invocation.status = status
  for i, one in ipairs(self.queue) do
    if one == invocation then
      table.remove(self.queue, i)
    end
  end
  self.done[#self.done + 1] = invocation
end

-- The first event; one that a sandbox took and never answered before it asked again has failed.
local function take(self)
  local first = self.queue[1]
  if first and first.status == "running" then
    first.failure = { errorType = "Runtime.ExitError", errorMessage = "the function asked for the next event first" }
    finish(self, first, "failed")
    first = self.queue[1]
  end
  return first
end

local function next_event(self)
  self.init_error = nil -- a new sandbox, which did start
  local invocation = take(self)
  while not invocation and not self.broken do
    self.sim.sleep(LOOK)
    invocation = self.queue[1]
  end
  if self.broken then
    return refuse(500, "InternalServerError", "the sandbox is broken")
  end
  invocation.status, invocation.deadline = "running", self.sim.now() + invocation.seconds
  return reply(200, invocation.event, {
    ["lambda-runtime-aws-request-id"] = invocation.id,
    ["lambda-runtime-deadline-ms"] = ("%d"):format(invocation.deadline * 1000 // 1),
    ["lambda-runtime-invoked-function-arn"] = "arn:aws:lambda:us-east-1:111122223333:function:plumb",
    ["lambda-runtime-trace-id"] = ("Root=1-%s-%s;Parent=%s;Sampled=0"):format(invocation.id:sub(1, 8),
      invocation.id:gsub("%-", ""):sub(1, 24), invocation.id:gsub("%-", ""):sub(-16)),
  })
end

local function running(self, id)
  local first = self.queue[1]
  return first and first.id == id and first.status == "running" and first or nil
end

local function failure_in(request)
  local value = json.decode(request.body)
  return type(value) == "table" and value or { errorMessage = request.body }
end

local function end_of(self, request, invocation, what)
  if what == "response" and #request.body > MOST then
    return refuse(413, "RequestEntityTooLarge", ("at most %d bytes"):format(MOST))
  elseif self.sim.now() > invocation.deadline then
    finish(self, invocation, "timed out")
    return refuse(400, "InvalidRequestID", "the invocation timed out")
  elseif what == "response" then
    invocation.response = request.body
    finish(self, invocation, "done")
  else
    invocation.failure = failure_in(request)
    invocation.error_type = request.headers["lambda-runtime-function-error-type"]
    finish(self, invocation, "failed")
  end
  return reply(202, { status = "OK" })
end

---Answers a request of the function. Waits for the next event.
---@param request { method: string, path: string, headers: table<string, string>, body: string }
---@return table response
function Runtime:handle(request)
  local path = request.path:sub(#BASE + 1)
  local id, what = path:match("^invocation/([^/]+)/(%l+)$")
  if self.broken then
    return refuse(500, "InternalServerError", "the sandbox is broken")
  elseif request.method == "GET" and path == "invocation/next" then
    return next_event(self)
  elseif request.method ~= "POST" then
    return refuse(404, "NotFound", "no such thing: " .. request.method .. " " .. request.path)
  elseif path == "init/error" then
    self.init_error = failure_in(request)
    self.init_error_type = request.headers["lambda-runtime-function-error-type"]
    return reply(202, { status = "OK" })
  elseif what ~= "response" and what ~= "error" then
    return refuse(404, "NotFound", "no such thing: POST " .. request.path)
  end
  local invocation = running(self, id)
  if not invocation then
    return refuse(400, "InvalidRequestID", "no such invocation is under way")
  end
  return end_of(self, request, invocation, what)
end

---Hands an event to the function.
---@param event string  JSON
---@param options? { seconds: number?, wait: boolean? }  seconds: how long it may take; wait: until it has ended
---@return sim.Invocation
function Runtime:invoke(event, options)
  options = options or {}
  local invocation = { id = self.sim:uuid(), event = event, seconds = options.seconds or SECONDS, status = "waiting" }
  self.queue[#self.queue + 1] = invocation
  while options.wait and (invocation.status == "waiting" or invocation.status == "running") do
    self.sim.sleep(LOOK)
    if self.init_error then
      invocation.failure = self.init_error
      finish(self, invocation, "failed")
    elseif invocation.deadline and self.sim.now() > invocation.deadline and invocation.status == "running" then
      finish(self, invocation, "timed out")
    end
  end
  return invocation
end

return M
