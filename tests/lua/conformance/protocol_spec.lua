-- The request half of the Smithy protocol tests: every case is built from its own
-- shapes and compared as the data's README says. What is sent by the transport
-- (Content-Length, Host) is derived here the way the transport does it.

local conformance = require "tests.support.conformance"
local json = require "plumb.json"
local model = require "plumb.aws.model"
local protocol = require "plumb.aws.protocol"
local shape = require "plumb.aws.shape"

-- Case id -> why it is not run.
local TOKEN = "00000000-0000-4000-8000-000000000000"

local function unescape(text)
  return (text:gsub("%%(%x%x)", function(hex) return string.char(tonumber(hex, 16)) end))
end

-- "a=1&b&a=2" as a sorted list of "name=value".
local function pairs_of(text)
  local out = {}
  for pair in (text or ""):gmatch("[^&]+") do
    local name, value = pair:match("^([^=]*)=?(.*)$")
    out[#out + 1] = unescape((name:gsub("%+", " "))) .. "=" .. unescape((value:gsub("%+", " ")))
  end
  table.sort(out)
  return out
end

-- Elements of a header list: `a, b` and `a,b` are the same, `"b,c"` is one element.
local function elements_of(text)
  local out, element, quoted, at = {}, "", false, 1
  while at <= #text do
    local byte = text:sub(at, at)
    if quoted and byte == "\\" then
      at = at + 1
      element = element .. text:sub(at, at)
    elseif byte == '"' then
      quoted = not quoted
    elseif byte == "," and not quoted then
      out[#out + 1], element = element:match("^%s*(.-)%s*$"), ""
    else
      element = element .. byte
    end
    at = at + 1
  end
  out[#out + 1] = element:match("^%s*(.-)%s*$")
  return out
end

local function sent(parts, client_endpoint)
  local headers = {}
  for name, value in pairs(parts.headers) do headers[name:lower()] = value end
  if parts.body ~= "" or (parts.method ~= "GET" and parts.method ~= "DELETE") then
    headers["content-length"] = tostring(#parts.body)
  end
  local host, prefix = "", ""
  if client_endpoint then host, prefix = client_endpoint:match("^https?://([^/]*)(.-)/?$") end
  return {
    method = parts.method, path = prefix .. parts.path, query = parts.query, headers = headers, body = parts.body,
    host = (parts.host_prefix or "") .. host .. prefix,
  }
end

local function compare_body(expected, request, service, operation)
  if expected.body == nil then return end
  if service.protocol == "query" then
    assert.same(pairs_of(expected.body), pairs_of(request.body))
    return
  end
  local input = service.shapes[operation.input]
  local payload = input and input.payload and service.shapes[input.members[input.payload].shape]
  if expected.body == "" or (payload and (payload.type == "blob" or payload.type == "string")) then
    assert.equal(expected.body, request.body)
  else
    assert.same(json.decode(expected.body), json.decode(request.body))
  end
end

local function compare(expected, request, service, operation)
  assert.equal(expected.method, request.method)
  local path, query = expected.uri:match("^([^?]*)%??(.*)$")
  assert.equal(path, request.path)
  assert.same(pairs_of(query), pairs_of(request.query))
  if expected.host then assert.equal(expected.host, request.host) end
  for name, value in pairs(expected.headers or {}) do
    local got = (request.headers[name:lower()] or "no such header"):gsub("; charset=utf%-8$", "")
    assert.same(elements_of(value), elements_of(got), name)
  end
  for _, name in ipairs(expected.requireHeaders or {}) do assert.truthy(request.headers[name:lower()], name) end
  for _, name in ipairs(expected.forbidHeaders or {}) do assert.is_nil(request.headers[name:lower()], name) end
  compare_body(expected, request, service, operation)
end

local function run(suite, case)
  local name = case.given.name
  local metadata = { serviceId = "JsonProtocol", endpointPrefix = "test" }
  for key, value in pairs(suite.metadata) do metadata[key] = value end
  local service = assert(model.from_published({
    metadata = metadata, operations = { [name] = case.given }, shapes = suite.shapes,
  }))
  local input = shape.fill(service, name, case.params, function() return TOKEN end)
  local request = sent(protocol.build(service, name, input), suite.clientEndpoint)
  compare(case.serialized, request, service, service.operations[name])
end

for _, file in ipairs { "json", "rest-json", "query" } do
  describe("protocol-input/" .. file, function()
    local text, path = conformance.read("protocol-input/" .. file .. ".json")
    if not text then
      pending("no test data at " .. path)
      return
    end
    for _, suite in ipairs(json.decode(text)) do
      for _, case in ipairs(suite.cases) do
        it(case.id, function() run(suite, case) end)
      end
    end
  end)
end
