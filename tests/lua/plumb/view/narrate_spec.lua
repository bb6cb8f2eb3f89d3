local err = require "plumb.err"
local findings = require "support.finding"
local item_of = require "plumb.item"
local narrate = require "plumb.view.narrate"
local plan_of = require "plumb.plan"
local problem = require "plumb.problem"
local view = require "plumb.view.outcome"

local said

-- A console that remembers: notes and warnings as text, tables by their rows.
local function cli(args, tty)
  said = { notes = {}, warnings = {}, tables = {}, documents = {} }
  args = args or {}
  args.verbose = args.verbose or 0
  return {
    args = args, tty = { stdout = tty ~= false },
    note = function(text) table.insert(said.notes, text) end,
    warn = function(p) table.insert(said.warnings, problem.is(p) and problem.render(p) or p) end,
    table = function(rows, columns) table.insert(said.tables, { rows = rows, columns = columns }) end,
    json = function(document) table.insert(said.documents, document) end,
    symbol = function(name) return ({ ok = "+", warn = "!", dots = "..." })[name] end,
  }
end

local function notes() return table.concat(said.notes, "\n") end
local function warnings() return table.concat(said.warnings, "\n") end

local function facts(command)
  return { command = command or "scan", run = "01J", account = "111122223333", region = "eu-west-1", dry_run = false,
    simulated = false, calls = {}, left = { own = 0, shared = 0 } }
end

local function step(changes)
  local found = findings.new(changes)
  return { kind = "create", finding = found, item = assert(item_of.of(found, findings.policy "return {}")) }
end

local function plan(steps)
  local p = plan_of.new { policy = {} }
  p.steps = steps or {}
  return p
end

local function result(command, p, outcomes, args, tty)
  narrate.result(cli(args, tty), facts(command), p, outcomes, view.summary(p, outcomes or {}))
end

describe("what was read", function()
  it("is counted in words", function()
    local p = plan()
    p.workloads, p.lenses, p.questions = { w = "w" }, 2, 57
    narrate.read(cli(), facts(), p)
    assert.equal("Read 1 workload, 2 lenses, 57 questions (account 111122223333, eu-west-1)", notes())
  end)

  it("says what was not read", function()
    local told, p = facts(), plan()
    p.unchanged_workloads, told.left = 3, { own = 2, shared = 1 }
    narrate.read(cli(), told, p)
    assert.equal("Read 0 workloads, 0 lenses, 0 questions; 3 workloads unchanged (account 111122223333, eu-west-1)\n"
      .. "Not read: 2 workloads that the policy leaves out, 1 workload that another account shares.", notes())
  end)

  it("is nothing to tell of a resolve", function()
    narrate.read(cli(), facts "resolve", plan())
    assert.equal("", notes())
  end)
end)

