-- DynamoDB, as far as a state table and its clients need it: tables with keys and indexes, single items, queries,
-- batches and transactions, with the grammar of its expressions. The handlers have their rooms in sim/dynamodb/.
-- Left out on purpose: the older parameters that expressions have replaced, streams, backups and capacity limits; a
-- time to live is kept and nothing expires by it, as the real service may take days as well.

local M = { operations = {} }

for _, room in ipairs { "tables", "items", "queries", "batches", "transactions" } do
  for name, handler in pairs(require("sim.dynamodb." .. room)) do
    M.operations[name] = handler
  end
end

return M
