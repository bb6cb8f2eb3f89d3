-- Compresses request bodies, for operations whose model asks for it. The door of engine.gzip.

local engine = require "engine.gzip"

local gzip = {}

---Bytes as one gzip member; equal input gives equal output.
---@param bytes string
---@return string
---@see https://www.rfc-editor.org/rfc/rfc1952
function gzip.compress(bytes)
  local compressed, failure = engine.compress(bytes)
  return compressed or error(failure.message, 2)
end

return gzip
