---@meta engine.secret

-- engine/lua/lua_secret.c; use plumb.secret

---@class engine.secret
---@field new fun(bytes: string|plumb.Secret): plumb.Secret
---@field is fun(value: any): boolean
---@field last4 fun(value: string|plumb.Secret): string  "" when it has less than sixteen bytes
local secret = {}

return secret
