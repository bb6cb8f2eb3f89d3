-- Run with: plumb test

describe("title-format", function()
  local policy = plumb.test.load "policy.lua"

  it("says risk, workload, pillar and practice", function()
    assert.equal("[HIGH] sample-shop / security: Try it on a sample", policy:title(plumb.test.finding()))
  end)

  it("keeps within OpsCenter's limit", function()
    local item = policy:item(plumb.test.finding { choice = { Title = ("ü"):rep(2000) } })
    assert.equal(1024, utf8.len(item.title))
  end)
end)
