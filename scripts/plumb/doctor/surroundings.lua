-- What else around plumb deserves a word: variables that are set and mean nothing here, a proxy, secrets that
-- are kept where every child process could read them.

local provenance = require "plumb.provenance"
local transport = require "plumb.transport"

---@param facts plumb.DoctorFacts
return function(facts)
  for _, one in ipairs(provenance.ignored(facts.env)) do
    facts.report("environment", "warn", ("%s is set and not heeded: %s"):format(one.name, one.reason))
  end
  local proxy = transport.proxies()
  if proxy.https then
    facts.report("proxy", "ok", ("%s, from %s"):format((proxy.https:gsub("//[^/@]*@", "//***@")), proxy.origins.https))
  end
end
