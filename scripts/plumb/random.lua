-- Random values, all from the kernel's bytes. The one door to them, so that a test can choose.

local engine = require("engine.random")
local time = require("plumb.time")

---@class plumb.random
local random = {}

local source = engine.bytes

---@param n integer  up to 1 MiB
---@return string bytes
function random.bytes(n)
  return source(n)
end

---For tests: makes bytes(n) ask fn, and with it everything else here; nil undoes it.
---@param fn? fun(n: integer): string
function random.set(fn)
  source = fn or engine.bytes
end

---A UUID of version 4, lower-case, as AWS's SDKs send for idempotency tokens.
---@return string uuid
---@see https://www.rfc-editor.org/rfc/rfc9562#section-5.4
function random.uuid()
  local high, low = string.unpack(">I8I8", source(16))
  high = high & ~0xf000 | 0x4000
  low = low & ~(3 << 62) | (2 << 62)
  local digits = ("%016x%016x"):format(high, low)
  return table.concat({ digits:sub(1, 8), digits:sub(9, 12), digits:sub(13, 16), digits:sub(17, 20),
    digits:sub(21) }, "-")
end

local CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

-- `count` digits of five bits each, the most significant first.
local function base32(value, count)
  local digits = {}
  for i = count, 1, -1 do
    local digit = value & 31
    digits[i] = CROCKFORD:sub(digit + 1, digit + 1)
    value = value >> 5
  end
  return table.concat(digits)
end

---A ULID: 26 characters that sort by the millisecond in which they were made.
---@return string ulid
---@see https://github.com/ulid/spec
function random.ulid()
  local bytes = source(10)
  local first, second = string.unpack(">I5I5", bytes)
  return base32(math.floor(time.now() * 1000), 10) .. base32(first, 8) .. base32(second, 8)
end

---@return number x  from 0 up to, not including, 1
function random.number()
  local bits = string.unpack(">I7", source(7)) >> 3
  return bits / (1 << 53)
end

return random
