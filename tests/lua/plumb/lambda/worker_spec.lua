-- The commands themselves are stand-ins here; tests/e2e/lambda_spec.lua has the real ones.

local err = require "plumb.err"
local json = require "plumb.json"
local log = require "plumb.log"
local problem = require "plumb.problem"
local task = require "plumb.task"
local time = require "plumb.time"
local worker_of = require "plumb.lambda.worker"

local NOW = 1767323045
local OI, OTHER = "oi-0123456789ab", "oi-ba9876543210"
local real, runs, lines, worker, clock

-- A command that notes how it was run and does what the spec says.
local function stand_in(name, act)
  local command = {}
  for key, value in pairs(real[name]) do command[key] = value end
  command.run = function(args, cli)
    runs[#runs + 1] = { command = name, args = args }
    return act(args, cli)
  end
  package.loaded["commands." .. name] = command
end

local function document(cli, fields)
  local all = { run = "01RUN", summary = { failed = 0, pending = 0 }, items = json.list {}, problems = json.list {} }
  for key, value in pairs(fields or {}) do all[key] = value end
  cli.json(all)
end

local function fine(_, cli) document(cli) end

before_each(function()
  real, runs, lines, clock = {}, {}, {}, NOW
  for _, name in ipairs { "scan", "resolve" } do
    real[name] = require("commands." .. name)
    stand_in(name, fine)
  end
  time.set(function() return clock end)
  log.configure { format = "json", level = "info", write = function(line) lines[#lines + 1] = line end }
  worker = worker_of.new { env = function() end, sleep = function(seconds) clock = clock + seconds end }
end)
after_each(function()
  for name, command in pairs(real) do package.loaded["commands." .. name] = command end
  time.set(nil)
  task.set_deadline(nil)
  log.configure { format = "text", level = "warn", write = function(line) io.stderr:write(line) end }
end)

local function handle(value, seconds)
  local response, failure = worker:handle(json.encode(value), NOW + (seconds or 900))
  return response and assert(json.decode(response)), failure
end

local SCHEDULE = { ["detail-type"] = "Scheduled Event", source = "aws.events" }

local function record(id, body)
  return { messageId = id, eventSource = "aws:sqs", body = body }
end

local function batch(...) return { Records = json.list { ... } } end

describe("a schedule", function()
  it("resolves and then scans, writing without a question", function()
    local result, failure = handle(SCHEDULE)
    assert.is_nil(failure)
    assert.equal("schedule", result.trigger)
    assert.equal("resolve scan", runs[1].command .. " " .. runs[2].command)
    for _, run in ipairs(runs) do assert.is_true(run.args.yes and run.args.json) end
    assert.is_nil(result.runs[1].document)
  end)

  it("gives a scan a part of the time for reading", function()
    handle(SCHEDULE, 100)
    assert.equal(NOW + 54, runs[2].args.read_until)
    assert.is_nil(runs[1].args.read_until)
  end)

  it("scans even when resolving failed, and then has failed", function()
    stand_in("resolve", function()
      problem.raise { id = "E310", what = "access denied", because = "AccessDenied: x", fix = "ask for it" }
    end)
    local _, failure = handle(SCHEDULE)
    assert.equal(2, #runs)
    assert.same({ type = "E310", message = "plumb resolve: access denied: AccessDenied: x",
      fix = "ask for it" }, failure)
  end)

  it("is left to another run that goes on and on", function()
    stand_in("scan", function() problem.raise { id = "E502", what = "locked" } end)
    local result, failure = handle(SCHEDULE)
    assert.is_nil(failure)
    assert.equal("E502", result.runs[2].problem)
    assert.is_true(clock > NOW + 60 and clock < NOW + 120, clock - NOW)
  end)

  it("waits its turn while another run is under way", function()
    stand_in("scan", function(_, cli)
      if clock < NOW + 20 then problem.raise { id = "E502", what = "locked" } end
      document(cli)
    end)
    local result, failure = handle(SCHEDULE)
    assert.is_nil(failure)
    assert.equal(0, result.runs[2].exit)
  end)

  it("does not wait longer than it has time", function()
    stand_in("scan", function() problem.raise { id = "E502", what = "locked" } end)
    handle(SCHEDULE, 60)
    assert.is_true(clock <= NOW + 50, clock - NOW)
  end)
end)

describe("an invocation", function()
  it("begins nothing new ten seconds before its end, and says that it was cut short", function()
    local must_stop
    stand_in("scan", function(_, cli)
      time.set(function() return NOW + 889 end)
      must_stop = { task.must_stop() or false }
      time.set(function() return NOW + 890 end)
      must_stop[2] = task.must_stop()
      document(cli, { interrupted = true, summary = { failed = 2 } })
      return 5
    end)
    local result, failure = handle { command = "scan" }
    assert.same({ false, "deadline" }, must_stop)
    assert.is_nil(failure)
    assert.is_true(result.runs[1].interrupted)
    assert.is_nil(task.must_stop())
  end)

  it("with little time keeps a third of it", function()
    local stopped
    stand_in("scan", function()
      time.set(function() return NOW + 6 end)
      stopped = task.must_stop()
    end)
    handle({ command = "scan" }, 9)
    assert.equal("deadline", stopped)
  end)

  it("calls off what hangs, and answers in time", function()
    local closed = false
    stand_in("scan", function()
      local _ <close> = setmetatable({}, { __close = function() closed = true end })
      task.sleep(600)
    end)
    local result, failure = handle({ command = "scan" }, 0.1)
    assert.is_nil(failure)
    assert.is_true(result.runs[1].interrupted)
    assert.is_true(closed)
    assert.matches("called off", lines[#lines], 1, true)
  end)

  it("that ends in the middle of reading is no failure", function()
    stand_in("scan", function() error(task.Interrupted, 0) end)
    local result, failure = handle { command = "scan" }
    assert.is_nil(failure)
    assert.is_true(result.runs[1].interrupted)
  end)

  it("fails when items failed, and not when they only wait", function()
    local failed = 1
    stand_in("scan", function(_, cli)
      document(cli, { summary = { failed = failed, pending = 1 } })
      return 5
    end)
    local _, failure = handle { command = "scan" }
    assert.equal("SomeFailed", failure.type)
    failed = 0
    _, failure = handle { command = "scan" }
    assert.is_nil(failure)
  end)

  it("gives back the document of a command, and only its numbers when it is too long", function()
    local rows = 1
    stand_in("scan", function(_, cli)
      local items = {}
      for i = 1, rows do items[i] = { title = ("x"):rep(1000) } end
      document(cli, { items = json.list(items), summary = { failed = 0, created = rows } })
    end)
    assert.equal(1, #handle({ command = "scan" }).runs[1].document.items)
    rows = 7000
    local run = handle({ command = "scan" }).runs[1]
    assert.is_nil(run.document)
    assert.is_true(run.cut)
    assert.equal(7000, run.summary.created)
  end)

  it("writes what a command says into the log", function()
    stand_in("scan", function(_, cli)
      cli.note("Read 4 workloads")
      cli.warn(problem.new { id = "E331", what = "two\nlines", fix = "again" })
      cli.out("nothing of this")
      document(cli)
    end)
    handle { command = "scan" }
    assert.equal(2, #lines)
    local warning = json.decode(lines[2])
    assert.equal("two; lines", warning.msg)
    assert.equal("E331", warning.id)
    assert.equal("again", warning.fix)
  end)

  it("survives a bug, with a traceback in the log", function()
    stand_in("scan", function() error("a slip") end)
    local _, failure = handle { command = "scan" }
    assert.equal("E901", failure.type)
    assert.matches("stack traceback", lines[1], 1, true)
  end)

  it("takes an error of AWS for what it is", function()
    stand_in("resolve", function()
      error(err.new { kind = "connection", code = "Timeout", message = "late", service = "ssm", operation = "X" }, 0)
    end)
    local _, failure = handle { command = "resolve" }
    assert.equal("E320", failure.type)
  end)

  it("refuses a flag that is wrong, and goes on living", function()
    local _, failure = handle { command = "scan", args = { limit = "many" } }
    assert.equal("E103", failure.type)
    assert.equal(0, #runs)
  end)
end)

describe("a batch of SQS", function()
  local function resolving(items, fields, code)
    stand_in("resolve", function(_, cli)
      fields = fields or {}
      fields.items = json.list(items)
      document(cli, fields)
      return code
    end)
  end

  local function failed(...)
    local ids = {}
    local result, failure = handle(batch(...))
    assert.is_nil(failure)
    for i, one in ipairs(result.batchItemFailures) do ids[i] = one.itemIdentifier end
    return table.concat(ids, " "), result
  end

  it("resolves each item once, whoever names it", function()
    assert.equal("", (failed(record("m-1", OI), record("m-2", OTHER), record("m-3", OI))))
    assert.same({ OI, OTHER }, runs[1].args.hints)
  end)

  it("answers an empty list when all is done", function()
    local _, result = failed(record("m-1", OI))
    assert.equal('{"batchItemFailures":[]}', json.encode(result))
  end)

  it("gets back the messages of an item that failed, all of them", function()
    resolving({ { id = OI, status = "failed" }, { id = OTHER, status = "settled" } }, { summary = { failed = 1 } }, 5)
    assert.equal("m-1 m-3", (failed(record("m-1", OI), record("m-2", OTHER), record("m-3", OI))))
  end)

  it("gets back what was not begun when the time was over", function()
    resolving({ { id = OTHER, status = "settled" } }, { interrupted = true })
    assert.equal("m-1", (failed(record("m-1", OI), record("m-2", OTHER))))
  end)

  it("gets back everything when the run came to no end", function()
    stand_in("resolve", function() problem.raise { id = "E502", what = "locked" } end)
    assert.equal("m-1 m-2", (failed(record("m-1", OI), record("m-2", OTHER))))
    stand_in("resolve", function() error(task.Interrupted, 0) end)
    assert.equal("m-1 m-2", (failed(record("m-1", OI), record("m-2", OTHER))))
  end)

  it("gets back everything when the run hung", function()
    stand_in("resolve", function() task.sleep(600) end)
    local result, failure = worker:handle(json.encode(batch(record("m-1", OI), record("m-2", OTHER))), NOW + 0.1)
    assert.is_nil(failure)
    assert.equal('{"batchItemFailures":[{"itemIdentifier":"m-1"},{"itemIdentifier":"m-2"}]}', result)
  end)

  it("gets back what the policy failed on", function()
    resolving({}, { problems = json.list { { code = "E411" } }, summary = { failed = 1 } }, 5)
    assert.equal("m-1", (failed(record("m-1", OI))))
  end)

  it("gets back what nobody understands, for its dead-letter queue, and the others are done", function()
    assert.equal("m-2", (failed(record("m-1", OI), record("m-2", "gibberish"))))
    assert.same({ OI }, runs[1].args.hints)
    assert.matches("left aside", lines[1], 1, true)
    assert.equal("m-1", (failed(record("m-1", "gibberish"))))
  end)
end)

describe("a single hint", function()
  local EVENT = { ["detail-type"] = "OpsItem Update", source = "aws.ssm", detail = { ["ops-item-id"] = OI },
    resources = json.list {} }

  it("is resolved, or has failed so that it comes again", function()
    assert.equal("hints", handle(EVENT).trigger)
    assert.same({ OI }, runs[1].args.hints)
    stand_in("resolve", function() problem.raise { id = "E502", what = "locked" } end)
    local _, failure = handle(EVENT)
    assert.equal("E502", failure.type)
    stand_in("resolve", function() error(task.Interrupted, 0) end)
    _, failure = handle(EVENT)
    assert.equal("TooLate", failure.type)
  end)
end)
