-- Where do requests go, and is there such a place?

local endpoint = require "plumb.aws.endpoint"

local SERVICES = { "wellarchitected", "ssm", "sts" }

-- "ssm and sts to https://proxy.example.com (AWS_ENDPOINT_URL)"
local function said(place, names)
  return ("%s to %s"):format(table.concat(names, ", "), place)
end

---@param facts plumb.DoctorFacts
return function(facts)
  local session = facts.open()
  local hosts, elsewhere, order = {}, {}, {}
  for _, name in ipairs(SERVICES) do
    local service = require("plumb.aws.service." .. name)
    local place, failure = session.client:place_of(service)
    if not place then error(failure, 0) end
    local _, origin
    if session.settings then _, origin = endpoint.configured_url(service, session.settings) end
    if not origin then
      hosts[#hosts + 1] = place.host
    else
      local shown = ("%s://%s (%s)"):format(place.scheme, place.host, origin)
      if not elsewhere[shown] then order[#order + 1], elsewhere[shown] = shown, {} end
      table.insert(elsewhere[shown], name)
    end
  end
  -- Nothing wrong with an address of one's own, but surprising when it was forgotten.
  for _, shown in ipairs(order) do facts.report("endpoints", "warn", said(shown, elsewhere[shown])) end
  if #hosts > 0 then
    facts.report("endpoints", "ok", table.concat(hosts, ", ") .. (session.simulated and " (simulator)" or ""))
  end
end
