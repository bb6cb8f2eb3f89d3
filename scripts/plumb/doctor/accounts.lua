-- Can every account and Region of the policy, or of --accounts and --region, be read, and every role be assumed? Told
-- only where there are several: the check of permissions looks at where plumb itself is.

local places = require "plumb.places"
local problem = require "plumb.problem"

local SHOWN = 5 -- names of places; the count says the rest

-- The places of a scan, without their parts; nil where there is one alone, or the policy cannot be used.
local function places_of(facts)
  local policy, problems = require("plumb.policy").read { path = facts.args.policy, env = facts.env,
    set = facts.args.set }
  if problems[1] or not places.are_several(facts.args, policy) then return nil end
  local session = facts.open()
  local run = { args = facts.args, policy = policy, session = session, region = session.region }
  return places.of(run, function(_, fields) return fields end)
end

local function try(facts, place)
  local output, failure = place.session.client.wellarchitected:call("ListWorkloads", { MaxResults = 1 },
    { attempts = 2 })
  if output then return true end
  if places.lacks_tool(place.session.region, failure) then
    facts.report("accounts", "warn", ("%s: this Region has no Well-Architected Tool; a scan skips it"):format(
      place.place))
    return false
  end
  local p = problem.from(failure)
  facts.report("accounts", "fail", ("%s: %s%s"):format(place.place, p.what, p.because and ": " .. p.because or ""),
    p.id == "E310" and "plumb generate iam-policy --for scan --role account" or p.fix)
  return false
end

---@param facts plumb.DoctorFacts
return function(facts)
  if facts.offline or not facts.identity then return end
  local names = {}
  for _, place in ipairs(places_of(facts) or {}) do
    if try(facts, place) then names[#names + 1] = place.place end
  end
  if not names[1] then return end
  facts.report("accounts", "ok", ("%d can be read: %s%s"):format(#names,
    table.concat(names, "; ", 1, math.min(#names, SHOWN)), #names > SHOWN and "; ..." or ""))
end
