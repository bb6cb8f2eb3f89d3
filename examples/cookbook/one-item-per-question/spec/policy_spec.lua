-- Run with: plumb test

describe("one-item-per-question", function()
  local policy = plumb.test.load "policy.lua"

  it("counts the practices in the title and lists them", function()
    local item = policy:item(plumb.test.grouped_finding())
    assert.equal("High Risk - sample-shop - How do you try a policy? (2 practices)", item.title)
    assert.truthy(item.description:find("- [ ] [Try it on a sample](https://example.com/plan)", 1, true))
    assert.truthy(item.description:find("- [x] Try it at home", 1, true))
  end)

  it("makes fewer items than there are practices", function()
    local aws = plumb.test.simulator { seed = "demo" }
    aws:scan(policy)
    local by_practice = plumb.test.simulator { seed = "demo" }
    by_practice:scan()
    assert.is_true(#aws:items() < #by_practice:items())
  end)
end)
