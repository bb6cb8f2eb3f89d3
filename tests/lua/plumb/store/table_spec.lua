local state_table = require "plumb.store.dynamodb.table"
local stores = require "plumb.store"

-- A table as DescribeTable tells of it.
local function described(change)
  local description = state_table.input "plumb"
  if change then change(description) end
  return description
end

describe("a table for a state", function()
  it("fits when it was made for one, by whatever tool, with more indexes too", function()
    assert.is_nil(state_table.misfit(described()))
    assert.is_nil(state_table.misfit(described(function(d)
      table.insert(d.LocalSecondaryIndexes, 1, { IndexName = "mine", KeySchema = {}, Projection = {
        ProjectionType = "KEYS_ONLY" } })
    end)))
  end)

  it("does not fit without its keys or one of its indexes, and is said to lack them", function()
    for says, change in pairs {
      ["keys"] = function(d) d.KeySchema[2] = nil end,
      ["id HASH"] = function(d) d.KeySchema[1].AttributeName = "id" end,
      ["by pk HASH, i1 RANGE"] = function(d) table.remove(d.LocalSecondaryIndexes, 1) end,
      ["local index"] = function(d) d.LocalSecondaryIndexes = nil end,
      ["all attributes"] = function(d) d.LocalSecondaryIndexes[2].Projection.ProjectionType = "KEYS_ONLY" end,
    } do
      assert.matches(says, state_table.misfit(described(change)), 1, true)
    end
  end)

  it("has a name that DynamoDB takes", function()
    assert.equal("a_b-c.1", stores.table_name "dynamodb:a_b-c.1")
    assert.is_nil(stores.table_name "/var/lib/plumb/state.db")
    for _, name in ipairs { "", "ab", "a b", "a/b", ("x"):rep(256) } do
      assert.is_false(pcall(stores.table_name, "dynamodb:" .. name), name)
    end
  end)
end)
