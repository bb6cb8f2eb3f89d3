-- The globals that typed code sees: its own first, then those that are made at their first use, then Lua's. A name
-- that nobody defined is an error with a suggestion.

local strict = require("plumb.strict")

local M = {}

---@class plumb.repl.Environment : table<string, any>

local lazies = setmetatable({}, { __mode = "k" }) -- environment -> name -> maker

-- Every name there is; the values do not matter.
local function known_names(env)
  local known = {}
  for _, from in ipairs({ _G, lazies[env], env }) do
    for name in next, from do
      known[name] = true
    end
  end
  return known
end

-- Asking for a result before there is one is no mistake; see plumb.repl.results.
local function is_result(name) return name == "_err" or type(name) == "string" and name:find("^_[1-9]?$") ~= nil end

---Makes a table of globals.
---@param lazy table<string, fun(): any>  name -> what makes it; may wait
---@return plumb.repl.Environment
function M.new(lazy)
  local env = {}
  lazies[env] = lazy
  return setmetatable(env, {
    __index = function(_, name)
      if lazy[name] then
        rawset(env, name, lazy[name]())
        return rawget(env, name)
      end
      local value = rawget(_G, name)
      if value == nil and not is_result(name) then
        error(strict.undefined(name, setmetatable(known_names(env), { __index = _G })), 2)
      end
      return value
    end,
  })
end

---The names that can be typed, without making anything.
---@param env plumb.repl.Environment
---@return string[] names  sorted
function M.names(env)
  local names = {}
  for name in pairs(known_names(env)) do
    if type(name) == "string" and name:find("^[%a_][%w_]*$") then
      names[#names + 1] = name
    end
  end
  table.sort(names)
  return names
end

---What a name stands for now; nil for one that was not made yet or is not there. Makes nothing and raises nothing.
---@param env plumb.repl.Environment
---@param name string
---@return any
function M.peek(env, name)
  local value = rawget(env, name)
  if value == nil and not lazies[env][name] then
    return rawget(_G, name)
  end
  return value
end

return M
