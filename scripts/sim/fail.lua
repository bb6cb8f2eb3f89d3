-- How a handler says no: it raises one of these, and sim/init.lua turns it into the reply of the protocol in use.
-- Anything else that is raised is a mistake in the simulator and comes out as HTTP 500.

---@class sim.Failure
---@field code string      AWS's name of the error
---@field message string?
---@field status integer?  HTTP status; absent means that of the error's shape, else 400
---@field members table?   further members of the error's body
---@field front boolean?   raised by the front end in front of the service, which spells `message` in lower case
---@field query_code string?  the older name sent in x-amzn-query-error

local Failure = {}
Failure.__index = Failure
Failure.__tostring = function(self)
  return self.code .. ": " .. (self.message or "")
end

local M = {}

---@param code string
---@param message string?
---@param more { status: integer?, members: table?, front: boolean?, query_code: string? }?
---@return sim.Failure
function M.new(code, message, more)
  local failure = setmetatable({ code = code, message = message }, Failure)
  for key, value in pairs(more or {}) do
    failure[key] = value
  end
  return failure
end

---Raises a failure; never returns.
---@param code string
---@param message string?
---@param more { status: integer?, members: table?, front: boolean?, query_code: string? }?
function M.raise(code, message, more)
  error(M.new(code, message, more), 0)
end

---@param value any
---@return boolean
function M.is(value)
  return getmetatable(value) == Failure
end

return M
