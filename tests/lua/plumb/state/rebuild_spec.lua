local json = require "plumb.json"
local rebuild = require "plumb.state.rebuild"
local restore = require "plumb.state.restore"
local store_of = require "plumb.store"
local talk = require "support.talk"
local verify = require "plumb.state.verify"
local world_of = require "support.world"

local w

local function lose_state()
  w.store:close()
  w.store = store_of.open { path = ":memory:" }
end

local function run(args, answer)
  args = args or { yes = true }
  local plumb = talk.context(w, args, answer)
  return restore.run(plumb), plumb.cli.said
end

local function records(kind)
  local list, n = {}, 0
  for record in w.store:each(kind) do list[record.key .. (kind == "item" and record.id or "")], n = record, n + 1 end
  return list, n
end

local function first(kind) return (w.store:each(kind)()) end

-- A finding of a question that stays answered when its practice is unselected again.
local function answered()
  for record in w.store:each "finding" do
    if #record.none_selected == 0 and #(w:answer(record).SelectedChoices or {}) > 0 then return record end
  end
end

-- What is true of a finding whatever run wrote it.
local function identities()
  local list = {}
  for key, record in pairs((records "finding")) do
    list[key] = { record.partition, record.account, record.region, record.workload_arn, record.lens_arn,
      record.question_id, record.choice_id, record.status, record.item_id, record.risk, record.title,
      record.workload_name, record.lens_alias or false, record.sink }
  end
  return list
end

local function no_writes_since(n)
  for i = n + 1, #w.sim.journal do
    assert.is_false(w.sim.journal[i].mutating, w.sim.journal[i].operation)
  end
end

