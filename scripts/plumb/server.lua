-- A small HTTP server: one function answers, and each request runs in a task of its own. The door
-- of engine.listen; loopback unless told otherwise.

local engine = require "engine.listen"
local err = require "plumb.err"
local log = require "plumb.log"

local server = {}

local function answer_with(handler)
  return function(exchange, request)
    local ok, failure = pcall(function() exchange:answer(handler(request)) end)
    if ok then return end
    log.error("a request was not answered", { path = request.path, reason = tostring(failure) })
    exchange:answer { status = 500, body = "internal error\n" }
  end
end

---@class plumb.ServerRequest
---@field method string
---@field path string    as it came, nothing decoded
---@field query string   without "?"
---@field headers table<string, string>  lower-case names
---@field body string
---@field peer string    numeric address

---Listens and answers with handler(request) -> { status, headers?, body?, fault? }. The handler may
---wait. `fault` ends the exchange badly on purpose: "reset" closes without an answer, "short" breaks
---off in the middle of the body.
---@param options { address: string?, port: integer?, max_body: integer?, max_connections: integer?,
---  timeout: integer?, head_timeout: number?, body_timeout: number?, handler: function }
---  address: numeric, default 127.0.0.1; port: 0 (default) picks one; max_body in bytes, default 1 MiB;
---  max_connections: default 256; seconds: timeout of silence, default 15, head_timeout until the head of a request
---  is complete, body_timeout from there until its body is and for taking the answer, both without limit by default
---@return { port: integer, close: fun() }|nil
---@return plumb.Error? err  AddressInUse, BadAddress, ServerFailed
function server.serve(options)
  local listening, failure = engine.serve {
    address = options.address,
    port = options.port,
    max_body = options.max_body,
    max_connections = options.max_connections,
    timeout = options.timeout,
    head_timeout = options.head_timeout,
    body_timeout = options.body_timeout,
    handler = answer_with(options.handler),
  }
  if not listening then
    return nil, err.new { kind = "connection", code = failure.code, message = failure.message }
  end
  return {
    port = listening:port(),
    close = function() listening:close() end,
  }
end

return server
