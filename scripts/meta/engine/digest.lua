---@meta engine.digest

-- engine/lua/lua_digest.c; use plumb.digest

---@class engine.digest
---@field sha256 fun(bytes: string|plumb.Secret): string  32 bytes
---@field hmac_sha256 fun(key: string|plumb.Secret, bytes: string|plumb.Secret): string  32 bytes
---@field md5 fun(bytes: string|plumb.Secret): string  16 bytes
---@field sha1 fun(bytes: string|plumb.Secret): string  20 bytes
---@field crc32 fun(bytes: string): integer
---@field hex fun(bytes: string): string  lower-case
---@field base64 fun(bytes: string): string  with padding
---@field unbase64 fun(text: string): string|nil
local digest = {}

return digest
