-- May these credentials read what plumb needs of the Well-Architected Tool? Where items are made is looked at by
-- the check of the sink.

local problem = require "plumb.problem"

local READS = { { "ListWorkloads", { MaxResults = 1 } }, { "ListLenses", { MaxResults = 1 } } }

---@param facts plumb.DoctorFacts
return function(facts)
  if facts.offline then return facts.report("permissions", "skip", "AWS was not asked") end
  if not facts.identity then return facts.report("permissions", "skip", "without credentials there are none") end
  local client, allowed = facts.open().client, { "sts:GetCallerIdentity" }
  for _, read in ipairs(READS) do
    local output, failure = client.wellarchitected:call(read[1], read[2], { attempts = 2 })
    if output then
      allowed[#allowed + 1] = "wellarchitected:" .. read[1]
    else
      local p = problem.from(failure)
      facts.report("permissions", "fail", p.what .. (p.because and ": " .. p.because or ""),
        p.id == "E310" and "plumb generate iam-policy --for scan" or p.fix)
    end
  end
  facts.report("permissions", "ok", ("%s; not tried: wellarchitected:UpdateAnswer"):format(table.concat(allowed, ", ")))
end
