-- restJson1, the way there: an input becomes a path, a query, headers and a body.
-- Everything that depends on the operation alone is worked out once, in the
-- function that makes the builder.

local digest = require "plumb.digest"
local json = require "plumb.json"
local json_writer = require "plumb.aws.protocol.json_writer"
local places = require "plumb.aws.protocol.places"
local uri = require "plumb.aws.protocol.uri"
local value = require "plumb.aws.protocol.value"

local rest_request = {}

local null = json.null

local function present(v) return v ~= nil and v ~= null end

local function path_builder(template, members)
  local parts, constant_query = uri.split(template)
  local writers = {}
  for _, member in ipairs(members) do
    writers[member.wire] = { name = member.name, write = value.writer(member.shape, member.reference, "iso8601") }
  end
  return function(input)
    local out = {}
    for i, part in ipairs(parts) do
      local writer = writers[part.label]
      if part.text then
        out[i] = part.text
      else
        local text = writer and present(input[writer.name]) and writer.write(input[writer.name]) or ""
        out[i] = part.greedy and uri.encode_greedy(text) or uri.encode(text)
      end
    end
    return table.concat(out)
  end, constant_query
end

local function add_pair(pairs_out, name, text)
  pairs_out[#pairs_out + 1] = uri.encode(name) .. "=" .. uri.encode(text)
end

local function query_list(shapes, shape, default_format)
  local member = shape.member
  return value.writer(shapes[member.shape], member, default_format)
end

-- A map in the query adds its pairs beside the named members, which win.
local function query_map(shapes, shape)
  local item = shapes[shape.value.shape]
  local is_list = item.type == "list"
  local write = is_list and query_list(shapes, item, "iso8601") or value.writer(item, shape.value, "iso8601")
  return function(out, map, taken)
    local keys = {}
    for key in pairs(map) do
      if not taken[key] then keys[#keys + 1] = key end
    end
    table.sort(keys)
    for _, key in ipairs(keys) do
      for _, v in ipairs(is_list and map[key] or { map[key] }) do add_pair(out, key, write(v)) end
    end
  end
end

local function query_member(shapes, member)
  if member.shape.type == "map" then return query_map(shapes, member.shape) end
  if member.shape.type == "list" then
    local write = query_list(shapes, member.shape, "iso8601")
    return function(out, list)
      for _, v in ipairs(list) do add_pair(out, member.wire, write(v)) end
    end
  end
  local write = value.writer(member.shape, member.reference, "iso8601")
  return function(out, v) add_pair(out, member.wire, write(v)) end
end

local function query_builder(shapes, members, constant_query)
  local writers = {}
  for i, member in ipairs(members) do writers[i] = query_member(shapes, member) end
  return function(input)
    local out, taken = {}, {}
    if constant_query ~= "" then out[1] = constant_query end
    for _, member in ipairs(members) do
      if present(input[member.name]) then taken[member.wire] = true end
    end
    for i, member in ipairs(members) do
      local v = input[member.name]
      if present(v) then writers[i](out, v, taken) end
    end
    return table.concat(out, "&")
  end
end

local function quote_element(text)
  if not text:find('[,"]') then return text end
  return '"' .. text:gsub('[\\"]', "\\%0") .. '"'
end

local function header_writer(shapes, member)
  if member.shape.type == "list" then
    local item = shapes[member.shape.member.shape]
    local write = value.writer(item, member.shape.member, "rfc822")
    local is_text = item.type == "string"
    return function(list)
      local out = {}
      for i, v in ipairs(list) do out[i] = is_text and quote_element(write(v)) or write(v) end
      return table.concat(out, ", ")
    end
  end
  local write = value.writer(member.shape, member.reference, "rfc822")
  if member.reference.jsonvalue or member.shape.jsonvalue then
    return function(v) return digest.base64(write(v)) end
  end
  return write
end

local function headers_builder(shapes, members, prefixed)
  local writers = {}
  for i, member in ipairs(members) do
    writers[i] = { name = member.name, header = member.wire:lower(), write = header_writer(shapes, member) }
  end
  return function(input, headers)
    for _, member in ipairs(prefixed) do
      for key, v in pairs(present(input[member.name]) and input[member.name] or {}) do
        headers[(member.wire .. key):lower()] = tostring(v)
      end
    end
    for _, writer in ipairs(writers) do
      local v = input[writer.name]
      if present(v) then headers[writer.header] = writer.write(v) end
    end
  end
end

local function set_type(headers, content_type)
  headers["content-type"] = headers["content-type"] or content_type
end

local function payload_builder(service, input_shape)
  local name = input_shape.payload
  local reference = input_shape.members[name]
  local shape = service.shapes[reference.shape]
  if shape.type == "blob" or shape.type == "string" then
    local content_type = shape.type == "blob" and "application/octet-stream" or "text/plain"
    return function(input, headers)
      local v = input[name]
      if not present(v) then return "" end
      set_type(headers, content_type)
      return v
    end
  end
  local write = json_writer.make(service.shapes, reference)
  local optional = shape.union or shape.document
  return function(input, headers)
    local v = input[name]
    if not present(v) then
      -- An absent structure is an empty object; a union or document has no empty form.
      if optional then return "" end
      v = {}
    end
    set_type(headers, "application/json")
    return write(v)
  end
end

local function body_builder(service, operation, input_shape, members)
  if input_shape and input_shape.payload then return payload_builder(service, input_shape) end
  if #members == 0 then
    return function() return "" end
  end
  local function in_body(reference) return not reference.location end
  local write = json_writer.make(service.shapes, { shape = operation.input }, in_body)
  return function(input, headers)
    set_type(headers, "application/json")
    return write(input)
  end
end

---Makes the function that turns an input into the parts of a request.
---@param service plumb.aws.Service
---@param operation table  entry of service.operations
---@return fun(input: table): plumb.aws.Parts
function rest_request.builder(service, operation)
  local input_shape = operation.input and service.shapes[operation.input]
  local where = places.sort(service.shapes, input_shape)
  local method, template = operation.http:match("^(%S+) (.*)$")
  local build_path, constant_query = path_builder(template, where.uri)
  local build_query = query_builder(service.shapes, where.querystring, constant_query)
  local build_headers = headers_builder(service.shapes, where.header, where.headers)
  local build_body = body_builder(service, operation, input_shape, where.body)
  return function(input)
    local headers = {}
    build_headers(input, headers)
    local body = build_body(input, headers)
    if operation.checksum then headers["content-md5"] = digest.base64(digest.md5(body)) end
    return { method = method, path = build_path(input), query = build_query(input), headers = headers, body = body }
  end
end

return rest_request
