-- The policy in a session: settings to look at, and hooks to try on live data, `policy.title(_)`.

local problem = require("plumb.problem")
local listing = require("plumb.repl.listing")
local schema = require("plumb.policy.schema")
local suggest = require("plumb.suggest")

local M = {}

local places = setmetatable({}, { __mode = "k" }) -- proxy -> its place
local names = setmetatable({}, { __mode = "k" })  -- function that tries a hook -> the hook's name

-- Which settings and hooks there are.
local function fields()
  local kinds = {}
  for _, setting in ipairs(schema.settings) do
    kinds[setting[1]] = "setting"
  end
  for name in pairs(schema.hooks) do
    kinds[name] = "hook"
  end
  return kinds
end
M.fields = fields

local function call_once(context, name, ...)
  local value, failure = context.policy:call(name, ...)
  if failure then
    error(failure, 0)
  end
  return value
end

-- Findings behind what was given: itself, those of a risk, those of each in a list. nil for anything else.
local function findings_of(value)
  if type(value) ~= "table" then
    return nil
  elseif listing.is(value) then
    return nil
  elseif value.choice and value.question then
    return { value }, true
  elseif value.finding then -- a row of plan()
    return { value.finding }, true
  elseif value.findings then
    return value.findings, #value.findings == 1
  end
  local all = {}
  for _, one in ipairs(value) do
    local some = findings_of(one)
    if not some then
      return nil
    end
    table.move(some, 1, #some, #all + 1, all)
  end
  return #all > 0 and all or nil, false
end

local function wrong_argument(name)
  problem.raise({ id = "E103", what = ("policy.%s needs a finding, or a list of findings"):format(name),
    fix = ("policy.%s(findings{ risk = \"HIGH\" }), or policy.%s(_[1]) after it"):format(name, name) })
end

local function try(place, name)
  local wants = schema.hooks[name].args[1]
  return function(first, ...)
    local context = place:context()
    context:bind_policy()
    if wants ~= "finding" then
      if type(first) ~= "table" then
        problem.raise({ id = "E103", what = ("policy.%s needs a %s"):format(name, wants),
          fix = wants == "item" and "policy.on_resolve(items()[1])" or "policy.workload(workloads()[1])" })
      end
      return call_once(context, name, first, ...)
    end
    local found, single = findings_of(first)
    if not found then
      wrong_argument(name)
    end
    local values = {}
    for i, one in ipairs(found) do
      values[i] = call_once(context, name, one)
    end
    if single then
      return values[1]
    end
    return values
  end
end

local Proxy = {}

function Proxy.__index(self, name)
  local place = places[self]
  local kind = fields()[name]
  if not kind then
    local near = type(name) == "string" and suggest.key(name, fields())
    error(("the policy has no '%s'%s"):format(tostring(name), near and (" (did you mean '%s'?)"):format(near) or ""), 2)
  elseif kind == "hook" then
    local hook = try(place, name)
    names[hook] = name
    return hook
  end
  return place:context().policy[name]
end

function Proxy.__newindex()
  error("the policy is changed in its file; .reload takes it", 2)
end

function Proxy.__tostring(self)
  local path = places[self]:context().policy.path
  return "policy: " .. (path or "the defaults") .. "; .reload reads it again, policy.title(_) tries a hook"
end

---The policy as typed code has it.
---@param place plumb.repl.Place
---@return table
function M.new(place)
  local self = setmetatable({}, Proxy)
  places[self] = place
  return self
end

---Which hook a function tries.
---@param value any
---@return string? name
function M.name_of(value)
  return names[value]
end

---@param value any
---@return boolean
function M.is(value)
  return places[value] ~= nil
end

return M
