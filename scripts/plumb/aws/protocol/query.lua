-- The query protocol: a form in the body, XML in the answer. Used by STS and SNS.
-- https://smithy.io/2.0/aws/protocols/aws-query-protocol.html

local failure = require "plumb.aws.protocol.failure"
local json = require "plumb.json"
local uri = require "plumb.aws.protocol.uri"
local value = require "plumb.aws.protocol.value"
local xml = require "plumb.xml"
local xml_reader = require "plumb.aws.protocol.xml_reader"
local compile_with = require("plumb.aws.protocol.compile").with

local query = {}

local null = json.null

-- Writers append "name=value" pieces; `prefix` is the name so far, already encoded.
local function structure_writer(shape, compile)
  local fields = {}
  for name, reference in pairs(shape.members) do
    fields[#fields + 1] = { name = name, wire = reference.locationName or name, write = compile(reference) }
  end
  table.sort(fields, function(a, b) return a.wire < b.wire end)
  return function(out, prefix, v)
    for _, field in ipairs(fields) do
      local member = v[field.name]
      if member ~= nil and member ~= null then
        field.write(out, prefix == "" and field.wire or prefix .. "." .. field.wire, member)
      end
    end
  end
end

local function list_writer(shape, reference, compile)
  local write = compile(shape.member)
  local flat = reference.flattened or shape.flattened
  local step = flat and "." or "." .. (shape.member.locationName or "member") .. "."
  return function(out, prefix, list)
    -- An empty list is said with an empty value; leaving it out would mean "unchanged".
    if #list == 0 then out[#out + 1] = prefix .. "=" end
    for i, item in ipairs(list) do write(out, prefix .. step .. i, item) end
  end
end

local function map_writer(shape, reference, compile)
  local write_key, write_value = compile(shape.key), compile(shape.value)
  local step = (reference.flattened or shape.flattened) and "." or ".entry."
  local key_name, value_name = shape.key.locationName or "key", shape.value.locationName or "value"
  return function(out, prefix, map)
    local keys = {}
    for key in pairs(map) do keys[#keys + 1] = key end
    table.sort(keys)
    for i, key in ipairs(keys) do
      write_key(out, prefix .. step .. i .. "." .. key_name, key)
      write_value(out, prefix .. step .. i .. "." .. value_name, map[key])
    end
  end
end

local function shape_writer(shape, reference, compile)
  if shape.type == "structure" then return structure_writer(shape, compile) end
  if shape.type == "list" then return list_writer(shape, reference, compile) end
  if shape.type == "map" then return map_writer(shape, reference, compile) end
  local write = value.writer(shape, reference, "iso8601")
  return function(out, prefix, v) out[#out + 1] = prefix .. "=" .. uri.encode(write(v)) end
end

---Makes the function that turns an input into the parts of a request.
---@param service plumb.aws.Service
---@param operation table  entry of service.operations
---@param name string      the operation's name
---@return fun(input: table): plumb.aws.Parts
function query.builder(service, operation, name)
  local method, path = operation.http:match("^(%S+) (.*)$")
  local start = "Action=" .. uri.encode(name) .. "&Version=" .. uri.encode(service.api_version or "")
  local write = operation.input and compile_with(service.shapes, shape_writer) { shape = operation.input }
  return function(input)
    local out = { start }
    if write then write(out, "", input) end
    local headers = { ["content-type"] = "application/x-www-form-urlencoded; charset=utf-8" }
    return { method = method, path = path, query = "", headers = headers, body = table.concat(out, "&") }
  end
end

---Makes the function that reads a successful response.
---@param service plumb.aws.Service
---@param operation table
---@return fun(response: table): table?, string?
function query.reader(service, operation)
  local read = operation.output and xml_reader.make(service.shapes, { shape = operation.output })
  local wrapper = operation.result_wrapper
  return function(response)
    local root, message = xml.parse(response.body)
    if not root then return nil, message end
    if not root.name:find("Response$") then return nil, ("the answer is a <%s>"):format(root.name) end
    if not read then return {} end
    local element = wrapper and xml_reader.child(root, wrapper) or not wrapper and root
    if not element then return nil, ("no <%s> in <%s>"):format(wrapper, root.name) end
    return read(element)
  end
end

local function text_of(element, name)
  local child = element and xml_reader.child(element, name)
  return child and child.text ~= "" and child.text or nil
end

---Reads an error reply: <ErrorResponse><Error><Type/><Code/><Message/></Error><RequestId/></ErrorResponse>.
---@param service plumb.aws.Service
---@param operation_name string
---@param response table
---@return plumb.Error
function query.failure(service, operation_name, response)
  local root, why = xml.parse(response.body)
  if not root then return failure.garbage(service, operation_name, response, why) end
  local errors = xml_reader.child(root, "Errors") or root
  local element = xml_reader.child(errors, "Error") or root.name == "Error" and root
  local code = text_of(element, "Code")
  if not code then return failure.garbage(service, operation_name, response, "an error without a code") end
  return failure.from_fields(service, operation_name, response, {
    code = code,
    message = text_of(element, "Message"),
    fault = text_of(element, "Type"),
    request_id = text_of(root, "RequestId") or text_of(root, "RequestID"),
  })
end

return query
