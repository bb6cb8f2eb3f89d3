-- What an editor needs to know about policies: types for lua-language-server, made from the schema of policies and
-- from AWS's own shapes. `plumb init` writes them beside a new policy, so that fields complete while typing.

local schema = require("plumb.policy.schema")

local M = {}

local BASIC = { flag = "boolean", integer = "integer", duration = "string" }

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
---@field console_url? string
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
---@type plumb.Aws
aws = {}

---Whether one of the globs covers the text.
---@param text string?
---@param globs string|string[]
---@return boolean
function matches(text, globs) end
]]

local function shape_class(class, shape_name)
  return ("---@class %s : aws.wellarchitected.%s\n"):format(class, shape_name)
end

local function words(spec)
  local list = {}
  for i, word in ipairs(spec.enum) do
    list[i] = ("%q"):format(word)
  end
  return table.concat(list, "|")
end

local type_of -- nested: a record is a class of its own, added to `classes`

local function record_class(spec, name, classes)
  local lines = { "---@class " .. name }
  for _, field in ipairs(spec.fields) do
    lines[#lines + 1] = ("---@field %s? %s"):format(field[1], type_of(field[2], name .. "." .. field[1], classes))
  end
  classes[#classes + 1] = table.concat(lines, "\n") .. "\n"
  return name
end

function type_of(spec, name, classes)
  local kind
  if spec.type == "text" then
    kind = spec.enum and words(spec) or spec.number_too and "string|integer" or "string"
  elseif spec.type == "list" then
    local element = type_of(spec.of, name, classes)
    kind = (element:find("|", 1, true) and "(%s)[]" or "%s[]"):format(element)
  elseif spec.type == "map" then
    kind = ("table<string, %s>"):format(type_of(spec.of, name, classes))
  elseif spec.type == "record" then
    kind = record_class(spec, name, classes)
  else
    kind = BASIC[spec.type] or "any"
  end
  return kind .. (spec.off and "|false" or "")
end

local function policy_classes()
  local view, classes = require("plumb.policy.reference"), {}
  local entries = view.entries((require("plumb.policy").read({ text = "return {}", env = function() end })))
  local lines = { "---@class plumb.PolicyFile  what policy.lua returns" }
  local function about(name)
    local entry = view.find(entries, name)[1]
    return entry and entry.about ~= "" and "  " .. view.sentence(entry) or ""
  end
  for _, setting in ipairs(schema.settings) do
    local name, spec = setting[1], setting[2]
    lines[#lines + 1] = ("---@field %s? %s%s%s"):format(name, type_of(spec, "plumb.PolicyFile." .. name, classes),
      spec.hook and "|" .. HOOKS[name] or "", about(name))
  end
  for _, name in ipairs(schema.hook_order) do
    lines[#lines + 1] = ("---@field %s? %s%s"):format(name, HOOKS[name], about(name))
  end
  classes[#classes + 1] = table.concat(lines, "\n") .. "\n"
  return table.concat(classes, "\n")
end

---@return string text  a definition file, read by editors and never run
function M.text()
  local parts = { "---@meta _\n-- Types for editors, made by plumb; nothing reads them when plumb runs.\n" }
  for _, pair in ipairs(SHAPES) do
    parts[#parts + 1] = shape_class(pair[1], pair[2])
  end
  parts[#parts + 1] = FINDING
  parts[#parts + 1] = policy_classes()
  parts[#parts + 1] = NAMES
  return table.concat(parts, "\n")
end

return M
