-- An item that plumb began to close, whose practice went missing again and which people opened again: what they do
-- with it from then on counts.

local shared = require "support.shared_items"
local verify = require "plumb.state.verify"
local world = require "support.world"

local HOUR = 3600

describe("an item that was used up and people opened again", function()
  after_each(world.restore)

  for _, mode in ipairs { "practice", "question" } do
    it(("counts anew when its practices are missing, as one for each %s"):format(mode), function()
      local w = world.new { set = { group = mode } }
      shared.scan(w)
      local record = w:finding("rel_recovery_drill", "shop-prod")
      local items, members = #shared.items(w), {}
      for member in w.store:each("finding", { item_id = record.item_id }) do members[#members + 1] = member end
      w:person_resolves(record.item_id)
      w:later(HOUR)
      w:resolve()
      w:later(HOUR)
      for _, member in ipairs(members) do w:person_answers(member, { [member.choice_id] = "UNSELECTED" }) end
      w:set_status(record.item_id, "Open")
      local _, outcomes = shared.scan(w)
      assert.equal("adopted", world.statuses(outcomes))
      assert.equal(items, #shared.items(w))
      assert.is_false(w.store:get("item", record.item_id).processed)
      assert.equal(0, #shared.scan(w).steps)
      assert.same({}, (verify.all(w.store)))
      -- Guards as_it_is() in plumb.inbox: a list may go on showing how people resolved it the first time.
      local sink = w:begin().sink
      local resolved = sink.resolved
      local stale = sink:get(record.item_id)
      stale.resolved, stale.open, stale.status = true, false, "Resolved"
      rawset(getmetatable(sink).__index, "resolved", function()
        local given
        return function()
          if given then return nil end
          given = true
          return stale
        end
      end)
      local ok, plan = pcall(w.resolve, w)
      rawset(getmetatable(sink).__index, "resolved", resolved)
      assert.is_true(ok, plan)
      assert.equal(0, #plan.steps)
      w:later(HOUR)
      w:person_resolves(record.item_id)
      w:later(HOUR)
      local _, settled = w:resolve()
      assert.equal("settled", world.statuses(settled))
      assert.equal("SELECTED", w:status_in_tool(record))
      assert.is_true(w.store:get("item", record.item_id).processed)
    end)
  end
end)

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
