-- Enough of CloudFormation to read a template of ours: what its values are for given parameters, and which names it
-- uses. Needs python3 and its yaml.

local json = require("plumb.json")
local process = require("support.process")

local M = {}

---@return boolean
function M.can_read() return (os.execute("python3 -c 'import yaml' >/dev/null 2>&1")) == true end

---@param path string
---@return table template
function M.read(path)
  local result = process.run({ "python3", "tests/support/cloudformation.py", path })
  if result.code ~= 0 then error(result.all, 2) end
  return assert(json.decode(result.out))
end

-- The properties that a Ref to a resource gives, by type; others give something that only AWS knows.
local REFS = { ["AWS::DynamoDB::Table"] = "TableName", ["AWS::Lambda::Function"] = "FunctionName" }

local Reading = {}
Reading.__index = Reading

function Reading:name(name)
  self.used[name] = true
  if self.values[name] ~= nil then return self.values[name] end
  local resource = self.template.Resources[name]
  if not resource then error("nothing is called " .. name, 0) end
  local property = REFS[resource.Type]
  return property and self:value(resource.Properties[property]) or "ref:" .. name
end

local FUNCTIONS = {}

FUNCTIONS["Ref"] = function(self, name) return self:name(name) end

FUNCTIONS["Fn::GetAtt"] = function(self, path)
  if not self.template.Resources[path[1]] then error("no resource is called " .. path[1], 0) end
  return ("att:%s.%s"):format(path[1], path[2])
end

FUNCTIONS["Fn::Sub"] = function(self, text)
  return (text:gsub("%${([%w:]+)}", function(name) return self:name(name) end))
end

FUNCTIONS["Fn::Join"] = function(self, given)
  local list = self:value(given[2])
  return table.concat(type(list) == "table" and list or { list }, given[1])
end

FUNCTIONS["Fn::Equals"] = function(self, given) return self:value(given[1]) == self:value(given[2]) end
FUNCTIONS["Fn::Not"] = function(self, given) return not self:value(given[1]) end

FUNCTIONS["Fn::If"] = function(self, given)
  local condition = self.template.Conditions[given[1]]
  if condition == nil then error("no condition is called " .. given[1], 0) end
  local both = { self:value(given[2]), self:value(given[3]) } -- names in either have to exist
  return both[self:value(condition) and 1 or 2]
end

function Reading:value(value)
  if type(value) ~= "table" then return value end
  local name, given = next(value)
  if FUNCTIONS[name] and next(value, name) == nil then return FUNCTIONS[name](self, given) end
  local copy = {}
  for key, member in pairs(value) do copy[key] = self:value(member) end
  return json.is_list(value) and json.list(copy) or copy
end

---A template with every function worked out. Raises for names that do not exist.
---@param template table
---@param values table<string, any>  pseudo parameters, and parameters that differ from their defaults
---@return table resolved
---@return table<string, true> used  names that were referred to
function M.resolve(template, values)
  local all = { ["AWS::NoValue"] = json.null }
  for name, parameter in pairs(template.Parameters) do all[name] = parameter.Default end
  for name, value in pairs(values) do all[name] = value end
  local reading = setmetatable({ template = template, values = all, used = {} }, Reading)
  return { Resources = reading:value(template.Resources), Outputs = reading:value(template.Outputs) }, reading.used
end

return M
