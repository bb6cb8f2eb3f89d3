-- Decoded JSON by shape, for both JSON protocols. A reader walks the value in place,
-- turns timestamps and blobs into Lua values and drops nulls, so that an absent
-- member and a null one look the same.

local compile_with = require("plumb.aws.protocol.compile").with
local digest = require "plumb.digest"
local json = require "plumb.json"
local value = require "plumb.aws.protocol.value"

local json_reader = {}

local null, is_list = json.null, json.is_list

-- Readers return the value to keep. A value of the wrong kind raises a Mismatch,
-- which becomes an error of kind "garbage"; whatever else is raised is a bug.
local Mismatch = {}

local function mismatch(expected, got)
  local found = is_list(got) and "a list" or type(got)
  error(setmetatable({ message = ("%s expected, %s found"):format(expected, found) }, Mismatch))
end

local function drop_nulls(v)
  if type(v) == "table" then
    for key, item in pairs(v) do
      if item == null then v[key] = nil else drop_nulls(item) end
    end
  end
  return v
end

local function read_string(v)
  if type(v) == "table" then mismatch("text", v) end
  return type(v) == "string" and v or tostring(v)
end

local function read_boolean(v)
  if type(v) == "boolean" then return v end
  if v == "true" then return true elseif v == "false" then return false end
  mismatch("true or false", v)
end

local function read_number(v)
  if type(v) == "string" then v = value.WORDS_FOR_FLOATS[v] or tonumber(v) or v end
  if type(v) ~= "number" then mismatch("a number", v) end
  return math.type(v) == "float" and math.tointeger(v) or v
end

local read_moment = value.reader { type = "timestamp" }
local function read_timestamp(v)
  if type(v) == "string" then v = read_moment(v) or v end
  if type(v) ~= "number" then mismatch("a point in time", v) end
  return math.type(v) == "float" and math.tointeger(v) or v
end

local function read_blob(v)
  local bytes = type(v) == "string" and digest.unbase64(v)
  if not bytes then mismatch("base64", v) end
  return bytes
end

-- Values of these shapes are right as they come, when they are of that Lua type.
local AS_THEY_COME = { [read_string] = "string", [read_boolean] = "boolean" }

local function structure_reader(shape, compile)
  local readers, plain, renamed = {}, {}, {}
  for name, reference in pairs(shape.members) do
    local wire = reference.locationName or name
    readers[wire] = compile(reference)
    plain[wire] = AS_THEY_COME[readers[wire]]
    if wire ~= name then renamed[wire] = name end
  end
  local renames = next(renamed) ~= nil
  return function(v)
    if type(v) ~= "table" or is_list(v) then mismatch("an object", v) end
    local kept = renames and {} or v
    for key, item in next, v do
      if item == null then
        v[key] = nil
      elseif renames or type(item) ~= plain[key] then
        local read = readers[key]
        -- Members that are newer than our tables are handed on as they came.
        if read then item = read(item) else drop_nulls(item) end
        kept[renamed[key] or key] = item
      end
    end
    return kept
  end
end

local function list_reader(shape, compile)
  local read = compile(shape.member)
  local plain = AS_THEY_COME[read]
  return function(v)
    if not is_list(v) then mismatch("a list", v) end
    local kept = 0
    for i = 1, #v do
      local item = v[i]
      if item ~= null then
        kept = kept + 1
        v[kept] = type(item) == plain and item or read(item)
      end
    end
    for i = #v, kept + 1, -1 do v[i] = nil end
    return v
  end
end

local function map_reader(shape, compile)
  local read = compile(shape.value)
  return function(v)
    if type(v) ~= "table" or is_list(v) then mismatch("an object", v) end
    for key, item in pairs(v) do
      if item == null then v[key] = nil else v[key] = read(item) end
    end
    return v
  end
end

local function read_jsonvalue(v)
  if type(v) ~= "string" then mismatch("text", v) end
  local decoded, message = json.decode(v)
  if decoded == nil and message then mismatch("JSON in the text", v) end
  return drop_nulls(decoded)
end

local function shape_reader(shape, reference, compile)
  local kind = shape.type
  if kind == "structure" then
    return shape.document and drop_nulls or structure_reader(shape, compile)
  elseif kind == "list" then
    return list_reader(shape, compile)
  elseif kind == "map" then
    return map_reader(shape, compile)
  elseif kind == "timestamp" then
    return read_timestamp
  elseif kind == "blob" then
    return read_blob
  elseif kind == "boolean" then
    return read_boolean
  elseif value.INTEGERS[kind] or value.FLOATS[kind] then
    return read_number
  elseif reference.jsonvalue or shape.jsonvalue then
    return read_jsonvalue
  end
  return read_string
end

---Makes the reader of a shape: it takes what plumb.json.decode returned (and may
---change it) and returns the output, or nil and what does not fit.
---@param shapes table
---@param reference table
---@return fun(decoded: any): any, string?
function json_reader.make(shapes, reference)
  local read = compile_with(shapes, shape_reader)(reference)
  return function(decoded)
    local ok, result = pcall(read, decoded)
    if ok then return result end
    if getmetatable(result) ~= Mismatch then error(result, 0) end
    return nil, result.message
  end
end

return json_reader
