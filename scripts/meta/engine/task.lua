---@meta engine.task

-- engine/lua/task.c; use plumb.task. A task is a coroutine that the engine's loop resumes; everything that waits parks
-- its task and is woken by the loop.

---@class engine.task.Task  userdata

---@class engine.task.Limits
---@field instructions integer?  50 million unless told
---@field bytes integer?  64 MiB unless told
---@field seconds number?  5 unless told

---@class engine.task
---@field parked lightuserdata  what a coroutine yields when its task waits: pass it on outwards, it is no value
---@field spawn fun(fn: function, ...: any): engine.task.Task  begins when the caller waits or ends
---@field current fun(): engine.task.Task|nil  nil outside of any task
---@field park fun()  waits until wake() is called for this task; a wake that came first is not lost
---@field wake fun(task: engine.task.Task)  ends its park, or the next one that it begins
---@field cancel fun(task: engine.task.Task): boolean  whether it was alive; calls off what it waits for and closes its
---  variables; raises for the running task itself
---@field ended fun(task: engine.task.Task): boolean
---@field sleep fun(seconds: number)  waits; 0 lets the others run first
---@field limited fun(limits: engine.task.Limits, fn: function, ...: any): boolean, ...  like pcall, with a budget;
---  inside another limit that one goes on; fn cannot wait
---@field nowait fun(fn: function, ...: any): ...  calls fn, in which a call that waits raises
---@field stop_signal fun(): integer|nil  the signal that asked this process to end, 2 or 15
---@field wait_stop fun(): integer  waits for that signal; one task at a time
---@field catch_interrupts fun(on: boolean)  SIGINT no longer ends the process but is kept for the following
---@field take_interrupt fun(): boolean  whether one came since the last look
---@field wait_interrupt fun()  waits for one; one task at a time
---@field heed_interrupts fun()  the running coroutine can be interrupted even where it does not wait
local task = {}

return task
