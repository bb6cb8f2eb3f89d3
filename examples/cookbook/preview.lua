-- The items that a policy makes in the simulator's demo world, as OpsCenter would show them. Nothing is kept.
--
--   plumb run ../preview.lua policy.lua [FIELD ...]     more columns: entries of the operational data

local test = require "plumb.test"

local arguments = { ... }
local policy = require("plumb.test.policy").new { path = arguments[1] or "policy.lua" }
local simulator = test.simulator {}
simulator:scan(policy)

local rows = {}
for i, item in ipairs(simulator:items()) do
  local full = assert(simulator.aws.ssm:GetOpsItem { OpsItemId = item.id }).OpsItem
  local row = { item.severity, full.Category or "-" }
  for k = 2, #arguments do row[#row + 1] = item.fields[arguments[k]] or "-" end
  row[#row + 1] = item.title
  rows[i] = table.concat(row, "  ")
end
table.sort(rows)
print(table.concat(rows, "\n"))
