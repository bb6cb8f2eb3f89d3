local problem = require "plumb.problem"
local unmatched = require "plumb.view.unmatched"

local function reader(workloads, wanted, lenses, wanted_lenses)
  return { named = { workload = workloads, lens = lenses or {} },
    wanted = { workload = wanted, lens = wanted_lenses or 0 } }
end

describe("a run that looked at nothing", function()
  local warnings, notes, cli

  before_each(function()
    warnings, notes = {}, {}
    cli = { warn = function(p) warnings[#warnings + 1] = problem.render(p) end,
      note = function(text) notes[#notes + 1] = text end }
  end)

  it("by a name on the command line warns, and suggests one of all places", function()
    unmatched(cli, { workload = { "shop-prd" } }, { reader({ "billing" }, 0), reader({ "shop-prod" }, 0) })
    assert.equal(1, #warnings)
    assert.truthy(warnings[1]:find("no workload matches --workload", 1, true))
    assert.truthy(warnings[1]:find("did you mean 'shop-prod'?", 1, true))
    unmatched(cli, { lens = { "serverles", "x" } }, { reader({ "shop" }, 1, { "serverless" }, 0) })
    assert.truthy(warnings[2]:find("--lens serverles --lens x", 1, true))
  end)

  it("by the policy says so", function()
    unmatched(cli, {}, { reader({ "a", "b" }, 0) })
    assert.same({ "The policy wants none of them: 2 workloads offered, see plumb schema workloads" }, notes)
  end)

  it("is no other one: something was wanted in some place, or there was nothing to want", function()
    unmatched(cli, { workload = { "a" } }, { reader({ "a" }, 1, { "l" }, 1), reader({ "b" }, 0) })
    unmatched(cli, { workload = { "a" } }, { reader({}, 0) })
    unmatched(cli, {}, {})
    assert.same({}, warnings)
    assert.same({}, notes)
  end)
end)
