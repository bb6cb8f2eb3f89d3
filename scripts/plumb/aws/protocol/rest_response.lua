-- restJson1, the way back: an output is put together from the body, headers and
-- the status of a successful response.

local digest = require "plumb.digest"
local json = require "plumb.json"
local json_reader = require "plumb.aws.protocol.json_reader"
local places = require "plumb.aws.protocol.places"
local value = require "plumb.aws.protocol.value"

local rest_response = {}

local function split_header_list(text)
  local out = {}
  for element in (text .. ","):gmatch("%s*([^,]*),") do out[#out + 1] = (element:gsub("%s+$", "")) end
  return out
end

local function header_reader(shapes, member)
  if member.shape.type == "list" then
    local item = shapes[member.shape.member.shape]
    local read = value.reader(item)
    -- A date holds a comma of its own.
    local whole = item.type == "timestamp"
    return function(text)
      local out = {}
      for _, element in ipairs(whole and { text } or split_header_list(text)) do out[#out + 1] = read(element) end
      return out
    end
  end
  local read = value.reader(member.shape)
  if member.reference.jsonvalue or member.shape.jsonvalue then
    return function(text) return json.decode(digest.unbase64(text) or text) end
  end
  return read
end

local function prefixed_headers(headers, prefix)
  local out = {}
  for name, text in pairs(headers) do
    if name:sub(1, #prefix) == prefix then out[name:sub(#prefix + 1)] = text end
  end
  return out
end

local function head_reader(shapes, where)
  local readers = {}
  for i, member in ipairs(where.header) do
    readers[i] = { name = member.name, header = member.wire:lower(), read = header_reader(shapes, member) }
  end
  return function(response, output)
    for _, reader in ipairs(readers) do
      local text = response.headers[reader.header]
      if text then output[reader.name] = reader.read(text) end
    end
    for _, member in ipairs(where.headers) do
      output[member.name] = prefixed_headers(response.headers, member.wire:lower())
    end
    for _, member in ipairs(where.statusCode) do output[member.name] = response.status end
    return output
  end
end

local function payload_reader(service, output_shape)
  local name = output_shape.payload
  local reference = output_shape.members[name]
  local shape = service.shapes[reference.shape]
  if shape.type == "blob" or shape.type == "string" then
    return function(response) return { [name] = response.body } end
  end
  local read = json_reader.make(service.shapes, reference)
  return function(response)
    if response.body == "" then return {} end
    local decoded, message = json.decode(response.body)
    if decoded == nil then return nil, message end
    local payload
    payload, message = read(decoded)
    if payload == nil then return nil, message end
    return { [name] = payload }
  end
end

local function body_reader(service, operation, output_shape, members)
  if output_shape and output_shape.payload then return payload_reader(service, output_shape) end
  if #members == 0 then
    return function(response)
      -- Nothing is expected; still, a web page is not an answer from AWS.
      if response.body:find("^%s*$") then return {} end
      local decoded, message = json.decode(response.body)
      if decoded == nil then return nil, message end
      return {}
    end
  end
  local read = json_reader.make(service.shapes, { shape = operation.output })
  return function(response)
    local decoded, message = json.decode(response.body)
    if decoded == nil then return nil, message end
    return read(decoded)
  end
end

---Makes the function that reads a successful response.
---@param service plumb.aws.Service
---@param operation table
---@return fun(response: table): table?, string?  output, or nil and what does not fit
function rest_response.reader(service, operation)
  local output_shape = operation.output and service.shapes[operation.output]
  local where = places.sort(service.shapes, output_shape)
  local read_body = body_reader(service, operation, output_shape, where.body)
  local read_head = head_reader(service.shapes, where)
  return function(response)
    local output, message = read_body(response)
    if not output then return nil, message end
    return read_head(response, output)
  end
end

return rest_response
