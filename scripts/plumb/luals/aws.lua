-- AWS services as lua-language-server knows them: a class for each structure, a method for each operation. Made from
-- the same tables that plumb calls AWS by.

local M = {}

local MOST_WORDS = 24 -- of an enum; a longer one is any text

local BASIC = { string = "string", character = "string", blob = "string", integer = "integer", long = "integer",
  short = "integer", byte = "integer", float = "number", double = "number", boolean = "boolean",
  timestamp = "number" }

local function sorted(map)
  local names = {}
  for name in pairs(map) do names[#names + 1] = name end
  table.sort(names)
  return names
end

local function words(enum)
  if #enum > MOST_WORDS then return "string" end
  local list = {}
  for i, word in ipairs(enum) do list[i] = ("%q"):format(word) end
  return table.concat(list, "|")
end

local type_of

local function element(service, name)
  local kind = type_of(service, name)
  return kind:find("|", 1, true) and "(" .. kind .. ")" or kind
end

function type_of(service, name)
  local shape = service.shapes[name]
  if shape.type == "structure" then return ("aws.%s.%s"):format(service.name, name) end
  if shape.type == "list" then return element(service, shape.member.shape) .. "[]" end
  if shape.type == "map" then return ("table<string, %s>"):format(type_of(service, shape.value.shape)) end
  return shape.enum and words(shape.enum) or BASIC[shape.type] or "any"
end

local function class(service, name, inputs)
  local shape = service.shapes[name]
  local required = {}
  for _, member in ipairs(inputs[name] and shape.required or {}) do required[member] = true end
  local lines = { ("---@class aws.%s.%s"):format(service.name, name) }
  for _, member in ipairs(sorted(shape.members)) do
    lines[#lines + 1] = ("---@field %s%s %s"):format(member, required[member] and "" or "?",
      type_of(service, shape.members[member].shape))
  end
  return table.concat(lines, "\n") .. "\n"
end

local function method(service, name)
  local operation = service.operations[name]
  local input = operation.input and type_of(service, operation.input) or "table"
  local output = operation.output and type_of(service, operation.output) or "table"
  local what = require "plumb.aws.reads"(service, name) and "Reads." or "Changes something."
  return table.concat({
    ("---%s Waits."):format(what),
    "---@param input " .. input,
    ("---@return %s? reply"):format(output),
    "---@return plumb.Error? err",
    ("function %s:%s(input) end\n"):format(service.name, name),
  }, "\n")
end

---A definition file for one service.
---@param service plumb.aws.Service
---@return string
function M.text(service)
  local inputs = {}
  for _, operation in pairs(service.operations) do
    if operation.input then inputs[operation.input] = true end
  end
  local title = service.service_id or service.name
  local parts = { ("---@meta _\n-- %s, made from AWS's own shapes; nothing reads it when plumb runs.\n"):format(title) }
  for _, name in ipairs(sorted(service.shapes)) do
    local shape = service.shapes[name]
    if shape.type == "structure" and not shape.exception and not shape.error then
      parts[#parts + 1] = class(service, name, inputs)
    end
  end
  parts[#parts + 1] = ("---@class aws.%s\nlocal %s = {}\n"):format(service.name, service.name)
  for _, name in ipairs(sorted(service.operations)) do parts[#parts + 1] = method(service, name) end
  return table.concat(parts, "\n")
end

---The table `aws` itself.
---@param names string[]  services
---@return string
function M.index(names)
  local lines = { "---@class plumb.Aws  the services with a table of their own" }
  for _, name in ipairs(names) do lines[#lines + 1] = ("---@field %s aws.%s"):format(name, name) end
  return table.concat(lines, "\n") .. "\n"
end

return M
