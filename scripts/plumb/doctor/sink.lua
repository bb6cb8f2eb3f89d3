-- Can the items of plumb be read where they are made? Whether they can be made there is told by the same account and
-- Region alone: only a write would try it.

local places = require "plumb.places"
local problem = require "plumb.problem"

local NOBODY = "oi-000000000000" -- AWS checks the permission before it looks for the item

-- Where items are made: where the workloads are, unless the policy names another account or Region.
local function session_of(facts)
  local policy, problems = require("plumb.policy").read { path = facts.args.policy, env = facts.env,
    set = facts.args.set }
  if problems[1] then return nil end
  local session, central = facts.open(), policy.items_in or {}
  if not central.role and not central.region then return session, "" end
  local place = { name = "items", role = central.role, external_id = central.external_id }
  return places.session_at(session, place, central.region or session.region),
    central.role and " through " .. central.role or ""
end

---@param facts plumb.DoctorFacts
return function(facts)
  if facts.offline then return facts.report("sink", "skip", "AWS was not asked") end
  if not facts.identity then return facts.report("sink", "skip", "without credentials nobody can look") end
  local session, through = session_of(facts)
  if not session then return facts.report("sink", "skip", "the policy, which says where items are, cannot be used") end
  local allowed, ssm = {}, session.client.ssm
  local function try(operation, input, fine)
    local output, failure = ssm:call(operation, input, { attempts = 2 })
    if output or failure.code == fine then
      allowed[#allowed + 1] = "ssm:" .. operation
      return
    end
    local p = problem.from(failure)
    facts.report("sink", "fail", p.what .. (p.because and ": " .. p.because or ""),
      p.id == "E310" and "plumb generate iam-policy --for scan" .. (through ~= "" and " --role items" or "") or p.fix)
  end
  try("DescribeOpsItems", { MaxResults = 1 })
  try("GetOpsItem", { OpsItemId = NOBODY }, "OpsItemNotFoundException")
  if allowed[1] then
    facts.report("sink", "ok", ("OpsCenter in %s%s: %s; not tried: ssm:CreateOpsItem, ssm:UpdateOpsItem"):format(
      session.region, through, table.concat(allowed, ", ")))
  end
end
