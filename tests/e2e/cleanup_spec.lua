-- plumb cleanup, as a user runs it.

local simulator = require("support.simulator_process")
local trouble = require("support.trouble")

describe("plumb cleanup", function()
  local stage

  before_each(function()
    stage = simulator.start()
    assert.equal(0, stage:plumb("scan --yes").code)
    stage:forget()
  end)
  after_each(function() stage:stop() end)

  it("writes nothing without --yes where nobody can be asked, and nothing in a dry run", function()
    trouble.check(stage:plumb("cleanup"), { code = 2, id = "E108", says = { "--yes" } })
    local doc = stage:document("cleanup --dry-run --json")
    assert.equal("plumb.cleanup/1", doc.schema)
    assert.is_true(doc.dry_run)
    assert.equal(#stage:document("item list --json").items, #doc.items)
    assert.same({}, stage:journal(true))
  end)

  it("resolves what it showed; the next scan and resolve have nothing to do", function()
    local doc = stage:document("cleanup --yes --json --risk high")
    assert.is_true(#doc.items > 0)
    for _, row in ipairs(doc.items) do
      assert.equal("HIGH", row.risk)
      assert.equal("closed", row.status)
      assert.equal("Resolved", stage:items()[row.id].Status)
    end
    assert.equal(0, #stage:document("resolve --yes --json").items)
    assert.equal(0, #stage:document("scan --yes --full --json").items)
    assert.is_nil(stage:calls()["wellarchitected.UpdateAnswer"])
  end)
end)
