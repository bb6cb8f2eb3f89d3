---@meta engine.process

-- engine/lua/lua_process.c; use plumb.process

---@class engine.process.Request
---@field argv string[]   program and arguments, 1 to 256; no shell
---@field env table<string, string>  all that it gets
---@field timeout? number  seconds; it is killed after that
---@field max_output? integer  bytes of its standard output

---@class engine.process.Result
---@field code integer    exit code
---@field output string   what it wrote to standard output

---@class engine.process
---@field run fun(request: engine.process.Request): engine.process.Result|nil, { code: string, message: string }?  waits
local process = {}

return process
