local findings = require "support.finding"
local plan_of = require "plumb.plan"
local store_of = require "plumb.store"

local NOW = 1000
local store, looked_up

local function new(options)
  local given = { policy = findings.policy "return {}", store = store, now = function() return NOW end,
    links = function(_, list)
      looked_up = looked_up + 1
      for _, found in ipairs(list) do found.plan_url = "https://docs.example.com/" .. found.choice.ChoiceId end
    end }
  for name, value in pairs(options or {}) do given[name] = value end
  return plan_of.new(given)
end

local serial = 0
local function found(changes)
  serial = serial + 1
  local f = findings.new(changes)
  f.key = changes and changes.key or ("%064x"):format(serial)
  return f
end

local function review(...)
  local list = { ... }
  local first = list[1] or findings.new()
  return { workload = first.workload, lens = first.lens, lens_arn = first.lens_arn, partition = "aws",
    account = first.account, region = first.region, answers = {}, findings = list }
end

local function add(plan, ...)
  local r = review(...)
  plan:review(r.workload, r.lens, r)
end

local function record(f, changes)
  local r = { key = f.key, partition = f.partition, account = f.account, region = f.region,
    workload_arn = f.workload.WorkloadArn, lens_arn = f.lens_arn, question_id = f.question.QuestionId,
    choice_id = f.choice.ChoiceId, status = "open", sink = "opscenter", risk = f.risk, first_seen = 1, last_seen = 1,
    item_id = "oi-000000000001", workload_name = f.workload.WorkloadName }
  for name, value in pairs(changes or {}) do r[name] = value end
  store:commit { { "put", "finding", r } }
  return r
end

local function kinds(plan)
  local list = {}
  for i, step in ipairs(plan.steps) do list[i] = step.kind end
  return table.concat(list, " ")
end

before_each(function()
  store, looked_up = store_of.open { path = ":memory:" }, 0
end)

