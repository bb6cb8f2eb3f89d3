-- awsJson 1.0 and 1.1: POST to "/", the operation in X-Amz-Target, everything else
-- in a JSON body. Used by Systems Manager, SQS, DynamoDB, EventBridge.
-- https://smithy.io/2.0/aws/protocols/aws-json-1_1-protocol.html

local json = require "plumb.json"
local json_reader = require "plumb.aws.protocol.json_reader"
local json_writer = require "plumb.aws.protocol.json_writer"

local json_rpc = {}

---Makes the function that turns an input into the parts of a request.
---@param service plumb.aws.Service
---@param operation table  entry of service.operations
---@param name string      the operation's name
---@return fun(input: table): plumb.aws.Parts
function json_rpc.builder(service, operation, name)
  local method, path = operation.http:match("^(%S+) (.*)$")
  local content_type = "application/x-amz-json-" .. (service.json_version or "1.0")
  local target = (service.target_prefix or service.service_id) .. "." .. name
  -- Tells a service that used to speak the query protocol to add its old error codes.
  local query_mode = service.query_compatible and "true" or nil
  local write = operation.input and json_writer.make(service.shapes, { shape = operation.input })
  return function(input)
    local headers = {
      ["content-type"] = content_type, ["x-amz-target"] = target, ["x-amzn-query-mode"] = query_mode,
    }
    return { method = method, path = path, query = "", headers = headers, body = write and write(input) or "{}" }
  end
end

---Makes the function that reads a successful response.
---@param service plumb.aws.Service
---@param operation table
---@return fun(response: table): table?, string?
function json_rpc.reader(service, operation)
  local shape = operation.output and service.shapes[operation.output]
  local read = shape and json_reader.make(service.shapes, { shape = operation.output })
  local may_be_empty = not shape or next(shape.members) == nil
  return function(response)
    if may_be_empty and not response.body:find("%S") then return {} end
    local decoded, message = json.decode(response.body)
    if decoded == nil then return nil, message end
    if type(decoded) ~= "table" then return nil, "no JSON object" end
    if not read then return {} end
    return read(decoded)
  end
end

return json_rpc
