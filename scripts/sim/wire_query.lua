-- The query protocol: a form in, XML out. STS and SNS speak it.

local clock = require("sim.clock")
local digest = require("plumb.digest")
local fail = require("sim.fail")
local uri = require("sim.uri")
local validate = require("sim.validate")

local M = {}

---A form body as a tree: "Tags.member.1.Key=a" is tree.Tags.member["1"].Key.value.
---@param body string
---@return table tree  every node may have a `value` (string) and `children`
function M.form(body)
  local root = { children = {} }
  for _, pair in ipairs(uri.query(body)) do
    local node = root
    for part in pair[1]:gmatch("[^.]+") do
      node.children = node.children or {}
      node.children[part] = node.children[part] or {}
      node = node.children[part]
    end
    node.value = pair[2]
  end
  return root
end

local function numbered(node)
  local items, i = {}, 1
  while node.children and node.children[tostring(i)] do
    items[i] = node.children[tostring(i)]
    i = i + 1
  end
  return items
end

local read

local function read_structure(service, shape, node, skip)
  local value, known = {}, {}
  for name, reference in pairs(shape.members or {}) do
    known[reference.locationName or name] = name
  end
  for key, child in pairs(node.children or {}) do
    local member = known[key]
    if member then
      value[member] = read(service, shape.members[member].shape, child)
    elseif not (skip and skip[key]) then
      fail.raise("ValidationError", ("Unexpected parameter: %s"):format(key))
    end
  end
  return value
end

local function read_list(service, shape, node)
  local inner = node
  if not shape.flattened then
    inner = node.children and node.children[shape.member.locationName or "member"] or { children = {} }
  end
  local items = {}
  for i, child in ipairs(numbered(inner)) do
    items[i] = read(service, shape.member.shape, child)
  end
  return items
end

local function read_map(service, shape, node)
  local map = {}
  local inner = shape.flattened and node or node.children and node.children.entry or { children = {} }
  for _, entry in ipairs(numbered(inner)) do
    local key = entry.children[shape.key.locationName or "key"]
    local item = entry.children[shape.value.locationName or "value"]
    if key and item then
      map[key.value] = read(service, shape.value.shape, item)
    end
  end
  return map
end

function read(service, name, node)
  local shape = service.shapes[name]
  if shape.type == "structure" then
    return read_structure(service, shape, node)
  elseif shape.type == "list" then
    return read_list(service, shape, node)
  elseif shape.type == "map" then
    return read_map(service, shape, node)
  elseif shape.type == "timestamp" then
    return clock.parse(node.value or "") or fail.raise("ValidationError", "not a time: " .. tostring(node.value))
  end
  return validate.scalar(shape, node.value or "")
end

---The input of an operation from its form.
---@param service table
---@param operation table  entry of the service table
---@param body string
---@return table input  raises ValidationError
function M.parse(service, operation, body)
  local tree = M.form(body)
  if not operation.input then
    return {}
  end
  return read_structure(service, service.shapes[operation.input], tree, { Action = true, Version = true })
end

local ENTITY = { ["&"] = "&amp;", ["<"] = "&lt;", [">"] = "&gt;", ["\""] = "&quot;", ["\r"] = "&#xD;" }

---@param text string
---@return string
function M.escape(text)
  return (text:gsub("[&<>\"\r]", ENTITY))
end

local write

local function write_members(service, shape, value, out)
  local names = {}
  for name in pairs(shape.members or {}) do
    names[#names + 1] = name
  end
  table.sort(names)
  for _, name in ipairs(names) do
    if value[name] ~= nil then
      local reference = shape.members[name]
      write(service, reference.shape, value[name], reference.locationName or name, out)
    end
  end
end

local function write_list(service, shape, value, tag, out)
  if not shape.flattened then
    out[#out + 1] = "<" .. tag .. ">"
  end
  for _, item in ipairs(value) do
    write(service, shape.member.shape, item, shape.flattened and tag or shape.member.locationName or "member", out)
  end
  if not shape.flattened then
    out[#out + 1] = "</" .. tag .. ">"
  end
end

local function write_map(service, shape, value, tag, out)
  local keys = {}
  for key in pairs(value) do
    keys[#keys + 1] = key
  end
  table.sort(keys)
  out[#out + 1] = "<" .. tag .. ">"
  for _, key in ipairs(keys) do
    out[#out + 1] = "<entry>"
    write(service, shape.key.shape, key, shape.key.locationName or "key", out)
    write(service, shape.value.shape, value[key], shape.value.locationName or "value", out)
    out[#out + 1] = "</entry>"
  end
  out[#out + 1] = "</" .. tag .. ">"
end

local function scalar(shape, value)
  if shape.type == "timestamp" then
    return clock.iso(value)
  elseif shape.type == "blob" then
    return digest.base64(value)
  elseif shape.type == "integer" then
    return ("%d"):format(value)
  end
  return M.escape(tostring(value))
end

function write(service, name, value, tag, out)
  local shape = service.shapes[name]
  if shape.type == "structure" then
    out[#out + 1] = "<" .. tag .. ">"
    write_members(service, shape, value, out)
    out[#out + 1] = "</" .. tag .. ">"
  elseif shape.type == "list" then
    write_list(service, shape, value, tag, out)
  elseif shape.type == "map" then
    write_map(service, shape, value, tag, out)
  else
    out[#out + 1] = "<" .. tag .. ">" .. scalar(shape, value) .. "</" .. tag .. ">"
  end
end

---The XML reply of an operation.
---@param service table
---@param name string       operation name
---@param operation table   entry of the service table
---@param output table
---@param request_id string
---@return string
function M.reply(service, name, operation, output, request_id)
  local out = { ("<%sResponse xmlns=\"%s\">\n"):format(name, service.xml_namespace) }
  local wrapper = operation.result_wrapper
  if operation.output then
    out[#out + 1] = wrapper and "<" .. wrapper .. ">" or ""
    write_members(service, service.shapes[operation.output], output, out)
    out[#out + 1] = wrapper and "</" .. wrapper .. ">" or ""
  end
  out[#out + 1] = ("\n<ResponseMetadata><RequestId>%s</RequestId></ResponseMetadata>\n</%sResponse>\n"):format(
    request_id, name)
  return table.concat(out)
end

---The XML of an error.
---@param service table?
---@param code string
---@param message string
---@param status integer
---@param request_id string
---@return string
function M.fault(service, code, message, status, request_id)
  return ("<ErrorResponse xmlns=\"%s\">\n<Error><Type>%s</Type><Code>%s</Code><Message>%s</Message></Error>\n"
    .. "<RequestId>%s</RequestId>\n</ErrorResponse>\n"):format(service and service.xml_namespace or "",
    status >= 500 and "Receiver" or "Sender", M.escape(code), M.escape(message), request_id)
end

return M
