local adopt = require "plumb.migrate.adopt"
local legacy_items = require "support.legacy_items"
local problem = require "plumb.problem"
local world = require "support.world"

describe("plumb migrate opsitems", function()
  after_each(world.restore)

  -- Guards check_place: the next scan would take what was adopted for deleted, and make all of it anew.
  it("refuses to adopt where scans do not look, before any call", function()
    for _, place in ipairs { { "items_in.region", "eu-central-1" },
      { "items_in.role", "arn:aws:iam::444455556666:role/x" } } do
      local w = world.new { set = { [place[1]] = place[2] } }
      legacy_items.put_all(w)
      local calls = #w.sim.journal
      local ok, failure = pcall(adopt.run, w:begin { yes = true })
      assert.is_false(ok)
      assert.is_true(problem.is(failure))
      assert.equal("E103", failure.id)
      assert.matches("items_in", failure.what)
      assert.equal(calls, #w.sim.journal)
      assert.equal(0, w:records "finding")
    end
  end)
end)
