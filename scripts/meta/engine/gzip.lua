---@meta engine.gzip

-- engine/lua/lua_gzip.c; use plumb.gzip

---@class engine.gzip
---@field compress fun(bytes: string): string|nil, { code: string, message: string }?  one gzip member, RFC 1952
local gzip = {}

return gzip
