local incremental = require "plumb.incremental"

local ARN = "arn:aws:wellarchitected:us-east-1:111122223333:workload/0123456789abcdef0123456789abcdef"

local function workload(changes)
  local w = {
    WorkloadArn = ARN, WorkloadName = "shop", UpdatedAt = 1767322800.123, ImprovementStatus = "IN_PROGRESS",
    Lenses = { "wellarchitected", "serverless" }, RiskCounts = { HIGH = 2, UNANSWERED = 3 },
    PrioritizedRiskCounts = {}, Profiles = {},
  }
  for key, value in pairs(changes or {}) do w[key] = value end
  return w
end

local VERSIONS = { wellarchitected = "2025-02-25", serverless = "2024-01-01" }

describe("the fingerprint of a workload", function()
  local plain = incremental.of_workload(workload(), VERSIONS, "p")

  it("stays when nothing that counts has moved", function()
    assert.equal(plain, incremental.of_workload(workload(), VERSIONS, "p"))
    local turned = workload { Lenses = { "serverless", "wellarchitected" } }
    assert.equal(plain, incremental.of_workload(turned, VERSIONS, "p"))
    assert.equal(plain, incremental.of_workload(workload { RiskCounts = { HIGH = 2, UNANSWERED = 3, MEDIUM = 0 } },
      VERSIONS, "p"))
    assert.equal(plain, incremental.of_workload(workload { Owner = "444455556666" }, VERSIONS, "p"))
  end)

  it("moves with every field that tells of a change", function()
    local changes = {
      { WorkloadName = "shop2" }, { UpdatedAt = 1767322801 }, { ImprovementStatus = "COMPLETE" },
      { Lenses = { "wellarchitected" } }, { RiskCounts = { HIGH = 1, UNANSWERED = 3 } },
      { PrioritizedRiskCounts = { HIGH = 1 } }, { Profiles = { { ProfileArn = "a", ProfileVersion = "1" } } },
    }
    for i, change in ipairs(changes) do
      assert.not_equal(plain, incremental.of_workload(workload(change), VERSIONS, "p"), "change " .. i)
    end
  end)

  it("moves when one of its lenses gets a version, or the policy changes", function()
    local newer = { wellarchitected = "2026-01-01", serverless = "2024-01-01" }
    assert.not_equal(plain, incremental.of_workload(workload(), newer, "p"))
    assert.not_equal(plain, incremental.of_workload(workload(), VERSIONS, "q"))
    newer = { wellarchitected = "2025-02-25", serverless = "2024-01-01", other = "9" }
    assert.equal(plain, incremental.of_workload(workload(), newer, "p"))
  end)
end)

describe("the fingerprint of a lens", function()
  it("moves with version, status, time and counts", function()
    local review = { LensVersion = "1", LensStatus = "CURRENT", UpdatedAt = 5, RiskCounts = { HIGH = 1 } }
    local plain = incremental.of_lens(review, "p")
    for key, value in pairs { LensVersion = "2", LensStatus = "NOT_CURRENT", UpdatedAt = 6, RiskCounts = {} } do
      local moved = {}
      for k, v in pairs(review) do moved[k] = v end
      moved[key] = value
      assert.not_equal(plain, incremental.of_lens(moved, "p"), key)
    end
  end)
end)

describe("what is due", function()
  local DAY = 86400

  it("is what is new, what moved, and what was not read for a period", function()
    assert.same({ true, "new" }, { incremental.due(nil, "f", 0, DAY) })
    assert.same({ true, "changed" }, { incremental.due({ fingerprint = "e", last_full_check = 100 }, "f", 101, DAY) })
    local record = { fingerprint = "f", last_full_check = 100 }
    assert.same({ true, "rolling" }, { incremental.due(record, "f", 100 + DAY, DAY) })
    assert.is_false((incremental.due(record, "f", 99 + DAY, DAY)))
  end)

  it("is spread over the period by the first check, and never later than a period after it", function()
    local early, late = 0, 0
    for i = 1, 200 do
      local at = incremental.checked_at("arn:" .. i, true, 1e9, DAY)
      assert.is_true(at <= 1e9 and at > 1e9 - DAY)
      if at < 1e9 - DAY / 2 then early = early + 1 else late = late + 1 end
    end
    assert.is_true(early > 60 and late > 60)
    assert.equal(1e9, incremental.checked_at("arn:1", false, 1e9, DAY))
  end)
end)
