-- Published service models. AWS describes every service in a file called
-- service-2.json; `from_published` turns one into the compact table that the
-- rest of the library works with, and `to_lua` writes that table as Lua source,
-- which is how the files in scripts/plumb/aws/service/ are made. Both ways lead
-- to the same thing in memory: operations in a compact form, shapes in the
-- model's own words. Pure: no files, no network.

local model = {}

---@class plumb.aws.Service
---@field name string             short name, "ssm"
---@field service_id string       "SSM"
---@field full_name? string
---@field protocol string         "rest-json", "json" or "query"
---@field json_version? string    "1.0" or "1.1", protocol json
---@field target_prefix? string   protocol json: what X-Amz-Target begins with
---@field query_compatible? boolean  spoke the query protocol once and still knows its error codes
---@field api_version? string
---@field endpoint_prefix string  what the host begins with
---@field signing_name string
---@field xml_namespace? string
---@field operations table<string, plumb.aws.Operation>
---@field shapes table<string, table>  in the model's own words: type, members, member, required, ...

---@class plumb.aws.Operation
---@field http string             "GET /workloads/{WorkloadId}"
---@field input? string           name of a shape
---@field output? string
---@field errors? string[]
---@field result_wrapper? string  protocol query: the element around the output
---@field host_prefix? string     goes before the endpoint's host, may hold labels
---@field search? boolean         one of DynamoDB's searches, which have hosts of their own
---@field unsigned? boolean
---@field readonly? boolean
---@field idempotent? boolean
---@field checksum? boolean       wants Content-MD5
---@field compression? string[]   encodings the service would take
---@field eventstream? boolean    cannot be called

local PROTOCOLS = { ["rest-json"] = true, json = true, query = true }

-- What is kept of a shape and of a reference to one. Documentation, deprecation
-- notes and traits that only other protocols read are left behind.
local SHAPE_WORDS = {
  "type", "required", "min", "max", "pattern", "enum", "timestampFormat", "payload", "flattened",
  "document", "union", "streaming", "eventstream", "jsonvalue", "sensitive", "locationName",
  "exception", "fault", "error", "retryable", "member", "key", "value", "members",
}
local REFERENCE_WORDS = {
  "shape", "location", "locationName", "timestampFormat", "flattened", "idempotencyToken",
  "jsonvalue", "streaming", "hostLabel", "xmlAttribute",
}

-- Field order in the written file; it is the order a reader asks the questions in.
local SERVICE_ORDER = {
  "name", "service_id", "full_name", "protocol", "json_version", "target_prefix", "query_compatible",
  "api_version", "endpoint_prefix", "signing_name", "xml_namespace",
}
local OPERATION_ORDER = {
  "http", "input", "output", "errors", "result_wrapper", "host_prefix", "search", "unsigned", "readonly",
  "idempotent", "checksum", "compression", "eventstream",
}

