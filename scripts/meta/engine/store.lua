---@meta engine.store

-- engine/lua/lua_store.c; use plumb.store

---@class engine.store.Db
---@field run fun(self: engine.store.Db, sql: string, ...: any): table<string, any>[]|nil, table?
---@field changes fun(self: engine.store.Db): integer  rows that the last write changed
---@field transaction fun(self: engine.store.Db, fn: function, ...: any): ...  raises what fn raises
---@field migrate fun(self: engine.store.Db, scripts: string[]): true|nil, table?
---@field backup fun(self: engine.store.Db, path: string): true|nil, table?  never replaces a file
---@field close fun(self: engine.store.Db)

---@class engine.store
---@field open fun(path: string, options: { read_only: boolean }?): engine.store.Db|nil, table?
local store = {}

return store
