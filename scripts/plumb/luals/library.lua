-- plumb.test as lua-language-server knows it: the annotations of plumb's own files, without their code.

local schema = require "plumb.policy.schema"

local M = {}

-- The annotated functions and classes of a source, as stubs; `names` says what its tables are called there.
local function stubs(text, names)
  local out, block = {}, {}
  for line in text:gmatch "([^\n]*)\n" do
    local owner, separator, name, arguments = line:match "^function ([%w_]+)([.:])([%w_]+)(%b())"
    if line:find "^%-%-%-" then
      block[#block + 1] = line
    elseif block[1] and names[owner] and not name:find "^__" then
      table.move(block, 1, #block, #out + 1, out)
      out[#out + 1] = ("function %s%s%s%s end\n"):format(names[owner], separator, name, arguments)
      block = {}
    elseif block[1] and block[1]:find "^%-%-%-@class" then
      table.move(block, 1, #block, #out + 1, out)
      out[#out + 1] = ""
      block = {}
    else
      block = {}
    end
  end
  return table.concat(out, "\n")
end

local function source(name) return require("plumb.scripts").source(name) end

-- policy:title(finding) and the like answer plain values; they are made when asked for, so no source has them.
local function hook_methods()
  local lines = {}
  for _, name in ipairs(schema.hook_order) do
    local arguments = table.concat(schema.hooks[name].args, ": table, ") .. ": table"
    lines[#lines + 1] = ("---@field %s fun(self: plumb.test.Policy, %s): any"):format(name, arguments)
  end
  return table.concat(lines, "\n")
end

-- What the others speak of and plumb makes elsewhere.
local OTHERS = [[
---@class plumb.Item
---@field title string
---@field description string
---@field severity string
---@field source string
---@field category? string
---@field fields table<string, string>
---@field tags table<string, string>
---@field notifications string[]

---@class plumb.Error
---@field code string
---@field message string
---@field request_id? string

---@class plumb.Problem
---@field id string
---@field what string
---@field where? string
---@field because? string
---@field fix? string

---@class plumb.Policy  its settings are fields
---@field [string] any
]]

---@return string text  a definition file
function M.text()
  local policy = stubs(source "plumb/test/policy.lua", { Policy = "Policy" })
  policy = policy:gsub("(%-%-%-@class plumb%.test%.Policy\n)", function(head) return head .. hook_methods() .. "\n" end)
  return table.concat({
    "---@meta _\n-- plumb.test, for specs of a policy; nothing reads this when plumb runs.\n",
    "---@class plumb.test.Policy\nlocal Policy = {}\n",
    "---@class plumb.test.Simulator\nlocal Simulator = {}\n",
    policy,
    stubs(source "plumb/test/simulator.lua", { Simulator = "Simulator" }),
    "---@class plumb.Test\nlocal Test = {}\n",
    stubs(source "plumb/test/init.lua", { M = "Test" }),
    OTHERS,
    "---What specs find.\n---@type { test: plumb.Test }\nplumb = {}\n",
  }, "\n")
end

return M
