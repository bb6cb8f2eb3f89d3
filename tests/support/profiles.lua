-- Providers of credentials without a disk, a terminal or a network: settings from the texts of the two files, tools
-- that remember what they were asked, and an STS that is the simulator's.

local caller = require "plumb.aws.caller"
local config = require "plumb.aws.config"
local credentials = require "plumb.aws.credentials"
local json = require "plumb.json"
local sim = require "sim"

local profiles = {}

profiles.KEY, profiles.SECRET = "AKIDSOURCE", "source/secret/of/the/spec/0000000000000"
profiles.ACCOUNT = "111122223333"

---@param world { config: string?, credentials: string?, env: table?, profile: string? }
---@return plumb.aws.Settings
function profiles.settings(world)
  local env = { HOME = "/home/x", AWS_EC2_METADATA_DISABLED = "true" }
  for name, value in pairs(world.env or {}) do env[name] = value or nil end
  local files = { ["/home/x/.aws/config"] = world.config, ["/home/x/.aws/credentials"] = world.credentials }
  return assert(config.load {
    env = function(name) return env[name] end, read = function(path) return files[path] end,
    region = "eu-west-1", profile = world.profile,
  })
end

---Everything a provider may be given; whatever is not replaced must not be used.
---@param replace? table
---@return table tools
function profiles.tools(replace)
  local function unexpected(name)
    return function() error(name .. " was not expected") end
  end
  local tools = { container_host = "127.0.0.1:1" }
  for _, name in ipairs { "call", "send", "run", "read", "write", "stat", "sleep" } do
    tools[name] = unexpected(name)
  end
  for name, value in pairs(replace or {}) do tools[name] = value end
  return tools
end

---A simulator that knows profiles.KEY, and `call` to reach it.
---@param settings plumb.aws.Settings
---@return sim.Simulator
---@return function call
function profiles.sts(settings)
  local simulator = sim.new { seed = "empty", credentials = { [profiles.KEY] = profiles.SECRET } }
  return simulator, caller(settings, function(request) return simulator:send(request) end)
end

---Who the simulator takes the holder of these credentials for.
---@param simulator sim.Simulator
---@param settings plumb.aws.Settings
---@param found plumb.aws.Credentials
---@return string arn
function profiles.caller_of(simulator, settings, found)
  local call = caller(settings, function(request) return simulator:send(request) end)
  return assert(call("sts", "GetCallerIdentity", {}, found)).Arn
end

---Asks one provider, or the whole chain.
---@param provider string|nil
---@param world table       as for settings
---@param replace? table    tools
---@return plumb.aws.Credentials|nil
---@return string|plumb.Error
function profiles.try(provider, world, replace)
  local settings = profiles.settings(world)
  local tools = profiles.tools(replace)
  if not provider then return credentials.find(settings, nil, tools) end
  local found, reason = require("plumb.aws.credentials." .. provider).try(settings, tools)
  return found, reason
end

---Everything that an error says, for looking for what must not be in it.
---@param e plumb.Error
---@return string
function profiles.all_of(e)
  local parts = { tostring(e), require("plumb.problem").render(require("plumb.problem").from(e)) }
  for key, value in pairs(e) do
    parts[#parts + 1] = key .. "=" .. (type(value) == "table" and json.encode(value) or tostring(value))
  end
  return table.concat(parts, "\n")
end

---Fails unless the provider refused with that code, and said nothing it must not.
---@param code string
---@param found any
---@param e plumb.Error
---@param hidden? string[]
function profiles.refused(code, found, e, hidden)
  assert(found == nil, "credentials were found")
  assert(type(e) == "table", "the chain would go on: " .. tostring(e))
  assert(e.code == code, ("expected %s, got %s"):format(code, tostring(e)))
  assert(e.kind == "credentials", "kind " .. tostring(e.kind))
  for _, word in ipairs(hidden or {}) do
    assert(not profiles.all_of(e):find(word, 1, true), "the error shows " .. word)
  end
end

return profiles
