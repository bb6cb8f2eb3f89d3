---@meta engine.sign

-- engine/lua/lua_sign.c; use plumb.aws.signer

---@class engine.sign.Request
---@field method string
---@field host string?  unless there is a host header
---@field path string  as sent, encoded
---@field query string?  as sent
---@field headers table<string, string|plumb.Secret|string[]>?  a list is sent several times
---@field body string?

---@class engine.sign.Options
---@field access_key_id string
---@field secret string|plumb.Secret
---@field session_token string|plumb.Secret|nil
---@field region string
---@field service string  signing name
---@field time number  seconds since 1970
---@field presign_expires integer?  seconds; signs the query
---@field keep_path boolean?  dot segments and doubled slashes are signed as they are
---@field token_unsigned boolean?
---@field sign_payload_hash boolean?  also send x-amz-content-sha256
---@field payload_hash string?  instead of the body's

---@class engine.sign
---@field canonical_request fun(request: engine.sign.Request, options: engine.sign.Options): string|nil, table?
---@field string_to_sign fun(request: engine.sign.Request, options: engine.sign.Options): string|nil, table?
---@field signature fun(request: engine.sign.Request, options: engine.sign.Options): string|nil, table?
---@field sign fun(request: engine.sign.Request, options: engine.sign.Options): table|nil, table?  headers to add
---@field presign fun(request: engine.sign.Request, options: engine.sign.Options): string|nil, table?
---@field reads fun(request: engine.sign.Request, options: { service: string }): boolean  whether it is known to read
---@field read_only fun()  for good
---@field hold fun()  until the person at the terminal types ".write on"
---@field is_read_only fun(): boolean
local sign = {}

return sign
