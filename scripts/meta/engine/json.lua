---@meta engine.json

-- engine/lua/lua_json.c; use plumb.json

---@class engine.json
---@field check fun(text: string, max_depth: integer): string|nil, string?, integer?  safe text, or why not and where
local json = {}

return json
