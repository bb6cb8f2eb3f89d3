-- Digests, and bytes as text. The door of engine.digest. A secret may be digested and is refused by hex
-- and base64, which would give it away.

local engine = require("engine.digest")

---@class plumb.digest
local digest = {}

---@type fun(bytes: string|plumb.Secret): string  the 32 bytes of SHA-256
digest.sha256 = engine.sha256

---The 32 bytes of HMAC-SHA-256, RFC 2104.
---@type fun(key: string|plumb.Secret, bytes: string|plumb.Secret): string
digest.hmac_sha256 = engine.hmac_sha256

---@type fun(bytes: string|plumb.Secret): string  16 bytes; only for checks that AWS makes with MD5
digest.md5 = engine.md5

---@type fun(bytes: string|plumb.Secret): string  20 bytes; only for names that AWS makes with SHA-1
digest.sha1 = engine.sha1

---@type fun(bytes: string): integer  the CRC-32 of x-amz-crc32, 0 to 2^32-1
digest.crc32 = engine.crc32

---@type fun(bytes: string): string  lower-case hex digits
digest.hex = engine.hex

---@type fun(bytes: string): string  base64 with padding, RFC 4648 section 4
digest.base64 = engine.base64

---@type fun(text: string): string|nil  the bytes; nil when the text is not exactly base64
digest.unbase64 = engine.unbase64

return digest
