local engine = require "engine.task"
local err = require "plumb.err"
local server = require "plumb.server"
local task = require "plumb.task"
local transport = require "plumb.transport"

local listening

local function serve(handler)
  listening = assert(server.serve { handler = handler })
  return "127.0.0.1:" .. listening.port
end

local function send(host, request)
  local full = { method = "GET", scheme = "http", host = host, path = "/", query = "", headers = {}, body = "" }
  for name, value in pairs(request or {}) do full[name] = value end
  return transport.send(full)
end

local function failure_of(...)
  local response, failure = send(...)
  assert.is_nil(response)
  assert.is_true(err.is(failure))
  assert.equal("connection", failure.kind)
  return failure
end

after_each(function()
  if listening then listening.close() end
  listening = nil
end)

-- A port where nobody listens: one that was open a moment ago.
local function closed_port()
  local host = serve(function() end)
  listening.close()
  return host
end

describe("whether a request was executed", function()
  it("is no when nobody listens", function()
    for _, fresh in ipairs { true, false } do
      local failure = failure_of(closed_port(), { method = "POST", body = "x", fresh = fresh })
      assert.equal("ConnectionRefused", failure.code)
      assert.equal("no", failure.executed)
    end
  end)

  it("is no when the name does not resolve", function()
    local failure = failure_of("nowhere.invalid", { no_proxy = true, connect_timeout = 1 })
    assert.equal("no", failure.executed)
  end)

  it("is maybe when the connection is reset after the request, and it says so even for a fresh one", function()
    local seen = 0
    local host = serve(function()
      seen = seen + 1
      return { fault = "reset" }
    end)
    for _, fresh in ipairs { true, false } do
      local failure = failure_of(host, { method = "POST", body = "x", fresh = fresh })
      assert.equal("ConnectionLost", failure.code)
      assert.equal("maybe", failure.executed)
    end
    assert.equal(2, seen) -- and nothing was sent a second time behind our back
  end)

  it("is maybe when the body breaks off", function()
    local host = serve(function() return { status = 200, body = ("x"):rep(1000), fault = "short" } end)
    local failure = failure_of(host, { method = "POST", body = "x", fresh = true })
    assert.equal("ConnectionLost", failure.code)
    assert.equal("maybe", failure.executed)
  end)

  it("is maybe when the answer does not come in time", function()
    local host = serve(function()
      engine.park() -- nobody wakes it
    end)
    local failure = failure_of(host, { method = "POST", body = "x", fresh = true, timeout = 0.05 })
    assert.equal("Timeout", failure.code)
    assert.equal("maybe", failure.executed)
  end)

  it("is maybe when the answer is longer than anybody wants", function()
    local host = serve(function() return { status = 200, body = ("x"):rep(2000) } end)
    local failure = failure_of(host, { method = "POST", max_body = 1000 })
    assert.equal("BodyTooLarge", failure.code)
    assert.equal("maybe", failure.executed)
    assert.equal(1000, #assert(send(serve(function() return { status = 200, body = ("x"):rep(1000) } end),
      { max_body = 1000 })).body)
  end)

  it("is no when the request cannot be written down", function()
    local called = false
    local host = serve(function()
      called = true
      return { status = 200 }
    end)
    for _, headers in ipairs { { ["x-a"] = "1\r\nx-b: 2" }, { ["x-a"] = "1\nx-b: 2" }, { ["x-a\r\nx-b"] = "1" },
      { ["x-a: 1"] = "1" }, { [""] = "1" }, { ["x-a"] = "1\0" } } do
      assert.equal("no", failure_of(host, { headers = headers }).executed)
    end
    assert.equal("no", failure_of(host, { path = "/a\r\nx-b: 2" }).executed)
    assert.equal("no", failure_of(host, { method = "GET / HTTP/1.1\r\nx-b: 2\r\n" }).executed)
    assert.equal("no", failure_of(host, { scheme = "ftp" }).executed)
    assert.is_false(called)
  end)
end)

describe("a response", function()
  it("with repeated headers has them joined", function()
    -- The server writes one line for each header, so the two come in one exchange only by case.
    local host = serve(function() return { status = 200, headers = { ["x-a"] = "1", ["X-A"] = "2" } } end)
    local joined = assert(send(host)).headers["x-a"]
    assert.is_true(joined == "1, 2" or joined == "2, 1", joined)
  end)

  it("that sends somewhere else is returned, not followed", function()
    local called = 0
    local host = serve(function()
      called = called + 1
      return { status = 307, headers = { location = "/elsewhere" } }
    end)
    assert.equal(307, assert(send(host)).status)
    assert.equal(1, called)
  end)

  it("with an error status is a response", function()
    local host = serve(function() return { status = 503, body = "busy" } end)
    local response = assert(send(host))
    assert.equal(503, response.status)
    assert.equal("busy", response.body)
  end)
end)

describe("a request", function()
  it("carries empty header values and an empty body as such", function()
    local seen
    local host = serve(function(request)
      seen = request
      return { status = 200 }
    end)
    assert(send(host, { method = "POST", headers = { ["x-empty"] = "" } }))
    assert.equal("", seen.headers["x-empty"])
    assert.equal("0", seen.headers["content-length"])
  end)

  it("has many others beside it", function()
    local under_way, most = 0, 0
    local host = serve(function(request)
      under_way = under_way + 1
      most = math.max(most, under_way)
      for _ = 1, 5 do task.sleep(0) end
      under_way = under_way - 1
      return { status = 200, body = request.path }
    end)
    local list = {}
    for i = 1, 40 do list[i] = "/" .. i end
    local bodies = task.map(list, function(path) return assert(send(host, { path = path })).body end, { limit = 10 })
    assert.same(list, bodies)
    assert.is_true(most > 1 and most <= 10)
  end)

  it("that is called off with its task lets go of everything", function()
    local began = false
    local host = serve(function()
      began = true
      engine.park()
    end)
    local waiting = task.spawn(function() send(host) end)
    while not began do task.sleep(0) end
    task.cancel(waiting)
    assert.equal(200, assert(send(serve(function() return { status = 200 } end))).status)
  end)

  it("outside a task, or where nobody may wait, is refused before it is sent", function()
    local called = false
    local host = serve(function()
      called = true
      return { status = 200 }
    end)
    local ok, reason = pcall(function()
      task.nowait(function() send(host) end)
    end)
    assert.is_false(ok)
    assert.truthy(tostring(reason):find "cannot wait here")
    for _ = 1, 20 do task.sleep(0) end
    assert.is_false(called)
  end)
end)
