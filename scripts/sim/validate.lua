-- Input against the shapes of its operation, worded as the real services word it: wrong types are a
-- SerializationException, broken limits are collected into one ValidationException. Unlike the real services, which
-- ignore them, members that the shape does not know are refused: here they are always a mistake of the caller.

local digest = require("plumb.digest")
local fail = require("sim.fail")
local json = require("plumb.json")
local pattern = require("sim.pattern")

local M = {}

local KIND = { string = "STRING_VALUE", number = "NUMBER_VALUE", boolean = "TRUE_VALUE" }
local WORD = { string = "String", integer = "Integer", long = "Long", boolean = "Boolean", list = "List", map = "Map",
  structure = "Object", timestamp = "Date", blob = "Blob", double = "Double", float = "Float" }

local function kind_of(value)
  if type(value) == "table" then
    return json.is_list(value) and "START_ARRAY" or "START_OBJECT"
  end
  return KIND[type(value)] or "VALUE"
end

local function wrong_type(value, shape)
  fail.raise("SerializationException",
    ("%s can not be converted to %s"):format(kind_of(value), WORD[shape.type] or shape.type))
end

-- An empty JSON object and an empty list may be one and the same Lua table, depending on how it was made.
local function is_list(value)
  return type(value) == "table" and (json.is_list(value) or next(value) == nil)
end

local function is_map(value)
  return type(value) == "table" and (not json.is_list(value) or next(value) == nil)
end

local convert

local READ = {}

function READ.string(_, shape, value)
  return type(value) == "string" and value or wrong_type(value, shape)
end

function READ.boolean(_, shape, value)
  if type(value) ~= "boolean" then
    wrong_type(value, shape)
  end
  return value
end

function READ.integer(_, shape, value)
  local whole = type(value) == "number" and math.tointeger(value)
  return whole or wrong_type(value, shape)
end
READ.long = READ.integer

function READ.double(_, shape, value)
  return type(value) == "number" and value or wrong_type(value, shape)
end
READ.float, READ.timestamp = READ.double, READ.double

function READ.blob(_, shape, value)
  return type(value) == "string" and digest.unbase64(value) or wrong_type(value, shape)
end

function READ.list(service, shape, value)
  if not is_list(value) then
    wrong_type(value, shape)
  end
  local items = {}
  for i, item in ipairs(value) do
    items[i] = convert(service, shape.member.shape, item)
  end
  return items
end

function READ.map(service, shape, value)
  if not is_map(value) then
    wrong_type(value, shape)
  end
  local map = {}
  for key, item in pairs(value) do
    if item ~= json.null then
      map[key] = convert(service, shape.value.shape, item)
    end
  end
  return map
end

function READ.structure(service, shape, value, name)
  if not is_map(value) then
    wrong_type(value, shape)
  end
  local members, known = {}, {}
  for member, reference in pairs(shape.members or {}) do
    known[reference.locationName or member] = member
  end
  for key, item in pairs(value) do
    local member = known[key] or (shape.members or {})[key] and key
    if not member then
      fail.raise("SerializationException", ("Unrecognized field %q for %s"):format(tostring(key), name))
    elseif item ~= json.null then
      members[member] = convert(service, shape.members[member].shape, item)
    end
  end
  return members
end

function convert(service, name, value)
  local shape = service.shapes[name] or error("no shape " .. name .. " in " .. service.name)
  local read = READ[shape.type] or error("shape type " .. shape.type)
  return read(service, shape, value, name)
end

---A decoded JSON value as the shape's Lua value: nulls gone, blobs decoded, whole numbers integers.
---@param service table  a service table
---@param name string    shape name
---@param value any      from plumb.json
---@return any           raises SerializationException
function M.convert(service, name, value)
  return convert(service, name, value)
end

---Text from a path, a query or a form as the value of a scalar shape.
---@param shape table
---@param text string
---@return any  raises ValidationException or SerializationException
function M.scalar(shape, text)
  if shape.type == "integer" or shape.type == "long" then
    return text:find("^%-?%d+$") and math.tointeger(tonumber(text)) or fail.raise("SerializationException",
      ("%q can not be converted to an Integer"):format(text))
  elseif shape.type == "boolean" then
    if text ~= "true" and text ~= "false" then
      fail.raise("SerializationException", ("%q can not be converted to a Boolean"):format(text))
    end
    return text == "true"
  elseif shape.type == "double" or shape.type == "float" then
    return tonumber(text) or fail.raise("SerializationException", ("%q can not be converted to a Double"):format(text))
  elseif shape.type == "blob" then
    return digest.unbase64(text) or fail.raise("SerializationException", "not base64")
  end
  return text
