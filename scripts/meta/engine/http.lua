---@meta engine.http

-- engine/lua/lua_http.c; use plumb.transport

---@class engine.http.Request
---@field method string
---@field url string            encoded; goes out as it is, redirects are not followed
---@field headers? table<string, string|userdata>  at most 64; values may be secrets
---@field body? string|userdata
---@field fresh? boolean        a new connection of its own
---@field no_proxy? boolean     whatever the environment says
---@field not_local? boolean    refuse addresses of this machine and where AWS hands out credentials, without a proxy
---@field read_timeout? number  seconds of near silence, 30
---@field proxy? string         URL; nothing in the environment counts
---@field proxy_not? string     hosts reached without it, as in NO_PROXY
---@field only_local? boolean   refuse addresses that are not of this machine or link
---@field connect_timeout? number  seconds
---@field timeout? number       seconds for the whole exchange
---@field max_body? integer     bytes of the answer
---@field ca_bundle? string     file of trusted certificates, PEM

---@class engine.http.Response
---@field status integer
---@field headers table<string, string>  lower-case names; repeated ones joined by ", "
---@field body string
---@field ms number             milliseconds from start to end

---@class engine.http.Failure
---@field code string     as in plumb.transport, and "ReadOnly"
---@field message string
---@field executed "no"|"maybe"|nil  whether the server may have acted on it

---@class engine.http
---@field request fun(request: engine.http.Request): engine.http.Response|nil, engine.http.Failure?  waits
local http = {}

return http
