---@meta engine.clock

-- engine/lua/lua_clock.c; use plumb.time

---@class engine.clock
---@field now fun(): number  seconds since 1970, with a fraction
---@field monotonic fun(): number  seconds since some moment, never going back
local clock = {}

return clock
