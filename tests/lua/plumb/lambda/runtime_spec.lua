-- Against the simulator's runtime API, over real connections.

local err = require "plumb.err"
local runtime_of = require "plumb.lambda.runtime"
local server = require "plumb.server"
local sim_runtime = require "sim.runtime"
local task = require "plumb.task"
local time = require "plumb.time"
local transport = require "plumb.transport"

local api, listening, runtime, sent

before_each(function()
  local n = 0
  api = sim_runtime.new { now = time.now, sleep = function() task.sleep(0) end, uuid = function()
    n = n + 1
    return ("00000000-0000-4000-a000-%012d"):format(n)
  end }
  listening = assert(server.serve { max_body = 8 << 20, handler = function(request) return api:handle(request) end })
  sent = {}
  runtime = runtime_of.new { host = "127.0.0.1:" .. listening.port, send = function(request)
    sent[#sent + 1] = request
    return transport.send(request)
  end }
end)
after_each(function() listening.close() end)

describe("the runtime API", function()
  it("hands out an event with its id, its deadline and its trace", function()
    local invocation = api:invoke('{"a":1}', { seconds = 60 })
    local got = assert(runtime:next())
    assert.equal('{"a":1}', got.body)
    assert.equal(invocation.id, got.id)
    assert.is_true(math.abs(invocation.deadline - got.deadline) < 0.001)
    assert.matches("^Root=", got.trace)
    assert.matches(":function:plumb$", got.arn)
  end)

  it("is asked for an event with patience of days, past any proxy", function()
    api:invoke "{}"
    assert(runtime:next())
    assert.is_true(sent[1].timeout > 86400)
    assert.is_true(sent[1].no_proxy)
  end)

  it("waits until there is an event", function()
    local waiting = task.spawn(function() return assert(runtime:next()).body end)
    task.sleep(0)
    api:invoke '"late"'
    assert.equal('"late"', task.join(waiting))
  end)

  it("asks again when even that patience is over", function()
    local asked = 0
    runtime.send = function(request)
      asked = asked + 1
      if asked == 1 then return nil, err.new { kind = "connection", code = "Timeout", message = "late" } end
      return transport.send(request)
    end
    api:invoke "{}"
    assert(runtime:next())
    assert.equal(2, asked)
  end)

  it("takes a response", function()
    local invocation = api:invoke "{}"
    assert.is_true(runtime:respond(assert(runtime:next()).id, '{"done":true}'))
    assert.equal("done", invocation.status)
    assert.equal('{"done":true}', invocation.response)
  end)

  it("takes an error with its type", function()
    local invocation = api:invoke "{}"
    assert.is_true(runtime:fail(assert(runtime:next()).id, { type = "E310", message = "denied" }))
    assert.equal("failed", invocation.status)
    assert.equal("Plumb.E310", invocation.error_type)
    assert.same({ errorMessage = "denied", errorType = "E310", stackTrace = {} }, invocation.failure)
  end)

  it("takes an error of the start", function()
    assert.is_true(runtime:fail_to_start { type = "E402", message = "bad policy" })
    assert.equal("bad policy", api.init_error.errorMessage)
    assert.equal("Plumb.E402", api.init_error_type)
  end)

  it("refuses a response that is too long, one to nobody, and one after its time", function()
    api:invoke "{}"
    local id = assert(runtime:next()).id
    local _, failure = runtime:respond(id, '"' .. ("x"):rep(6 * 1024 * 1024) .. '"')
    assert.equal(413, failure.status)
    _, failure = runtime:respond("00000000-0000-4000-a000-999999999999", "1")
    assert.equal(400, failure.status)
    api.queue[1].deadline = 0
    _, failure = runtime:respond(id, "1")
    assert.equal(400, failure.status)
  end)

  it("that is broken or gone says so", function()
    api.broken = true
    local _, failure = runtime:next()
    assert.equal(500, failure.status)
    listening.close()
    _, failure = runtime_of.new({ host = "127.0.0.1:1" }):next()
    assert.equal("connection", failure.kind)
  end)
end)
