-- Keys from ~/.aws/config: the last place in the files, behind everything that
-- makes fresh ones.

local written = require "plumb.aws.credentials.written"

local config_file = { name = "config file" }

---@param settings plumb.aws.Settings
---@return plumb.aws.Credentials|nil
---@return string|plumb.Error  why not, or what is wrong
function config_file.try(settings)
  local found, reason = written.try(settings, "config")
  return found, reason
end

return config_file
