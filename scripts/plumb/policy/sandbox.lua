-- The world as a policy file sees it: an environment built from nothing by an allow-list. Policies run
-- unattended and decide what is written to AWS, so they get no files, no processes, no code loading and
-- no way to change what others see. A misspelt name is an error with a suggestion, and so is a global.

local suggest = require("plumb.suggest")
local glob = require("plumb.policy.glob")
local patterns = require("plumb.policy.patterns")
local view = require("plumb.policy.view")

local M = {}

local LONGEST_TEXT = 8 * 1024 * 1024 -- bytes that one call may produce
local LONGEST_MOVE = 1000000         -- steps of a loop that runs in C, where no budget can stop it
local MOST_PCALLS = 100              -- in each other

-- Why some of Lua's own names are missing, so that the error does not look like a typo.
local ABSENT = {
  os = "a policy has no access to the system",
  io = "a policy reads and writes no files",
  debug = "a policy cannot look into plumb",
  package = "a policy is one file",
  require = "a policy is one file",
  load = "a policy runs no other code",
  loadstring = "a policy runs no other code",
  loadfile = "a policy runs no other code",
  dofile = "a policy runs no other code",
  print = "results go to standard output; use error(...) to see a value while you try things out",
  setmetatable = "plain tables are enough here",
  getmetatable = "plain tables are enough here",
  rawget = "plain tables are enough here",
  rawset = "plain tables are enough here",
  rawlen = "plain tables are enough here",
  rawequal = "plain tables are enough here",
  coroutine = "a policy function answers at once",
  collectgarbage = "plumb looks after memory",
  xpcall = "use pcall",
}

local function copy(from, without)
  local to = {}
  for name, value in pairs(from) do
    if not (without and without[name]) then
      to[name] = value
    end
  end
  return to
end

-- No memory addresses: they differ from run to run, and they are nobody's business.
local function plain_text(value)
  local kind = type(value)
  if kind == "table" or kind == "function" or kind == "userdata" or kind == "thread" then
    return kind
  end
  return tostring(value)
end

-- How often: a number or a text with one, as the C functions take it.
local function whole(value)
  return math.type(value) and math.tointeger(value) or math.tointeger(tonumber(value) or 0.5)
end

local function limited_rep(text, count, separator)
  local length, times = #tostring(text) + #tostring(separator or ""), whole(count)
  if times and length * math.min(times, LONGEST_TEXT + 1) > LONGEST_TEXT then
    error("string.rep: the result would be longer than 8 MB", 2)
  elseif times and length == 0 then
    return "" -- nothing, however often: the C function would count all the way
  end
  return string.rep(text, count, separator)
end

local function plain_format(form, ...)
  local values = table.pack(...)
  if type(form) == "string" and form:gsub("%%%%", ""):find("%%[-0-9.]*p") then
    error("string.format: %p is not available in a policy", 2)
  end
  for i = 1, values.n do
    if type(values[i]) == "table" or type(values[i]) == "function" then
      values[i] = plain_text(values[i])
    end
  end
  return string.format(form, table.unpack(values, 1, values.n))
end

local function limited_move(from, first, last, at, to)
  local a, b = whole(first), whole(last)
  if a and b and b >= a and (b - a < 0 or b - a > LONGEST_MOVE) then
    error("table.move: too many elements", 2)
  end
  return table.move(from, first, last, at, to)
end

local function limited_concat(list, separator, first, last)
  if type(list) == "table" and #list * #tostring(separator or "") > LONGEST_TEXT then
    error("table.concat: the result would be longer than 8 MB", 2)
  end
  return table.concat(list, separator, first, last)
end

local function ascending(a, b)
  return a < b
end

-- With a comparison written in Lua, which the budget counts: the one in C would go on for hours over long texts.
local function counted_sort(list, before)
  return table.sort(list, before == nil and ascending or before)
end

