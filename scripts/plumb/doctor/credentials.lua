-- Are there credentials, whose are they, and how long do they last?

local time = require "plumb.time"
local trace = require "plumb.aws.trace"

local SOON = 15 * 60 -- seconds

local function left(seconds)
  if seconds >= 3600 then return ("%d h %d min"):format(seconds // 3600, seconds % 3600 // 60) end
  return ("%d min"):format(seconds // 60)
end

local function lifetime(keys)
  if not keys.expires_at then return "", "ok" end
  local seconds = math.floor(keys.expires_at - time.now())
  return seconds > 0 and ", expires in " .. left(seconds) or ", expired", seconds < SOON and "warn" or "ok"
end

---@param facts plumb.DoctorFacts
return function(facts)
  local session = facts.open()
  if facts.offline then return facts.report("credentials", "skip", "not asked for, since --offline was given") end
  local keys, failure = session.credentials()
  if not keys then error(failure, 0) end
  local lasts, status = lifetime(keys)
  local who, e = session.client.sts:GetCallerIdentity({}, { attempts = 2 })
  if not who then error(e, 0) end
  facts.identity = who
  -- A refresh is near; it is not known yet whether it will work.
  facts.report("credentials", status, ("%s, key %s%s, %s"):format(keys.source, trace.short_id(keys.access_key_id, "…"),
    lasts, who.Arn), status == "warn" and "get new ones the way you got these" or nil)
end
