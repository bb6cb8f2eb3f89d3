-- What this binary is made of: plumb's version and those of the libraries inside. The door of
-- engine.build.

---@class plumb.Build
---@field version string     plumb's own
---@field lua string         "Lua 5.4.4"
---@field curl string
---@field sqlite string
---@field openssl string
---@field microhttpd string
---@field expat string
---@field libedit boolean    whether lines are edited in the REPL

---@type plumb.Build
return require("engine.build")
