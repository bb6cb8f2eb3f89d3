-- Settings from two made-up files in /home/x/.aws and the variables given.

local config = require "plumb.aws.config"

local CONFIG = [[
[default]
region = eu-central-1
[profile prod]
region = eu-west-1
services = local
endpoint_url = https://all.example.com
[profile plain]
[services local]
wellarchitected =
  endpoint_url = http://127.0.0.1:4566  # the simulator
sso_oidc =
  endpoint_url = https://oidc.example.com/x/
]]
local CREDENTIALS = [[
[default]
aws_access_key_id = AKIADEFAULT
aws_secret_access_key = default-secret
[prod]
aws_access_key_id = AKIAPROD
aws_secret_access_key = prod-secret
aws_session_token = prod-token
[half]
aws_access_key_id = AKIAHALF
]]

local FILES = { ["/home/x/.aws/config"] = CONFIG, ["/home/x/.aws/credentials"] = CREDENTIALS }

---@param env? table<string, string>  variables beside HOME
---@param options? table  for config.load
---@return plumb.aws.Settings|nil
---@return plumb.Error? err
return function(env, options)
  local variables = { HOME = "/home/x" }
  for name, value in pairs(env or {}) do variables[name] = value end
  local all = { env = function(name) return variables[name] end, read = function(path) return FILES[path] end }
  for key, value in pairs(options or {}) do all[key] = value end
  return config.load(all)
end
