-- The files of the source tree, for the specs about the house itself.

local process = require("support.process")

local M = {}

---Paths below folders that match, sorted: what git tracks and what is new, without what it ignores. Outside of a
---working copy, everything.
---@param pattern string  of find's -name
---@param ... string  folders
---@return string[]
function M.files(pattern, ...)
  local list = {}
  local folders = table.concat({ ... }, " ")
  local text = process.shell(("find %s -type f -name %s | sort"):format(folders, process.quote(pattern)))
  for path in text:gmatch("[^\n]+") do list[#list + 1] = path end
  return list
end

---@param path string
---@return fun(): string?, integer?  line and its number
function M.lines(path)
  local text, number = process.read(path), 0
  local each = (text:sub(-1) == "\n" and text or text .. "\n"):gmatch("([^\n]*)\n")
  return function()
    number = number + 1
    local line = each()
    if line then return line, number end
  end
end

---The modules that a Lua file requires by name, with how often.
---@param path string
---@return table<string, integer>
function M.requires(path)
  local found = {}
  for line in M.lines(path) do
    local code = line:gsub("%-%-.*$", "")
    for name in code:gmatch('require%s*%(?%s*"([%w_%.]+)"') do found[name] = (found[name] or 0) + 1 end
  end
  return found
end

---The module name of a file under scripts/: "plumb.aws" for plumb/aws/init.lua.
---@param path string
---@return string
function M.module(path)
  return (path:gsub("^scripts/", ""):gsub("%.lua$", ""):gsub("/init$", ""):gsub("/", "."))
end

return M