describe("a plan", function()
  it("is tallied", function()
    local p = plan { step(), step() }
    p.kept = 4
    p.left = { all = 5, filtered = 1, unasked = 0, failed = 1, held = { a = 1, b = 2 } }
    narrate.plan(cli(), facts(), p)
    assert.equal("Plan: 2 to create, 0 to update, 0 to close; 4 open already, 1 left out by policy, "
      .. "1 held back (a), 2 held back (b).", said.notes[#said.notes])
  end)

  it("tells what --risk did not want from what the policy did not", function()
    local p = plan()
    p.left = { all = 3, filtered = 1, unasked = 2, failed = 0, held = {} }
    narrate.plan(cli(), facts(), p)
    assert.truthy(notes():find(" 1 left out by policy, 2 by --risk.", 1, true), notes())
  end)

  it("counts what people accepted apart from what is open", function()
    local p = plan()
    p.kept, p.accepted = 4, 2
    narrate.plan(cli(), facts(), p)
    assert.truthy(notes():find("; 4 open already, 2 accepted, 0 left out by policy.", 1, true))
  end)

  it("of a scan that found nothing speaks of items to create, of a resolve of items to write back", function()
    narrate.plan(cli(), facts(), plan())
    assert.truthy(notes():find("Plan: 0 to create", 1, true))
    narrate.plan(cli(), facts "resolve", plan())
    assert.equal("Plan: 0 resolved items to write back.", notes())
  end)

  it("is shown on a terminal, the first dozen, all with -v", function()
    local steps = {}
    for i = 1, 20 do steps[i] = step() end
    narrate.plan(cli(), facts(), plan(steps))
    assert.equal(12, #said.tables[1].rows)
    assert.truthy(notes():find("8 more", 1, true))
    narrate.plan(cli { verbose = 1 }, facts(), plan(steps))
    assert.equal(20, #said.tables[1].rows)
  end)

  it("is said and not printed where the output is a result", function()
    narrate.plan(cli({}, false), facts(), plan { step() })
    assert.equal(0, #said.tables)
    narrate.plan(cli { json = true }, facts(), plan { step() })
    assert.equal(0, #said.tables)
  end)
end)

describe("accepted risks that end soon", function()
  it("are named, the first five", function()
    local ending = {}
    for i = 1, 7 do
      ending[i] = { ends = "2027-06-30", id = "oi-" .. i, workload = "shop", lens = "l", question = "q", choice = "c" }
    end
    narrate.ending(cli(), "scan", ending)
    assert.truthy(warnings():find("7 accepted risks end soon", 1, true))
    assert.truthy(warnings():find("2027-06-30  shop / q / c (oi-5)", 1, true))
    assert.is_nil(warnings():find("oi-6", 1, true))
    assert.truthy(warnings():find("2 more: plumb status", 1, true))
  end)

  -- Guards a daemon's log: it resolves every few minutes, for weeks.
  it("are mentioned by a resolve, not warned of", function()
    narrate.ending(cli(), "resolve", { { ends = "2027-06-30", lens = "l", question = "q", choice = "c" } })
    assert.equal("", warnings())
    assert.truthy(notes():find("1 accepted risk ends soon", 1, true))
  end)

  it("are nothing to tell where there are none", function()
    narrate.ending(cli(), "scan", {})
    assert.equal("", warnings())
  end)
end)

describe("a result", function()
  it("of a good run is one line and what to do next", function()
    local s = step()
    result("scan", plan { s }, { { step = s, status = "created", id = "oi-1" } })
    assert.truthy(notes():find("+ 1 created.", 1, true))
    assert.truthy(notes():find("Next:", 1, true))
    assert.equal("", warnings())
  end)

  it("of a run with nothing to do says so", function()
    result("resolve", plan(), {})
    assert.equal("+ nothing to do.", notes())
  end)

  local function resolved(outcome)
    local found = findings.new()
    return { kind = "settle", outcome = outcome, resolved = { id = "oi-0123456789ab", title = "High Risk",
      finding = found, record = { workload_arn = found.workload.WorkloadArn } } }
  end

  it("has a line with the reason for each item whose outcome nobody could tell", function()
    local p = plan()
    p:settle(resolved().resolved, nil, problem.new { id = "E331", what = "no", because = "'x' is no outcome" })
    result("resolve", p, {})
    assert.same({ "failed", "oi-0123456789ab", "'x' is no outcome" },
      { said.tables[1].rows[1].status, said.tables[1].rows[1].id, said.tables[1].rows[1].reason })
    result("resolve", p, {}, { json = true })
    local document = said.documents[1]
    assert.equal("failed", document.items[1].status)
    assert.equal("E331", document.items[1].error.code)
    assert.equal(1, document.summary.failed)
  end)

  it("says until when something was accepted, and how many milestones were made", function()
    local kept, done = resolved { outcome = "accepted", expires = 1814313600 }, resolved { outcome = "implemented" }
    local outcomes = { { step = kept, status = "kept" }, { step = done, status = "settled", milestone = "m" },
      { step = done, status = "settled", milestone = "m" } }
    result("resolve", plan { kept, done }, outcomes)
    assert.equal("accepted until 2027-06-30", said.tables[1].rows[1].reason)
    assert.truthy(notes():find("1 milestone made before the first change", 1, true))
    result("resolve", plan { kept, done }, outcomes, { json = true })
    assert.equal("2027-06-30", said.documents[1].items[1].accepted_until)
    assert.equal("accepted", said.documents[1].items[1].outcome)
    assert.equal(1, said.documents[1].summary.milestones)
  end)

  it("tells one cause once, with the count, the first place and what to do", function()
    local steps, outcomes = {}, {}
    for i = 1, 3 do
      steps[i] = step { choice = { ChoiceId = "c" .. i } }
      outcomes[i] = { step = steps[i], status = "failed", error = err.new { code = "Throttling", message = "slow" } }
    end
    outcomes[3].error = err.new { code = "AccessDenied", message = "no" }
    result("scan", plan(steps), outcomes)
    assert.equal(2, #said.warnings)
    assert.truthy(said.warnings[1]:find("2 items not made or changed", 1, true))
    assert.truthy(said.warnings[1]:find("prod-shop / identities / c1", 1, true))
    assert.truthy(said.warnings[1]:find("and 1 more", 1, true))
    assert.truthy(said.warnings[1]:find("Throttling: slow", 1, true))
    assert.truthy(said.warnings[1]:find("plumb scan again", 1, true))
    assert.truthy(notes():find("! 3 failed.", 1, true))
  end)

  it("does not send people to another run over what is contested", function()
    local contested = resolved { outcome = "implemented" }
    result("resolve", plan { contested }, { { step = contested, status = "failed",
      error = err.new { code = "Contested", message = "somebody unselected it" } } })
    assert.truthy(warnings():find("look at the answer in the Well-Architected Tool", 1, true))
    assert.is_nil(warnings():find("run plumb resolve again", 1, true))
  end)

  it("tells what nobody knows yet apart from what failed", function()
    local s = step()
    local late = err.new { code = "Timeout", message = "t" }
    result("scan", plan { s }, { { step = s, status = "pending", error = late } })
    assert.truthy(warnings():find("nobody knows yet", 1, true))
    assert.truthy(notes():find("! 1 waiting.", 1, true))
  end)

  it("tells what a full quota left out", function()
    local s = step()
    result("scan", plan { s }, { { step = s, status = "stopped", reason = "10,000 reached" } })
    assert.truthy(warnings():find("1 item left out: 10,000 reached", 1, true))
  end)

  it("tells what was cut", function()
    local s = step { workload = { WorkloadName = ("x"):rep(2000) } }
    result("scan", plan { s }, { { step = s, status = "created", id = "oi-1" } })
    assert.truthy(warnings():find("oi-1: too long for OpsCenter and cut: title (1024 characters)", 1, true))
  end)

  it("tells findings that wait, and problems of reading", function()
    local p = plan()
    p.waiting = { {} }
    p.problems = { problem.new { id = "E323", what = "AWS failed on its side" } }
    result("scan", p, {})
    assert.truthy(warnings():find("1 finding waiting", 1, true))
    assert.truthy(warnings():find("AWS failed on its side", 1, true))
  end)

  it("of a dry run says that nothing was written", function()
    result("scan", plan { step() }, nil)
    assert.truthy(notes():find("Dry run: nothing was written.", 1, true))
  end)

  it("is one document with --json and rows off a terminal", function()
    local s = step()
    local outcomes = { { step = s, status = "created", id = "oi-1" } }
    result("scan", plan { s }, outcomes, { json = true })
    assert.equal(1, #said.documents)
    assert.equal(0, #said.tables)
    result("scan", plan { s }, outcomes, {}, false)
    assert.equal("created", said.tables[1].rows[1].status)
    result("scan", plan { s }, outcomes, { output = "csv" })
    assert.equal(1, #said.tables)
  end)

  it("has no heading above nothing, where eyes look", function()
    result("scan", plan(), {}, { output = "table" }, false)
    assert.equal(0, #said.tables)
    result("scan", plan(), {}, { output = "csv" }, false)
    assert.equal(1, #said.tables)
  end)

  it("tells what is held back apart from what is unwanted", function()
    local s = step()
    local p = plan { s }
    p.left = { all = 3, filtered = 1, unasked = 0, failed = 0, held = { ["--limit 1"] = 2 } }
    result("scan", p, { { step = s, status = "created", id = "oi-1" } })
    assert.truthy(notes():find("+ 1 created, 1 left out, 2 held back (--limit 1).", 1, true))
  end)

  it("of an interrupted run says that it can go on", function()
    local s = step()
    local f = facts()
    f.interrupted = true
    local p = plan { s, step() }
    local outcomes = { { step = s, status = "created", id = "oi-1" } }
    narrate.result(cli(), f, p, outcomes, view.summary(p, outcomes))
    assert.truthy(notes():find("Interrupted", 1, true))
    assert.truthy(notes():find("! 1 created", 1, true))
    narrate.result(cli(), f, plan {}, {}, view.summary(plan {}, {}))
    assert.truthy(notes():find("! nothing was written.", 1, true))
  end)

  it("of several places says which in every row", function()
    local f, there = facts(), step()
    f.places = 2
    there.finding.region = "us-east-1"
    local p = plan { step(), there }
    local function keys(args, tty)
      narrate.result(cli(args, tty), f, p, nil, view.summary(p, {}))
      local list = {}
      for i, column in ipairs(said.tables[1].columns) do list[i] = column.key end
      return table.concat(list, " ")
    end
    assert.equal("action risk workload question practice severity account region", keys({}, false))
    assert.equal("action risk workload region question practice severity", keys({ output = "table" }, false))
  end)
end)
