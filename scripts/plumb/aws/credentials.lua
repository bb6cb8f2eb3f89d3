-- The credential chain: providers are asked in order, the first that has
-- credentials wins. A provider is a file in credentials/ that returns
-- { name, try = function(settings) -> credentials | nil, reason | error }: a reason
-- in words lets the chain go on, an error ends it. Temporary credentials are
-- renewed before they expire, by one task while the others wait or go on.

local err = require "plumb.err"
local task = require "plumb.task"
local time = require "plumb.time"

local credentials = {}

---@class plumb.aws.Credentials
---@field access_key_id string
---@field secret userdata          plumb.secret
---@field session_token? userdata  plumb.secret
---@field expires_at? number       epoch seconds; nil for credentials that do not expire
---@field account? string
---@field source string            where they came from, for `plumb doctor`

---The providers asked by default, in this order.
credentials.PROVIDERS = {
  (require "plumb.aws.credentials.environment"), -- in brackets: require returns two values
  (require "plumb.aws.credentials.static_profile"),
}

-- Renewal is tried from the first on and has to have worked from the second on.
local ADVISORY, MANDATORY = 15 * 60, 10 * 60

---Asks the providers once. May wait.
---@param settings plumb.aws.Settings
---@param providers? table[]  credentials.PROVIDERS by default
---@return plumb.aws.Credentials|nil
---@return plumb.Error? err  "NoCredentials" with `tried`, a list of { name, reason }; or a provider's own
function credentials.find(settings, providers)
  local tried, lines = {}, {}
  for _, provider in ipairs(providers or credentials.PROVIDERS) do
    local found, reason = provider.try(settings)
    if found then return found end
    if err.is(reason) then return nil, reason end
    tried[#tried + 1] = { name = provider.name, reason = reason }
    lines[#lines + 1] = ("%s: %s"):format(provider.name, reason)
  end
  return nil, err.new {
    code = "NoCredentials", kind = "credentials", executed = "no", tried = tried,
    message = "no AWS credentials found (" .. table.concat(lines, "; ") .. ")",
  }
end

local function seconds_left(found)
  return found.expires_at and found.expires_at - time.now() or math.huge
end

-- Whether to ask the providers now, and whether the old credentials are still good enough
-- when they fail.
local function renewal(found, force)
  if not found then return true, false end
  local left = seconds_left(found)
  if force then return true, false end
  return left < ADVISORY, left >= MANDATORY
end

---Makes the `credentials` function of a client: it returns what is in force, from
---memory while that lasts. May wait.
---@param settings plumb.aws.Settings
---@param providers? table[]
---@return fun(force?: boolean): plumb.aws.Credentials?, plumb.Error?  force asks the providers even when the
---  credentials look fresh, after AWS has called them expired
function credentials.source(settings, providers)
  local current
  local key = {} -- one renewal at a time for this source

  local function renew()
    local found, e = credentials.find(settings, providers)
    if not found then return nil, e end
    if seconds_left(found) <= 0 then
      return nil, err.new {
        code = "ExpiredCredentials", kind = "credentials", executed = "no",
        message = ("the credentials from %s have expired"):format(found.source),
      }
    end
    current = found
    return found
  end

  return function(force)
    local old = current
    local due, tolerable = renewal(old, force)
    if not due then return old end
    local found, e = task.once(key, renew)
    if found then return found end
    if tolerable then return old end
    return nil, e
  end
end

return credentials
