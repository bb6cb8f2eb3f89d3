---@meta engine.build

-- engine/engine.c; use plumb.build

---@class engine.build
---@field version string     plumb's own
---@field lua string         "Lua 5.4.4"
---@field curl string
---@field sqlite string
---@field openssl string
---@field microhttpd string
---@field expat string
---@field libedit boolean    whether lines are edited in the REPL
local build = {}

return build
