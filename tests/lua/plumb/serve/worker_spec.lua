local log = require("plumb.log")
local task = require("plumb.task")
local tasks = require("support.tasks")
local virtual_time = require("support.virtual_time")
local worker_of = require("plumb.serve.worker")

local A, B, C = "oi-0123456789ab", "oi-0123456789ac", "oi-0123456789ad"

local function hints_of(...)
  local list = {}
  for i, id in ipairs({ ... }) do list[i] = { id = id, source = "id" } end
  return list
end

-- What a run is when all went well, but for the items that failed.
local function good(command, failed)
  local rows = {}
  for i, id in ipairs(failed or {}) do rows[i] = { id = id, status = "failed" } end
  return { command = command, exit = failed and 5 or 0, document = { items = rows, problems = {},
    summary = { failed = failed and #failed or 0 } } }
end

describe("the worker of a daemon", function()
  local runs, gate, worker, at_once

  local function make(answer)
    runs, gate, at_once = {}, tasks.gate(), 0
    worker = worker_of.new(function(command, hints)
      at_once = at_once + 1
      assert(at_once == 1, "two runs at once")
      runs[#runs + 1] = hints and { command, table.unpack(hints) } or { command }
      gate.pass()
      at_once = at_once - 1
      return answer and answer(command, hints) or good(command)
    end)
  end
  after_each(function() virtual_time.stop() end)

  it("does what a schedule wants in its order, and what is wanted again meanwhile once", function()
    make()
    for _ = 1, 5 do
      worker:tick()
      tasks.settle()
    end
    assert.same({ { "resolve" } }, runs)
    assert.equal("resolve", worker.running.command)
    gate.let_through()
    tasks.settle()
    assert.same({ { "resolve" }, { "scan" }, { "resolve" } }, runs)
    assert.is_nil(worker.running)
  end)

  it("takes hints together that come while it is at work", function()
    make()
    local answers = {}
    local function follow(...)
      local hints = hints_of(...)
      task.spawn(function() table.insert(answers, (worker:follow(hints))) end)
      tasks.settle()
    end
    follow(A)
    follow(B, A)
    follow(C, B)
    gate.let_through()
    tasks.settle()
    assert.same({ { "resolve", A }, { "resolve", B, A, C } }, runs)
    assert.same({ true, true, true }, answers)
  end)

  it("tells each who asked what of theirs failed", function()
    make(function(command) return good(command, { B }) end)
    gate.let_through()
    assert.is_true(worker:follow(hints_of(A)))
    local done, failure, which = worker:follow(hints_of(A, B))
    assert.is_nil(done)
    assert.equal("SomeFailed", failure.code)
    assert.same({ [A] = true }, which)
    assert.equal("SomeFailed", select(2, worker:resolve_all()).code)
  end)

  it("has done nothing of a run that came to no end, and goes on with the next", function()
    local bad = true
    make(function(command)
      if not bad then return good(command) end
      return { command = command, problem = require("plumb.problem").new({ id = "E320", what = "no network" }) }
    end)
    gate.let_through()
    local done, failure, which = worker:follow(hints_of(A))
    assert.same({ nil, "E320", {} }, { done, failure.code, which })
    bad = false
    assert.is_true(worker:follow(hints_of(A)))
    assert.is_true(worker:resolve_all())
  end)

  it("survives a bug in a run, and says so", function()
    local said, broken = {}, true
    log.configure({ write = function(line) said[#said + 1] = line end, format = "text" })
    make(function(command)
      if broken then error("a slip") end
      return good(command)
    end)
    gate.let_through()
    local _, failure = worker:follow(hints_of(A))
    assert.equal("E901", failure.code)
    at_once, broken = 0, false
    assert.is_true(worker:follow(hints_of(A)))
    assert.truthy(said[1]:find("a slip", 1, true))
    log.configure({ write = function(line) io.stderr:write(line) end })
  end)

  it("lets the run at hand come to its end when it is stopped, and begins nothing more", function()
    make()
    local answers = {}
    worker:tick()
    tasks.settle()
    task.spawn(function() answers[1] = table.pack(worker:follow(hints_of(A))) end)
    tasks.settle()
    local stopped = false
    task.spawn(function()
      worker:stop()
      stopped = true
    end)
    tasks.settle()
    assert.is_false(stopped)
    gate.let_through()
    tasks.settle()
    assert.is_true(stopped)
    assert.same({ { "resolve" } }, runs)
    assert.equal("Stopping", answers[1][2].code)
    assert.equal("Stopping", select(2, worker:resolve_all()).code)
    assert.same({ { "resolve" } }, runs)
  end)

  it("is stuck when a run is silent for a quarter of an hour, and not before", function()
    virtual_time.start()
    make()
    assert.is_false(worker:is_stuck())
    worker:tick()
    tasks.settle()
    task.sleep(890)
    assert.is_false(worker:is_stuck())
    worker:sign_of_life()
    task.sleep(890)
    assert.is_false(worker:is_stuck())
    task.sleep(20)
    assert.is_true(worker:is_stuck())
    gate.let_through()
    task.sleep(1)
    assert.is_false(worker:is_stuck())
  end)
end)
