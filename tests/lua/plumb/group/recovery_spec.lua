-- Items for several practices when something goes wrong: lost replies, a crash at every commit, a lost state, another
-- policy. Judged by the service's own records.

local ledger = require "plumb.open.ledger"
local shared = require "support.shared_items"
local verify = require "plumb.state.verify"
local world = require "support.world"

local QUARANTINE = 1200
local AT_ONCE = ledger.WRITES_AT_ONCE
local w

local function new(mode) w = world.new { set = { group = mode or "question" } } end

local function faults()
  local list = {}
  for _, fault in ipairs(verify.all(w.store)) do list[#list + 1] = fault.where .. ": " .. fault.what end
  return table.concat(list, "\n")
end

local function scan(args)
  local plan, outcomes = shared.scan(w, args)
  assert.is_nil(shared.doubles(w))
  return plan, outcomes
end

-- Every practice that is missing is asked for once, and the state says the same.
local function assert_whole(hint)
  local plan = scan()
  assert.equal(0, #plan.steps, hint)
  assert.equal(0, #plan.waiting, hint)
  assert.equal(plan.findings, shared.count(w), hint)
  assert.equal("", faults(), hint)
end

local function first_group()
  local record = w.store:each("item_group", { status = "open" })()
  local members = {}
  for member in w.store:each("finding", { item_id = record.item_id }) do members[#members + 1] = member end
  return record, members
end

local function fix(member) w:person_answers(member, { [member.choice_id] = "SELECTED" }) end

-- Runs `act` with a crash at each of its commits in turn, in a world that `prepare` made, and then `check`.
local function sweep(prepare, act, check)
  local crashes, ended = 0, false
  while not ended do
    prepare()
    local undo = shared.crash_after(w, crashes)
    ended = pcall(act)
    undo()
    check(("crash at commit %d"):format(crashes + 1))
    crashes = crashes + 1
    assert.is_true(crashes < 200, "the crashes come to no end")
  end
  return crashes
end

before_each(function() new() end)
after_each(function()
  ledger.WRITES_AT_ONCE = AT_ONCE
  world.restore()
end)

describe("the create of a shared item", function()
  -- Guards is_intended() before the create: without it a lost reply is taken for no item, and a second one is made.
  it("whose reply is lost waits out the quarantine, and is then taken over", function()
    w.sim:fault { operation = "ssm.CreateOpsItem", nth = 1, kind = "exec_then_reset" }
    local _, outcomes = scan()
    assert.equal(1, #world.with_status(outcomes, "pending"))
    local items = #shared.items(w)
    local plan = scan()
    assert.equal(0, #plan.steps)
    assert.is_true(#plan.waiting > 0)
    w:later(QUARANTINE)
    local _, later = scan()
    assert.equal("adopted", world.statuses(later))
    assert.equal(items, #shared.items(w))
    assert_whole()
  end)

  it("that was never carried out is made by the next run, once", function()
    w.sim:fault { operation = "ssm.CreateOpsItem", nth = 1, kind = "reset" }
    scan()
    w:later(QUARANTINE)
    local _, later = scan()
    assert.equal("created", world.statuses(later))
    assert_whole()
  end)

  -- Guards the look-up over all statuses: what people did with the unseen item counts.
  it("whose reply is lost is settled when people resolved it meanwhile", function()
    w.sim:fault { operation = "ssm.CreateOpsItem", nth = 1, kind = "exec_then_reset" }
    scan()
    local known, unseen = {}, nil
    for item in w.store:each "item" do known[item.id] = true end
    for _, item in ipairs(shared.items(w)) do unseen = known[item.OpsItemId] and unseen or item end
    w:person_resolves(unseen.OpsItemId)
    w:resolve()
    w:later(QUARANTINE)
    scan()
    w:resolve()
    assert.is_true(w.store:get("item", unseen.OpsItemId).processed)
    for member in w.store:each("finding", { item_id = unseen.OpsItemId }) do
      assert.equal("settled", member.status)
      assert.equal("SELECTED", w:status_in_tool(member))
    end
    assert_whole()
  end)

  -- Guards is_listed(): a practice that came up while the outcome was unknown is not on the item that is taken over.
  it("that is taken over gets what has come up since, and only then counts as asking for it", function()
    scan()
    local _, probe = first_group()
    local text = ([[return { group = "question", filter = function(f, default)
      return (f.choice.ChoiceId ~= %q or f.workload.WorkloadName ~= %q) and default(f) end }]]):format(
      probe[1].choice_id, probe[1].workload_name)
    w = world.new { policy = text }
    w.sim:fault { operation = "ssm.CreateOpsItem", kind = "exec_then_reset" }
    scan()
    w.sim:clear_faults()
    shared.policy(w, "return { group = 'question' }")
    w:later(QUARANTINE)
    local updates = w:count "ssm.UpdateOpsItem"
    scan()
    assert.is_true(w:count "ssm.UpdateOpsItem" > updates)
    assert.equal("open", w.store:get("finding", probe[1].key).status)
    assert_whole()
  end)
end)

describe("the update of a shared item whose reply is lost", function()
  -- Guards sort_out() of plumb.inbox.shared: nobody resolved what the item did not show as missing any more.
  it("takes what it took off the list from those that people resolve with it", function()
    new "workload"
    scan()
    local record, members = first_group()
    local gone = table.remove(members)
    fix(gone)
    w.sim:fault { operation = "ssm.UpdateOpsItem", kind = "exec_then_reset" }
    local _, outcomes = scan()
    assert.equal("failed", world.statuses(outcomes))
    w.sim:clear_faults()
    w:person_answers(gone, { [gone.choice_id] = "UNSELECTED" })
    w:person_resolves(record.item_id)
    w:resolve()
    assert.equal("UNSELECTED", w:status_in_tool(gone))
    for _, member in ipairs(members) do assert.equal("SELECTED", w:status_in_tool(member)) end
    assert.is_true(w.store:get("item", record.item_id).processed)
    assert.equal("closed", w.store:get("item_group", record.key).status)
    scan()
    local again = w.store:get("finding", gone.key)
    assert.not_equal(record.item_id, again.item_id)
    assert.equal(record.item_id, again.previous_item)
    assert_whole()
  end)
end)

describe("a crash at any commit", function()
  local function recover(hint)
    w:later(QUARANTINE)
    scan()
    scan()
    assert_whole(hint)
  end

  it("of a scan that makes items loses nothing and doubles nothing", function()
    assert.is_true(sweep(function() new "pillar" end, scan, recover) > 26)
  end)

  -- Guards the order of writes in Ledger:save: a group that counts as sent before its members are written would
  -- take them for practices that its item does not list.
  it("of a scan whose groups do not fit into one commit neither", function()
    ledger.WRITES_AT_ONCE = 3
    assert.is_true(sweep(function() new "workload" end, scan, recover) > 15)
  end)

  it("before the group itself is written leaves its findings to the policy, or ends them", function()
    for _, fixed in ipairs { false, true } do
      ledger.WRITES_AT_ONCE = 3
      new "workload"
      local undo = shared.crash_after(w, 6)
      assert.is_false((pcall(scan)))
      undo()
      assert.is_nil(w.store:each("item_group")())
      if fixed then
        for record in w.store:each "finding" do fix(record) end
      else
        shared.policy(w, "return {}")
      end
      scan()
      assert_whole()
      for record in w.store:each "finding" do assert.not_equal("intended", record.status) end
    end
  end)

  it("of a scan that marks, adds and closes neither", function()
    for _, at_once in ipairs { AT_ONCE, 3 } do
      ledger.WRITES_AT_ONCE = at_once
      local keys
      sweep(function()
        new "question"
        ledger.WRITES_AT_ONCE = AT_ONCE
        scan()
        ledger.WRITES_AT_ONCE = at_once
        local _, members = first_group()
        keys = members
        for _, member in ipairs(members) do fix(member) end
        local second
        for record in w.store:each("item_group", { status = "open" }) do
          second = record.key ~= members[1].group_key and record or second
        end
        fix(w.store:each("finding", { item_id = second.item_id })())
      end, scan, function(hint)
        scan()
        assert_whole(hint)
        for _, member in ipairs(keys) do assert.equal("fixed", w.store:get("finding", member.key).status, hint) end
        assert.equal(0, #w:resolve().steps, hint)
      end)
    end
  end)

  it("of a resolve selects everything that was resolved, and once", function()
    local item
    sweep(function()
      new "workload"
      scan()
      item = shared.items(w, true)[1]
      w:person_resolves(item.OpsItemId)
    end, function() w:resolve() end, function(hint)
      w:later(1)
      w:resolve()
      assert.is_true(w.store:get("item", item.OpsItemId).processed, hint)
      for _, name in ipairs(shared.asked(item)) do
        local choice = name:match "[^/]+$"
        for record in w.store:each("finding", { item_id = item.OpsItemId }) do
          if record.choice_id == choice then assert.equal("SELECTED", w:status_in_tool(record), hint) end
        end
      end
      assert_whole(hint)
    end)
  end)
end)

describe("a lost state", function()
  -- Guards after_failure() of plumb.open: who resolves the item has seen what it lists, whatever became of the update.
  it("and a lost reply leave what people resolve next its due", function()
    scan()
    shared.forget(w)
    w.sim:fault { operation = "ssm.DescribeOpsItems", kind = "index_lag", seconds = 3600 }
    w.sim:fault { operation = "ssm.UpdateOpsItem", kind = "exec_then_reset" }
    scan()
    w.sim:clear_faults()
    local record, members = first_group()
    assert.is_true(#members > 0)
    w:person_resolves(record.item_id)
    w:later(2 * QUARANTINE)
    w:resolve()
    for _, member in ipairs(members) do assert.equal("SELECTED", w:status_in_tool(member)) end
    scan()
    assert_whole()
  end)

  for _, mode in ipairs { "question", "pillar", "workload" } do
    it("is no reason for a second item of a " .. mode, function()
      new(mode)
      scan()
      local items = #shared.items(w)
      shared.forget(w)
      local plan = scan()
      assert.equal(items, plan.taken_over)
      assert.equal(items, #shared.items(w))
      assert_whole()
      local _, members = first_group()
      fix(members[1])
      assert.equal(1, #scan().steps)
      assert_whole()
    end)
  end

  it("and another grouping at once are none either", function()
    for _, pair in ipairs { { "question", "practice" }, { "practice", "workload" }, { "workload", "question" } } do
      new(pair[1])
      scan()
      local items = #shared.items(w)
      shared.forget(w)
      shared.policy(w, ("return { group = %q }"):format(pair[2]))
      scan()
      assert.equal(items, #shared.items(w), pair[1])
      assert_whole(pair[1])
    end
  end)

  it("is told by a dry run, which takes over nothing", function()
    scan()
    shared.forget(w)
    local dry = w:begin()
    rawset(dry, "args", { dry_run = true }) -- begun without it: that makes a whole process read-only, for good
    local plan = require("plumb.draft").draw_up(dry, "scan")
    assert.equal(19, plan.taken_over)
    assert.is_nil(w.store:each("item_group")())
    assert.equal(0, plan:tally().create)
  end)
end)

describe("another grouping in the policy", function()
  it("leaves the items that exist as they are until they are closed", function()
    scan()
    local record, members = first_group()
    shared.policy(w, "return {}")
    assert_whole()
    fix(members[1])
    assert.equal("update", scan().steps[1].kind)
    w:person_resolves(record.item_id)
    w:resolve()
    for i = 2, #members do w:person_answers(members[i], { [members[i].choice_id] = "UNSELECTED" }) end
    local plan = scan()
    assert.equal(#members - 1, #plan.steps)
    for i = 2, #members do
      local member = members[i]
      local now = w.store:get("finding", member.key)
      assert.is_nil(now.group_key)
      assert.equal(1, w:open_items(member.key))
      assert.equal(record.item_id, now.previous_item)
    end
    assert_whole()
  end)

  it("takes new findings into groups of the new kind", function()
    new "practice"
    scan()
    local items = #shared.items(w)
    shared.policy(w, "return { group = 'workload' }")
    assert_whole()
    local one = w.store:each("finding", { status = "open" })()
    fix(one)
    scan()
    w:person_answers(one, { [one.choice_id] = "UNSELECTED" })
    scan()
    local now = w.store:get("finding", one.key)
    assert.truthy(now.group_key)
    assert.equal(items + 1, #shared.items(w))
    assert.equal(one.item_id, now.previous_item)
    assert_whole()
  end)
end)
