local draft = require("plumb.draft")
local standing = require("plumb.state.standing")
local world = require("support.world")

local DAY = 86400

describe("how things stand", function()
  local w

  before_each(function() w = world.new() end)
  after_each(world.restore)

  local function now() return standing.of(w.store, w.clock) end

  it("is nothing before the first scan", function()
    local found = now()
    assert.is_nil(found.risks)
    assert.same({}, found.places)
    assert.same({ open = 0, old = 0, resolved = 0 }, found.items)
  end)

  it("counts risks, places and open items", function()
    w:scan()
    local found = now()
    assert.same({ 8, 11 }, { found.risks.high, found.risks.medium })
    assert.same({ { account = w.sim.account, region = w.sim.region, workloads = 4 } }, found.places)
    assert.equal(31, found.items.open)
    assert.equal(31, found.findings.open)
    assert.equal(0, found.items.old)
    w:later(90 * DAY)
    assert.equal(31, now().items.old)
  end)

  it("tells how long it took people, in the middle", function()
    w:scan()
    local first, second, third = w:finding("rel_recovery_drill", "shop-prod"), w:finding("rel_recovery_strategy",
      "shop-prod"), w:finding("srv_access_authorizer")
    for i, record in ipairs({ first, second, third }) do
      w:later(i * DAY)
      w:person_resolves(record.item_id)
      w:resolve()
    end
    local items = now().items
    assert.equal(3, items.resolved)
    assert.equal(3, items.median_days) -- after 1, 3 and 6 days
    assert.equal(28, items.open)
  end)

  it("has the course of the risks, with the last point as it is now", function()
    w:scan()
    local record = w:finding("rel_recovery_drill", "shop-prod")
    w:later(10 * DAY)
    w:person_answers(record, { rel_recovery_drill = "SELECTED", rel_recovery_strategy = "SELECTED" })
    draft.draw_up(w:begin { full = true }, "scan")
    local risks = now().risks
    assert.equal(8, risks.points[1].high)
    assert.equal(7, risks.high)
    assert.equal(7, risks.points[#risks.points].high)
  end)

  it("finds the middle", function()
    assert.is_nil(standing.median({}))
    assert.equal(2, standing.median({ 9, 1, 2 }))
    assert.equal(1.5, standing.median({ 2, 1 }))
  end)
end)
