local findings = require("tests.support.finding")
local group = require("plumb.policy.group")
local problem = require("plumb.problem")

describe("group", function()
  it("tells the same failure of a hook once, with the first finding", function()
    local policy = findings.policy("return { title = function(f) return f.choice.Nope end }")
    local problems = {}
    for _, name in ipairs({ "a", "b", "c" }) do
      problems[#problems + 1] = select(2, policy:call("title", findings.new({ workload = { WorkloadName = name } })))
    end
    local told = group(problems)
    assert.equal(1, #told)
    assert.equal("policy function 'title' failed (3 times)", told[1].what)
    assert.matches("\nfirst with workload 'a'", told[1].where, 1, true)
    assert.is_true(problem.is(told[1]))
    assert.equal("policy function 'title' failed", problems[1].what)
  end)

  it("passes everything else as it is", function()
    local other = problem.new({ id = "E310", what = "no" })
    local one = problem.new({ id = "E411", what = "x", hook = "title", because = "a", line = 1 })
    local two = problem.new({ id = "E411", what = "x", hook = "title", because = "b", line = 1 })
    assert.same({ other, one, two, other }, group({ other, one, two, problem.new({ id = "E310", what = "no" }) }))
  end)
end)
