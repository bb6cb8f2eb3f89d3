-- Keys from ~/.aws/credentials.

local written = require "plumb.aws.credentials.written"

local shared_file = { name = "credentials file" }

---@param settings plumb.aws.Settings
---@return plumb.aws.Credentials|nil
---@return string|plumb.Error  why not, or what is wrong
function shared_file.try(settings)
  local found, reason = written.try(settings, "credentials")
  return found, reason
end

return shared_file
