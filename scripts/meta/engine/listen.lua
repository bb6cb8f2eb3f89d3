---@meta engine.listen

-- engine/lua/lua_listen.c; use plumb.server

---@class engine.listen.Request
---@field method string
---@field path string     raw, nothing decoded
---@field query string    raw, without "?"; "" for none
---@field headers table<string, string>  lower-case names
---@field body string
---@field peer string     numeric address of the caller

---@class engine.listen.Response
---@field status? integer  100 to 599; 200 unless told
---@field headers? table<string, string>  at most 64
---@field body? string
---@field fault? "none"|"reset"|"short"  ends the exchange badly on purpose

---@class engine.listen.Exchange
---@field answer fun(self: engine.listen.Exchange, response: engine.listen.Response)  once; a caller that has gone is no
---  error, and one that is never answered gets a 500

---@class engine.listen.Server
---@field port fun(self: engine.listen.Server): integer
---@field close fun(self: engine.listen.Server)  may be called twice

---@class engine.listen.Options
---@field handler fun(exchange: engine.listen.Exchange, request: engine.listen.Request)  in a task of its own; may wait
---@field address? string  numeric; 127.0.0.1 unless told
---@field port? integer    0 for a free one
---@field max_body? integer  bytes
---@field max_connections? integer
---@field timeout? integer   seconds a connection may be idle

---@class engine.listen
---@field serve fun(options: engine.listen.Options): engine.listen.Server|nil, { code: string, message: string }?
local listen = {}

return listen
