-- An item that stands for several practices, and people who see to some of them in the Tool.

local world = require "support.world"

local w

after_each(world.restore)

local function begin(settings)
  settings = settings or {}
  settings.group = "question"
  w = world.new { set = settings }
  w:scan()
end

-- The id of the item that stands for a practice, and the finding.
local function shared(choice)
  local record = w:finding(choice)
  return record.item_id, record
end

describe("an item that several practices share", function()
  it("is contested for the practice that a person selected, and settled for the others", function()
    begin()
    local id, record = shared "ops_incidents_oncall"
    w:person_resolves(id, "N/A: out of scope")
    w:person_answers(record, { ops_incidents_oncall = "SELECTED" })
    local _, outcomes = w:resolve()
    assert.equal("failed", world.statuses(outcomes))
    assert.equal("Contested", outcomes[1].error.code)
    assert.equal("contested", w:finding("ops_incidents_oncall").status)
    assert.equal("settled", w:finding("ops_incidents_reviews").status)
    assert.equal("SELECTED", w:status_in_tool(record))
    assert.is_true(w.store:get("item", id).processed)
    local plan = w:resolve()
    assert.equal(0, #plan.steps)
    w:scan()
    assert.equal("fixed", w:finding("ops_incidents_oncall").status)
  end)

  it("has a line for each of its practices in the notes, in one call", function()
    begin { answer_notes = true }
    local id, record = shared "ops_incidents_oncall"
    w:person_resolves(id)
    w:resolve()
    local text = w:answer(record).Notes
    for _, choice in ipairs { "oncall", "reviews", "runbooks" } do
      assert.matches(id .. " ops_incidents_" .. choice .. " implemented: ", text, 1, true)
    end
    assert.equal(1, #w:inputs "UpdateAnswer")
  end)

  it("that nobody understands is one line with its reason", function()
    begin()
    local id = shared "ops_incidents_oncall"
    w:person_resolves(id, "perhaps")
    local plan = w:resolve()
    local row = require("plumb.view.outcome").refused(plan.refused[1])
    assert.equal(id, row.id)
    assert.equal("3 practices", row.practice)
    assert.matches("'perhaps' is no outcome", row.reason, 1, true)
  end)

  it("comes back as one when its acceptance is over", function()
    begin()
    local id = shared "ops_incidents_oncall"
    w:person_resolves(id, "accepted until 2026-02-01")
    w:resolve()
    assert.equal(3, #require("plumb.acceptance").ending(w.store, w.clock, 90 * 86400))
    w:later(31 * 86400)
    w:scan()
    local again = shared "ops_incidents_oncall"
    assert.are_not.equal(id, again)
    assert.equal(again, (shared "ops_incidents_runbooks"))
  end)
end)