describe("rebuilding a lost state", function()
  before_each(function()
    w = world_of.new()
    w:scan()
  end)
  after_each(world_of.restore)

  it("gives every open finding back, and the next scan creates nothing", function()
    local before = identities()
    lose_state()
    local seen = #w.sim.journal
    assert.equal(0, (run()))
    no_writes_since(seen)
    assert.same(before, identities())
    assert.same({}, (verify.all(w.store)))
    local plan = w:scan()
    assert.same({}, plan.steps)
    assert.is_nil(w:doubles())
  end)

  it("is the same the second time", function()
    lose_state()
    run()
    local before = identities()
    local code, said = run { yes = true, json = true }
    assert.equal(0, code)
    assert.same(before, identities())
    assert.same({}, json.decode(said.out).items)
    assert.matches("nothing to do", said.err, 1, true)
  end)

  it("counts resolved items as used up and selects nothing because of them", function()
    local record = first "finding"
    w:person_resolves(record.item_id)
    lose_state()
    run()
    local item = w.store:get("item", record.item_id)
    assert.is_true(item.processed)
    assert.equal("settled", w.store:get("finding", record.key).status)
    local _, outcomes = w:resolve()
    assert.same({}, outcomes)
    assert.equal(0, w:count "wellarchitected.UpdateAnswer")
    -- The practice is still missing: people are asked again, by an item that names the old one.
    w:scan()
    assert.equal(1, w:open_items(record.key))
    assert.equal(record.item_id, w.store:get("finding", record.key).previous_item)
  end)

  it("keeps what people accepted, as they wrote it on the item", function()
    local list = {}
    for record in w.store:each "finding" do list[#list + 1] = record end
    w:person_resolves(list[1].item_id, "accepted: until 2026-06-30")
    w:person_resolves(list[2].item_id, "ignore")
    w:resolve()
    lose_state()
    run()
    local accepted = w.store:get("finding", list[1].key)
    assert.equal("accepted", accepted.status)
    assert.equal(1782777600, accepted.accepted_until) -- 2026-06-30T00:00:00Z
    assert.equal("accepted", w.store:get("finding", list[2].key).status)
    assert.same({}, w:scan().steps)
  end)

  it("keeps what a clean-up put off", function()
    local record = first "finding"
    assert(w:begin().sink:close(record.item_id, require("plumb.item").CLEANED_UP))
    lose_state()
    run()
    assert.equal("accepted", w.store:get("finding", record.key).status)
    assert.equal("closed by plumb cleanup", w.store:get("finding", record.key).reason)
    assert.same({}, w:scan().steps)
  end)

  it("knows an item that plumb closed for a practice that was fixed in the Tool", function()
    local record = first "finding"
    w:person_answers(record, { [record.choice_id] = "SELECTED" })
    w:scan()
    assert.equal("fixed", w.store:get("finding", record.key).status)
    lose_state()
    run()
    assert.equal("fixed", w.store:get("finding", record.key).status)
    assert.same({}, w:scan().steps)
  end)

  it("counts this month's items again, so that the budget holds", function()
    local _, n = records "finding"
    lose_state()
    run()
    assert.equal(n, w.store:get("mark", "created/111122223333/2026-01").value)
  end)

  it("lists two open items of one practice, lets the newest stand and touches neither", function()
    local record = first "finding"
    local one = assert(w.client.ssm:GetOpsItem { OpsItemId = record.item_id }).OpsItem
    one.OperationalData["/aws/dedup"] = nil -- as if the service had let it through
    w:later(60)
    local newer = assert(w.client.ssm:CreateOpsItem { Title = one.Title, Description = one.Description,
      Source = one.Source, OperationalData = one.OperationalData }).OpsItemId
    lose_state()
    local seen = #w.sim.journal
    local code, said = run { yes = true, json = true }
    no_writes_since(seen)
    assert.equal(0, code)
    assert.equal(newer, w.store:get("finding", record.key).item_id)
    local duplicates = json.decode(said.out).duplicates
    assert.equal(1, #duplicates)
    assert.equal(record.item_id, duplicates[1].id)
    assert.equal(newer, duplicates[1].stands)
    assert.matches(record.item_id .. " is one too many", said.err, 1, true)
    -- The other one is known, so that nothing people do with it is lost.
    assert.is_false(w.store:get("item", record.item_id).processed)
    assert.same({}, (verify.all(w.store)))
  end)

  it("keeps the item that an intact state names while it is open, and notes the other one", function()
    local record = first "finding"
    local one = assert(w.client.ssm:GetOpsItem { OpsItemId = record.item_id }).OpsItem
    one.OperationalData["/aws/dedup"] = nil
    w:later(60)
    local newer = assert(w.client.ssm:CreateOpsItem { Title = one.Title, Description = one.Description,
      Source = one.Source, OperationalData = one.OperationalData }).OpsItemId
    local code, said = run()
    assert.equal(0, code)
    assert.equal(record.item_id, w.store:get("finding", record.key).item_id)
    assert.is_false(w.store:get("item", newer).processed)
    assert.matches(newer .. " is one too many", said.err, 1, true)
  end)

  it("leaves out an item whose key is not that of what it names, and says so with 5", function()
    local record = first "finding"
    assert(w.client.ssm:UpdateOpsItem { OpsItemId = record.item_id,
      OperationalData = { ChoiceId = { Type = "SearchableString", Value = "another" } } })
    lose_state()
    local code, said = run()
    assert.equal(5, code)
    assert.matches(record.item_id .. " was left out", said.err, 1, true)
    assert.is_nil(w.store:get("item", record.item_id))
  end)

  it("passes over what is not plumb's", function()
    assert(w.client.ssm:CreateOpsItem { Title = "Disk", Description = "full", Source = "Well-Architected" })
    lose_state()
    local code, said = run { yes = true, json = true }
    assert.equal(0, code)
    assert.equal(1, json.decode(said.out).summary.others)
  end)

  it("writes nothing when the list of items is not complete", function()
    for _ = 1, 50 do -- so that there is a second page
      assert(w.client.ssm:CreateOpsItem { Title = "Disk", Description = "full", Source = "Well-Architected" })
    end
    lose_state()
    w.sim:fault { operation = "ssm.DescribeOpsItems", kind = "5xx", nth = 2, count = 99 }
    assert.is_false(pcall(run))
    assert.is_nil(first "finding")
    assert.is_nil(first "mark")
  end)

  it("asks, and takes anything but yes as no", function()
    lose_state()
    local code = run({}, "")
    assert.equal(0, code)
    assert.is_nil(first "finding")
    run({}, "y")
    assert.is_table(first "finding")
  end)

  it("holds back what is beyond --limit, and a scan looks before it creates the rest", function()
    local _, n = records "finding"
    lose_state()
    run { yes = true, limit = 3 }
    local _, restored = records "finding"
    assert.equal(3, restored)
    assert.is_table(w.store:get("mark", rebuild.UNFINISHED))
    local plan = require("plumb.draft").draw_up(w:begin { dry_run = false }, "scan")
    assert.same({}, plan.steps)
    assert.equal(n - 3, plan.taken_over)
    lose_state()
    run { yes = true, limit = 3 }
    run()
    assert.is_nil(w.store:get("mark", rebuild.UNFINISHED))
    local _, all = records "finding"
    assert.equal(n, all)
  end)

  it("goes on where a crash ended it", function()
    local before = identities()
    lose_state()
    local commit, left = w.store.commit, 2
    w.store.commit = function(...) -- the process dies between two transactions
      left = left - 1
      if left < 0 then error("killed", 0) end
      return commit(...)
    end
    assert.is_false(pcall(run))
    assert.is_true(left < 0)
    w.store.commit = commit
    assert.is_table(w.store:get("mark", rebuild.UNFINISHED))
    assert.equal(0, (run()))
    assert.same(before, identities())
    assert.same({}, (verify.all(w.store)))
    assert.is_nil(w.store:get("mark", rebuild.UNFINISHED))
  end)
end)

describe("rebuilding over a restored backup", function()
  before_each(function()
    w = world_of.new()
    w:scan()
  end)
  after_each(world_of.restore)

  -- The records as they were before something happened.
  local function backup()
    local kept = {}
    for _, kind in ipairs { "finding", "item" } do
      for record in w.store:each(kind) do kept[#kept + 1] = { "put", kind, record } end
    end
    return function()
      lose_state()
      for _, write in ipairs(kept) do
        write[3].version = nil
        assert(w.store:commit { write })
      end
    end
  end

  it("follows the item that was made after the backup, and uses the older one up", function()
    local record, put_back = answered(), backup()
    w:person_resolves(record.item_id)
    w:resolve()
    w:later(60)
    w:person_answers(record, { [record.choice_id] = "UNSELECTED" })
    w:scan()
    local newer = w.store:get("finding", record.key).item_id
    assert.are_not.equal(record.item_id, newer)
    put_back()
    assert.equal(record.item_id, w.store:get("finding", record.key).item_id)
    run()
    local now = w.store:get("finding", record.key)
    assert.equal(newer, now.item_id)
    assert.equal(record.item_id, now.previous_item)
    assert.is_true(w.store:get("item", record.item_id).processed)
    -- The old resolution had its effect; it does not select the practice a second time.
    local updates = w:count "wellarchitected.UpdateAnswer"
    w:resolve()
    assert.equal(updates, w:count "wellarchitected.UpdateAnswer")
    assert.same({}, w:scan().steps)
  end)

  it("leaves alone what the state knows", function()
    local record = first "finding"
    w:person_resolves(record.item_id)
    run()
    assert.is_false(w.store:get("item", record.item_id).processed)
    assert.equal("open", w.store:get("finding", record.key).status)
    w:resolve()
    assert.equal("settled", w.store:get("finding", record.key).status)
  end)
end)
