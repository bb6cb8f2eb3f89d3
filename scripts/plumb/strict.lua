-- Strict globals: in plumb's own files, and in a script that asks for it, reading a name that nobody
-- defined is an error with a suggestion, and making a global is an error at all in our own files.
-- Other people's code (busted looks for `jit` and `getfenv`) keeps Lua's usual rules, so the check
-- goes by the file that touches the name. It costs nothing until a name is missing.

local suggest = require("plumb.suggest")

local M = {}

local watched = {} -- chunk names that want the check
local makers = {} -- names of globals that are made at the first look -> how

-- Chunk names are the paths in this tree, so all our own files start alike.
local function is_ours(source)
  return source:sub(1, 9) == "@scripts/"
end

local function names_of(env)
  local names = {}
  for name in pairs(env) do
    names[#names + 1] = name
  end
  return names
end

---The sentence for a missing name.
---@param name any
---@param env table
---@return string
function M.undefined(name, env)
  local near = type(name) == "string" and suggest.suggest(name, names_of(env))
  return ("undefined name '%s'%s"):format(tostring(name),
    near and (" (did you mean '%s'?)"):format(near) or "")
end

---Makes reading undefined names an error in the file with this chunk name ("@tidy.lua").
---@param source string
function M.watch(source)
  watched[source] = true
end

---Defines a global that is made only when somebody reads it.
---@param name string
---@param make fun(): any  may wait
function M.lazy(name, make)
  makers[name] = make
end

---Installs the check on a table of globals.
---@param env table  _G, outside tests
function M.install(env)
  local meta = getmetatable(env) or {}
  meta.__index = function(_, name)
    if makers[name] then
      rawset(env, name, makers[name]())
      return rawget(env, name)
    end
    local reader = debug.getinfo(2, "S") -- nil when C asks from outside any function
    if reader and (is_ours(reader.source) or watched[reader.source]) then
      error(M.undefined(name, env), 2)
    end
    return nil
  end
  meta.__newindex = function(t, name, value)
    local writer = debug.getinfo(2, "S")
    if writer and is_ours(writer.source) then
      error(("assignment to global '%s'; write 'local %s = ...'"):format(tostring(name), tostring(name)), 2)
    end
    rawset(t, name, value)
  end
  setmetatable(env, meta)
end

return M
