---@meta engine.files

-- engine/lua/lua_files.c; use plumb.files

---@class engine.files
---@field read fun(path: string, max_bytes: integer): string|nil, string?, string?
---@field write_atomic fun(path: string, bytes: string, mode: integer?): true|nil, string?, string?
---@field mkdir_all fun(path: string, mode: integer?): true|nil, string?, string?
---@field stat fun(path: string, options: { links: boolean }?): plumb.Stat|nil, string?, string?
---@field list fun(path: string): string[]|nil, string?, string?
---@field unlink fun(path: string): true|nil, string?, string?
local files = {}

return files
