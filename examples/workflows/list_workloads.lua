-- A first script: every workload with its risks, worst first.
--
--   plumb run --sim examples/workflows/list_workloads.lua

local workloads = {}
for workload in plumb.aws.wellarchitected:each("ListWorkloads", {}) do
  workloads[#workloads + 1] = workload
end

-- A count of zero is left out of the reply, so it reads as nil.
local function count(workload, risk)
  return workload.RiskCounts and workload.RiskCounts[risk] or 0
end

table.sort(workloads, function(a, b)
  if count(a, "HIGH") ~= count(b, "HIGH") then return count(a, "HIGH") > count(b, "HIGH") end
  return a.WorkloadName < b.WorkloadName
end)

for _, workload in ipairs(workloads) do
  print(("%3d high  %3d medium  %s"):format(count(workload, "HIGH"), count(workload, "MEDIUM"),
    workload.WorkloadName))
end
