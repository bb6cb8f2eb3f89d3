-- Items that plumb closed, or began to close, and that people opened again. They still carry the mark by which its
-- own closing is known, so a later resolving by people would be dropped as plumb's echo. The mark is taken off before
-- such an item counts as standing for anything.

local item_of = require "plumb.item"

local reopened = {}

---Whether an item is open and carries the mark of a close.
---@param found table  the sink's item
---@return boolean
function reopened.is(found) return found.open and found.fields[item_of.CLOSED_FIELD] ~= nil end

---Takes the mark off an item that is open now, if it carries one. Waits.
---@param sink table
---@param found table  the item, from sink:get; what a list shows may be old
---@return true|nil
---@return plumb.Error? err  `gone` when somebody deleted it meanwhile
function reopened.unmark(sink, found)
  if not reopened.is(found) then return true end
  return sink:update(found.id, { remove = { item_of.CLOSED_FIELD } })
end

---An item of a list, fit to be taken over: looked at again, and without the mark, where it seems to be open again.
---Waits.
---@param sink table
---@param found table
---@return table|nil found
---@return plumb.Error? err  `gone` when there is no such item
function reopened.taken_back(sink, found)
  if not reopened.is(found) then return found end
  local now, failure = sink:get(found.id)
  if not now then return nil, failure end
  local done
  done, failure = reopened.unmark(sink, now)
  if not done then return nil, failure end
  return now
end

return reopened
