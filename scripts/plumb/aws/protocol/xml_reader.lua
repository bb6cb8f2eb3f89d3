-- XML trees (plumb.xml) by shape, for the query protocol's answers. A shape is
-- compiled once into a function from an element to a Lua value.

local compile_with = require("plumb.aws.protocol.compile").with
local json = require "plumb.json"
local value = require "plumb.aws.protocol.value"

local xml_reader = {}

-- Raised for a value of the wrong kind and turned into an error of kind "garbage";
-- whatever else is raised is a bug.
local Mismatch = {}

local function mismatch(element, expected)
  error(setmetatable({ message = ("<%s>: %s expected"):format(element.name, expected) }, Mismatch))
end

-- Prefixes carry nothing here: all elements of an answer are in one namespace.
local function local_name(element)
  return element.name:match("[^:]*$")
end

local function is_flat(shape, reference)
  return (shape.type == "list" or shape.type == "map") and (reference.flattened or shape.flattened)
end

---The first child element of that name, or nil.
---@param element table
---@param name string
---@return table?
function xml_reader.child(element, name)
  for _, child in ipairs(element.children) do
    if local_name(child) == name then return child end
  end
end

local function structure_reader(shape, compile, shapes)
  local members = {}
  for name, reference in pairs(shape.members) do
    members[reference.locationName or name] = {
      name = name, read = compile(reference), flat = is_flat(shapes[reference.shape], reference),
    }
  end
  return function(element)
    local out, flat = {}, {}
    for _, child in ipairs(element.children) do
      local wire = local_name(child)
      local member = members[wire]
      if member and member.flat then
        -- A flat list has no element of its own: its items lie among the members.
        flat[wire] = flat[wire] or { name = wire, children = {} }
        table.insert(flat[wire].children, child)
      elseif member then
        out[member.name] = member.read(child)
      end
    end
    for wire, items in pairs(flat) do out[members[wire].name] = members[wire].read(items) end
    return out
  end
end

local function list_reader(shape, compile)
  local read = compile(shape.member)
  return function(element)
    local out = {}
    for i, child in ipairs(element.children) do out[i] = read(child) end
    return json.list(out)
  end
end

local function map_reader(shape, compile)
  local read = compile(shape.value)
  local key_name, value_name = shape.key.locationName or "key", shape.value.locationName or "value"
  return function(element)
    local out = {}
    for _, entry in ipairs(element.children) do
      local key, item = xml_reader.child(entry, key_name), xml_reader.child(entry, value_name)
      if not key or not item then mismatch(entry, key_name .. " and " .. value_name) end
      out[key.text] = read(item)
    end
    return out
  end
end

local function scalar_reader(shape)
  local read = value.reader(shape)
  return function(element)
    local v = read(element.text)
    if v == nil then mismatch(element, shape.type) end
    return v
  end
end

---Makes the reader of a shape.
---@param shapes table
---@param reference table
---@return fun(element: table): any, string?  the value, or nil and what does not fit
function xml_reader.make(shapes, reference)
  local read = compile_with(shapes, function(shape, _, compile)
    if shape.type == "structure" then return structure_reader(shape, compile, shapes) end
    if shape.type == "list" then return list_reader(shape, compile) end
    if shape.type == "map" then return map_reader(shape, compile) end
    return scalar_reader(shape)
  end)(reference)
  return function(element)
    local ok, result = pcall(read, element)
    if ok then return result end
    if getmetatable(result) ~= Mismatch then error(result, 0) end
    return nil, result.message
  end
end

return xml_reader
