-- What editors need to know about policies and specs: definition files for lua-language-server, and the settings of
-- it and of luacheck. All of it is made from the tables that plumb itself works by.

local schema = require "plumb.policy.schema"
local services = require "plumb.aws.services"

local M = {}

---The definition files.
---@return { [1]: string, [2]: string }[]  name and text
function M.files()
  local aws = require "plumb.luals.aws"
  local list = {
    { "policy.d.lua", require("plumb.luals.policy").text() .. "\n" .. aws.index(services) },
    { "test.d.lua", require("plumb.luals.library").text() },
  }
  for _, name in ipairs(services) do
    list[#list + 1] = { ("aws-%s.d.lua"):format(name), aws.text(require("plumb.aws.service." .. name)) }
  end
  return list
end

M.luarc = [[
{
  "$schema": "https://raw.githubusercontent.com/LuaLS/vscode-lua/master/setting/schema.json",
  "runtime.version": "Lua 5.4",
  "workspace.library": ["types", "${3rd}/busted/library", "${3rd}/luassert/library"],
  "workspace.checkThirdParty": false,
  "diagnostics.globals": ["aws", "default", "matches", "policy", "plumb"]
}
]]

-- The names of settings and hooks, as luacheck wants them.
local function fields(names)
  local list = {}
  for i, name in ipairs(names) do list[i] = name .. " = {}" end
  local lines, line = {}, "   "
  for _, text in ipairs(list) do
    if #line + #text > 110 then
      lines[#lines + 1] = line
      line = "   "
    end
    line = ("%s %s,"):format(line, text)
  end
  lines[#lines + 1] = line
  return table.concat(lines, "\n")
end

local function setting_names(more)
  local names = {}
  for _, setting in ipairs(schema.settings) do names[#names + 1] = setting[1] end
  table.move(more, 1, #more, #names + 1, names)
  return names
end

---The settings of luacheck: what a policy can use, and nothing else.
---@return string
function M.luacheckrc()
  return ([[
-- For luacheck: what a policy can use, and nothing else. `policy` has the settings in force, `default` the defaults.
local settings = {
%s
}
local defaults = {
%s
}
for name in pairs(settings) do
  settings[name], defaults[name] = { other_fields = true }, { other_fields = true }
end
stds.plumb = { read_globals = {
  aws = { other_fields = true },
  matches = {},
  policy = { fields = settings },
  default = { fields = defaults },
} }
std = "lua54+plumb"
not_globals = {
  "collectgarbage", "coroutine", "debug", "dofile", "getmetatable", "io", "load", "loadfile", "os", "package",
  "print", "rawequal", "rawget", "rawlen", "rawset", "require", "setmetatable", "xpcall",
}
files["workflows"] = { std = "lua54", not_globals = {}, ignore = { "113" } }
files["spec"] = { std = "lua54+busted", not_globals = {}, read_globals = { "plumb" } }
exclude_files = { "types" }
]]):format(fields(setting_names({ "account", "region" })), fields(setting_names(schema.hook_order)))
end

return M
