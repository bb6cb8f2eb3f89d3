-- The life of a Lambda function: check what can be checked before the first event, then one event after the other
-- until the sandbox ends.

local log = require "plumb.log"
local problem = require "plumb.problem"
local runtime_of = require "plumb.lambda.runtime"
local task = require "plumb.task"
local unattended = require "plumb.unattended"
local worker_of = require "plumb.lambda.worker"

local lambda = {}

local BROKEN = 1 -- exit code: AWS starts a new sandbox

-- Lambda's words for ours.
-- https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-advanced.html
local LEVELS = { TRACE = "debug", DEBUG = "debug", INFO = "info", WARN = "warn", ERROR = "error", FATAL = "error" }

-- A folder that Lambda gives and takes with the sandbox is no place for what must not be forgotten.
local function check_state(env, args)
  local state = args.state or env "PLUMB_STATE"
  if state and state ~= "" and not state:find "^/tmp/" and state ~= ":memory:" then return end
  problem.raise { id = "E503", what = "a function has no place of its own for its state",
    where = state and state ~= "" and ("PLUMB_STATE=" .. state) or nil,
    because = "its disk ends with the sandbox, and a forgotten state means a second item for everything that is "
      .. "resolved meanwhile", fix = "PLUMB_STATE=dynamodb:TABLE" }
end

---Whether the function can start: policy and state are good. Raises a plumb.Problem.
---@param args table
---@param env fun(name: string): string?
function lambda.check(args, env)
  check_state(env, args)
  require("plumb.policy").load { path = args.policy, env = env, set = args.set }
end

---How the log is written, by the settings of the function.
---@param env fun(name: string): string?
function lambda.configure_log(env)
  local format = env "AWS_LAMBDA_LOG_FORMAT"
  log.configure { format = format and (format:upper() == "TEXT" and "text" or "json") or nil,
    level = LEVELS[(env "AWS_LAMBDA_LOG_LEVEL" or ""):upper()] or "info" }
end

-- A response that Lambda would not take is said to be one; what it was about is done all the same.
local function report(runtime, invocation, response, failure)
  if failure then
    unattended.log_failure(failure)
    return runtime:fail(invocation.id, failure)
  end
  local taken, e = runtime:respond(invocation.id, response)
  if taken or e.status ~= 413 then return taken, e end
  return runtime:fail(invocation.id, { type = "ResponseTooLarge", message = "the work is done, but its report is too "
    .. "long for Lambda" })
end

local function deal(runtime, worker, invocation)
  log.configure { with = { request_id = invocation.id, trace_id = invocation.trace } }
  local ok, response, failure = pcall(worker.handle, worker, invocation.body, invocation.deadline)
  if not ok then response, failure = nil, { type = "E901", message = "a bug in plumb: " .. tostring(response) } end
  local taken, e = report(runtime, invocation, response, failure)
  log.configure { with = {} }
  return taken, e
end

-- Only a sandbox that says so itself is broken; a message that was refused costs that message.
local function is_broken(failure) return failure.kind == "connection" or failure.status == 500 end

local function say_told() log.info "told to end, with nothing in hand" end

local function work(runtime, worker, state)
  while true do
    local invocation, e = runtime:next()
    state.busy = invocation ~= nil
    local taken = false
    if invocation then taken, e = deal(runtime, worker, invocation) end
    state.busy = false
    if not taken then log.error(tostring(e)) end
    if not invocation or not taken and is_broken(e) then return BROKEN end
    if task.must_stop() then
      say_told()
      return 0
    end
  end
end

-- A sandbox that is told to end while it waits for an event ends at once.
local function until_stopped(runtime, worker)
  local state = { busy = false }
  local loop = task.spawn(work, runtime, worker, state)
  local watcher = task.spawn(function()
    task.wait_stop()
    if not state.busy then task.cancel(loop) end
  end)
  local _ <close> = setmetatable({}, { __close = function() task.cancel(watcher) end })
  local ok, result = pcall(task.join, loop)
  if ok then return result end
  if task.must_stop() ~= "signal" then error(result, 0) end
  say_told()
  return 0
end

---Deals with events until the sandbox is of no use any more. Waits.
---@param options { host: string, env: (fun(name: string): string?), args: table, send: function? }
---@return integer exit_code
function lambda.serve(options)
  local runtime = runtime_of.new { host = options.host, send = options.send }
  local ok, failure = pcall(lambda.check, options.args, options.env)
  if not ok then
    if not problem.is(failure) then error(failure, 0) end
    runtime:fail_to_start { type = failure.id, message = failure.what .. (failure.because and ": " .. failure.because
      or "") }
    error(failure, 0)
  end
  return until_stopped(runtime, worker_of.new { env = options.env })
end

return lambda
