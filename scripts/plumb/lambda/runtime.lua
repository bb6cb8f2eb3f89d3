-- The side of a Lambda function that AWS sees: the custom runtime API, by which a program in a zip asks for its next
-- event and says what became of it. Plain HTTP on this machine, not signed.
-- https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html

local err = require "plumb.err"
local json = require "plumb.json"
local transport = require "plumb.transport"

local runtime = {}

local BASE = "/2018-06-01/runtime/"

-- The sandbox sleeps while it waits for its next event, for hours, so this end never gives up: two weeks is longer
-- than a sandbox lives.
local NO_END = 14 * 86400 -- seconds

---Bytes of a response that Lambda still takes; it says 6 MB, and the rest of the message wants room as well.
runtime.MOST = 6 * 1000 * 1000 - 1024

---@class plumb.LambdaRuntime
---@field host string  of the API, with its port
---@field send fun(request: plumb.Request): plumb.Response?, plumb.Error?
local Runtime = {}
Runtime.__index = Runtime

---@param options { host: string, send: function? }  host: what AWS_LAMBDA_RUNTIME_API says
---@return plumb.LambdaRuntime
function runtime.new(options)
  return setmetatable({ host = options.host, send = options.send or transport.send }, Runtime)
end

local function call(self, method, path, headers, body, timeout)
  return self.send { method = method, scheme = "http", host = self.host, path = BASE .. path, query = "",
    headers = headers or {}, body = body or "", timeout = timeout, no_proxy = true }
end

local function refused(response, what)
  return err.new { kind = "garbage", code = "RuntimeApi", status = response.status,
    message = ("the Lambda runtime API answered %s with HTTP %d"):format(what, response.status) }
end

---@class plumb.Invocation
---@field id string         request id
---@field body string       the event, JSON
---@field deadline number   epoch seconds
---@field arn? string       of the function as it was invoked
---@field trace? string     X-Ray's header

---Waits for the next event, however long that takes.
---@return plumb.Invocation|nil
---@return plumb.Error? err  after which the sandbox is of no use any more
function Runtime:next()
  local response, failure
  repeat
    response, failure = call(self, "GET", "invocation/next", nil, nil, NO_END)
  until response or failure.code ~= "Timeout"
  if not response then return nil, failure end
  local h = response.headers
  local deadline = tonumber(h["lambda-runtime-deadline-ms"] or "")
  local id = h["lambda-runtime-aws-request-id"]
  if response.status ~= 200 or not id or not deadline then return nil, refused(response, "a call for an event") end
  return { id = id, body = response.body, deadline = deadline / 1000, arn = h["lambda-runtime-invoked-function-arn"],
    trace = h["lambda-runtime-trace-id"] }
end

-- Whether it was taken. A 500 says that the sandbox is broken, and anything else that this one message was.
local function taken(response, failure, what)
  if not response then return nil, failure end
  if response.status == 202 then return true end
  return nil, refused(response, what)
end

---Says what came of an event. Waits.
---@param id string
---@param text string  JSON
---@return true|nil
---@return plumb.Error? err  with `status` 413 when it is too long, 500 when the sandbox is broken
function Runtime:respond(id, text)
  local response, failure = call(self, "POST", "invocation/" .. id .. "/response",
    { ["content-type"] = "application/json" }, text)
  return taken(response, failure, "a response")
end

local function error_message(self, path, failure)
  local response, lost = call(self, "POST", path, { ["content-type"] = "application/json",
    ["lambda-runtime-function-error-type"] = "Plumb." .. failure.type },
    json.encode { errorMessage = failure.message, errorType = failure.type, stackTrace = json.list {} })
  return taken(response, lost, "an error")
end

---Says that an event could not be dealt with; whoever sent it may send it again. Waits.
---@param id string
---@param failure { type: string, message: string }
---@return true|nil
---@return plumb.Error? err
function Runtime:fail(id, failure) return error_message(self, "invocation/" .. id .. "/error", failure) end

---Says that the function cannot start. Once, before the first next(), and then the program ends. Waits.
---@param failure { type: string, message: string }
---@return true|nil
---@return plumb.Error? err
function Runtime:fail_to_start(failure) return error_message(self, "init/error", failure) end

return runtime
