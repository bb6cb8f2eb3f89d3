-- Values that may be used and never read: keys and tokens. The door of engine.secret. A secret prints,
-- formats and concatenates as "***"; its bytes are reached by C code only (signing, HTTP headers,
-- digests) and are wiped when it is collected.

local engine = require("engine.secret")

---@class plumb.Secret: userdata

---@class plumb.secret
local secret = {}

---Makes a secret. The string it came from stays in memory until it is collected, so drop it at once.
---@type fun(bytes: string|plumb.Secret): plumb.Secret
secret.new = engine.new

---@type fun(value: any): boolean
secret.is = engine.is

---The last four bytes, for people who have to tell keys apart; "" when it has less than sixteen.
---@type fun(value: string|plumb.Secret): string
secret.last4 = engine.last4

---"[redacted 356 bytes sha256:1c9f]": says whether two values are the same and nothing else.
---@type fun(value: string|plumb.Secret): string
secret.redacted = engine.redacted

---The text without any secret of this process: whole or a piece of it, as it is or encoded. Every text that
---came from elsewhere goes through here before anybody sees it.
---@type fun(text: string): string
secret.mask = engine.mask

---Whatever mask sees of `text` from now on becomes `shown`; for what is no secret but not for everybody either.
---@type fun(text: string, shown: string)
secret.hide = engine.hide

return secret
