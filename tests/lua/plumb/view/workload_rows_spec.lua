local rows_of = require("plumb.view.workload_rows")

local function reading(name, lens, counts)
  return { workload_arn = "arn:aws:wellarchitected:eu-west-1:111122223333:workload/" .. name, workload_name = name,
    account = "111122223333", region = "eu-west-1", lens_arn = "arn:lens/" .. lens, lens_alias = lens, counts = counts,
    at = 60 }
end

describe("rows of workloads", function()
  local readings = {
    reading("calm", "a", { security = { NONE = 3 } }),
    reading("busy", "b", { security = { HIGH = 1, UNANSWERED = 2 }, cost = { MEDIUM = 4 } }),
    reading("busy", "a", { security = { HIGH = 2, NOT_APPLICABLE = 1 } }),
  }

  it("add up the lenses of a workload, most high risks first", function()
    local rows = rows_of.rows(readings, {})
    assert.same({ "busy", "calm" }, { rows[1].workload, rows[2].workload })
    assert.same({ "a", "b" }, { table.unpack(rows[1].lenses) })
    assert.same({ 3, 4, 2, 10 }, { rows[1].high, rows[1].medium, rows[1].unanswered, rows[1].questions })
    assert.equal("1970-01-01T00:01:00Z", rows[1].changed)
  end)

  it("count an item that several questions share once", function()
    local arn = readings[2].workload_arn
    local rows = rows_of.rows(readings, { [arn .. " arn:lens/a q1"] = { "oi-1", "oi-2" },
      [arn .. " arn:lens/a q2"] = { "oi-1" } })
    assert.same({ 2, 0 }, { rows[1].items, rows[2].items })
  end)

  it("are taken apart by lens and pillar", function()
    local rows = rows_of.pillars(readings)
    assert.equal(4, #rows)
    assert.same({ "a", "security", 0, 3 }, { rows[1].lens, rows[1].pillar, rows[1].high, rows[1].none })
  end)
end)
