-- An item that plumb began to close, whose practice went missing again and which people opened again: what they do
-- with it from then on counts.

local shared = require "support.shared_items"
local world = require "support.world"

local HOUR = 3600

describe("an item that plumb closed unheard and people opened again", function()
  after_each(world.restore)

  for _, mode in ipairs { "practice", "question" } do
    it(("is written back when they resolve it, as one for each %s"):format(mode), function()
      local w = world.new { set = { group = mode } }
      shared.scan(w)
      local record = w:finding("rel_recovery_drill", "shop-prod")
      local members = {}
      for member in w.store:each("finding", { item_id = record.item_id }) do members[#members + 1] = member end
      local function everybody(status)
        for _, member in ipairs(members) do w:person_answers(member, { [member.choice_id] = status }) end
      end
      everybody "SELECTED"
      w:later(HOUR)
      w.sim:fault { kind = "exec_then_reset", operation = "ssm.UpdateOpsItem", nth = 1 }
      shared.scan(w)
      w.sim:clear_faults()
      assert.equal("Resolved", shared.item(w, record.item_id).Status)
      w:later(HOUR)
      everybody "UNSELECTED"
      w:set_status(record.item_id, "Open")
      w:later(HOUR)
      shared.scan(w)
      assert.is_nil(shared.item(w, record.item_id).OperationalData.ClosedByPlumb)
      w:later(HOUR)
      w:person_resolves(record.item_id)
      w:later(HOUR)
      local _, outcomes = w:resolve()
      assert.equal("settled", world.statuses(outcomes))
      assert.equal("SELECTED", w:status_in_tool(record))
      local plan = shared.scan(w, { full = true })
      assert.equal(0, #plan.steps)
      assert.is_nil(shared.doubles(w))
    end)
  end
end)
