-- What specs about tasks need: a gate that holds tasks until the spec opens it, and a way to let all others
-- run. Nothing takes time.

local engine = require "engine.task"
local task = require "plumb.task"

local M = {}

---A gate: tasks wait in pass() until let_through().
---@return { pass: fun(), let_through: fun() }
function M.gate()
  local gate, waiting, open = {}, {}, false
  function gate.pass()
    while not open do
      table.insert(waiting, engine.current())
      engine.park()
    end
  end
  function gate.let_through()
    open = true
    for _, waiter in ipairs(waiting) do engine.wake(waiter) end
  end
  return gate
end

---Lets every other task run as far as it can.
function M.settle()
  for _ = 1, 20 do task.sleep(0) end
end

---A value that calls fn when its block is left, however that happens: local _ <close> = at_end(fn).
---@param fn fun()
---@return table
function M.at_end(fn) return setmetatable({}, { __close = fn }) end

return M
