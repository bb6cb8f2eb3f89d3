-- What a profile says about a role, checked before anything is sent and named
-- without its values: the input that AssumeRole and AssumeRoleWithWebIdentity share.

local made = require "plumb.aws.credentials.made"
local time = require "plumb.time"

local role = {}

-- The service's own limits. A session name goes into the caller's ARN and into audit trails, so a
-- line break in it would be somebody else's line.
local RULES = {
  { key = "role_arn", member = "RoleArn", min = 20, max = 2048, pattern = "^arn:[%w%-]+:iam::%d+:role/[%g]+$",
    says = "must be the ARN of a role" },
  { key = "role_session_name", member = "RoleSessionName", min = 2, max = 64, pattern = "^[%w_+=,.@%-]+$",
    says = "must be 2 to 64 letters, digits or any of _+=,.@-" },
  { key = "external_id", member = "ExternalId", min = 2, max = 1224, pattern = "^[%w_+=,.@:/%-]+$",
    says = "must be 2 to 1224 letters, digits or any of _+=,.@:/-" },
  { key = "mfa_serial", member = "SerialNumber", min = 9, max = 256, pattern = "^[%w_+=/:,.@%-]+$",
    says = "must be the serial number or the ARN of an MFA device" },
}
local SHORTEST, LONGEST = 900, 43200 -- seconds

---@param keys { where: string, role_arn: string?, role_session_name: string?, external_id: string?,
---  mfa_serial: string?, duration_seconds: string? }  as they stand in a profile; where names it in errors
---@return table|nil input
---@return plumb.Error? err  code "BadProfile"
function role.input(keys)
  local input = { RoleSessionName = ("plumb-%d"):format(math.floor(time.now())) }
  if not keys.role_arn then return made.failure("BadProfile", keys.where .. ": role_arn is missing") end
  for _, rule in ipairs(RULES) do
    local value = keys[rule.key]
    if value then
      if #value < rule.min or #value > rule.max or not value:find(rule.pattern) then
        return made.failure("BadProfile", ("%s: %s %s"):format(keys.where, rule.key, rule.says))
      end
      input[rule.member] = value
    end
  end
  if keys.duration_seconds then
    local seconds = math.tointeger(tonumber(keys.duration_seconds))
    if not seconds or seconds < SHORTEST or seconds > LONGEST then
      return made.failure("BadProfile",
        ("%s: duration_seconds must be a whole number from %d to %d"):format(keys.where, SHORTEST, LONGEST))
    end
    input.DurationSeconds = seconds
  end
  return input
end

return role
