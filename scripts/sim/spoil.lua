-- What an ordered fault makes of a call: the reply that comes instead of an execution, and the reply that comes after
-- one. When which rule strikes is decided in sim/fault.lua and sim/init.lua.

local fail = require("sim.fail")
local wire = require("sim.wire")

local M = {}

local HTML = "<html><head><title>502 Bad Gateway</title></head><body><center><h1>502 Bad Gateway</h1></center>"
  .. "<p>This page came from somewhere between you and the service.</p></body></html>\n"

local function garbage(status)
  return { status = status, headers = { ["content-type"] = "text/html" }, body = HTML }
end

local function five_hundred(found, rule, request_id)
  local status = rule.status or 500
  local code = status == 503 and "ServiceUnavailableException"
    or found.service_name == "wellarchitected" and "InternalServerException" or "InternalServerError"
  return wire.fault(found, fail.new(code, "We encountered an internal error. Please try again.", { status = status }),
    request_id)
end

-- What comes instead of an execution.
local INSTEAD = {}

function INSTEAD.throttle(found, rule, request_id)
  local members = found.service_name == "wellarchitected" and { ServiceCode = "wellarchitected" } or nil
  return wire.fault(found, fail.new("ThrottlingException", found.service_name == "wellarchitected"
    and "Too many requests" or "Rate exceeded", { members = members, status = rule.status }), request_id)
end

INSTEAD["5xx"] = five_hundred

function INSTEAD.expired_token(found, _, request_id)
  return wire.fault(found, fail.new("ExpiredTokenException", "The security token included in the request is expired",
    { front = true }), request_id)
end

function INSTEAD.reset()
  return { status = 0, headers = {}, body = "", fault = "reset" }
end

function INSTEAD.hang(_, rule)
  return { status = 0, headers = {}, body = "", fault = "hang", seconds = rule.seconds or 3600 }
end

function INSTEAD.garbage_before()
  return garbage(200)
end

function INSTEAD.redirect()
  return { status = 307, headers = { location = "https://elsewhere.example.com/" }, body = "" }
end

-- What becomes of the reply to a call that was executed.
local AFTER = {}

function AFTER.exec_then_5xx(_, found, rule, request_id)
  return five_hundred(found, rule, request_id)
end

function AFTER.exec_then_reset()
  return INSTEAD.reset()
end

function AFTER.exec_then_hang(_, _, rule)
  return INSTEAD.hang(nil, rule)
end

function AFTER.garbage(response)
  return garbage(response.status)
end

function AFTER.short(response)
  return { status = response.status, headers = response.headers, body = response.body, fault = "short" }
end

---The reply to a call that is not executed.
---@param found table     from wire.identify
---@param rule table      from fault.rule
---@param request_id string
---@return table response  its `fault` is "reset" or "hang" when there is no reply at all
function M.instead(found, rule, request_id)
  return INSTEAD[rule.kind](found, rule, request_id)
end

---What the caller gets of the reply to a call that was executed.
---@param response table
---@param found table
---@param rule table
---@param request_id string
---@return table response
function M.after(response, found, rule, request_id)
  return AFTER[rule.kind](response, found, rule, request_id)
end

return M
