-- From the bytes of a request to service, operation and input, and from an output or a failure back to bytes. Written
-- apart from the client's protocol code, so that a mistake made there is seen here.

local fail = require("sim.fail")
local json = require("plumb.json")
local uri = require("sim.uri")
local validate = require("sim.validate")
local wire_json = require("sim.wire_json")
local wire_query = require("sim.wire_query")

local M = {}

-- Asked in this order when a request carries no signature to name its service.
M.SERVICES = { "wellarchitected", "ssm", "sts", "sqs", "sns", "dynamodb" }

local function optional(name)
  local ok, value = pcall(require, name)
  if ok then
    return value
  elseif tostring(value):find("module '" .. name .. "' not found", 1, true) then
    return nil
  end
  error(value, 0)
end

---The shape table of a service and its handlers. A service is simulated when both files are there.
---@param name string  signing name
---@return table? service
---@return table? handlers
function M.service(name)
  if not name:find("^[a-z][a-z0-9-]*$") then
    return nil
  end
  local service = optional("plumb.aws.service." .. name)
  local handlers = service and optional("sim." .. name)
  if type(handlers) ~= "table" or not handlers.operations then
    return nil
  end
  return service, handlers
end

-- Routes of a rest-json service by method and number of path segments.
local routes = setmetatable({}, { __mode = "k" })

