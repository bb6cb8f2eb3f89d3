-- Where work items live: one interface, a driver for each place. A driver offers
--
--   create(item)          -> id | nil, err          one try on a connection of its own; err.executed
--                                                   says whether it may have happened all the same,
--                                                   err.id is the item that is there already
--   update(id, changes)   -> true | nil, err        { title?, description?, severity?, fields?, texts?,
--                                                   remove? (names of fields);
--                                                   err.gone when there is no such item, here and below
--   close(id, reason)     -> true | nil, err        resolves it and sets the field ClosedByPlumb, at once
--   get(id)               -> found | nil, err
--   find(key)             -> found[] | nil, err     every item ever made for that finding, any status
--   each(only?)           -> iterator of found      every item of ours, or only the "open" ones; raises
--                                                   when a page fails
--   resolved(since)       -> iterator of found      those resolved after that time; raises as each
--
-- and `name`. A `found` is { id, status, resolved, open, title, key?, fields, created_at,
-- modified_at }; times in epoch seconds.

local sink = {}

---@param name string  "opscenter"
---@param options table
---@return table
function sink.new(name, options) return require("plumb.sink." .. name).new(options) end

return sink
