local contract = require "contract.store"
local state_table = require "support.state_table"

local here = state_table.new()

contract {
  name = "dynamodb in process",
  open = function() return here:open() end,
  reopen = function(store)
    store:close()
    return here:open(store.table_name)
  end,
}
