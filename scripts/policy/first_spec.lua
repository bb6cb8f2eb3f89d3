-- What your policy promises, as tests. Run them with: plumb test
--
-- plumb.test.finding { ... } makes one missing best practice; name what the test is about, in AWS's words.
-- policy:title(finding), policy:filter(finding) and so on ask a hook; policy:item(finding) makes the whole item.
-- plumb.test.simulator {} is an AWS in this process, with four workloads to scan.

describe("policy.lua", function()
  local policy = plumb.test.load("policy.lua")

  it("makes an item that OpsCenter takes", function()
    local item = policy:item(plumb.test.finding { risk = "HIGH", workload = { WorkloadName = "shop" } })
    assert.is_true(utf8.len(item.title) <= 1024)
    assert.is_true(utf8.len(item.description) <= 2048)
  end)

  it("needs nothing that AWS may leave out", function()
    assert.is_string(policy:item(plumb.test.bare_finding()).title)
  end)

  it("scans without a problem, and creates nothing twice", function()
    local aws = plumb.test.simulator { seed = "demo" }
    assert.same({}, aws:scan(policy).problems)
    assert.equal(0, aws:scan(policy).created)
  end)
end)