local function sorted_keys(t)
  local keys = {}
  for key in pairs(t) do keys[#keys + 1] = key end
  table.sort(keys)
  return keys
end

-- JSON readers may hand out 64.0 for 64; a length is an integer.
local function plain(value)
  if type(value) == "table" then
    local copy = {}
    for key, item in pairs(value) do copy[key] = plain(item) end
    return copy
  end
  return math.type(value) == "float" and math.tointeger(value) or value
end

local function pick(source, words)
  local out = {}
  for _, word in ipairs(words) do
    local value = source[word]
    -- A trait that is false says what leaving it out says.
    if value ~= nil and value ~= false then out[word] = plain(value) end
  end
  return out
end

local function compact_shape(source)
  local shape = pick(source, SHAPE_WORDS)
  for _, word in ipairs { "member", "key", "value" } do
    if shape[word] then shape[word] = pick(source[word], REFERENCE_WORDS) end
  end
  if source.type == "structure" then
    shape.members = {}
    for name, reference in pairs(source.members or {}) do
      shape.members[name] = pick(reference, REFERENCE_WORDS)
    end
    if shape.required and #shape.required == 0 then shape.required = nil end
  end
  return shape
end

local function is_unsigned(source)
  if source.authtype == "none" then return true end
  return type(source.auth) == "table" and source.auth[1] == "smithy.api#noAuth" or nil
end

local function has_eventstream(shapes, reference)
  local shape = reference and shapes[reference.shape]
  for _, member in pairs(shape and shape.members or {}) do
    if shapes[member.shape] and shapes[member.shape].eventstream then return true end
  end
  return false
end

local function compact_operation(source, shapes)
  local errors
  for _, reference in ipairs(source.errors or {}) do
    errors = errors or {}
    errors[#errors + 1] = reference.shape
  end
  if errors then table.sort(errors) end
  local checksum = source.httpChecksumRequired
    or source.httpChecksum and source.httpChecksum.requestChecksumRequired
  local http = source.http or {}
  return {
    http = (http.method or "POST") .. " " .. (http.requestUri or "/"),
    input = source.input and source.input.shape,
    output = source.output and source.output.shape,
    errors = errors,
    result_wrapper = source.output and source.output.resultWrapper,
    host_prefix = source.endpoint and source.endpoint.hostPrefix,
    search = ((source.staticContextParams or {}).IsSearchOperation or {}).value or nil,
    unsigned = is_unsigned(source),
    readonly = source.readonly or nil,
    idempotent = source.idempotent and true or nil,
    checksum = checksum and true or nil,
    compression = source.requestcompression and plain(source.requestcompression.encodings),
    eventstream = has_eventstream(shapes, source.input) or has_eventstream(shapes, source.output) or nil,
  }
end

local function glob_to_pattern(glob)
  return "^" .. glob:gsub("[%^%$%(%)%%%.%[%]%+%-]", "%%%0"):gsub("%*", ".*"):gsub("%?", ".") .. "$"
end

local function wanted(name, globs)
  if not globs or #globs == 0 then return true end
  for _, glob in ipairs(globs) do
    if name:find(glob_to_pattern(glob)) then return true end
  end
  return false
end

local function reach(shapes, name, seen)
  if not name or seen[name] or not shapes[name] then return end
  seen[name] = true
  local shape = shapes[name]
  for _, word in ipairs { "member", "key", "value" } do
    if shape[word] then reach(shapes, shape[word].shape, seen) end
  end
  for _, reference in pairs(shape.members or {}) do reach(shapes, reference.shape, seen) end
end

local function reached(shapes, operations)
  local seen = {}
  for _, operation in pairs(operations) do
    reach(shapes, operation.input, seen)
    reach(shapes, operation.output, seen)
    for _, name in ipairs(operation.errors or {}) do reach(shapes, name, seen) end
  end
  return seen
end

local function choose_protocol(metadata)
  if PROTOCOLS[metadata.protocol] then return metadata.protocol end
  for _, protocol in ipairs(type(metadata.protocols) == "table" and metadata.protocols or {}) do
    if PROTOCOLS[protocol] then return protocol end
  end
end

---The short name of a service, as in the file names of scripts/plumb/aws/service/
---and in the [services] sections of ~/.aws/config: its id in lower case, blanks
---as underscores ("SSO OIDC" is "sso_oidc").
---@param service_id string
---@return string
function model.short_name(service_id)
  return (service_id:lower():gsub("[ %-]", "_"))
end

---Turns a decoded service-2.json into a service table.
---@param published table  { metadata, operations, shapes }, as decoded from JSON
---@param options? { name?: string, operations?: string[] }  short name to use; globs of the
---  operations to keep ("*OpsItem*"), all when absent. Shapes that nothing reaches are dropped.
---@return plumb.aws.Service|nil service
---@return string? message  why not: not a model, or a protocol that is not spoken here
---@see https://github.com/boto/botocore/tree/develop/botocore/data  for models
function model.from_published(published, options)
  options = options or {}
  local metadata = type(published) == "table" and published.metadata
  if type(metadata) ~= "table" or type(published.operations) ~= "table" or type(published.shapes) ~= "table" then
    return nil, "not a service model: metadata, operations and shapes expected"
  end
  local service_id = metadata.serviceId or metadata.serviceAbbreviation or metadata.endpointPrefix
  if type(service_id) ~= "string" then return nil, "not a service model: no serviceId" end
  local protocol = choose_protocol(metadata)
  if not protocol then
    return nil, ("%s speaks the protocol %s; supported are rest-json, json and query")
      :format(service_id, tostring(metadata.protocol))
  end
  local operations = {}
  for name, source in pairs(published.operations) do
    if wanted(name, options.operations) then operations[name] = compact_operation(source, published.shapes) end
  end
  local shapes = {}
  for name in pairs(reached(published.shapes, operations)) do shapes[name] = compact_shape(published.shapes[name]) end
  return {
    name = options.name or model.short_name(service_id),
    service_id = service_id,
    full_name = metadata.serviceFullName,
    protocol = protocol,
    json_version = protocol == "json" and (metadata.jsonVersion or "1.0") or nil,
    target_prefix = protocol == "json" and metadata.targetPrefix or nil,
    query_compatible = metadata.awsQueryCompatible and true or nil,
    api_version = metadata.apiVersion,
    endpoint_prefix = metadata.endpointPrefix,
    signing_name = metadata.signingName or metadata.endpointPrefix,
    xml_namespace = type(metadata.xmlNamespace) == "table" and metadata.xmlNamespace.uri or metadata.xmlNamespace,
    operations = operations,
    shapes = shapes,
  }
end

local RESERVED = {}
for word in ([[and break do else elseif end false for function goto if in local nil not or repeat return
  then true until while]]):gmatch("%a+") do RESERVED[word] = true end

local function key_text(key)
  if key:find("^[%a_][%w_]*$") and not RESERVED[key] then return key end
  return ("[%q]"):format(key)
end

local value_text

local function list_text(list)
  local out = {}
  for _, item in ipairs(list) do out[#out + 1] = value_text(item) end
  return "{ " .. table.concat(out, ", ") .. " }"
end

-- Keys in the order given first, then the others by name.
local function table_text(t, order)
  local out, done = {}, {}
  local function add(key)
    if t[key] ~= nil and not done[key] then
      done[key] = true
      out[#out + 1] = key_text(key) .. " = " .. value_text(t[key])
    end
  end
  for _, key in ipairs(order or {}) do add(key) end
  for _, key in ipairs(sorted_keys(t)) do add(key) end
  if #out == 0 then return "{}" end
  return "{ " .. table.concat(out, ", ") .. " }"
end

function value_text(value)
  if type(value) == "string" then
    return (("%q"):format(value):gsub("\\\n", "\\n"))
  elseif type(value) ~= "table" then
    return math.type(value) == "float" and ("%.17g"):format(value) or tostring(value)
  elseif #value > 0 then
    return list_text(value)
  end
  local order = value.shape and REFERENCE_WORDS or SHAPE_WORDS
  return table_text(value, order)
end

local function section(lines, name, entries, order)
  lines[#lines + 1] = ("  %s = {"):format(name)
  for _, key in ipairs(sorted_keys(entries)) do
    lines[#lines + 1] = ("    %s = %s,"):format(key_text(key), table_text(entries[key], order))
  end
  lines[#lines + 1] = "  },"
end

---Writes a service table as the source of a Lua file: keys sorted, one line for
---each operation and each shape, the same text for the same service every time.
---@param service plumb.aws.Service
---@param command? string  the command that makes the file again, for its first lines
---@return string
function model.to_lua(service, command)
  local lines = {
    ("-- %s, API version %s."):format(service.full_name or service.service_id, service.api_version or "?"),
    "-- Made from the service model that AWS publishes, without its documentation text. To make it again:",
    "--   " .. (command or "./dev service MODEL.json " .. service.name),
    "",
    "return {",
  }
  for _, key in ipairs(SERVICE_ORDER) do
    if service[key] ~= nil then lines[#lines + 1] = ("  %s = %s,"):format(key, value_text(service[key])) end
  end
  section(lines, "operations", service.operations, OPERATION_ORDER)
  section(lines, "shapes", service.shapes, SHAPE_WORDS)
  lines[#lines + 1] = "}"
  return table.concat(lines, "\n") .. "\n"
end

return model
