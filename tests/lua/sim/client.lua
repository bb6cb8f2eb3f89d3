-- A signed caller for the specs of the simulator. It builds requests from the shape tables in the plainest way, and
-- signs with the simulator's own stages; that these are right is for signature_spec to say.

local clock = require("sim.clock")
local json = require("plumb.json")
local signature = require("sim.signature")
local sim = require("sim")
local uri = require("sim.uri")
local wire_json = require("sim.wire_json")

local Client = {}
Client.__index = Client

local M = { START = 1767323045 } -- 2026-01-02T03:04:05Z

function M.new(options)
  local self = setmetatable({ time = M.START, region = "us-east-1", slept = 0 }, Client)
  local given = { now = function() return self.time end, random_seed = 7, sleep = function(seconds)
    self.time, self.slept = self.time + seconds, self.slept + seconds
  end }
  for key, value in pairs(options or {}) do
    given[key] = value
  end
  self.sim = sim.new(given)
  self.key = { id = sim.ACCESS_KEY_ID, secret = sim.SECRET_ACCESS_KEY }
  return self
end

function Client:sign(request, service)
  local headers = request.headers
  headers["x-amz-date"] = headers["x-amz-date"] or clock.basic(self.time)
  headers["x-amz-security-token"] = self.key.token
  local names = {}
  for name in pairs(headers) do
    names[#names + 1] = name
  end
  table.sort(names)
  local scope = ("%s/%s/%s/aws4_request"):format(headers["x-amz-date"]:sub(1, 8), self.region, service)
  local text = signature.string_to_sign(signature.canonical(request, names), headers["x-amz-date"], scope)
  headers.authorization = ("AWS4-HMAC-SHA256 Credential=%s/%s, SignedHeaders=%s, Signature=%s"):format(self.key.id,
    scope, table.concat(names, ";"), signature.sign(self.key.secret, scope, text))
  return request
end

local function rest(service, operation, input)
  local method, path = operation.http:match("^(%S+) (.+)$")
  local query, body, members = {}, {}, {}
  for name, reference in pairs(operation.input and service.shapes[operation.input].members or {}) do
    local value = input[name]
    if reference.location == "uri" then
      path = path:gsub("{" .. reference.locationName .. "%+?}", (uri.encode(tostring(value or "")):gsub("%%", "%%%%")))
    elseif reference.location == "querystring" then
      for _, item in ipairs(type(value) == "table" and value or { value }) do
        query[#query + 1] = uri.encode(reference.locationName) .. "=" .. uri.encode(tostring(item))
      end
    else
      body[name], members[name] = value, reference
    end
  end
  local text = ""
  if method ~= "GET" and method ~= "DELETE" then
    local shapes = setmetatable({ body = { type = "structure", members = members } }, { __index = service.shapes })
    text = wire_json.encode({ shapes = shapes }, "body", body)
  end
  return method, path, table.concat(query, "&"), text
end

-- A signed request for an operation; `body` replaces the text made from `input`.
function Client:request(name, input, body)
  local service_name, op = name:match("^(%w+)%.(%w+)$")
  local service = require("plumb.aws.service." .. service_name)
  local operation = service.operations[op]
  local request = { method = "POST", path = "/", query = "", body = body or "", timeout = 30,
    host = ("%s.%s.amazonaws.com"):format(service_name, self.region), headers = {} }
  request.headers.host = request.host
  if service.protocol == "rest-json" then
    local text
    request.method, request.path, request.query, text = rest(service, operation, input or {})
    request.body = body or text
    request.headers["content-type"] = request.body ~= "" and "application/json" or nil
  elseif service.protocol == "json" then
    request.body = body or (operation.input and wire_json.encode(service, operation.input, input or {}) or "{}")
    request.headers["content-type"] = "application/x-amz-json-" .. service.json_version
    request.headers["x-amz-target"] = service.target_prefix .. "." .. op
  else
    local parts = { "Action=" .. op, "Version=" .. service.api_version }
    for key, value in pairs(input or {}) do
      parts[#parts + 1] = key .. "=" .. uri.encode(tostring(value))
    end
    request.body = body or table.concat(parts, "&")
    request.headers["content-type"] = "application/x-www-form-urlencoded; charset=utf-8"
  end
  return self:sign(request, service_name)
end

local function plain(value)
  if value == json.null then
    return nil
  elseif type(value) == "table" then
    local copy = {}
    for key, item in pairs(value) do
      copy[key] = plain(item)
    end
    return copy
  end
  return value
end

-- Sends; gives the status, the decoded body without nulls, and the response; or nil, err.
function Client:call(name, input, body)
  local response, err = self.sim:send(self:request(name, input, body))
  if not response then
    return nil, err
  end
  local value = response.body:find("^%s*{") and json.decode(response.body) or response.body
  return response.status, plain(value), response
end

-- Sends and expects 200.
function Client:ok(name, input)
  local status, body = self:call(name, input)
  if status ~= 200 then
    error(name .. ": " .. tostring(status) .. " " .. (type(body) == "table" and json.encode(body) or tostring(body)), 2)
  end
  return body
end

-- Sends and expects a refusal; gives its code, body and response.
function Client:refused(name, input, raw)
  local status, body, response = self:call(name, input, raw)
  if status == 200 then
    error(name .. " was not refused", 2)
  end
  local code = response.headers["x-amzn-errortype"] or type(body) == "table" and body.__type
    or body:match("<Code>(.-)</Code>")
  return code:gsub("^.*#", ""):gsub(":.*$", ""), body, response
end

function Client:workload(name)
  for _, workload in ipairs(self.sim.world.workloads) do
    if workload.name == name then
      return workload
    end
  end
end

return M
