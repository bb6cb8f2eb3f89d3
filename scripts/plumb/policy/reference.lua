-- What a policy may contain, as a reference: name, type, default and explanation of every setting and hook. The words
-- are those of policy/default.lua, so that there is one place that says them.

local complain = require("plumb.policy.complain")
local overlay = require("plumb.policy.overlay")
local schema = require("plumb.policy.schema")
local scripts = require("plumb.scripts")
local suggest = require("plumb.suggest")
local validate = require("plumb.policy.validate")

local M = {}

local FILE = "policy/default.lua"

-- The comment above a line, without its dashes, annotations left out.
local function comment_above(lines, line)
  local list = {}
  for i = line - 1, 1, -1 do
    local text = lines[i]:match("^%s*%-%-%-?%s?(.*)$")
    if not text or text:find("^## ") then
      break
    end
    table.insert(list, 1, text)
  end
  local kept = {}
  for _, text in ipairs(list) do
    if not text:find("^@") then
      kept[#kept + 1] = text
    end
  end
  return (table.concat(kept, "\n"):gsub("^%s+", ""):gsub("%s+$", ""))
end

-- "---@return boolean" above a hook says what it answers.
local function returns_above(lines, line)
  for i = line - 1, 1, -1 do
    local found = lines[i]:match("^%s*%-%-%-@return (.+)$")
    if found then
      return found
    elseif not lines[i]:find("^%s*%-%-") then
      return nil
    end
  end
end

---@class plumb.policy.Entry
---@field name string       "budget.run"
---@field kind "setting"|"hook"
---@field expects string    the type in words
---@field example string|nil
---@field default string|nil  of a setting, as Lua
---@field about string      several lines
---@field arguments string[]|nil  of a hook, without the default that is always last
---@field returns string|nil  of a hook
---@field waits boolean|nil   of a hook: whether it may call AWS

-- A field of a table may be explained above itself, or with the whole table.
local function about(source, name)
  repeat
    local place = source.places[name]
    local text = place and comment_above(source.lines, place.key.line) or ""
    if text ~= "" then
      return text
    end
    name = name:match("^(.*)%.[^.]*$")
  until not name
  return ""
end

local function setting(source, row, spec)
  local expects, example = validate.expects(spec)
  return { name = row.key, kind = "setting", expects = expects, example = example, default = row.value,
    about = about(source, row.key) }
end

local function hook(source, name)
  local line = source.places[name].key.line
  local known = schema.hooks[name]
  return { name = name, kind = "hook", expects = ("function(%s, default)"):format(table.concat(known.args, ", ")),
    arguments = known.args, returns = returns_above(source.lines, line), waits = known.waits or false,
    about = comment_above(source.lines, line) }
end

---Every setting, then every hook, in the order of default.lua.
---@param policy plumb.Policy  with nothing of the user's
---@return plumb.policy.Entry[]
function M.entries(policy)
  local source = complain.source(FILE, FILE, scripts.source(FILE))
  local list = {}
  for _, row in ipairs(overlay.rows(policy.values, {})) do
    list[#list + 1] = setting(source, row, overlay.spec(row.key))
  end
  for _, name in ipairs(schema.hook_order) do
    list[#list + 1] = hook(source, name)
  end
  return list
end

---The entries that a name means: one, or those of a table such as `budget`.
---@param entries plumb.policy.Entry[]
---@param name string
---@return plumb.policy.Entry[] found
---@return string|nil near  where nothing was found: the name that was probably meant
function M.find(entries, name)
  local found, names = {}, {}
  for _, entry in ipairs(entries) do
    table.move({ entry.name, entry.name:match "^[^.]+" }, 1, 2, #names + 1, names)
    if entry.name == name or entry.name:sub(1, #name + 1) == name .. "." then
      found[#found + 1] = entry
    end
  end
  return found, not found[1] and suggest.suggest(name, names) or nil
end

---An entry as text.
---@param entry plumb.policy.Entry
---@return string
function M.text(entry)
  local lines = { ("%s: %s"):format(entry.name, entry.expects), "" }
  for line in (entry.about .. "\n"):gmatch("(.-)\n") do
    lines[#lines + 1] = line == "" and "" or "  " .. line
  end
  lines[#lines + 1] = ""
  if entry.kind == "hook" then
    lines[#lines + 1] = ("  returns  %s"):format(entry.returns or "")
    lines[#lines + 1] = entry.waits and "  waits    it may call AWS" or "  waits    never: it cannot call AWS"
  else
    lines[#lines + 1] = ("  default  %s"):format(entry.default)
    lines[#lines + 1] = entry.example and ("  example  %s"):format(entry.name:match("[^.]+$") .. " = " .. entry.example)
      or nil
  end
  return table.concat(lines, "\n") .. "\n"
end

---The first sentence of an explanation. What stands in quotes does not end it.
---@param entry plumb.policy.Entry
---@return string
function M.sentence(entry)
  local text = entry.about:gsub("\n", " ")
  local first = text:gsub('"[^"]*"', function(quoted) return ("x"):rep(#quoted) end):match("^(.-[^.])[.:;] ")
  return (text:sub(1, first and #first):gsub("%s+", " "):gsub("%.$", ""))
end

return M
