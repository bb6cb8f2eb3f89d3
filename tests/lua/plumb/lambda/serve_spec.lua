local json = require "plumb.json"
local lambda = require "plumb.lambda"
local log = require "plumb.log"
local problem = require "plumb.problem"
local process = require "support.process"
local sim_runtime = require "sim.runtime"
local task = require "plumb.task"
local time = require "plumb.time"

local api, lines, real

-- Hands the API's requests over without a network.
local function send(request)
  local response = api:handle { method = request.method, path = request.path, headers = request.headers,
    body = request.body }
  return { status = response.status, headers = response.headers, body = response.body, ms = 1 }
end

local function serve(env, options)
  local given = { PLUMB_STATE = "dynamodb:plumb" }
  for name, value in pairs(env or {}) do given[name] = value ~= "" and value or nil end
  return lambda.serve { host = "runtime", args = {}, env = function(name) return given[name] end,
    send = options and options.send or send }
end

before_each(function()
  local n = 0
  real, lines = require "commands.scan", {}
  api = sim_runtime.new { now = time.now, sleep = function() task.sleep(0) end, uuid = function()
    n = n + 1
    return ("00000000-0000-4000-a000-%012d"):format(n)
  end }
  log.configure { format = "json", level = "info", write = function(line) lines[#lines + 1] = line end }
end)
after_each(function()
  package.loaded["commands.scan"] = real
  log.configure { format = "text", level = "warn", with = {}, write = function(line) io.stderr:write(line) end }
end)

local function scanning(act)
  package.loaded["commands.scan"] = setmetatable({ run = act }, { __index = real })
end

describe("a function that cannot start", function()
  local function cannot(env, id)
    local ok, failure = pcall(serve, env)
    assert.is_false(ok)
    assert.is_true(problem.is(failure))
    assert.equal(id, failure.id)
    assert.equal("Plumb." .. id, api.init_error_type)
    return api.init_error.errorMessage
  end

  it("has no place for its state", function()
    for _, place in ipairs { "", "/tmp/state.db", ":memory:" } do
      assert.matches("state", cannot({ PLUMB_STATE = place }, "E503"), 1, true)
    end
  end)

  it("has a policy with a mistake, beside the bootstrap too", function()
    local folder = process.folder()
    process.write(folder .. "/policy.lua", "return { rysks = {} }")
    assert.matches("rysks", cannot({ PLUMB_POLICY = folder .. "/policy.lua" }, "E402"), 1, true)
    api.init_error = nil
    assert.matches("rysks", cannot({ LAMBDA_TASK_ROOT = folder }, "E402"), 1, true)
    process.remove(folder)
  end)
end)

describe("a function", function()
  -- Ends the sandbox once everything has been dealt with.
  local function run_all()
    return serve(nil, { send = function(request)
      if request.method == "GET" and #api.queue == 0 then api.broken = true end
      return send(request)
    end })
  end

  it("deals with one event after the other, until the sandbox is broken", function()
    local seen = {}
    scanning(function(args, cli)
      seen[#seen + 1] = args.limit
      cli.json { run = "r", summary = { failed = 0 } }
    end)
    for i = 1, 3 do api:invoke(json.encode { command = "scan", args = { limit = i } }) end
    assert.equal(1, run_all())
    assert.same({ 1, 2, 3 }, seen)
    for _, invocation in ipairs(api.done) do assert.equal("done", invocation.status) end
  end)

  it("says what failed, goes on, and puts the request id on each line meanwhile", function()
    scanning(function() problem.raise { id = "E310", what = "access denied" } end)
    local first, second = api:invoke '{"command":"scan"}', api:invoke '{"x":1}'
    run_all()
    assert.equal("Plumb.E310", first.error_type)
    assert.equal("Plumb.E103", second.error_type)
    assert.equal(first.id, json.decode(lines[1]).request_id)
    assert.matches("^Root=", json.decode(lines[1]).trace_id)
    assert.is_nil(json.decode(lines[#lines]).request_id)
  end)

  it("that was too slow for one event takes the next one", function()
    scanning(function(_, cli)
      if api.queue[1].id:find "1$" then api.queue[1].deadline = 0 end
      cli.json { run = "r", summary = { failed = 0 } }
    end)
    local first, second = api:invoke '{"command":"scan"}', api:invoke '{"command":"scan"}'
    run_all()
    assert.equal("timed out", first.status)
    assert.equal("done", second.status)
  end)

  it("says so when its report is too long for Lambda", function()
    scanning(function(_, cli) cli.json { run = "r", summary = { failed = 0 } } end)
    local invocation = api:invoke '{"command":"scan"}'
    serve(nil, { send = function(request)
      if #api.queue == 0 then api.broken = true end
      if request.path:find "/response$" then return { status = 413, headers = {}, body = "", ms = 1 } end
      return send(request)
    end })
    assert.equal("Plumb.ResponseTooLarge", invocation.error_type)
  end)

  it("ends at once when its response finds the sandbox broken, or nobody", function()
    scanning(function(_, cli) cli.json { run = "r", summary = { failed = 0 } } end)
    for _, how in ipairs { "broken", "gone" } do
      api.queue, api.broken = {}, nil
      api:invoke '{"command":"scan"}'
      local asked = 0
      assert.equal(1, serve(nil, { send = function(request)
        if request.method == "GET" then asked = asked + 1 end
        if request.method == "POST" and how == "gone" then
          return nil, require("plumb.err").new { kind = "connection", code = "ConnectionRefused", message = "gone" }
        end
        api.broken = request.method == "POST"
        return send(request)
      end }))
      assert.equal(1, asked)
    end
  end)
end)

describe("the log of a function", function()
  local function configured(format, level)
    lambda.configure_log(function(name)
      return ({ AWS_LAMBDA_LOG_FORMAT = format, AWS_LAMBDA_LOG_LEVEL = level })[name]
    end)
    lines = {}
    for _, word in ipairs { "debug", "info", "warn", "error" } do log[word](word) end
    return #lines, lines[#lines]:sub(1, 1)
  end

  it("is as AWS_LAMBDA_LOG_FORMAT and AWS_LAMBDA_LOG_LEVEL say", function()
    for level, count in pairs { TRACE = 4, DEBUG = 4, INFO = 3, WARN = 2, ERROR = 1, FATAL = 1, warn = 2 } do
      assert.equal(count, (configured("JSON", level)))
    end
    assert.equal("{", select(2, configured("JSON", "INFO")))
    assert.not_equal("{", select(2, configured("Text", nil)))
    assert.equal(3, (configured("Text", nil)))
  end)
end)
