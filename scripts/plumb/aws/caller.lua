-- How providers of credentials call AWS: with the whole machinery of the client, and
-- keys that are given to each call. A file of its own, since the client does not know
-- of providers and providers do not know of the client.

local aws = require "plumb.aws"
local endpoint = require "plumb.aws.endpoint"

---@param settings plumb.aws.Settings
---@param send? fun(request: plumb.Request): plumb.Response?, plumb.Error?
---@param trace? plumb.aws.Trace
---@return fun(service: string, operation: string, input: table, keys: plumb.aws.Credentials?, region: string?):
---  table?, plumb.Error?
return function(settings, send, trace)
  local place = endpoint.resolver(settings)
  return function(service, operation, input, keys, region)
    local client = aws.new {
      region = region or settings.region, send = send, endpoint = place, retry = settings.retry,
      trace = trace, credentials = function() return keys end,
    }
    local handle = client:handle(require("plumb.aws.service." .. service))
    local output, e = handle:call(operation, input)
    return output, e
  end
end
