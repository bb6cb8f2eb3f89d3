-- Other programs, run for what they print. The door of engine.process: no shell, no terminal, nothing
-- of our environment or descriptors, an end by force when it takes too long. What a program writes to
-- its error output is dropped unread, since it may hold secrets.

local engine = require "engine.process"
local err = require "plumb.err"

local process = {}

---Runs a program to its end. Whoever stops waiting for it kills it. Waits.
---@param options { argv: string[], env: table<string, string>, timeout: number?, max_output: integer? }
---  argv[1] without a slash is looked up in our PATH; env is all it gets; timeout in seconds, default 60; max_output
---  in bytes, default 64 kB
---@return { code: integer, output: string }|nil  128 + n when signal n ended it
---@return plumb.Error? err  ProgramNotFound, ProcessFailed, Timeout, OutputTooLarge; never holds what was printed
function process.run(options)
  local result, failure = engine.run(options)
  if result then return result end
  return nil, err.new { code = failure.code, message = failure.message, kind = "process", executed = "maybe" }
end

return process
