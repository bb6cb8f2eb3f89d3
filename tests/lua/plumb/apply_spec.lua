local apply = require "plumb.apply"
local err = require "plumb.err"
local findings = require "support.finding"
local item_of = require "plumb.item"
local task = require "plumb.task"
local world = require "support.world"

local policy

local function failure(fields)
  local all = { code = "Trouble", kind = "aws", message = "told so", executed = "no" }
  for name, value in pairs(fields or {}) do all[name] = value end
  return err.new(all)
end

local function step(kind, name)
  local found = findings.new { choice = { ChoiceId = name or "c" } }
  return { kind = kind or "create", name = name, finding = found, item = assert(item_of.of(found, policy)),
    record = { item_id = "oi-" .. (name or "c") } }
end

-- An opener that does what `results[name]` says: values to return, or a function.
local function opener(results)
  local function act(_, s)
    local result = results[s.name]
    if type(result) == "function" then return result(s) end
    return table.unpack(result)
  end
  return { create = act, update = act, close = act }
end

local function run(steps, options)
  options.policy = options.policy or policy
  return apply.plan({ steps = steps }, options)
end

local function statuses(outcomes)
  local list = {}
  for i, outcome in ipairs(outcomes) do list[i] = outcome.status end
  return table.concat(list, " ")
end

before_each(function() policy = findings.policy "return { parallel = 2 }" end)
after_each(world.restore)

