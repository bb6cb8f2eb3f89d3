local whereabouts = require "plumb.view.whereabouts"

local COLUMNS = { { key = "risk" }, { key = "workload" }, { key = "title" } }

local function keys(columns)
  local list = {}
  for i, column in ipairs(columns) do list[i] = column.key end
  return table.concat(list, " ")
end

local function shown(...) return keys(whereabouts.for_eyes({ ... }, COLUMNS)) end

describe("account and Region in a table", function()
  it("are left out where they say the same in every line", function()
    assert.equal("risk workload title", shown())
    assert.equal("risk workload title", shown({ account = "1", region = "a" }, { account = "1", region = "a" }, {}))
  end)

  it("stand behind the workload where they differ", function()
    assert.equal("risk workload region title", shown({ account = "1", region = "a" }, { account = "1", region = "b" }))
    assert.equal("risk workload account region title", shown({}, { account = "1", region = "a" },
      { account = "2", region = "b" }))
  end)

  it("stand before the last column where no workload has one, and never twice", function()
    local rows = { { account = "1" }, { account = "2" } }
    assert.equal("id account title", keys(whereabouts.for_eyes(rows, { { key = "id" }, { key = "title" } })))
    assert.equal("account id", keys(whereabouts.for_eyes(rows, { { key = "account" }, { key = "id" } })))
  end)

  it("stand behind all others for programs, and what was given stays as it is", function()
    assert.equal("risk workload title account region", keys(whereabouts.for_programs(COLUMNS)))
    assert.equal(3, #COLUMNS)
  end)
end)
