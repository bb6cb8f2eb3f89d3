-- What LuaLS annotations say about a module: the comment above each function that it hands out, and the fields of its
-- classes. Reads sources as text; they are not run.

local scripts = require "plumb.scripts"

local M = {}

---@class docs.Function
---@field call string       "task.map(source, fn, options)"
---@field text string       what it does
---@field parameters string[]  "name type  words"
---@field returns string[]
---@field see string[]

local TAGS = { param = "parameters", ["return"] = "returns", see = "see" }

local function describe(call, lines)
  local found = { call = call, parameters = {}, returns = {}, see = {} }
  local text, into = {}, nil
  for _, line in ipairs(lines) do
    local tag, rest = line:match "^@(%a+)%s+(.*)$"
    if tag then
      into = TAGS[tag] and found[TAGS[tag]]
      if into then into[#into + 1] = rest end
    elseif into then
      into[#into] = into[#into] .. " " .. line:gsub("^%s+", "")
    else
      text[#text + 1] = line
    end
  end
  found.text = table.concat(text, "\n")
  return found
end

-- Functions of the table that the module returns, and of its classes, which begin with a capital.
local function is_public(owner, returned)
  return owner == returned or owner:find "^%u%l" ~= nil
end

---The documented functions of a module, in the order of its file.
---@param path string  "plumb/task.lua"
---@return docs.Function[]
function M.functions(path)
  local source = scripts.source(path)
  local returned = source:match "\nreturn ([%w_]+)%s*$"
  local list, lines = {}, {}
  for line in source:gmatch "([^\n]*)\n" do
    local comment = line:match "^%-%-%-(.*)$"
    local owner, mark, name, arguments = line:match "^function ([%w_]+)([.:])([%w_]+)%((.-)%)"
    if comment then
      lines[#lines + 1] = comment
    else
      local documented = lines[1] and not lines[1]:find "^@"
      if owner and documented and not name:find "^_" and is_public(owner, returned) then
        list[#list + 1] = describe(("%s%s%s(%s)"):format(owner, mark, name, arguments), lines)
      end
      lines = {}
    end
  end
  return list
end

---The fields of a class.
---@param path string
---@param class string  "plumb.Context"
---@return { name: string, about: string }[]
function M.fields(path, class)
  local list, inside = {}, false
  for line in scripts.source(path):gmatch "([^\n]*)\n" do
    local opened = line:match "^%-%-%-@class ([%w_.]+)"
    if opened then
      inside = opened == class
    elseif inside then
      local name, about = line:match "^%-%-%-@field ([%a_][%w_?]*)%s+(.*)$"
      if name and name ~= "package" then list[#list + 1] = { name = name, about = about } end
      if not line:find "^%-%-%-" then break end
    end
  end
  return list
end

return M
