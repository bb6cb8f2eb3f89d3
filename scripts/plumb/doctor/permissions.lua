-- May these credentials do what plumb needs? Only what reads can be tried.

local problem = require "plumb.problem"

local READS = {
  { "wellarchitected", "ListWorkloads", { MaxResults = 1 } },
  { "ssm", "DescribeOpsItems", { MaxResults = 1 } },
}
local WRITES = "wellarchitected:UpdateAnswer, ssm:CreateOpsItem and ssm:UpdateOpsItem"

---@param facts plumb.DoctorFacts
return function(facts)
  if facts.offline then return facts.report("permissions", "skip", "AWS was not asked") end
  if not facts.identity then return facts.report("permissions", "skip", "without credentials there are none") end
  local client, allowed = facts.open().client, { "sts:GetCallerIdentity" }
  for _, read in ipairs(READS) do
    local service, operation, input = read[1], read[2], read[3]
    local output, failure = client:service(service):call(operation, input, { attempts = 2 })
    if output then
      allowed[#allowed + 1] = service .. ":" .. operation
    else
      local p = problem.from(failure)
      facts.report("permissions", "fail", p.what .. (p.because and ": " .. p.because or ""), p.fix)
    end
  end
  facts.report("permissions", "ok", ("%s; not tried: %s"):format(table.concat(allowed, ", "), WRITES))
end