describe("a review", function()
  it("that could not be read has no consequences", function()
    local f = found()
    record(f)
    local plan = new()
    plan:review(f.workload, f.lens, nil)
    plan:finish {}
    assert.equal(0, #plan.steps)
    assert.equal(0, plan:workload_count())
  end)

  it("becomes drafted items", function()
    local plan = new()
    add(plan, found())
    plan:complete()
    assert.equal("create", kinds(plan))
    assert.equal("High Risk - prod-shop - Use strong sign-in mechanisms", plan.steps[1].item.title)
    assert.equal("https://docs.example.com/sec_identities_enforce_mechanisms",
      plan.steps[1].item.fields["Improvement Plan"])
  end)

  it("closes nothing of other lenses and other workloads", function()
    local f = found()
    record(found(), { lens_arn = "arn:aws:wellarchitected::aws:lens/serverless" })
    record(found(), { workload_arn = f.workload.WorkloadArn .. "0" })
    local plan = new()
    add(plan, f)
    assert.equal("create", kinds(plan))
  end)

  it("counts what is kept and what waits", function()
    local kept, waiting = found(), found()
    record(kept)
    record(waiting, { status = "intended", ambiguous_until = NOW + 1, item_id = false or nil })
    local plan = new()
    add(plan, kept, waiting)
    assert.equal(1, plan.kept)
    assert.equal(1, #plan.waiting)
    assert.equal("", kinds(plan))
    assert.equal(2, plan.findings)
    assert.equal(1, plan:workload_count())
  end)

  -- Guards `planned` in plan.lua: a workflow that looks at a lens twice would make each item twice.
  it("that is read twice makes nothing twice", function()
    local f, closing = found(), found()
    record(closing)
    local plan = new()
    add(plan, f, found { key = f.key })
    add(plan, found { key = f.key })
    assert.equal(2, #plan.steps)
    assert.equal("create obsolete", kinds(plan))
  end)

  it("links the item that was there before, also when the first try of its create was lost", function()
    local back, lost = found(), found()
    record(back, { status = "settled", item_id = "oi-00000000000a" })
    local r = record(lost, { status = "intended", ambiguous_until = 0, previous_item = "oi-00000000000b" })
    r.item_id = nil
    store:commit { { "put", "finding", r } }
    local plan = new()
    add(plan, back, lost)
    plan:complete()
    assert.same({ "oi-00000000000a" }, plan.steps[1].item.related)
    assert.same({ "oi-00000000000b" }, plan.steps[2].item.related)
  end)

  it("looks links up once, and only for new items without one", function()
    local with, kept = found(), found()
    with.plan_url = "https://docs.example.com/own"
    record(kept)
    local plan = new()
    add(plan, with, kept)
    assert.equal(0, looked_up)
    add(plan, found(), found())
    assert.equal(1, looked_up)
  end)
end)

describe("a filter", function()
  it("leaves new items out and old ones alone", function()
    local old, changed = found(), found()
    record(old)
    record(changed, { risk = "MEDIUM" })
    local plan = new { policy = findings.policy "return { filter = function() return false end }" }
    add(plan, old, changed, found())
    assert.equal("update", kinds(plan))
    assert.equal(1, plan.kept)
    assert.equal("policy filter", plan.skipped[1].reason)
  end)

  it("of the command line leaves other risks out", function()
    local plan = new { risks = { "HIGH" } }
    add(plan, found(), found { risk = "MEDIUM" })
    assert.equal("create", kinds(plan))
    assert.equal("HIGH", plan.steps[1].finding.risk)
    assert.equal(1, #plan.skipped)
    assert.equal(1, plan.left.unasked)
    assert.equal(0, plan.left.filtered)
  end)

  it("that fails costs its finding and is told", function()
    local plan = new { policy = findings.policy [[return { filter = function(f)
      if f.risk == "MEDIUM" then error("no") end
      return true
    end }]] }
    add(plan, found { risk = "MEDIUM" }, found())
    assert.equal("create", kinds(plan))
    assert.equal(1, #plan.problems)
    assert.equal("E411", plan.problems[1].id)
    assert.equal("a hook failed", plan.skipped[1].reason)
    assert.equal(1, plan.left.failed)
  end)

  it("or any other hook that fails costs its finding alone", function()
    local plan = new { policy = findings.policy [[return { title = function(f, default)
      if f.risk == "MEDIUM" then error("no") end
      return default(f)
    end }]] }
    add(plan, found { risk = "MEDIUM" }, found())
    plan:complete()
    assert.equal("create", kinds(plan))
    assert.equal(1, #plan.problems)
  end)
end)

describe("the order", function()
  it("is HIGH first, then by workload, question and choice", function()
    local plan = new()
    add(plan, found { risk = "MEDIUM", workload = { WorkloadName = "a" } },
      found { workload = { WorkloadName = "b" } },
      found { workload = { WorkloadName = "a" }, choice = { ChoiceId = "z" } },
      found { workload = { WorkloadName = "a" }, choice = { ChoiceId = "y" } })
    plan:finish {}
    local list = {}
    for i, step in ipairs(plan.steps) do
      local f = step.finding
      list[i] = ("%s/%s/%s"):format(f.risk, f.workload.WorkloadName, f.choice.ChoiceId)
    end
    assert.same({ "HIGH/a/y", "HIGH/a/z", "HIGH/b/sec_identities_enforce_mechanisms",
      "MEDIUM/a/sec_identities_enforce_mechanisms" }, list)
  end)

  it("of resolved items is the same in two runs, whatever the order they came in", function()
    local function order(ids)
      local plan = new()
      for _, id in ipairs(ids) do
        plan:settle({ id = id, record = { risk = id == "oi-3" and "MEDIUM" or "HIGH", workload_name = "w",
          question_id = "q", choice_id = "c", key = "k" } }, { outcome = "implemented" })
      end
      plan:finish {}
      local list = {}
      for i, step in ipairs(plan.steps) do list[i] = step.resolved.id end
      return list
    end
    assert.same({ "oi-1", "oi-2", "oi-3" }, order { "oi-3", "oi-2", "oi-1" })
    assert.same({ "oi-1", "oi-2", "oi-3" }, order { "oi-2", "oi-1", "oi-3" })
  end)
end)

describe("a budget", function()
  local function three_and_a_close()
    local plan = new()
    local gone = found { workload = { WorkloadName = "zz" } }
    record(gone)
    add(plan, found { risk = "MEDIUM" }, found(), found())
    return plan
  end

  it("takes the important ones and says what it holds back", function()
    local plan = three_and_a_close()
    plan:finish { budget = { run = 2 } }
    assert.equal("create create obsolete", kinds(plan))
    assert.equal("MEDIUM", plan.skipped[1].finding.risk)
    assert.equal("budget of 2 new items a run", plan.skipped[1].reason)
    assert.same({ [plan.skipped[1].reason] = 1 }, plan.left.held)
    assert.same({ [plan.steps[1].finding.workload.WorkloadArn] = true }, plan.due)
  end)

  it("counts by workload", function()
    local plan = new()
    add(plan, found(), found())
    add(plan, found { workload = { WorkloadId = "other", WorkloadArn = "arn:aws:wellarchitected:r:1:workload/other" } })
    plan:finish { budget = { workload = 1 } }
    assert.equal(2, #plan.steps)
    assert.not_equal(plan.steps[1].finding.workload.WorkloadId, plan.steps[2].finding.workload.WorkloadId)
  end)

  it("keeps within what is left of the month", function()
    local plan = three_and_a_close()
    plan:finish { budget = {}, month_left = function(account) return account == findings.ACCOUNT and 0 or 9 end }
    assert.equal("obsolete", kinds(plan))
    assert.equal(3, #plan.skipped)
  end)

  it("that is switched off holds nothing back", function()
    local plan = three_and_a_close()
    plan:finish { budget = { run = false, workload = false, month = false } }
    assert.equal(4, #plan.steps)
  end)

  it("counts practices that came back as new items", function()
    local back = found()
    record(back, { status = "settled" })
    local plan = new()
    add(plan, back, found())
    plan:finish { budget = { run = 1 } }
    assert.equal(1, #plan.steps)
  end)

  it("is cut once more by --limit, which counts every write", function()
    local plan = three_and_a_close()
    plan:finish { budget = { run = 2 }, limit = 1 }
    assert.equal("create", kinds(plan))
    assert.equal(3, #plan.skipped)
    assert.equal("--limit 1", plan.skipped[2].reason)
    assert.same({ all = 3, filtered = 0, unasked = 0, failed = 0,
      held = { ["--limit 1"] = 2, ["budget of 2 new items a run"] = 1 } }, plan.left)
  end)
end)

-- A first look at a thousand workloads finds tens of thousands of practices, and makes some hundred items.
describe("a plan with more findings than room", function()
  local serials

  -- The same findings each time, in an order of chance: 40 workloads, two risks, some that a hook fails on.
  local function many()
    local list, seed = {}, 7
    local function chance(n)
      seed = (seed * 1103515245 + 12345) % (1 << 31)
      return seed // 65536 % n + 1
    end
    for i = 1, 3000 do
      local at = chance(40)
      list[i] = found { key = ("%064x"):format(serials + i), risk = chance(3) == 1 and "HIGH" or "MEDIUM",
        account = at % 2 == 1 and "111122223333" or "444455556666",
        workload = { WorkloadName = "w" .. at, WorkloadArn = "arn:aws:wellarchitected:r:1:workload/" .. at },
        choice = { ChoiceId = "c" .. chance(200), Title = chance(10) == 1 and "broken" or "fine" } }
    end
    return list
  end

  local ROOM = { budget = { run = 60, workload = 4 }, month_left = function(account)
    return account == "111122223333" and 25 or 100
  end }

  local function planned(options)
    serials = 1 << 20
    local plan = new { policy = findings.policy [[return { title = function(f, default)
      if f.choice.Title == "broken" then error("no") end
      return default(f)
    end }]], links = function() end }
    for name, value in pairs(options) do plan.options[name] = value end
    local most = 0
    for _, one in ipairs(many()) do
      add(plan, one)
      most = math.max(most, #plan.steps)
    end
    plan:finish(ROOM)
    return plan, most
  end

  local function keys_of(plan)
    local list = {}
    for i, step in ipairs(plan.steps) do list[i] = step.finding.key end
    return list
  end

  -- Guards cut() in plan.lua: what is let go on the way is what would have been left out at the end.
  it("holds no more than it needs, and ends with the same steps as one that holds all", function()
    local whole, all = planned {}
    local cut, most = planned(ROOM)
    assert.equal(60, #whole.steps)
    assert.same(keys_of(whole), keys_of(cut))
    assert.is_true(all > 2500)
    assert.is_true(most <= 261)
    assert.equal(3000, #cut.steps + cut.left.all)
    assert.equal(#cut.skipped, cut.left.all)
  end)

  -- Guards gather.review: groups of one lens are made when it was read, and let go like any other item.
  it("holds no more groups than it needs either", function()
    local function grouped(options)
      local plan, most = new { policy = findings.policy "return { group = 'question' }", links = function() end }, 0
      for name, value in pairs(options) do plan.options[name] = value end
      for w = 1, 60 do
        local list = {}
        for i = 1, 40 do
          list[i] = found { key = ("%064x"):format(w << 20 | i), risk = (w + i) % 7 == 0 and "HIGH" or "MEDIUM",
            workload = { WorkloadName = "w" .. w, WorkloadArn = "arn:aws:wellarchitected:r:1:workload/" .. w },
            question = { QuestionId = "q" .. i % 20 }, choice = { ChoiceId = "c" .. i } }
        end
        add(plan, table.unpack(list))
        most = math.max(most, #plan.steps)
      end
      plan:finish { budget = { run = 30 } }
      local keys = {}
      for i, step in ipairs(plan.steps) do keys[i] = step.group.record.key .. step.group.count end
      return keys, most, plan
    end
    local whole, all = grouped {}
    local cut, most, plan = grouped { budget = { run = 30 } }
    assert.equal(30, #whole)
    assert.same(whole, cut)
    assert.equal(1200, all)
    assert.is_true(most <= 250)
    assert.equal(1200, #plan.steps + plan.left.all)
  end)

  it("keeps no list of what it leaves out where nobody asks for one", function()
    local plan = planned { budget = ROOM.budget, month_left = ROOM.month_left, rows = false }
    assert.equal(0, #plan.skipped)
    assert.equal(3000, #plan.steps + plan.left.all)
    assert.is_true(plan.left.failed > 0)
    local due = 0
    for _ in pairs(plan.due) do due = due + 1 end
    assert.equal(40, due)
  end)
end)

describe("a resolved item", function()
  it("that the policy failed on is told and left out", function()
    local plan = new()
    plan:settle({ id = "oi-1" }, nil, require("plumb.problem").new { id = "E331", what = "odd" })
    assert.equal(0, #plan.steps)
    assert.equal("odd", plan.problems[1].what)
  end)
end)

describe("a tally", function()
  it("has every kind, zeros included", function()
    local plan = new()
    add(plan, found(), found())
    assert.same({ create = 2, ["return"] = 0, update = 0, close = 0, obsolete = 0, settle = 0 }, plan:tally())
  end)
end)
