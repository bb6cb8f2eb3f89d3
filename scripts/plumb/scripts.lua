-- The files that are built into the binary, byte for byte. The door of engine.scripts.

local engine = require("engine.scripts")

---@class plumb.scripts
local scripts = {}

---Their names, sorted: "plumb/json.lua".
---@type fun(): string[]
scripts.list = engine.list

---The bytes of one; nil when there is no such file.
---@type fun(name: string): string|nil
scripts.source = engine.source

return scripts
