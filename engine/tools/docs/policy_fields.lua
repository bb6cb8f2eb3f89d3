-- What scripts/policy/default.lua says about each setting and hook, as data: the file is its own documentation, and
-- this reads it. A section begins with "-- ## title"; the comment above a field is about it.

local scripts = require "plumb.scripts"
local schema = require "plumb.policy.schema"

local M = {}

local SOURCE = scripts.source "policy/default.lua"

---The text at the top of the file.
---@return string
function M.introduction()
  local lines = {}
  for line in SOURCE:gmatch("([^\n]*)\n") do
    local text = line:match("^%-%- ?(.*)$")
    if not text then break end
    lines[#lines + 1] = text
  end
  return table.concat(lines, "\n")
end

local function hook_text(lines)
  local text, about = {}, {}
  for _, line in ipairs(lines) do
    if line:find "^@" then about[#about + 1] = line else text[#text + 1] = line end
  end
  return table.concat(text, "\n"), about
end

-- The default as written: up to the line that closes it. Functions are told by their annotations instead.
local function default_of(rest, following)
  if rest:find "^function" then return nil end
  if not rest:find "^{$" then return (rest:gsub(",%s*%-%-.*$", ""):gsub(",$", "")) end
  local lines = { "{" }
  for line in following:gmatch("([^\n]*)\n") do
    lines[#lines + 1] = line:match("^%s*(.-),?$")
    if line:find "^  }" then break end
  end
  return (table.concat(lines, " "):gsub(",? }$", " }"):gsub("([^{]) ([%w_]+ =)", "%1, %2"):gsub(",,", ","))
end

local function is_field(name)
  if schema.hooks[name] then return true end
  for _, entry in ipairs(schema.settings) do
    if entry[1] == name then return true end
  end
  return false
end

---@class docs.PolicyField
---@field name string
---@field text string
---@field default string|nil  as written; nil for a hook
---@field signature string[]|nil  annotations of a hook

---The sections in their order.
---@return { title: string, text: string?, entries: docs.PolicyField[] }[]
function M.sections()
  local list, lines, position = {}, {}, SOURCE:find("\nreturn {", 1, true)
  for line, at in SOURCE:sub(position):gmatch("([^\n]*)\n()") do
    local title = line:match "^  %-%- ## (.*)$"
    local comment = line:match "^  %-%-%-(.*)$" or line:match "^  %-%- ?(.*)$"
    local name, rest = line:match "^  ([%a_]+) = (.+)$"
    if title then
      list[#list + 1] = { title = title:match "^(.-)%. " or title:gsub("[.:]$", ""), entries = {} }
      lines = { title:match "^.-%. (.*)$" }
    elseif comment then
      lines[#lines + 1] = comment
    elseif name and is_field(name) then
      local text, signature = hook_text(lines)
      table.insert(list[#list].entries, { name = name, text = text,
        default = default_of(rest, SOURCE:sub(position + at - 1)), signature = signature[1] and signature or nil })
      lines = {}
    elseif not line:find "%S" then
      local section = list[#list]
      if lines[1] and section and not section.entries[1] then section.text = table.concat(lines, "\n") end
      lines = {}
    end
  end
  return list
end

return M
