-- JSON text by shape, for both JSON protocols. A writer appends text straight to a
-- list of pieces, because only the shape knows whether an empty Lua table is a list
-- or an object.

local compile_with = require("plumb.aws.protocol.compile").with
local digest = require "plumb.digest"
local json = require "plumb.json"
local value = require "plumb.aws.protocol.value"

local json_writer = {}

local null = json.null

local ESCAPES = { ['"'] = '\\"', ["\\"] = "\\\\", ["\n"] = "\\n", ["\r"] = "\\r", ["\t"] = "\\t" }
setmetatable(ESCAPES, { __index = function(_, byte) return ("\\u%04x"):format(byte:byte()) end })

local function quote(text)
  if text:find('[%c"\\]') then text = text:gsub('[%c"\\]', ESCAPES) end
  return '"' .. text .. '"'
end

local function write_string(out, v) out[#out + 1] = quote(tostring(v)) end
local function write_boolean(out, v) out[#out + 1] = tostring(v) end
local function write_blob(out, v) out[#out + 1] = '"' .. digest.base64(v) .. '"' end
local function write_document(out, v) out[#out + 1] = json.encode(v) end

-- JSON has no NaN; AWS sends and takes the three words as strings.
local function write_number(out, v)
  if type(v) == "string" then
    out[#out + 1] = quote(v)
  elseif v ~= v or v == math.huge or v == -math.huge then
    out[#out + 1] = quote(value.number(v))
  else
    out[#out + 1] = value.number(v)
  end
end

local function write_jsonvalue(out, v)
  out[#out + 1] = quote(type(v) == "string" and v or json.encode(v))
end

local function timestamp_writer(format)
  if format == "unixTimestamp" then
    return function(out, v) out[#out + 1] = value.timestamp(v, format) end
  end
  return function(out, v) out[#out + 1] = quote(value.timestamp(v, format)) end
end

local function structure_writer(shape, compile, only)
  local fields = {}
  for name, reference in pairs(shape.members) do
    if not only or only(reference) then
      fields[#fields + 1] = { name = name, wire = reference.locationName or name, reference = reference }
    end
  end
  table.sort(fields, function(a, b) return a.wire < b.wire end)
  local names, keys, writers = {}, {}, {}
  for i, field in ipairs(fields) do
    names[i], keys[i], writers[i] = field.name, quote(field.wire) .. ":", compile(field.reference)
  end
  return function(out, v)
    local before = "{"
    for i = 1, #names do
      local member = v[names[i]]
      if member ~= nil and member ~= null then
        out[#out + 1] = before .. keys[i]
        writers[i](out, member)
        before = ","
      end
    end
    out[#out + 1] = before == "{" and "{}" or "}"
  end
end

local function list_writer(shape, compile)
  local write = compile(shape.member)
  return function(out, v)
    local before = "["
    for _, item in ipairs(v) do
      out[#out + 1] = before
      if item == null then out[#out + 1] = "null" else write(out, item) end
      before = ","
    end
    out[#out + 1] = before == "[" and "[]" or "]"
  end
end

local function map_writer(shape, compile)
  local write = compile(shape.value)
  return function(out, v)
    local keys = {}
    for key in pairs(v) do keys[#keys + 1] = tostring(key) end
    table.sort(keys)
    local before = "{"
    for _, key in ipairs(keys) do
      out[#out + 1] = before .. quote(key) .. ":"
      if v[key] == null then out[#out + 1] = "null" else write(out, v[key]) end
      before = ","
    end
    out[#out + 1] = before == "{" and "{}" or "}"
  end
end

local function shape_writer(shape, reference, compile)
  local kind = shape.type
  if kind == "structure" then
    return shape.document and write_document or structure_writer(shape, compile)
  elseif kind == "list" then
    return list_writer(shape, compile)
  elseif kind == "map" then
    return map_writer(shape, compile)
  elseif kind == "timestamp" then
    return timestamp_writer(reference.timestampFormat or shape.timestampFormat or "unixTimestamp")
  elseif kind == "blob" then
    return write_blob
  elseif kind == "boolean" then
    return write_boolean
  elseif value.INTEGERS[kind] or value.FLOATS[kind] then
    return write_number
  elseif reference.jsonvalue or shape.jsonvalue then
    return write_jsonvalue
  end
  return write_string
end

---Makes the writer of a shape.
---@param shapes table           service.shapes
---@param reference table        { shape = name }
---@param only? fun(reference: table): boolean  which members of the outermost structure to write
---@return fun(value: any): string
function json_writer.make(shapes, reference, only)
  local compile = compile_with(shapes, shape_writer)
  local shape = shapes[reference.shape]
  local write = only and structure_writer(shape, compile, only) or compile(reference)
  return function(v)
    local out = {}
    write(out, v)
    return table.concat(out)
  end
end

return json_writer
