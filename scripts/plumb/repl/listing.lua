-- What an operation that comes in pages gives in a session: something to loop over, to index and to show, which asks
-- AWS for the next page only when somebody looks that far.

local M = {}

local state_of = setmetatable({}, { __mode = "k" }) -- listing -> its state, out of the way of its indexes

local Listing = {}

-- Asks for one more page; false at the end. Raises the plumb.Error of a page that failed.
local function fetch(state)
  if state.done then
    return false
  end
  local output, failure = state.next_page()
  if failure then
    error(failure, 0)
  end
  if not output then
    state.done = true
    return false
  end
  state.pages = state.pages + 1
  local items = output[state.member] or {}
  table.move(items, 1, #items, #state.items + 1, state.items)
  return true
end

local function item_at(state, index)
  while #state.items < index and fetch(state) do end
  return state.items[index]
end

local function all(state)
  while fetch(state) do end
  return state.items
end

function Listing.__index(self, key)
  local state = state_of[self]
  if math.type(key) == "integer" then
    return key >= 1 and item_at(state, key) or nil
  elseif key == state.member then -- as in AWS's own output
    return all(state)
  end
end

function Listing.__len(self)
  return #all(state_of[self])
end

function Listing.__pairs(self)
  return next, all(state_of[self]), nil
end

-- for item in listing do ... end; the loop after one that came to its end begins anew.
function Listing.__call(self)
  local state = state_of[self]
  local item = item_at(state, state.cursor + 1)
  state.cursor = item ~= nil and state.cursor + 1 or 0
  return item
end

function Listing.__tostring(self)
  local state = state_of[self]
  return ("%s: %d%s read"):format(state.name, #state.items, state.done and ", all" or "")
end

---@param name string       "wellarchitected.ListAnswers"
---@param member string     of the output, that holds the items
---@param next_page fun(): table?, plumb.Error?
---@return plumb.repl.Listing
function M.new(name, member, next_page)
  local self = setmetatable({}, Listing)
  state_of[self] = { name = name, member = member, next_page = next_page, items = {}, pages = 0, cursor = 0 }
  return self
end

---@param value any
---@return boolean
function M.is(value)
  return state_of[value] ~= nil
end

---All items. Waits; raises the plumb.Error of a page that failed.
---@param listing plumb.repl.Listing
---@return table[]
function M.all(listing)
  return all(state_of[listing])
end

---Some of the items. Waits; raises the plumb.Error of a page that failed.
---@param listing plumb.repl.Listing
---@param from integer
---@param count integer
---@return table[] items
---@return boolean more   whether there is, or may be, something behind them
function M.window(listing, from, count)
  local state = state_of[listing]
  item_at(state, from + count - 1)
  local items = table.move(state.items, from, math.min(from + count - 1, #state.items), 1, {})
  return items, #state.items > from + count - 1 or not state.done
end

---How many pages were read.
---@param listing plumb.repl.Listing
---@return integer
function M.pages(listing)
  return state_of[listing].pages
end

return M