local function segments(path)
  local parts = {}
  for part in path:gmatch("[^/]+") do
    parts[#parts + 1] = part
  end
  return parts
end

local function routes_of(service)
  if routes[service] then
    return routes[service]
  end
  local index = {}
  for name, operation in pairs(service.operations) do
    local method, template = operation.http:match("^(%S+) ([^?]+)")
    local parts = segments(template)
    local key = method .. #parts
    index[key] = index[key] or {}
    table.insert(index[key], { name = name, parts = parts })
  end
  for _, list in pairs(index) do
    table.sort(list, function(a, b) return a.name < b.name end)
  end
  routes[service] = index
  return index
end

local function labels_of(route, parts)
  local labels, literals = {}, 0
  for i, part in ipairs(route.parts) do
    local label = part:match("^{(.-)%+?}$")
    if label then
      labels[label] = uri.decode(parts[i])
    elseif part == parts[i] then
      literals = literals + 1
    else
      return nil
    end
  end
  return labels, literals
end

local function route(service, request)
  local parts = segments(request.path)
  local best, best_labels, best_literals
  for _, candidate in ipairs(routes_of(service)[request.method .. #parts] or {}) do
    local labels, literals = labels_of(candidate, parts)
    if labels and (not best or literals > best_literals) then
      best, best_labels, best_literals = candidate.name, labels, literals
    end
  end
  return best, best_labels
end

local function scope_service(request)
  local credential = (request.headers.authorization or ""):match("Credential=([^,%s]+)")
    or uri.decode(request.query:match("X%-Amz%-Credential=([^&]+)") or "")
  return credential:match("/([^/]+)/aws4_request$")
end

local function guess_service(request)
  local host = (request.headers.host or ""):match("^([^.:]+)")
  if host and M.service(host) then
    return host
  end
  local prefix = (request.headers["x-amz-target"] or ""):match("^(.-)%.[^.]+$")
  local version = request.body:match("Version=([%d-]+)") or request.query:match("Version=([%d-]+)")
  for _, name in ipairs(M.SERVICES) do
    local service = M.service(name)
    if service and (prefix and service.target_prefix == prefix
      or version and service.protocol == "query" and service.api_version == version) then
      return name
    end
  end
end

---Which service and operation a request is for, before anything else is checked: faults are ordered by these names.
---@param request table
---@return table found  service?, handlers?, name? (operation), operation?, labels?, protocol
function M.identify(request)
  local name = scope_service(request) or guess_service(request)
  local service, handlers
  if name then
    service, handlers = M.service(name)
  end
  local found = { service_name = name, service = service, handlers = handlers,
    protocol = service and service.protocol or "rest-json" }
  if not service then
    return found
  elseif service.protocol == "rest-json" then
    found.name, found.labels = route(service, request)
  elseif service.protocol == "json" then
    found.name = (request.headers["x-amz-target"] or ""):match("^" .. service.target_prefix .. "%.(%w+)$")
  else
    local form = request.method == "GET" and request.query or request.body
    for _, pair in ipairs(uri.query(form)) do
      if pair[1] == "Action" then
        found.name = pair[2]
      end
    end
  end
  found.operation = found.name and service.operations[found.name]
  return found
end

local function decode_body(text)
  if text:find("^%s*$") then
    return {}
  end
  local value, message = json.decode(text)
  if type(value) ~= "table" then
    fail.raise("SerializationException", message and "Unable to parse JSON: " .. message or nil)
  end
  return value
end

local function rest_query(service, shape, request, input)
  local by_name = {}
  for name, reference in pairs(shape.members or {}) do
    if reference.location == "querystring" then
      by_name[reference.locationName or name] = name
    end
  end
  for _, pair in ipairs(uri.query(request.query)) do
    local name = by_name[pair[1]]
    if name then
      local target = service.shapes[shape.members[name].shape]
      if target.type == "list" then
        input[name] = input[name] or {}
        table.insert(input[name], validate.scalar(service.shapes[target.member.shape], pair[2]))
      else
        input[name] = validate.scalar(target, pair[2])
      end
    elseif not pair[1]:find("^X%-Amz%-") then
      fail.raise("ValidationException", ("[Validation] Unknown query parameter %q"):format(pair[1]),
        { members = { Reason = "OTHER" } })
    end
  end
end

local function rest_input(found, request)
  local service = found.service
  local shape = service.shapes[found.operation.input]
  local body = decode_body(request.body)
  local in_body, type_ = {}, request.headers["content-type"]
  for name, reference in pairs(shape.members or {}) do
    if not reference.location then
      in_body[name] = reference
    end
  end
  if next(body) ~= nil and type_ and not type_:find("^application/json") then
    fail.raise("UnsupportedMediaTypeException", "Unsupported Media Type", { status = 415, front = true })
  end
  local shapes = setmetatable({ ["(body)"] = { type = "structure", members = in_body } }, { __index = service.shapes })
  local input = validate.convert({ shapes = shapes }, "(body)", body)
  for label, value in pairs(found.labels) do
    for name, reference in pairs(shape.members or {}) do
      if reference.location == "uri" and (reference.locationName or name) == label then
        input[name] = validate.scalar(service.shapes[reference.shape], value)
      end
    end
  end
  rest_query(service, shape, request, input)
  return input
end

---The input of the operation found, converted and checked against its shape.
---@param found table  from M.identify
---@param request table
---@return table input  raises a sim.Failure
function M.input(found, request)
  local service, operation = found.service, found.operation
  local input
  if service.protocol == "rest-json" then
    input = operation.input and rest_input(found, request) or {}
  elseif service.protocol == "query" then
    input = wire_query.parse(service, operation, request.method == "GET" and request.query or request.body)
  else
    local wanted = "application/x-amz-json-" .. service.json_version
    if not (request.headers["content-type"] or ""):find(wanted, 1, true) then
      fail.raise("UnknownOperationException", nil, { front = true, status = 404 })
    end
    local body = decode_body(request.body)
    input = operation.input and validate.convert(service, operation.input, body) or {}
  end
  if operation.input then
    validate.check(service, operation.input, input)
  end
  return input
end

---The response of a call that went well.
---@param found table
---@param output table
---@param request_id string
---@return table response  { status, headers, body }
function M.reply(found, output, request_id)
  local service, operation = found.service, found.operation
  if service.protocol == "query" then
    return { status = 200, headers = { ["content-type"] = "text/xml" },
      body = wire_query.reply(service, found.name, operation, output, request_id) }
  end
  local body = operation.output and wire_json.encode(service, operation.output, output) or "{}"
  if service.protocol == "json" then
    return { status = 200, headers = { ["content-type"] = "application/x-amz-json-" .. service.json_version },
      body = body }
  end
  -- The front end builds these bodies from a template and leaves its indentation in front.
  return { status = 200,
    headers = { ["content-type"] = "application/json", ["x-amz-apigw-id"] = request_id:sub(1, 13) .. "=" },
    body = "\n\n      " .. body .. "\n" }
end

-- What the codes of the front end are called by the services that speak the query protocol.
local QUERY_NAMES = {
  UnrecognizedClientException = "InvalidClientTokenId", InvalidSignatureException = "SignatureDoesNotMatch",
  MissingAuthenticationTokenException = "MissingAuthenticationToken", ExpiredTokenException = "ExpiredToken",
  IncompleteSignatureException = "IncompleteSignature", ThrottlingException = "Throttling",
  ValidationException = "ValidationError", UnknownOperationException = "InvalidAction",
}

-- Most front-end refusals are 403 on rest and query services and 400 on the others.
local FRONT_403 = {
  UnrecognizedClientException = true, InvalidSignatureException = true, MissingAuthenticationTokenException = true,
  ExpiredTokenException = true, IncompleteSignatureException = true,
}

local THROTTLED = { ThrottlingException = { ["rest-json"] = 429, json = 400, query = 400 } }

local function status_of(found, failure)
  local shape = found.service and found.service.shapes[failure.code]
  local modelled = shape and shape.error and shape.error.httpStatusCode
  if failure.status or modelled then
    return failure.status or modelled
  elseif failure.front and FRONT_403[failure.code] then
    return found.protocol == "json" and 400 or 403
  elseif THROTTLED[failure.code] then
    return THROTTLED[failure.code][found.protocol]
  end
  return shape and shape.fault and 500 or 400
end

local NAMESPACE = { sqs = "com.amazonaws.sqs#", dynamodb = "com.amazonaws.dynamodb.v20120810#" }

-- An error's body by its shape, so that a list in it stays a list; what the shape does not know is written as text.
local function body_of(found, failure, message_key)
  local shapes = found.service and found.service.shapes or {}
  local members, known = { [message_key] = failure.message }, { [message_key] = { shape = "(text)" } }
  for name, reference in pairs(shapes[failure.code] and shapes[failure.code].members or {}) do
    if name:lower() ~= "message" then
      known[name] = reference
    end
  end
  for name, value in pairs(failure.members or {}) do
    members[name], known[name] = value, known[name] or { shape = "(text)" }
  end
  local view = setmetatable({ ["(error)"] = { type = "structure", members = known }, ["(text)"] = { type = "string" } },
    { __index = shapes })
  return wire_json.encode({ shapes = view }, "(error)", members)
end

local function rest_fault(found, failure, status)
  local key = failure.front and "message" or "Message"
  local tail = failure.front and "" or (":http://internal.amazon.com/coral/com.amazon.%s/"):format(
    found.service_name or "unknown")
  return { status = status, headers = { ["content-type"] = "application/json",
    ["x-amzn-errortype"] = failure.code .. tail }, body = (failure.front and "" or "\n\n      ")
    .. body_of(found, failure, key) }
end

local function json_fault(found, failure, status)
  local name = found.service_name
  local namespace = failure.front and "com.amazon.coral.service#" or NAMESPACE[name] or ""
  local key = (failure.front or name == "dynamodb" or name == "sqs") and "message" or "Message"
  if failure.code == "ValidationException" then
    key = "message"
  end
  local rest = body_of(found, failure, key)
  local body = "{\"__type\":" .. wire_json.quote(namespace .. failure.code)
    .. (rest == "{}" and "}" or "," .. rest:sub(2))
  local headers = { ["content-type"] = "application/x-amz-json-" .. found.service.json_version }
  if name == "sqs" then
    headers["x-amzn-query-error"] = (failure.query_code or failure.code) .. ";"
      .. (status >= 500 and "Receiver" or "Sender")
  end
  return { status = status, headers = headers, body = body }
end

---The response for a failure, in the words of the protocol in use.
---@param found table
---@param failure sim.Failure
---@param request_id string
---@return table response  { status, headers, body }
function M.fault(found, failure, request_id)
  local status = status_of(found, failure)
  if found.protocol == "query" then
    local shape = found.service and found.service.shapes[failure.code]
    local code = not failure.front and shape and shape.error and shape.error.code or QUERY_NAMES[failure.code]
      or failure.code
    return { status = status, headers = { ["content-type"] = "text/xml" },
      body = wire_query.fault(found.service, code, failure.message or "", status, request_id) }
  elseif found.protocol == "json" then
    return json_fault(found, failure, status)
  end
  return rest_fault(found, failure, status)
end

return M
