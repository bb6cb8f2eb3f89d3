-- The credential chain: providers are asked in order, the first that has
-- credentials wins and is the one asked again. A provider is a file in credentials/
-- that returns { name, try = function(settings, tools) -> credentials | nil, reason |
-- error }: a reason in words lets the chain go on, an error ends it. Temporary
-- credentials are renewed before they end, by one task while the others wait or go on.

local files = require "plumb.files"
local log = require "plumb.log"
local made = require "plumb.aws.credentials.made"
local random = require "plumb.random"
local task = require "plumb.task"
local time = require "plumb.time"

local credentials = {}

---@class plumb.aws.Credentials  never changed once made, so a request holds a triple that fits together
---@field access_key_id string
---@field secret userdata          plumb.secret
---@field session_token? userdata  plumb.secret
---@field expires_at? number       epoch seconds; nil for credentials that do not expire
---@field stable? boolean          used on past their end when there are no newer ones
---@field account? string
---@field source string            where they came from, for `plumb doctor`

---@class plumb.aws.CredentialTools
---@field call fun(service: string, operation: string, input: table, keys: plumb.aws.Credentials?, region: string?):
---  table?, plumb.Error?  calls AWS with these keys, without any for what is not signed; see plumb.aws.caller
---@field ask? fun(prompt: string): string?  asks a person; nil without a terminal
---@field send fun(request: plumb.Request): plumb.Response?, plumb.Error?
---@field run fun(options: table): table?, plumb.Error?  plumb.process
---@field read fun(path: string, most: integer): string?, string?, string?   plumb.files
---@field write fun(path: string, bytes: string, mode: integer): true?, string?
---@field stat fun(path: string, options: table?): plumb.Stat?
---@field sleep fun(seconds: number)
---@field container_host string  where relative container addresses lead

---The providers asked by default, in this order, which is that of AWS's own tools.
credentials.PROVIDERS = {
  "environment", "assume_role", "web_identity", "sso", "shared_file", "login_session", "process", "config_file",
  "container", "instance",
}

-- Renewal is tried from the first on and has to have worked from the second on.
local ADVISORY, MANDATORY = 15 * 60, 10 * 60
local PAUSE = 60 -- seconds between tries that may fail
-- Between two questions to a service that has nothing new; apart from each other, or a whole fleet
-- would ask at the same moment.
local SHORTEST_REST, LONGEST_REST = 2 * 60, 10 * 60

local DEFAULT_TOOLS = {
  read = files.read,
  write = files.write_atomic,
  stat = files.stat,
  container_host = "169.254.170.2",
  send = function(request) return require("plumb.transport").send(request) end,
  run = function(options) return require("plumb.process").run(options) end,
  sleep = function(seconds) task.sleep(seconds) end,
  call = function(service, operation) error(("no way to call %s.%s was given"):format(service, operation)) end,
}

local function with_defaults(tools)
  return setmetatable(tools or {}, { __index = DEFAULT_TOOLS })
end

local function load(provider)
  if type(provider) == "table" then return provider end
  local module = require("plumb.aws.credentials." .. provider)
  return module
end

