local acceptance = require "plumb.acceptance"
local world = require "support.world"

local DAY = 86400

describe("an acceptance until a day", function()
  local w

  before_each(function()
    w = world.new()
    w:scan()
  end)
  after_each(world.restore)

  local function accept(choice, text, workload)
    local record = w:finding(choice, workload)
    w:person_resolves(record.item_id, text)
    return record
  end

  local function ending(within)
    local list = {}
    for i, row in ipairs(acceptance.ending(w.store, w.clock, within)) do list[i] = row.choice .. " " .. row.ends end
    return list
  end

  it("is named when the day is near, the nearest first", function()
    accept("ops_observe_alarms", "accepted until 2026-01-14")
    accept("sec_identity_mfa", "accepted until 2026-01-10")
    accept("house_secrets_vault", "accepted until 2026-02-10")
    accept("ops_deploy_rollback", "accepted")
    w:resolve()
    assert.same({ "sec_identity_mfa 2026-01-10", "ops_observe_alarms 2026-01-14" }, ending(14 * DAY))
    assert.same({ "sec_identity_mfa 2026-01-10" }, ending(8 * DAY))
    assert.equal(3, #ending(90 * DAY))
    assert.same({}, ending(nil))
  end)

  it("says whose it is", function()
    local record = accept("ops_observe_alarms", "accepted until 2026-01-14")
    w:resolve()
    local row = acceptance.ending(w.store, w.clock, 14 * DAY)[1]
    assert.same({ record.item_id, "shop-prod", "wellarchitected", "ops_observe", record.key },
      { row.id, row.workload, row.lens, row.question, row.key })
  end)

  it("is not named when it is over: the scan asks again then", function()
    accept("ops_observe_alarms", "accepted until 2026-01-14")
    w:resolve()
    w:later(13 * DAY)
    assert.same({}, ending(14 * DAY))
    w:scan()
    assert.equal("open", w:finding("ops_observe_alarms").status)
  end)

  it("until a day that has come is as good as none, and says so", function()
    accept("ops_observe_alarms", "accepted until 2025-06-30")
    local _, outcomes = w:resolve()
    assert.equal("kept", world.statuses(outcomes))
    assert.matches("accepted until 2025-06-30, and that day has come", outcomes[1].reason, 1, true)
    w:scan()
    assert.equal("open", w:finding("ops_observe_alarms").status)
  end)
end)
