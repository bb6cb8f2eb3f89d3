-- What is written down of the reviews that are read: a world, scans, and the clock between them.

local draft = require "plumb.draft"
local history = require "plumb.history"
local world = require "support.world"

local DAY = 86400

describe("the history", function()
  local w

  before_each(function() w = world.new() end)
  after_each(world.restore)

  local function scan(args) return draft.draw_up(w:begin(args or { full = true }), "scan") end

  local function rows(workload, question)
    local list = {}
    for _, record in ipairs(history.all(w.store)) do
      if record.workload_name == workload and record.question_id == question then list[#list + 1] = record end
    end
    return list
  end

  -- A practice that is missing, as the finding that people answer would name it.
  local function place(workload, question)
    local record = rows(workload, question)[1]
    return { workload_arn = record.workload_arn, lens_alias = record.lens_alias, lens_arn = record.lens_arn,
      question_id = question }, record
  end

  it("has each question rated HIGH or MEDIUM, with its missing practices", function()
    scan()
    local row = rows("billing", "rel_recovery")[1]
    assert.equal("HIGH", row.risk)
    assert.equal("open", row.status)
    assert.equal("reliability", row.pillar)
    assert.equal(world.START, row.since)
    assert.is_true(#row.missing >= 1)
    assert.is_string(row.missing[1].title)
    for _, record in ipairs(history.all(w.store)) do
      assert.is_true(record.risk == "HIGH" or record.risk == "MEDIUM")
    end
  end)

  it("counts every question of a lens by pillar", function()
    scan()
    local total = 0
    for reading in w.store:each("reading") do
      for _, counts in pairs(reading.counts) do
        for _, n in pairs(counts) do total = total + n end
      end
    end
    local plan = scan()
    assert.equal(plan.questions, total)
  end)

  it("writes nothing when nothing is different, whatever is read again", function()
    scan()
    local version = w.store:get("reading", rows("billing", "rel_recovery")[1].workload_arn .. " "
      .. rows("billing", "rel_recovery")[1].lens_arn).version
    w:later(DAY)
    local commits, commit = 0, w.store.commit
    w.store.commit = function(self, writes, trail)
      for _, write in ipairs(writes) do
        if write[2] == "risk" or write[2] == "reading" then commits = commits + 1 end
      end
      return commit(self, writes, trail)
    end
    scan()
    assert.equal(0, commits)
    assert.equal(1, version)
  end)

  it("ends a risk that is gone and begins another when the level changes", function()
    scan()
    local where, before = place("billing", "rel_recovery")
    w:later(DAY)
    local updates = {}
    for _, missing in ipairs(before.missing) do updates[missing.id] = "SELECTED" end
    updates.rel_recovery_no = "UNSELECTED"
    w:person_answers(where, updates)
    scan()
    local list = rows("billing", "rel_recovery")
    assert.equal(1, #list)
    assert.equal("over", list[1].status)
    assert.equal(world.START + DAY, list[1].ended)
    w:later(DAY)
    for id in pairs(updates) do updates[id] = "UNSELECTED" end
    updates[before.missing[1].id] = "SELECTED"
    w:person_answers(where, updates)
    scan()
    list = rows("billing", "rel_recovery")
    assert.equal(2, #list)
    assert.equal("open", list[2].status)
    assert.equal(world.START + 2 * DAY, list[2].since)
    assert.equal(#before.missing - 1, #list[2].missing)
  end)

  it("keeps a risk whose practices change one row", function()
    scan()
    local where, before = place("shop-prod", "rel_recovery")
    assert.is_true(#before.missing > 1)
    w:later(DAY)
    w:person_answers(where, { [before.missing[1].id] = "SELECTED" })
    scan()
    local list = rows("shop-prod", "rel_recovery")
    if list[1].status == "open" then
      assert.equal(1, #list)
      assert.equal(#before.missing - 1, #list[1].missing)
    else
      assert.equal(before.risk, list[1].risk)
      assert.not_equal(before.risk, list[2].risk)
    end
    assert.equal(world.START, list[1].since)
  end)

  it("knows what there was at any moment", function()
    scan()
    local where, before = place("billing", "rel_recovery")
    local all = #history.at(history.all(w.store), world.START)
    assert.equal(0, #history.at(history.all(w.store), world.START - 1))
    w:later(DAY)
    local updates = { rel_recovery_no = "UNSELECTED" }
    for _, missing in ipairs(before.missing) do updates[missing.id] = "SELECTED" end
    w:person_answers(where, updates)
    scan()
    local records = history.all(w.store)
    assert.equal(all, #history.at(records, world.START + DAY - 1))
    assert.equal(all - 1, #history.at(records, world.START + DAY))
  end)

  it("ends with the workload", function()
    scan()
    local _, record = place("billing", "rel_recovery")
    w:later(DAY)
    assert(w.client.wellarchitected:DeleteWorkload { WorkloadId = world.workload_id(record),
      ClientRequestToken = "delete" })
    scan()
    for _, row in ipairs(history.all(w.store)) do
      assert.equal(row.workload_name == "billing" and "over" or "open", row.status)
    end
    for reading in w.store:each("reading") do assert.not_equal("billing", reading.workload_name) end
  end)

  it("is not touched by a dry run, nor by a list of workloads that says nothing", function()
    scan { dry_run = true }
    assert.equal(0, w:records "risk")
    scan()
    w.sim.world.workloads = {}
    scan()
    for _, row in ipairs(history.all(w.store)) do assert.equal("open", row.status) end
  end)

  it("is written with a second try when somebody else was quicker, and then left to the next reading", function()
    local commit, refusals = w.store.commit, 0
    w.store.commit = function(self, writes, trail)
      if writes[1] and writes[1][2] == "risk" and refusals < 1 then
        refusals = refusals + 1
        return nil, require("plumb.err").new { kind = "state", code = "Conflict", message = "changed" }
      end
      return commit(self, writes, trail)
    end
    scan()
    assert.equal(1, refusals)
    assert.is_true(#rows("billing", "rel_recovery") == 1)
  end)
end)
