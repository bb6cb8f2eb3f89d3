-- What came back: `_` is the last result, `_1` to `_9` the last nine, `_1` the newest, and `_err` the last error.

local M = {}

local KEPT = 9

---@class plumb.repl.Results
---@field list any[]        newest first
---@field traceback string? of the last error that has one
local Results = {}
Results.__index = Results

---@param env table  where the names are set
---@return plumb.repl.Results
function M.new(env)
  return setmetatable({ env = env, list = {} }, Results)
end

---Remembers a result; nil and what stands in front already are not remembered again.
---@param value any
function Results:push(value)
  if value == nil or rawequal(value, self.list[1]) then
    return
  end
  table.insert(self.list, 1, value)
  self.list[KEPT + 1] = nil
  rawset(self.env, "_", value)
  for i, kept in ipairs(self.list) do
    rawset(self.env, "_" .. i, kept)
  end
end

---Remembers an error.
---@param failure any          what was raised, or what AWS said
---@param traceback? string
function Results:fail(failure, traceback)
  rawset(self.env, "_err", failure)
  self.traceback = traceback
end

return M
