-- What an editor needs to know about policies: types for lua-language-server, made from the schema of policies and
-- from AWS's own shapes. `plumb init` writes them beside a new policy, so that fields complete while typing.

local schema = require("plumb.policy.schema")

local M = {}

local SETTING_TYPES = { text = "string", flag = "boolean", integer = "integer", duration = "string", list = "string[]" }

local SHAPES = {
  { "plumb.Workload", "WorkloadSummary" }, { "plumb.Lens", "LensReviewSummary" },
  { "plumb.Question", "AnswerSummary" }, { "plumb.Choice", "Choice" },
}

local FINDING = [[
---@class plumb.Finding  one missing best practice
---@field key string
---@field risk "HIGH"|"MEDIUM"
---@field partition string
---@field account string
---@field region string
---@field workload plumb.Workload
---@field lens plumb.Lens
---@field question plumb.Question
---@field choice plumb.Choice
---@field plan_url? string
---@field group? plumb.PolicyGroup  in title, describe, severity and fields of an item for several practices

---@class plumb.PolicyGroup
---@field mode "question"|"pillar"|"workload"|"named"
---@field name string
---@field title? string
---@field pillar? string
---@field question_id? string
---@field count integer  practices that are missing
---@field total integer
---@field practices plumb.PolicyPractice[]

---@class plumb.PolicyPractice
---@field title string
---@field choice_id string
---@field question_id string
---@field risk? string
---@field url? string
---@field done boolean
]]

local HOOKS = {
  workload = "fun(workload: plumb.Workload, default: function): boolean",
  lens = "fun(workload: plumb.Workload, lens: plumb.Lens, default: function): boolean",
  filter = "fun(finding: plumb.Finding, default: function): boolean",
  title = "fun(finding: plumb.Finding, default: function): string",
  describe = "fun(finding: plumb.Finding, default: function): string",
  severity = "fun(finding: plumb.Finding, default: function): string",
  group = "fun(finding: plumb.Finding, default: function): string",
  fields = "fun(finding: plumb.Finding, default: function): table<string, string>",
  before_create = "fun(item: table, default: function): table|boolean",
  on_resolve = "fun(item: table, default: function): string|table",
}

local NAMES = [[
---The defaults.
---@type plumb.PolicyFile
default = {}

---The settings in force; inside hooks.
---@type plumb.PolicyFile
policy = {}

---AWS operations; inside before_create and on_resolve.
---@type table<string, table>
aws = {}

---Whether one of the globs covers the text.
---@param text string?
---@param globs string|string[]
---@return boolean
function matches(text, globs) end
]]

local BASIC = { string = "string", integer = "integer", long = "integer", boolean = "boolean", timestamp = "number",
  map = "table<string, any>", structure = "table", list = "any[]" }

local function shape_class(class, shape_name)
  local shapes = require("plumb.aws.service.wellarchitected").shapes
  local names, lines = {}, { ("---@class %s  %s of the Well-Architected Tool"):format(class, shape_name) }
  for name in pairs(shapes[shape_name].members) do
    names[#names + 1] = name
  end
  table.sort(names)
  for _, name in ipairs(names) do
    local shape = shapes[shapes[shape_name].members[name].shape]
    lines[#lines + 1] = ("---@field %s? %s"):format(name, BASIC[shape.type] or "any")
  end
  return table.concat(lines, "\n") .. "\n"
end

local function policy_class()
  local lines = { "---@class plumb.PolicyFile  what policy.lua returns" }
  for _, setting in ipairs(schema.settings) do
    local name, spec = setting[1], setting[2]
    lines[#lines + 1] = ("---@field %s? %s%s"):format(name, SETTING_TYPES[spec.type] or "table",
      spec.off and "|false" or spec.hook and "|" .. HOOKS[name] or "")
  end
  for _, name in ipairs(schema.hook_order) do
    lines[#lines + 1] = ("---@field %s? %s"):format(name, HOOKS[name])
  end
  return table.concat(lines, "\n") .. "\n"
end

---@return string text  a definition file, read by editors and never run
function M.text()
  local parts = { "---@meta _\n-- Types for editors, written by plumb init; nothing reads them when plumb runs.\n" }
  for _, pair in ipairs(SHAPES) do
    parts[#parts + 1] = shape_class(pair[1], pair[2])
  end
  parts[#parts + 1] = FINDING
  parts[#parts + 1] = policy_class()
  parts[#parts + 1] = NAMES
  return table.concat(parts, "\n")
end

return M
