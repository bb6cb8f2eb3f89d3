-- Error replies of all protocols as plumb.Error, and the errors for replies that
-- are not what the service speaks at all.

local err = require "plumb.err"
local json = require "plumb.json"
local json_reader = require "plumb.aws.protocol.json_reader"
local outcome = require "plumb.aws.outcome"
local scrub = require "plumb.scrub"

local failure = {}

local SAMPLE = 60
local null = json.null

---AWS's id of a request, for a support case.
---@param headers table<string, string>
---@return string?
function failure.request_id(headers)
  return headers["x-amzn-requestid"] or headers["x-amz-request-id"] or headers["x-amzn-request-id"]
end

-- "aws.protocoltests#FooError:http://internal/" is FooError.
local function clean_code(text)
  if type(text) ~= "string" then return nil end
  text = text:match("^[^:]*"):match("[^#]*$"):match("^%s*(.-)%s*$")
  return text ~= "" and text or nil
end

-- Every error that a server had a part in goes through here.
local function finish(fields)
  fields.message = scrub.server_text(fields.message)
  if fields.members then fields.members = scrub.members(fields.members) end
  local e = err.new(fields)
  return err.with(e, { executed = outcome.classify(e) })
end

local function base(service, operation_name, response)
  local wait = tonumber(response.headers["x-amz-retry-after"])
  return {
    service = service.name, operation = operation_name, status = response.status,
    request_id = failure.request_id(response.headers), retry_after_ms = wait,
  }
end

---The error for a reply that cannot be read: a proxy's web page, a cut-off body, a
---shape that does not fit. kind is "garbage", executed "maybe" unless AWS refused.
---@param service plumb.aws.Service
---@param operation_name string
---@param response table
---@param why string  what does not fit
---@return plumb.Error
function failure.garbage(service, operation_name, response, why)
  local fields = base(service, operation_name, response)
  local start = response.body:sub(1, SAMPLE):gsub("[^\32-\126]+", " ")
  fields.code, fields.kind = "BadResponse", "garbage"
  fields.message = ("not an answer of %s: %s; content type %s, starts with \"%s\""):format(
    service.service_id, why, response.headers["content-type"] or "not given", start)
  return finish(fields)
end

local function message_of(body)
  local text = body.message or body.Message or body.errorMessage
  return type(text) == "string" and text or nil
end

-- Members beyond the message (OpsItemId, ResourceId), by the error's own shape.
local function members_of(service, code, body)
  local shape = service.shapes[code]
  if shape and shape.type == "structure" then
    local members = json_reader.make(service.shapes, { shape = code })(body)
    if members then return members end
  end
  for key, v in pairs(body) do
    if v == null then body[key] = nil end
  end
  return body
end

---Reads an error reply with a JSON body.
---@param service plumb.aws.Service
---@param operation_name string
---@param response table
---@return plumb.Error
---@see https://smithy.io/2.0/aws/protocols/aws-restjson1-protocol.html#operation-error-serialization
function failure.from_json(service, operation_name, response)
  local headers = response.headers
  local body, why
  if response.body:find("%S") then
    body, why = json.decode(response.body)
    if type(body) ~= "table" then body, why = nil, why or "no JSON object" end
  end
  local code = clean_code(headers["x-amzn-errortype"])
  if body then code = code or clean_code(body.code) or clean_code(body.Code) or clean_code(body.__type) end
  if not code then
    return failure.garbage(service, operation_name, response, why or "an error without a type")
  end
  local fields = base(service, operation_name, response)
  fields.code, fields.kind = code, "aws"
  fields.message = body and message_of(body) or "no message"
  if body then fields.members = members_of(service, code, body) end
  -- The name the error had when the service spoke the query protocol, and whose fault it is.
  local query_code, fault = (headers["x-amzn-query-error"] or ""):match("^([^;]+);?(%a*)")
  fields.query_code, fields.fault = query_code, fault ~= "" and fault or nil
  return finish(fields)
end

---Makes the error of an XML reply from what was found in it.
---@param service plumb.aws.Service
---@param operation_name string
---@param response table
---@param found table  { code, message?, fault?, request_id?, members? }
---@return plumb.Error
function failure.from_fields(service, operation_name, response, found)
  local fields = base(service, operation_name, response)
  fields.code, fields.kind = found.code, "aws"
  fields.message = found.message or "no message"
  fields.fault, fields.members = found.fault, found.members
  fields.request_id = found.request_id or fields.request_id
  return finish(fields)
end

return failure
