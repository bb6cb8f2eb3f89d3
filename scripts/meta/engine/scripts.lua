---@meta engine.scripts

-- engine/lua/lua_scripts.c; use plumb.scripts

---@class engine.scripts
---@field list fun(): string[]
---@field source fun(name: string): string|nil
local scripts = {}

return scripts
