-- Run with: plumb test

describe("skip-unreviewed", function()
  local policy = plumb.test.load "policy.lua"

  local function wanted(counts)
    return (policy:wants(plumb.test.finding { workload = { RiskCounts = counts } }))
  end

  it("skips a review that has only begun", function()
    assert.is_false(wanted { HIGH = 2, UNANSWERED = 50 })
    assert.is_false(wanted {})
  end)

  it("takes one that is mostly done", function()
    assert.is_true(wanted { HIGH = 20, NONE = 30, UNANSWERED = 7 })
    assert.is_true(wanted { MEDIUM = 1 })
  end)
end)
