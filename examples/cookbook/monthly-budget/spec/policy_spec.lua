-- Run with: plumb test

describe("monthly-budget", function()
  local policy = plumb.test.load "policy.lua"

  it("makes five items for a workload at most in one run, the most severe ones", function()
    local aws = plumb.test.simulator { seed = "demo" }
    aws:scan(policy)
    local count = {}
    for _, item in ipairs(aws:items()) do
      local name = item.fields.WorkloadName
      count[name] = (count[name] or 0) + 1
    end
    for name, n in pairs(count) do assert.is_true(n <= 5, name) end
  end)

  it("makes the rest later", function()
    local aws = plumb.test.simulator { seed = "demo" }
    local first = aws:scan(policy).created
    local second = aws:scan(policy).created
    assert.is_true(first <= 20 and second > 0)
  end)
end)