describe("a plan", function()
  it("has an outcome for every step, in its order, whichever ends first", function()
    local steps = { step("create", "a"), step("update", "b"), step("close", "c"), step("obsolete", "d") }
    local outcomes, interrupted = run(steps, { opener = opener {
      a = function()
        task.sleep(0)
        task.sleep(0)
        return "created", "oi-1"
      end,
      b = { true }, c = { "closed" }, d = { "kept" },
    } })
    assert.equal("created updated closed kept", statuses(outcomes))
    assert.is_false(interrupted)
    assert.equal("oi-1", outcomes[1].id)
    assert.equal("oi-b", outcomes[2].id)
    assert.equal(steps[4], outcomes[4].step)
    assert.truthy(outcomes[4].reason:find "plumb resolve")
  end)

  it("tells each outcome as it comes", function()
    local told = {}
    run({ step("create", "a"), step("create", "b") }, {
      opener = opener { a = { "created", "1" }, b = { "adopted", "2" } },
      on_outcome = function(outcome) told[#told + 1] = outcome.status end })
    table.sort(told)
    assert.same({ "adopted", "created" }, told)
  end)

  it("without steps has no outcomes", function()
    assert.same({}, (run({}, {})))
  end)
end)

describe("a step that fails", function()
  it("does not stop the others, whether it returns its error or raises it", function()
    local outcomes = run({ step("create", "a"), step("create", "b"), step("update", "c"), step("close", "d"),
      step("create", "e") }, { opener = opener {
      a = { nil, failure() }, b = function() error(failure { code = "Raised" }, 0) end, c = { nil, failure() },
      d = { nil, failure() }, e = { "created", "oi-1" },
    } })
    assert.equal("failed failed failed failed created", statuses(outcomes))
    assert.equal("Raised", outcomes[2].error.code)
  end)

  it("is pending when nobody knows what became of it", function()
    local outcomes = run({ step("create", "a") }, { opener = opener { a = { nil, failure { executed = "maybe" } } } })
    assert.equal("pending", statuses(outcomes))
  end)

  -- Guards the exception for Conflict in is_fatal(): another instance's change is no broken disk.
  it("because somebody else changed the record fails alone", function()
    local outcomes = run({ step("create", "a"), step("create", "b") }, { opener = opener {
      a = function() error(failure { kind = "state", code = "Conflict" }, 0) end, b = { "created", "oi-1" } } })
    assert.equal("failed created", statuses(outcomes))
  end)

  it("because of the disk, the credentials or a bug ends the run", function()
    for _, raised in ipairs { failure { kind = "state", code = "StateDamaged" }, failure { kind = "credentials" },
      failure { kind = "readonly" } } do
      local raise = opener { a = function() error(raised, 0) end }
      local ok, reason = pcall(run, { step("create", "a") }, { opener = raise })
      assert.is_false(ok)
      assert.equal(raised, reason)
    end
    local ok, reason = pcall(run, { step("create", "a") }, { opener = opener { a = function() error "bug" end } })
    assert.is_false(ok)
    assert.truthy(tostring(reason):find "bug")
  end)
end)

describe("a full quota", function()
  local full = failure { code = "OpsItemLimitExceededException", message = "10,000 reached" }

  it("stops the creating and nothing else", function()
    local created = 0
    local outcomes = run({ step("create", "a"), step("create", "b"), step("create", "b"), step("create", "b"),
      step("update", "u"), step("close", "c") }, { policy = findings.policy "return { parallel = 1 }", opener = opener {
      a = { nil, full },
      b = function()
        created = created + 1
        return "created", "oi-1"
      end,
      u = { true }, c = { "closed" },
    } })
    assert.equal("stopped stopped stopped stopped updated closed", statuses(outcomes))
    assert.equal(0, created)
    assert.is_true(outcomes[1].quota)
    assert.truthy(outcomes[2].reason:find("10,000 reached", 1, true))
  end)
end)

describe("before_create", function()
  local function with_hook(text)
    policy = findings.policy("return { before_create = function(item, default) " .. text .. " end }")
    local given
    local outcomes = run({ step("create", "a") }, { opener = opener { a = function(s)
      given = s.item
      return "created", "oi-1"
    end } })
    return outcomes[1], given
  end

  it("has the last word about an item's texts", function()
    local outcome, given = with_hook 'item.title = "[shop] " .. item.title return item'
    assert.equal("created", outcome.status)
    assert.equal("[shop] ", given.title:sub(1, 7))
  end)

  -- Guards item.changed() in apply.lua: without the dedup string OpsCenter takes doubles.
  it("cannot take away what keeps the item single", function()
    local _, given = with_hook "item.fields = {} return item"
    assert.truthy(given.fields["/aws/dedup"])
    assert.truthy(given.fields.FindingKey)
  end)

  it("leaves an item out, or as it is", function()
    local outcome, given = with_hook "return false"
    assert.equal("stopped", outcome.status)
    assert.is_nil(given)
    outcome, given = with_hook "return true"
    assert.equal("created", outcome.status)
    assert.truthy(given.title)
  end)

  it("that fails, or returns no item, costs its item alone and says where", function()
    local outcome, given = with_hook 'error("no")'
    assert.equal("failed", outcome.status)
    assert.equal("E411", outcome.problem.id)
    assert.is_nil(given)
    outcome, given = with_hook "item.title = 5 return item"
    assert.equal("failed", outcome.status)
    assert.equal("E408", outcome.problem.id)
    assert.truthy(outcome.problem.where:find "policy.lua:1")
    assert.truthy(outcome.problem.because:find "title")
    assert.is_nil(given)
  end)
end)

describe("being asked to stop", function()
  it("lets what was begun end and leaves the rest without an outcome", function()
    local engine = require "engine.task"
    local real = engine.stop_signal
    local begun = 0
    finally(function() engine.stop_signal = real end)
    local outcomes, interrupted = run({ step("create", "a"), step("create", "a"), step("create", "a") }, {
      policy = findings.policy "return { parallel = 1 }",
      opener = opener { a = function()
        begun = begun + 1
        engine.stop_signal = function() return 2 end
        task.sleep(0)
        return "created", "oi-1"
      end },
    })
    assert.is_true(interrupted)
    assert.equal("created", statuses(outcomes))
    assert.equal(1, begun)
  end)
end)

describe("the whole loop on a simulator", function()
  it("makes one item for each practice and nothing the second time", function()
    local w = world.new()
    local _, outcomes = w:scan()
    assert.equal(31, #world.with_status(outcomes, "created"))
    local _, again = w:scan()
    assert.equal(0, #again)
    assert.equal(31, w:count "ssm.CreateOpsItem")
    assert.is_nil(w:doubles())
  end)

  it("makes no double when replies are lost, whatever is lost", function()
    for _, kind in ipairs { "exec_then_reset", "exec_then_5xx", "garbage", "short", "reset", "5xx" } do
      local w = world.new()
      w.sim:fault { operation = "ssm.CreateOpsItem", rate = 0.5, kind = kind }
      w:scan()
      w.sim:clear_faults()
      w:scan() -- too early: what is unsettled waits
      assert.is_nil(w:doubles())
      w:later(1201)
      local plan, outcomes = w:scan()
      assert.equal(0, #world.with_status(outcomes, "failed") + #plan.waiting)
      assert.is_nil(w:doubles())
      for record in w.store:each "finding" do assert.equal(1, w:open_items(record.key)) end
      assert.equal(31, #w.sim.world.opsitems)
    end
  end)

  it("makes no double when lists lag behind, even longer than the quarantine", function()
    for _, lag in ipairs { 600, 7200 } do
      local w = world.new()
      w.sim:fault { operation = "ssm.DescribeOpsItems", kind = "index_lag", seconds = lag }
      w.sim:fault { operation = "ssm.CreateOpsItem", nth = 3, count = 5, kind = "exec_then_reset" }
      local _, outcomes = w:scan()
      assert.equal(5, #world.with_status(outcomes, "pending"))
      w:later(1201)
      _, outcomes = w:scan()
      assert.equal(5, #world.with_status(outcomes, "adopted"))
      assert.equal(31, #w.sim.world.opsitems)
    end
  end)

  it("makes no double when it retries at once and relies on OpsCenter", function()
    local w = world.new { policy = 'return { ambiguous = "retry" }' }
    w.sim:fault { operation = "ssm.CreateOpsItem", rate = 0.5, kind = "exec_then_reset" }
    w:scan()
    w.sim:clear_faults()
    local plan, outcomes = w:scan()
    assert.equal(0, #plan.waiting + #world.with_status(outcomes, "failed"))
    assert.equal(31, #w.sim.world.opsitems)
    assert.is_nil(w:doubles())
  end)

  it("comes to the same end after a crash at any commit", function()
    local n, crashed = 0, true
    while crashed do
      n = n + 1
      local w = world.new { set = { parallel = 1 } }
      local real, commits = w.store.commit, 0
      rawset(w.store, "commit", function(...)
        commits = commits + 1
        if commits == n then error("crash", 0) end
        return real(...)
      end)
      crashed = not pcall(w.scan, w, { workload = { "intranet", "billing" } })
      rawset(w.store, "commit", nil)
      if crashed then
        w:later(1201)
        w:scan { workload = { "intranet", "billing" } }
        assert.is_nil(w:doubles())
        for record in w.store:each "finding" do
          assert.equal("open", record.status)
          assert.equal(1, w:open_items(record.key))
        end
      end
    end
    assert.is_true(n > 20)
  end)

  it("closes items of what was dealt with in the Tool, and the echo selects nothing", function()
    local w = world.new()
    w:scan()
    local record = w:finding "ops_observe_alarms"
    w:person_answers(record, { ops_observe_alarms = "SELECTED" })
    local _, outcomes = w:scan()
    assert.equal("closed", outcomes[1].status)
    assert.equal(0, w:open_items(record.key))
    local written = w:count "wellarchitected.UpdateAnswer"
    w:person_answers(record, { ops_observe_alarms = "UNSELECTED" })
    assert.equal(0, #w:resolve().steps)
    assert.equal(written + 1, w:count "wellarchitected.UpdateAnswer")
    local _, created = w:scan()
    assert.equal("created", created[1].status)
    assert.equal(record.item_id, w:finding("ops_observe_alarms").previous_item)
    assert.is_nil(w:doubles())
  end)

  it("leaves an item that people resolved for resolve, though its question has no risk any more", function()
    local w = world.new()
    w:scan()
    local record = w:finding "house_change_notes"
    w:person_resolves(record.item_id)
    w:person_answers(record, { house_change_notes = "NOT_APPLICABLE" })
    local _, outcomes = w:scan()
    assert.equal("kept", outcomes[1].status)
    w:resolve()
    assert.equal("settled", w:finding("house_change_notes").status)
    assert.equal("SELECTED", require("plumb.finding").choice_status(w:answer(record), "house_change_notes"))
  end)
end)
