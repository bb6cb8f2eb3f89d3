local time = require("plumb.time")
local trend = require("plumb.trend")

local function at(text) return time.parse(text) end

local function iso(moments)
  local out = {}
  for i, moment in ipairs(moments) do out[i] = time.iso(moment) end
  return out
end

local function record(question, risk, since, ended, workload)
  return { question_id = question, risk = risk, since = since, ended = ended, workload_name = workload or "shop" }
end

describe("moments to count at", function()
  it("are whole months of a long span, with both ends", function()
    local moments, step = trend.moments(at "2025-09-15T12:00:00Z", at "2026-01-02T03:00:00Z")
    assert.equal("month", step)
    assert.same({ "2025-09-15T12:00:00Z", "2025-10-01T00:00:00Z", "2025-11-01T00:00:00Z", "2025-12-01T00:00:00Z",
      "2026-01-01T00:00:00Z", "2026-01-02T03:00:00Z" }, iso(moments))
  end)

  it("are days or hours of a short one", function()
    local moments, step = trend.moments(at "2026-01-01T12:00:00Z", at "2026-01-04T00:00:00Z")
    assert.equal("day", step)
    assert.same({ "2026-01-01T12:00:00Z", "2026-01-02T00:00:00Z", "2026-01-03T00:00:00Z", "2026-01-04T00:00:00Z" },
      iso(moments))
    moments, step = trend.moments(at "2026-01-01T12:30:00Z", at "2026-01-01T14:00:00Z")
    assert.equal("hour", step)
    assert.equal(3, #moments)
    assert.equal(1, #trend.moments(5, 5))
    assert.same({ 5, 10 }, trend.moments(4.2, 9.5)) -- what changed at 9.3 counts
    assert.equal("week", select(2, trend.moments(0, 60 * 86400)))
  end)
end)

describe("a trend", function()
  local records = { record("a", "HIGH", 10, 30), record("b", "MEDIUM", 10), record("a", "MEDIUM", 30),
    record("c", "HIGH", 20, nil, "other") }

  it("counts what there was at each moment", function()
    assert.same({ { at = 9, high = 0, medium = 0 }, { at = 10, high = 1, medium = 1 },
      { at = 20, high = 2, medium = 1 }, { at = 30, high = 1, medium = 2 } }, trend.points(records, { 9, 10, 20, 30 }))
  end)

  it("begins with the first that was read, risk or not", function()
    assert.equal(10, trend.beginning(records, {}))
    assert.equal(3, trend.beginning(records, { { since = 3 } }))
    assert.is_nil(trend.beginning({ { risk = "HIGH" }, { risk = "HIGH" } }, {})) -- read just now, without a past
    assert.is_nil(trend.beginning({}, {}))
  end)

  it("is taken apart by a word", function()
    local groups = trend.groups(records, function(r) return r.workload_name end)
    assert.same({ "other", "shop" }, { groups[1].name, groups[2].name })
    assert.equal(3, #groups[2].records)
  end)
end)

describe("what changed", function()
  local function key(row) return row.question_id end

  it("is new, worse, better or gone, in that order, HIGH first", function()
    local before = { record("same", "HIGH"), record("up", "MEDIUM"), record("down", "HIGH"), record("gone", "MEDIUM") }
    local after = { record("same", "HIGH"), record("up", "HIGH"), record("down", "MEDIUM"), record("b", "MEDIUM"),
      record("z", "HIGH") }
    local said = {}
    for i, change in ipairs(trend.changes(before, after, key)) do
      said[i] = ("%s %s %s-%s"):format(change.change, change.record.question_id, change.was or "", change.now or "")
    end
    assert.same({ "new z -HIGH", "new b -MEDIUM", "worse up MEDIUM-HIGH", "better down HIGH-MEDIUM",
      "gone gone MEDIUM-" }, said)
  end)
end)
