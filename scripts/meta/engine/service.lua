---@meta engine.service

-- engine/lua/lua_service.c; use plumb.service

---@class engine.service.Hangup
---@field wait fun(self: engine.service.Hangup)  until the next SIGHUP, or at once for one that came meanwhile; waits
---@field close fun(self: engine.service.Hangup)  may be called twice

---@class engine.service
---@field notify fun(address: string, text: string): true|nil, { code: string, message: string }?  "NotifyAddress",
---  "NotifyFailed"
---@field pid fun(): integer  of this process
---@field listen_hangup fun(): engine.service.Hangup|nil, { code: string, message: string }?  from then on a SIGHUP
---  ends nothing any more
local service = {}

return service