end

local function lower_first(name)
  return name:sub(1, 1):lower() .. name:sub(2)
end

local function show(value)
  if type(value) == "table" then
    return next(value) == nil and "[]" or json.is_list(value) and "[...]" or "{...}"
  end
  return tostring(value)
end

local function note(found, value, path, sentence)
  found[#found + 1] = { path = path, text = ("Value %s at '%s' failed to satisfy constraint: Member must %s"):format(
    value == nil and "null" or "'" .. show(value) .. "'", path, sentence) }
end

local function length(shape, value)
  if shape.type == "string" then
    return utf8.len(value) or #value, "have length"
  elseif shape.type == "blob" then
    return #value, "have length"
  elseif shape.type == "list" then
    return #value, "have length"
  elseif shape.type == "map" then
    local n = 0
    for _ in pairs(value) do
      n = n + 1
    end
    return n, "have length"
  end
  return value, "have value"
end

local walk

local function check_size(shape, value, path, found)
  if shape.type == "boolean" or shape.type == "structure" or shape.type == "timestamp" then
    return
  end
  local size, words = length(shape, value)
  if shape.min and size < shape.min then
    note(found, value, path, ("%s greater than or equal to %d"):format(words, shape.min))
  end
  if shape.max and size > shape.max then
    note(found, value, path, ("%s less than or equal to %d"):format(words, shape.max))
  end
end

local function check_text(shape, value, path, found)
  if shape.enum then
    for _, word in ipairs(shape.enum) do
      if word == value then
        return
      end
    end
    note(found, value, path, "satisfy enum value set: [" .. table.concat(shape.enum, ", ") .. "]")
  elseif shape.pattern and not pattern.matches(shape.pattern, value) then
    note(found, value, path, "satisfy regular expression pattern: " .. shape.pattern)
  end
end

local function sorted_keys(map)
  local keys = {}
  for key in pairs(map) do
    keys[#keys + 1] = key
  end
  table.sort(keys)
  return keys
end

local function walk_structure(service, shape, value, path, found)
  for _, member in ipairs(shape.required or {}) do
    if value[member] == nil then
      note(found, nil, path .. lower_first(member), "not be null")
    end
  end
  for _, member in ipairs(sorted_keys(value)) do
    walk(service, shape.members[member].shape, value[member], path .. lower_first(member), found)
  end
end

function walk(service, name, value, path, found)
  local shape = service.shapes[name]
  check_size(shape, value, path, found)
  if shape.type == "string" then
    check_text(shape, value, path, found)
  elseif shape.type == "structure" then
    walk_structure(service, shape, value, path == "" and "" or path .. ".", found)
  elseif shape.type == "list" then
    for i, item in ipairs(value) do
      walk(service, shape.member.shape, item, ("%s.%d.member"):format(path, i), found)
    end
  elseif shape.type == "map" then
    for _, key in ipairs(sorted_keys(value)) do
      walk(service, shape.key.shape, key, path .. ".key", found)
      walk(service, shape.value.shape, value[key], path .. "." .. key .. ".member", found)
    end
  end
end

---Checks required members, ranges, enums and patterns; raises one ValidationException that lists everything wrong.
---@param service table  a service table
---@param name string    shape name of the input
---@param input table    as M.convert made it
function M.check(service, name, input)
  local found = {}
  walk(service, name, input, "", found)
  if #found == 0 then
    return
  end
  local texts, fields = {}, {}
  for i, entry in ipairs(found) do
    texts[i] = entry.text
    fields[i] = { Name = entry.path, Message = entry.text }
  end
  local head = #found == 1 and "1 validation error detected: " or #found .. " validation errors detected: "
  local members = service.protocol == "rest-json" and { Reason = "FIELD_VALIDATION_FAILED", Fields = fields } or nil
  fail.raise(service.protocol == "query" and "ValidationError" or "ValidationException",
    head .. table.concat(texts, "; "), { members = members })
end

return M
