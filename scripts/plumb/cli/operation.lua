-- AWS operations by name, as people type them: `wa.ListAnswers`. Finds them in the bundled service
-- tables or a published model, describes them, and turns KEY=VALUE into the input they take.

local printable = require("plumb.cli.printable")
local problem = require("plumb.problem")
local suggest = require("plumb.suggest")

local M = {}

local SHORT = { wa = "wellarchitected" }

---The services with a bundled table.
---@return string[] names  sorted
function M.services()
  return require("plumb.aws.services")
end

local function did_you_mean(near, rest)
  return (near and ("did you mean '%s'?   "):format(near) or "") .. rest
end

---A bundled service table; raises E109.
---@param name string  "wa" is short for wellarchitected
---@return plumb.aws.Service
function M.service(name)
  name = SHORT[name] or name
  local names = M.services()
  for _, known in ipairs(names) do
    if known == name then
      return require("plumb.aws.service." .. name)
    end
  end
  problem.raise({ id = "E109", what = "no service " .. printable.quote(name),
    fix = did_you_mean(suggest.suggest(name, names),
      "bundled: " .. table.concat(names, ", ") .. "; any other with --model FILE") })
end

local function sorted_names(map)
  local names = {}
  for name in pairs(map) do
    names[#names + 1] = name
  end
  table.sort(names)
  return names
end

---An operation of a service; raises E109.
---@param service plumb.aws.Service
---@param name string
---@return table operation
function M.operation(service, name)
  local operation = service.operations[name]
  if not operation then
    problem.raise({ id = "E109", what = ("%s has no operation %s"):format(service.name, printable.quote(name)),
      fix = did_you_mean(suggest.key(name, service.operations),
        ("plumb help %s lists its %d operations"):format(service.name, #sorted_names(service.operations))) })
  end
  return operation
end

---Splits "wa.ListAnswers"; raises E109.
---@param text string
---@return string service
---@return string operation
function M.split(text)
  local service, operation = text:match("^([^.]+)%.([^.]+)$")
  if not service then
    problem.raise({ id = "E109", what = printable.quote(text) .. " is not SERVICE.OPERATION",
      fix = "for example plumb call wa.ListWorkloads" })
  end
  return service, operation
end

local function limits(shape)
  if shape.enum then
    local words = table.concat(shape.enum, ", ")
    return #words > 70 and words:sub(1, 66) .. " ..." or words
  elseif not shape.max then
    return nil
  end
  local range = shape.min == shape.max and tostring(shape.max)
    or shape.min and ("%s to %s"):format(shape.min, shape.max) or ("at most %s"):format(shape.max)
  return range .. (shape.type == "string" and " characters" or shape.type == "list" and " entries" or "")
end

local function type_name(service, shape)
  if shape.type == "list" then
    return "list of " .. service.shapes[shape.member.shape].type
  end
  return shape.type
end

---The members of a structure, those first that are required.
---@param service plumb.aws.Service
---@param structure table  a shape of it
---@return { name: string, type: string, required: boolean, limits: string? }[]
function M.members(service, structure)
  local list, required = {}, {}
  for _, name in ipairs(structure.required or {}) do
    required[name] = true
  end
  for i, name in ipairs(sorted_names(structure.members)) do
    local shape = service.shapes[structure.members[name].shape]
    list[i] = { name = name, type = type_name(service, shape), required = required[name] or false,
      limits = limits(shape) }
  end
  table.sort(list, function(a, b)
    if a.required ~= b.required then
      return a.required
    end
    return a.name < b.name
  end)
  return list
end

local function member_rows(service, input)
  local rows = {}
  for i, member in ipairs(M.members(service, input)) do
    local notes = { member.required and "required" or nil }
    notes[#notes + 1] = member.limits
    rows[i] = { ("%-24s %s"):format(member.name, member.type), table.concat(notes, ", ") }
  end
  return rows
end

---The help text for one operation.
---@param service plumb.aws.Service
---@param name string
---@return string
function M.describe(service, name)
  local operation = M.operation(service, name)
  local columns = require("plumb.cli.help").columns
  local input = operation.input and service.shapes[operation.input]
  local parts = {
    ("%s.%s: %s"):format(service.name, name,
      require("plumb.aws.reads")(service, name) and "reads" or "changes something"),
    input and next(input.members) and "Members\n" .. columns(member_rows(service, input)) or "It takes no members.",
  }
  if operation.errors and #operation.errors > 0 then
    parts[#parts + 1] = "Errors\n  " .. table.concat(operation.errors, "\n  ")
  end
  return table.concat(parts, "\n\n") .. "\n"
end

---The list of a service's operations.
---@param service plumb.aws.Service
---@return string
function M.list(service)
  local names = sorted_names(service.operations)
  return ("%s: %s, %d operations\n\n  %s\n\nplumb help %s.%s describes one.\n"):format(service.name,
    service.full_name or service.service_id, #names, table.concat(names, "\n  "), service.name, names[1])
end

return M
