-- What the world may refuse: the `err` in `nil, err`. A plumb.Error is a plain
-- table that prints as one line, so that `assert(call())` reads well. Bugs are
-- raised with error() instead, and what a person is shown is a plumb.Problem.

local secret = require "plumb.secret"

local err = {}

---@class plumb.Error
---@field code string          AWS's word ("ThrottlingException") or ours ("NoRegion")
---@field message string       one sentence for a person; never holds a secret
---@field kind? string         "connection", "aws", "credentials", "input", "garbage" or "readonly"
---@field service? string      short name, "ssm"
---@field operation? string    "CreateOpsItem"
---@field status? integer      HTTP status of the reply
---@field request_id? string   AWS's id of the request, for a support case
---@field executed? string     "no", "maybe" or "yes": what is known about the effect (see plumb.aws.outcome)
---@field retry_after_ms? number  how long the service asked to wait
---@field members? table       members of the error body, for example OpsItemId
local Error = {}
Error.__index = Error
Error.__name = "plumb.Error"

local MESSAGE_SHOWN = 600

-- Text from outside is printed on terminals: no control bytes, no endless line.
local function one_line(text)
  text = tostring(text):gsub("%c+", " ")
  if #text > MESSAGE_SHOWN then text = text:sub(1, MESSAGE_SHOWN) .. "…" end
  return text
end

function Error:__tostring()
  local where = {}
  if self.service and self.operation then
    where[#where + 1] = self.service .. "." .. self.operation
  elseif self.service or self.operation then
    where[#where + 1] = self.service or self.operation
  end
  if self.status then where[#where + 1] = ("HTTP %d"):format(self.status) end
  if self.request_id then where[#where + 1] = "request " .. self.request_id end
  local text = ("%s: %s"):format(self.code, self.message)
  if #where > 0 then text = ("%s (%s)"):format(text, table.concat(where, ", ")) end
  return one_line(text)
end

---Makes an error from its fields. The table given is copied, secrets in the message are masked.
---@param fields table  at least code; message defaults to the code
---@return plumb.Error
function err.new(fields)
  local copy = {}
  for key, value in pairs(fields) do copy[key] = value end
  copy.code = tostring(copy.code or "Unknown")
  -- Whoever said it may have repeated what we sent.
  copy.message = secret.mask(copy.message ~= nil and tostring(copy.message) or copy.code)
  return setmetatable(copy, Error)
end

---A copy with some fields added or replaced; errors already handed out never change.
---@param old plumb.Error
---@param fields table
---@return plumb.Error
function err.with(old, fields)
  local new = err.new(old)
  for key, value in pairs(fields) do new[key] = value end
  return new
end

---Whether a value is a plumb.Error.
---@param value any
---@return boolean
function err.is(value)
  return getmetatable(value) == Error
end

return err
