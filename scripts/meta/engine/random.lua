---@meta engine.random

-- engine/lua/lua_random.c; use plumb.random

---@class engine.random
---@field bytes fun(n: integer): string  up to 1 MiB from the kernel
local random = {}

return random
