-- A second script: records a milestone of every workload whose name fits, so that there is a "before"
-- to compare with.
--
--   plumb run examples/workflows/milestone.lua 'before the summer' 'shop-*'

local name, wanted = ...
if not name then
  print("usage: plumb run milestone.lua NAME [GLOB]")
  return 2
end

local matches = require("plumb.policy.glob").any

local workloads = {}
for workload in plumb.aws.wellarchitected:each("ListWorkloads", {}) do
  if matches(workload.WorkloadName, { wanted or "*" }) then workloads[#workloads + 1] = workload end
end

-- Several at once, each one written like a straight line.
plumb.task.map(workloads, function(workload)
  local made, err = plumb.aws.wellarchitected:CreateMilestone {
    WorkloadId = workload.WorkloadId, MilestoneName = name,
  }
  if made then
    print(("%s: milestone %d"):format(workload.WorkloadName, made.MilestoneNumber))
  else
    print(("%s: %s"):format(workload.WorkloadName, err))
  end
end, { limit = 4 })
