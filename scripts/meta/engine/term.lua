---@meta engine.term

-- engine/lua/lua_term.c; use plumb.term

---@class engine.term
---@field isatty fun(fd: integer): boolean
---@field width fun(): integer|nil, integer|nil
---@field is_utf8 fun(): boolean
---@field display_width fun(text: string): integer
---@field read_line fun(prompt: string, complete: function?): string|nil, boolean|string|nil, boolean|nil
---@field history_open fun(path: string): boolean
---@field history_add fun(line: string)
local term = {}

return term
