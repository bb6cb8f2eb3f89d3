local err = require "plumb.err"
local log = require "plumb.log"
local server = require "plumb.server"
local task = require "plumb.task"
local transport = require "plumb.transport"

local listening

-- Serves a handler and returns a function that sends one request to it.
local function serve(handler, options)
  options = options or {}
  options.handler = handler
  listening = assert(server.serve(options))
  return function(request)
    local full = { method = "GET", scheme = "http", host = "127.0.0.1:" .. listening.port, path = "/", query = "",
      headers = {}, body = "" }
    for name, value in pairs(request or {}) do full[name] = value end
    return transport.send(full)
  end
end

local said

before_each(function()
  said = {}
  log.configure { write = function(line) table.insert(said, line) end }
end)

after_each(function()
  if listening then listening.close() end
  listening = nil
  log.configure { write = function(line) io.stderr:write(line) end }
end)

describe("a request", function()
  it("arrives as it was sent: raw path and query, lower-case headers, every byte of the body", function()
    local seen
    local send = serve(function(request)
      seen = request
      return { status = 204 }
    end)
    local bytes = {}
    for i = 0, 255 do bytes[#bytes + 1] = string.char(i) end
    local body = table.concat(bytes) .. "\0\r\n"
    assert(send { method = "PATCH", path = "/a%3Ab/c%2F../d//e", query = "x=%20&y&z=a%2Bb", body = body,
      headers = { ["x-amz-target"] = "A.B", ["content-type"] = "application/json" } })
    assert.equal("PATCH", seen.method)
    assert.equal("/a%3Ab/c%2F../d//e", seen.path)
    assert.equal("x=%20&y&z=a%2Bb", seen.query)
    assert.equal("A.B", seen.headers["x-amz-target"])
    assert.equal("application/json", seen.headers["content-type"])
    assert.equal(body, seen.body)
    assert.equal("127.0.0.1", seen.peer)
  end)

  it("without query has an empty one", function()
    local seen
    local send = serve(function(request)
      seen = request
      return { status = 200 }
    end)
    assert(send())
    assert.equal("", seen.query)
    assert.equal("", seen.body)
  end)

  it("has nothing that nobody asked for: no user agent, no content type of its own", function()
    local seen
    local send = serve(function(request)
      seen = request
      return { status = 200 }
    end)
    assert(send { method = "POST", body = "x" })
    for _, name in ipairs { "user-agent", "accept", "content-type", "expect" } do
      assert.is_nil(seen.headers[name], name)
    end
  end)
end)

describe("a response", function()
  it("comes back with status, headers and every byte of its body", function()
    local body = ("\0\1\255\r\n"):rep(1000)
    local send = serve(function()
      return { status = 418, headers = { ["x-amzn-requestid"] = "r1", ["content-type"] = "application/octet-stream" },
        body = body }
    end)
    local response = assert(send())
    assert.equal(418, response.status)
    assert.equal("r1", response.headers["x-amzn-requestid"])
    assert.equal(body, response.body)
    assert.is_true(response.ms >= 0)
  end)

  it("of a handler that waits keeps nobody else waiting", function()
    local send = serve(function(request)
      if request.path == "/slow" then
        for _ = 1, 20 do task.sleep(0) end
      end
      return { status = 200, body = request.path }
    end)
    local order = {}
    task.map({ "/slow", "/fast" }, function(path)
      local response = assert(send { path = path })
      table.insert(order, response.body)
    end)
    assert.same({ "/fast", "/slow" }, order)
  end)

  it("is 500 when the handler raises, and the log says why", function()
    local send = serve(function() error "broken" end)
    local response = assert(send())
    assert.equal(500, response.status)
    assert.is_nil(response.body:find "broken")
    assert.truthy(table.concat(said):find "broken")
  end)

  -- Guards the pcall around exchange:answer in server.lua: the client would wait for the collector.
  it("is 500 when the handler returns what is no response", function()
    for _, wrong in ipairs { { status = 9999 }, "text", { body = {} }, { fault = "earthquake" } } do
      local send = serve(function() return wrong end)
      assert.equal(500, assert(send()).status)
      listening.close()
    end
    local send = serve(function() end)
    assert.equal(500, assert(send()).status)
  end)

  it("is none at all for the fault reset, which needs no status", function()
    local send = serve(function() return { status = 0, headers = {}, body = "", fault = "reset" } end)
    local response, failure = send()
    assert.is_nil(response)
    assert.equal("ConnectionLost", failure.code)
    assert.same({}, said)
  end)

  it("is 413 for a body beyond the limit, and the handler never sees it", function()
    local called = 0
    local send = serve(function()
      called = called + 1
      return { status = 200 }
    end, { max_body = 1000 })
    assert.equal(200, assert(send { method = "POST", body = ("x"):rep(1000) }).status)
    assert.equal(413, assert(send { method = "POST", body = ("x"):rep(1001) }).status)
    assert.equal(1, called)
  end)
end)

describe("a server", function()
  it("that is closed takes no more requests", function()
    local send = serve(function() return { status = 200 } end)
    assert(send())
    listening.close()
    local response, failure = send()
    assert.is_nil(response)
    assert.equal("ConnectionRefused", failure.code)
    listening.close() -- a second time is fine
  end)

  it("says when it cannot listen", function()
    serve(function() return { status = 200 } end)
    local second, failure = server.serve { port = listening.port, handler = function() end }
    assert.is_nil(second)
    assert.is_true(err.is(failure))
    assert.equal("AddressInUse", failure.code)
    second, failure = server.serve { address = "no.address", handler = function() end }
    assert.is_nil(second)
    assert.equal("BadAddress", failure.code)
  end)
end)
