local cleanup = require "plumb.cleanup"
local item_of = require "plumb.item"
local json = require "plumb.json"
local talk = require "support.talk"
local world = require "support.world"

local DAY = 86400
local w

before_each(function()
  w = world.new()
  w:scan()
end)
after_each(world.restore)

local function run(args, answer)
  args = args or {}
  if not answer then args.yes = true end
  local plumb = talk.context(w, args, answer)
  return cleanup.run(plumb), plumb.cli.said
end

local function statuses()
  local n = {}
  for record in w.store:each "finding" do n[record.status] = (n[record.status] or 0) + 1 end
  return n
end

local function created(outcomes) return #world.with_status(outcomes, "created") end

-- The OpsItem as the service has it.
local function item(id) return w.sim.world.opsitem[id].current end

describe("plumb cleanup", function()
  it("resolves every open item, says so on it, and answers nothing", function()
    local n = w:records "finding"
    local code, said = run()
    assert.equal(0, code)
    assert.matches(n .. " resolved", said.err, 1, true)
    assert.same({ accepted = n }, statuses())
    assert.equal(0, w:count "wellarchitected.UpdateAnswer")
    for record in w.store:each "finding" do
      assert.equal("Resolved", item(record.item_id).Status)
      assert.equal(item_of.CLEANED_UP, item(record.item_id).OperationalData[item_of.CLOSED_FIELD].Value)
    end
  end)

  it("leaves an echo that selects nothing", function()
    run()
    local plan = w:resolve()
    assert.equal(0, #plan.steps)
    assert.equal(0, w:count "wellarchitected.UpdateAnswer")
  end)

  it("keeps the next scans from asking again", function()
    run()
    local plan, outcomes = w:scan { full = true }
    assert.equal(0, created(outcomes))
    assert.equal(0, #plan.steps)
  end)

  it("lets a practice be asked for again once it was dealt with and goes missing", function()
    run()
    local record = w:finding "ops_observe_alarms"
    w:person_answers(record, { ops_observe_alarms = "SELECTED" })
    w:scan { full = true }
    assert.equal("fixed", w:finding("ops_observe_alarms").status)
    w:person_answers(record, { ops_observe_alarms = "UNSELECTED" })
    local _, outcomes = w:scan { full = true }
    assert.equal(1, created(outcomes))
    local again = w:finding "ops_observe_alarms"
    assert.equal("open", again.status)
    assert.equal(record.item_id, again.previous_item)
  end)

  it("with --renew lets the next scan make new items", function()
    local n = w:records "finding"
    run { renew = true }
    assert.same({ obsolete = n }, statuses())
    local _, outcomes = w:scan { full = true }
    assert.equal(n, created(outcomes))
    assert.is_nil(w:doubles())
  end)

  it("with --renew makes the next scan read what nothing moved in", function()
    local draft = require "plumb.draft"
    local function scan()
      local plumb = w:begin {}
      local plan = draft.draw_up(plumb, "scan")
      plan:finish {}
      local outcomes = require("plumb.apply").plan(plan, { opener = plumb.opener, policy = plumb.policy })
      draft.remember(plumb, plan, outcomes)
      return outcomes
    end
    scan()
    assert.equal(0, #scan())
    run { renew = true, workload = { "shop-prod" } }
    local n = 0
    for record in w.store:each("finding", { status = "obsolete" }) do
      assert.equal("shop-prod", record.workload_name)
      n = n + 1
    end
    assert.is_true(n > 0)
    assert.equal(n, created(scan()))
  end)

  it("does nothing the second time", function()
    run()
    local before = w:count "ssm.UpdateOpsItem"
    local code, said = run()
    assert.equal(0, code)
    assert.matches("nothing to do", said.err, 1, true)
    assert.equal(before, w:count "ssm.UpdateOpsItem")
  end)

  it("takes the items that its flags name, and no other", function()
    local function left(args)
      run(args)
      return statuses().open or 0
    end
    local all, high, shop, house = 0, 0, 0, 0
    for record in w.store:each "finding" do
      all = all + 1
      if record.risk == "HIGH" then high = high + 1 end
      if record.risk ~= "HIGH" and record.workload_name == "shop-prod" then shop = shop + 1 end
      if record.risk ~= "HIGH" and record.workload_name ~= "shop-prod" and not record.lens_alias then
        house = house + 1
      end
    end
    assert.is_true(high > 0 and shop > 0 and house > 0)
    assert.equal(all, left { workload = { "no-such-*" } })
    assert.equal(all - high, left { risk = { "HIGH" } })
    assert.equal(all - high - shop, left { workload = { "shop-p*" } })
    assert.equal(all - high - shop - house, left { lens = { "arn:*:111122223333:lens/*" } })
  end)

  it("takes items by their age", function()
    w:later(10 * DAY)
    run { older_than = 11 * DAY }
    assert.is_nil(statuses().accepted)
    run { older_than = 9 * DAY }
    assert.is_nil(statuses().open)
  end)

  it("asks first, and keeps to --limit", function()
    local n = w:records "finding"
    local code, said = run({}, "n")
    assert.equal(0, code)
    assert.matches("without marking anything as done", said.err, 1, true)
    assert.equal(n, statuses().open)
    run { limit = 2 }
    assert.equal(n - 2, statuses().open)
  end)

  it("leaves an item that people resolved meanwhile to plumb resolve", function()
    local record = w:finding "ops_observe_alarms"
    local each = w.sim.world.opsitem[record.item_id]
    local plumb = talk.context(w, { yes = true })
    local list = plumb.sink.each
    plumb.sink.each = function(...)
      local next_item = list(...)
      local all = {}
      for found in next_item do all[#all + 1] = found end
      if each.current.Status == "Open" then w:person_resolves(record.item_id) end
      local i = 0
      return function()
        i = i + 1
        return all[i]
      end
    end
    assert.equal(0, cleanup.run(plumb))
    assert.equal("open", w:finding("ops_observe_alarms").status)
    local _, outcomes = w:resolve()
    assert.equal("settled", world.statuses(outcomes))
  end)

  it("that was cut short between AWS and the state makes no second item, and can be run again", function()
    local record = w:finding "ops_observe_alarms"
    local commit = w.store.commit
    w.store.commit = function(self, writes, trail)
      if trail and trail[1] and trail[1].operation == "close" then error("killed", 0) end
      return commit(self, writes, trail)
    end
    assert.is_false((pcall(run, { workload = { record.workload_name } })))
    w.store.commit = nil
    assert.equal("Resolved", item(record.item_id).Status)
    assert.equal("open", w:finding("ops_observe_alarms").status)
    local _, outcomes = w:scan { full = true }
    assert.equal(0, created(outcomes))
    assert.equal(0, #w:resolve().steps)
    assert.equal(0, w:count "wellarchitected.UpdateAnswer")
  end)

  it("names items that the state does not know, and leaves them alone", function()
    local n = w:records "finding"
    w.store:close()
    w.store = require("plumb.store").open { path = ":memory:" }
    local code, said = run()
    assert.equal(5, code)
    assert.matches(n .. " open items of plumb are not known to the state", said.err, 1, true)
    assert.equal(0, w:count "ssm.UpdateOpsItem")
  end)

  it("goes on after an item that is refused, with exit code 5", function()
    w.sim:fault { operation = "ssm.UpdateOpsItem", nth = 1, kind = "5xx" }
    local n = w:records "finding"
    local code, said = run { json = true }
    assert.equal(5, code)
    local doc = json.decode(said.out)
    assert.equal("plumb.cleanup/1", doc.schema)
    assert.equal(n, #doc.items)
    assert.same({ open = 1, accepted = n - 1 }, statuses())
  end)
end)