local function safe_next(map, key)
  if view.is(map) then
    error("next: use pairs to go through this table", 2)
  end
  return next(map, key)
end

local function checked_matches(text, globs)
  if text ~= nil and type(text) ~= "string" then
    error("matches: the first argument must be a text, not a " .. type(text), 2)
  elseif type(globs) ~= "string" and type(globs) ~= "table" then
    error('matches: the second argument must be a list of globs such as { "prod-*" }', 2)
  end
  return glob.any(text, globs)
end

local nested = 0 -- pcalls in pcalls, in the call under way

local function leave(...)
  nested = nested - 1
  return ...
end

-- In a coroutine, as hooks that may wait run in, Lua itself sets no limit, and takes minutes to come back out.
local function limited_pcall(...)
  if nested >= MOST_PCALLS then
    error("pcall: too many in each other (does a function call itself?)", 2)
  end
  nested = nested + 1
  return leave(pcall(...))
end

local strings = copy(string, { dump = true })
strings.rep, strings.format = limited_rep, plain_format
for name, replacement in pairs(patterns) do
  strings[name] = replacement
end

local tables = copy(table)
tables.move, tables.concat, tables.sort = limited_move, limited_concat, counted_sort

-- math.random would make two runs of the same policy differ.
local maths = copy(math, { random = true, randomseed = true })

local PLAIN = {
  assert = assert, error = error, ipairs = ipairs, pairs = pairs, pcall = limited_pcall, select = select,
  tonumber = tonumber, type = type, next = safe_next, tostring = plain_text, matches = checked_matches,
  _VERSION = _VERSION,
}

-- One library as the policy sees it: it cannot be changed, and a name that is not in it says so.
local function library(name, functions)
  return view.closed(functions, function(key)
    local near = type(key) == "string" and suggest.key(key, functions)
    return ("'%s' is not a function of %s here%s"):format(tostring(key), name,
      near and (" (did you mean '%s.%s'?)"):format(name, near) or "")
  end)
end

local LIBRARIES = {
  string = library("string", strings), table = library("table", tables),
  math = library("math", maths), utf8 = library("utf8", copy(utf8)),
}

local function undefined(name, env)
  if ABSENT[name] then
    return ("'%s' is not available in a policy: %s"):format(name, ABSENT[name])
  end
  local near = suggest.key(tostring(name), env)
  return ("undefined name '%s'%s"):format(tostring(name), near and (" (did you mean '%s'?)"):format(near) or "")
end

---An environment for one policy file.
---@param names table<string, any>  more names: default, policy, aws
---@param is_field fun(name: string): boolean  whether the name is a setting or hook, for a better hint
---@return table env
function M.environment(names, is_field)
  local env = copy(PLAIN)
  for name, value in pairs(LIBRARIES) do
    env[name] = value
  end
  for name, value in pairs(names) do
    env[name] = value
  end
  return setmetatable({}, {
    __index = function(_, name)
      local value = env[name]
      if value == nil then
        error(undefined(name, env), 2)
      end
      return value
    end,
    __newindex = function(_, name)
      if is_field(name) then
        error(("assignment to global '%s'; settings go into the table: return { %s = ... }"):format(name, name), 2)
      end
      error(("assignment to global '%s'; write 'local %s = ...'"):format(tostring(name), tostring(name)), 2)
    end,
    __metatable = false,
  })
end

---Calls `fn` while methods on texts, `name:upper()`, come from the policy's string library too: they
---are found through the one metatable that all strings share. Only for code that cannot wait, since
---others would see it meanwhile.
---@param fn function
---@return any ...  what fn returns; fn must not raise
function M.with_strings(fn, ...)
  local shared = getmetatable("")
  local usual, outer = shared.__index, nested
  shared.__index, nested = strings, 0
  local results = table.pack(fn(...))
  shared.__index, nested = usual, outer
  return table.unpack(results, 1, results.n)
end

return M
