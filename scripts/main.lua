-- The life of a run, step by step. The engine calls this file with the arguments after the program's
-- name and takes what it returns as the exit code. Whatever goes wrong ends here as a message in the
-- user's words; a traceback goes into a file, never to the terminal.

local argv = { ... }

local PIPE_CLOSED = 0 -- the reader had enough; that is not a failure of ours
local INTERRUPTED = 130 -- as shells say it; the engine knows better which signal it was

local run = {} -- what the steps below leave for each other: command, args, cli

local steps = {
  { "strict globals", function()
    require("plumb.strict").install(_G)
  end },

  { "read the command line", function()
    local parsed = require("plumb.cli").parse(argv)
    run.command, run.args = parsed.command, parsed.args
  end },

  { "talk", function()
    run.cli = require("plumb.cli").console({ args = run.args })
    require("plumb.cli.verbosity").apply(run.args, run.cli.env)
  end },

  -- Before any code of a user's runs: what a dry run promises stands under Lua, in the engine.
  { "promise to write nothing", function()
    if run.args.dry_run then require("plumb.aws.signer").read_only() end
  end },

  { "run the command", function()
    run.exit_code = run.command.run(run.args, run.cli) or 0
  end },

  { "flush", function()
    run.cli.flush()
  end },
}

-- Called inside the failing call, so the stack is still there.
local function on_error(failure)
  return { failure = failure, traceback = debug.traceback(tostring(failure), 2) }
end

for _, step in ipairs(steps) do
  local ok, trouble = xpcall(step[2], on_error)
  if not ok then
    local console = require("plumb.cli.console")
    if console.is_pipe_closed(trouble.failure) then
      return PIPE_CLOSED
    end
    if type(trouble.failure) == "table" and trouble.failure.code == "Interrupted" then
      return INTERRUPTED
    end
    run.args = run.args or { json = require("plumb.cli").wants_json(argv) }
    run.cli = run.cli or console.new({ args = run.args })
    local shown = require("plumb.cli.crash").explain(trouble, step[1], run.command)
    pcall(io.stdout.flush, io.stdout)
    run.cli.fail(shown)
    return require("plumb.problem").exit_code(shown)
  end
end

return run.exit_code
