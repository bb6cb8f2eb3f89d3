-- KEY=VALUE words from the command line to the input of an operation, by its shapes, and its output to
-- something JSON can carry. Texts become numbers, lists and tables only where a shape says so: a
-- workload named "007" stays a text.

local printable = require("plumb.cli.printable")
local problem = require("plumb.problem")
local suggest = require("plumb.suggest")

local M = {}

local function refuse(what, fix)
  problem.raise({ id = "E110", what = what, fix = fix })
end

local function decode(key, text)
  local value, message = require("plumb.json").decode(text)
  if value == nil then
    refuse(("the value of %s is not JSON"):format(key), message)
  end
  return value
end

local function number(key, text)
  local value = text:find("^[+-]?[%d.]+[eE]?[+-]?%d*$") and tonumber(text)
  if not value then
    refuse(("%s is not a number for %s"):format(printable.quote(text), key), ("for example %s=10"):format(key))
  end
  return value
end

local FROM_TEXT = {}

function FROM_TEXT.integer(key, text)
  local value = math.tointeger(number(key, text))
  if not value then
    refuse(("%s is not a whole number for %s"):format(printable.quote(text), key), ("for example %s=10"):format(key))
  end
  return value
end
FROM_TEXT.long = FROM_TEXT.integer

FROM_TEXT.float, FROM_TEXT.double = number, number

function FROM_TEXT.boolean(key, text)
  if text ~= "true" and text ~= "false" then
    refuse(("%s is neither true nor false for %s"):format(printable.quote(text), key), key .. "=true")
  end
  return text == "true"
end

function FROM_TEXT.timestamp(_, text)
  return tonumber(text) or text
end

FROM_TEXT.structure, FROM_TEXT.map = decode, decode

local function from_text(service, shape_name, key, text)
  local shape = service.shapes[shape_name]
  if shape.type == "list" then
    if text:find("^%s*%[") then
      return decode(key, text)
    end
    return { from_text(service, shape.member.shape, key, text) }
  end
  if FROM_TEXT[shape.type] then
    return FROM_TEXT[shape.type](key, text)
  end
  return text
end

local function unknown_member(members, key)
  local near = suggest.key(key, members)
  local names = {}
  for name in pairs(members) do
    names[#names + 1] = name
  end
  table.sort(names)
  refuse(("no member %s"):format(printable.quote(key)), (near and ("did you mean '%s'?   "):format(near) or "")
    .. (#names > 0 and "members: " .. table.concat(names, ", ") or "the operation takes none"))
end

local function add(input, service, members, key, text)
  local member = members[key]
  if not member then
    unknown_member(members, key)
  end
  local value = from_text(service, member.shape, key, text)
  local before = input[key]
  if before ~= nil and service.shapes[member.shape].type == "list" then
    table.move(value, 1, #value, #before + 1, before) -- the same key again adds to the list
  elseif before ~= nil then
    refuse(key .. " is given twice", "leave one out")
  else
    input[key] = value
  end
end

---The input of an operation; raises E110.
---@param service plumb.aws.Service
---@param operation table
---@param words string[]     KEY=VALUE; lists and tables as JSON, or a list key several times
---@param base? string       a JSON object with further members, which the words beat
---@return table input
function M.read(service, operation, words, base)
  local shape = operation.input and service.shapes[operation.input]
  local members = shape and shape.members or {}
  local input = {}
  for _, word in ipairs(words) do
    local key, text = word:match("^([^=]+)=(.*)$")
    if not key then
      refuse(printable.quote(word) .. " is not KEY=VALUE", "for example WorkloadId=0123456789abcdef0123456789abcdef")
    end
    add(input, service, members, key, text)
  end
  for key, value in pairs(base and decode("--input", base) or {}) do
    if not members[key] then
      unknown_member(members, tostring(key))
    end
    if input[key] == nil then
      input[key] = value
    end
  end
  return input
end

local convert

local function convert_members(service, shape, value)
  local out = {}
  for name, part in pairs(value) do
    local member = shape.members[name]
    out[name] = member and convert(service, member.shape, part) or part
  end
  return out
end

local function convert_list(service, shape, value)
  local out = require("plumb.json").list({})
  for i, part in ipairs(value) do
    out[i] = convert(service, shape.member.shape, part)
  end
  return out
end

local function convert_map(service, shape, value)
  local out = {}
  for name, part in pairs(value) do
    out[name] = convert(service, shape.value.shape, part)
  end
  return out
end

function convert(service, shape_name, value)
  local shape = service.shapes[shape_name]
  if type(value) ~= "table" then
    if shape and shape.type == "blob" then
      return require("plumb.digest").base64(value)
    elseif shape and shape.type == "timestamp" and type(value) == "number" then
      return require("plumb.time").iso(value)
    end
    return value
  elseif not shape or shape.document then
    return value
  end
  local by_type = { structure = convert_members, list = convert_list, map = convert_map }
  return by_type[shape.type] and by_type[shape.type](service, shape, value) or value
end

---An output, or a part of one, ready for plumb.json: empty lists stay lists, bytes become base64 and
---times ISO 8601, as the AWS CLI prints them.
---@param service plumb.aws.Service
---@param shape_name string|nil  nil when the operation has no output
---@param output table
---@return table
function M.writable(service, shape_name, output)
  return shape_name and convert(service, shape_name, output) or output
end

return M
