-- The wire protocols of AWS behind two functions: `build` makes the parts of a
-- request from an input, `parse` makes an output or an error from a response.
-- What depends on the operation alone is compiled at its first use and kept.
-- Pure: no state but that memory, no clock, no network.

local failure = require "plumb.aws.protocol.failure"
local uri = require "plumb.aws.protocol.uri"

local protocol = {}

-- A smaller body is not worth compressing; the number is the SDKs' own.
local COMPRESS_FROM = 10240 -- bytes

---@class plumb.aws.Parts
---@field method string
---@field path string   encoded, as it goes on the wire
---@field query string  encoded, without "?", "" when there is none
---@field headers table<string, string>  lower-case names
---@field body string
---@field host_prefix? string  goes before the endpoint's host, "label."

-- Loaded when a service first needs one, so that a run that speaks to JSON
-- services only never reads the XML half.
local DIALECTS = {
  ["rest-json"] = "plumb.aws.protocol.rest_json",
  json = "plumb.aws.protocol.json_rpc",
  query = "plumb.aws.protocol.query",
}

-- service table -> operation name -> plan; forgotten with the service.
local plans = setmetatable({}, { __mode = "k" })

local function host_prefix_builder(template)
  if not template then return nil end
  local parts = uri.split(template)
  return function(input)
    local out = {}
    for i, part in ipairs(parts) do out[i] = part.text or tostring(input[part.label] or "") end
    local prefix = table.concat(out)
    for label in prefix:gmatch("([^.]*)%.") do
      if #label > 63 or not label:find("^%w[%w%-]*$") then
        error(("%q cannot be part of a host name"):format(label))
      end
    end
    return prefix
  end
end

-- Whether an operation takes gzip, the one encoding that models name so far.
local function takes_gzip(operation)
  for _, encoding in ipairs(operation.compression or {}) do
    if encoding == "gzip" then return true end
  end
  return false
end

local function compress(parts)
  if #parts.body < COMPRESS_FROM then return end
  parts.body = require("plumb.gzip").compress(parts.body)
  local already = parts.headers["content-encoding"]
  parts.headers["content-encoding"] = already and already .. ", gzip" or "gzip"
end

local function make_plan(service, name)
  local operation = service.operations[name]
  local dialect = require(DIALECTS[service.protocol])
  if operation.eventstream then error(name .. " answers with an event stream, which is not supported", 0) end
  return {
    build = dialect.builder(service, operation, name),
    host_prefix = host_prefix_builder(operation.host_prefix),
    gzip = takes_gzip(operation),
    read = dialect.reader(service, operation),
    failure = dialect.failure or failure.from_json,
  }
end

local function plan_of(service, name)
  local of_service = plans[service]
  if not of_service then
    of_service = {}
    plans[service] = of_service
  end
  local plan = of_service[name]
  if not plan then
    plan = make_plan(service, name)
    of_service[name] = plan
  end
  return plan
end

---Makes the parts of a request. The input has been checked (plumb.aws.shape) before.
---@param service plumb.aws.Service
---@param operation_name string
---@param input table
---@return plumb.aws.Parts
function protocol.build(service, operation_name, input)
  local plan = plan_of(service, operation_name)
  local parts = plan.build(input)
  if plan.gzip then compress(parts) end
  if plan.host_prefix then parts.host_prefix = plan.host_prefix(input) end
  return parts
end

---Makes an output or an error from a response. A reply that cannot be read is an
---error of kind "garbage": a 200 that does not parse may well have been executed.
---@param service plumb.aws.Service
---@param operation_name string
---@param response table  { status, headers = { lower-case name = text }, body }
---@return table|nil output
---@return plumb.Error? err
function protocol.parse(service, operation_name, response)
  local plan = plan_of(service, operation_name)
  if response.status < 200 or response.status > 299 then
    return nil, plan.failure(service, operation_name, response)
  end
  local output, why = plan.read(response)
  if output == nil then return nil, failure.garbage(service, operation_name, response, why) end
  return output
end

return protocol
