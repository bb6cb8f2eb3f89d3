---@meta engine.secret

-- engine/lua/lua_secret.c; use plumb.secret

---@class engine.secret
---@field new fun(bytes: string|plumb.Secret): plumb.Secret
---@field is fun(value: any): boolean
---@field last4 fun(value: string|plumb.Secret): string  "" when it has less than sixteen bytes
---@field redacted fun(value: string|plumb.Secret): string  "[redacted 356 bytes sha256:1c9f]"
---@field mask fun(text: string): string   without any secret of this process, in whatever form
---@field hide fun(text: string, shown: string)  mask puts `shown` in its place from now on
local secret = {}

return secret