---Asks the providers once. May wait.
---@param settings plumb.aws.Settings
---@param providers? (string|table)[]  credentials.PROVIDERS by default
---@param tools? table  plumb.aws.CredentialTools; the real ones where it is silent, save `call` and `ask`
---@return plumb.aws.Credentials|nil
---@return plumb.Error? err  "NoCredentials" with `tried`, a list of { name, reason }; or a provider's own
---@return table? provider  whose they are
function credentials.find(settings, providers, tools)
  local tried, lines = {}, {}
  tools = with_defaults(tools)
  for _, provider in ipairs(providers or credentials.PROVIDERS) do
    provider = load(provider)
    local found, reason = provider.try(settings, tools)
    if found then return found, nil, provider end
    if type(reason) ~= "string" then return nil, reason end
    tried[#tried + 1] = { name = provider.name, reason = reason }
    lines[#lines + 1] = ("%s: %s"):format(provider.name, reason)
  end
  return made.failure("NoCredentials", "no AWS credentials found (" .. table.concat(lines, "; ") .. ")",
    { tried = tried })
end

---@class plumb.aws.CredentialSource
local Source = {}
Source.__index = Source

local function seconds_left(found)
  return found.expires_at and found.expires_at - time.now() or math.huge
end

-- What lives shorter than the windows are long would be renewed at every call.
local function windows(lifetime)
  if lifetime > ADVISORY then return ADVISORY, MANDATORY end
  return lifetime / 4, lifetime / 6
end

function Source:adopt(found)
  self.current, self.quiet_until = found, nil
  self.advisory, self.mandatory = windows(seconds_left(found))
  return found
end

-- Whether to ask for new ones: "no", "may" (the old ones are still good) or "must".
function Source:need()
  if not self.current then return "must" end
  if self.quiet_until and time.now() < self.quiet_until then return "no" end
  local left = seconds_left(self.current)
  if left >= self.advisory then return "no" end
  return left >= self.mandatory and "may" or "must"
end

-- Old keys that are better than none, for a while; AWS accepts them longer than it says, if it has to.
function Source:rest(found, why)
  local rest = SHORTEST_REST + random.number() * (LONGEST_REST - SHORTEST_REST)
  self:adopt(found)
  self.quiet_until = time.now() + rest
  log.warn("there are no newer credentials; the old ones are used on",
    { source = found.source, reason = why, next_try_s = math.floor(rest) })
  return found
end

function Source:renew()
  local providers = self.provider and { self.provider } or self.providers
  local found, e, provider = credentials.find(self.settings, providers, self.tools)
  if not found then
    local old = self.current
    if old and old.stable then return self:rest(old, e.code) end
    return nil, e
  end
  self.provider = provider
  local left = seconds_left(found)
  if found.stable and left < MANDATORY then return self:rest(found, "they were given out again") end
  if left <= 0 then
    return made.failure("ExpiredCredentials", ("the credentials from %s have expired"):format(found.source))
  end
  return self:adopt(found)
end

-- One renewal at a time: who comes while it is under way gets its result.
function Source:renew_once()
  local found, e = task.once(self, function()
    self.renewing = true
    local _ <close> = setmetatable({}, { __close = function() self.renewing = false end })
    local new, failure = self:renew()
    return new, failure
  end)
  return found, e
end

-- The old ones stay in force although they could not be renewed.
function Source:put_off(e)
  local latest = self.current.expires_at - self.mandatory
  self.quiet_until = math.min(time.now() + PAUSE, latest)
  log.warn("the credentials could not be renewed yet", { source = self.current.source, code = e.code })
  return self.current
end

---@param refused? boolean|plumb.aws.Credentials
---@return plumb.aws.Credentials|nil
---@return plumb.Error? err
function Source:get(refused)
  local need = self:need()
  -- Of many calls that AWS turned away with the same keys, the first one renews them.
  if refused and (refused == true or refused == self.current) then need = "must" end
  if need == "no" or (need == "may" and self.renewing) then return self.current end
  local found, e = self:renew_once()
  if found then return found end
  if need == "may" then return self:put_off(e) end
  return nil, e
end

---Makes the `credentials` function of a client: it returns what is in force, from
---memory while that lasts. May wait.
---@param settings plumb.aws.Settings
---@param providers? (string|table)[]
---@param tools? table
---@return fun(refused?: boolean|plumb.aws.Credentials): plumb.aws.Credentials?, plumb.Error?  refused: AWS has called
---  these expired, so the provider is asked again however fresh they look; true for whatever is in force
function credentials.source(settings, providers, tools)
  local source = setmetatable({ settings = settings, providers = providers, tools = with_defaults(tools) }, Source)
  return function(refused)
    local found, e = source:get(refused)
    return found, e
  end
end

return credentials
