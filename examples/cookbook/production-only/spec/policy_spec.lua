-- Run with: plumb test

describe("production-only", function()
  local policy = plumb.test.load "policy.lua"

  it("leaves out what is not for production", function()
    local aws = plumb.test.simulator { seed = "demo" }
    local run = aws:scan(policy)
    assert.is_true(run.created > 0)
    assert.equal(0, run.failed)
    for _, item in ipairs(aws:items()) do
      assert.not_equal("billing", item.fields.WorkloadName) -- PREPRODUCTION in the demo
    end
  end)
end)
