-- A command that runs where nobody looks on, in a Lambda function or a daemon: what it would tell a person goes to
-- the log, and its JSON document is its result. It never raises: whatever goes wrong is part of what came of it.

local console = require "plumb.cli.console"
local err = require "plumb.err"
local log = require "plumb.log"
local problem = require "plumb.problem"
local task = require "plumb.task"

local unattended = {}

---@class plumb.UnattendedRun
---@field command string
---@field exit? integer
---@field document? table       what `--json` prints
---@field interrupted? boolean  somebody asked plumb to stop, or the deadline came
---@field problem? plumb.Problem

-- Exit codes with which a run has done what was asked of it.
local GOOD = { [0] = true, [3] = true }

local function nowhere()
  local stream = {}
  function stream.write() return stream end
  function stream.flush() return true end
  return stream
end

---Text for people as one line.
---@param text string
---@return string
function unattended.as_line(text) return (text:gsub("%s*\n%s*", "; ")) end

local as_line = unattended.as_line

---A problem as a line of the log.
---@param level "warn"|"error"
---@param trouble plumb.Problem
---@param more? table  fields
function unattended.tell(level, trouble, more)
  local fields = { id = trouble.id, where = trouble.where and as_line(trouble.where),
    because = trouble.because and as_line(trouble.because), fix = trouble.fix and as_line(trouble.fix) }
  for name, value in pairs(more or {}) do fields[name] = value end
  log[level](as_line(trouble.what), fields)
end

local function talk(args, options, run)
  local cli = console.new { args = args, env = options.env, stdout = nowhere(), stderr = nowhere(),
    tty = { stdin = false, stdout = false, stderr = false } }
  local note, fields = log[options.notes or "info"], options.fields
  function cli.note(text) note(as_line(text), fields) end
  function cli.warn(text)
    if problem.is(text) then return unattended.tell("warn", text, fields) end
    log.warn(as_line(text), fields)
  end
  function cli.json(document) run.document = document end
  return cli
end

local function explain(failure)
  if problem.is(failure) or failure == task.Interrupted then return failure end
  if err.is(failure) then return problem.from(failure) end
  return { bug = tostring(failure), trace = debug.traceback(tostring(failure), 2) }
end

---Runs a command as from the command line. Waits.
---@param argv string[]  { "scan", "--yes", "--json" }
---@param options { env: (fun(name: string): string?), args: table?, notes: ("debug"|"info")?, fields: table? }  args:
---  what no flag can say, laid over those that were read; notes: the level of what it only mentions, info unless told;
---  fields: what each line of its log has
---@return plumb.UnattendedRun
function unattended.run(argv, options)
  local run = { command = argv[1] }
  local ok, result = xpcall(function()
    local parsed = require("plumb.cli").parse(argv)
    for name, value in pairs(options.args or {}) do parsed.args[name] = value end
    return parsed.command.run(parsed.args, talk(parsed.args, options, run))
  end, explain)
  if ok then
    run.exit = result or 0
    run.interrupted = run.document and run.document.interrupted or nil
  elseif result == task.Interrupted then
    run.interrupted = true
  elseif problem.is(result) then
    run.problem = result
  else
    log.error("a bug in plumb", { what = result.bug, trace = as_line(result.trace) })
    run.problem = problem.new { id = "E901", what = result.bug }
  end
  return run
end

---@class plumb.RunFailure
---@field type string    a problem's id, or "SomeFailed"
---@field message string
---@field where? string
---@field fix? string

local function failure_from(command, trouble)
  return { type = trouble.id, where = trouble.where and as_line(trouble.where), fix = trouble.fix
    and as_line(trouble.fix), message = ("plumb %s: %s%s"):format(command, as_line(trouble.what), trouble.because
    and ": " .. as_line(trouble.because) or "") }
end

---A failure as a line of the log.
---@param failure plumb.RunFailure
function unattended.log_failure(failure)
  log.error(failure.message, { type = failure.type, where = failure.where, fix = failure.fix })
end

---Why a run was no success; nil when it was one, or when only its time was over.
---@param run plumb.UnattendedRun
---@return plumb.RunFailure|nil
function unattended.failure(run)
  local summary = run.document and run.document.summary or {}
  if run.problem then return failure_from(run.command, run.problem) end
  if run.interrupted or GOOD[run.exit] or (summary.failed or 0) == 0 then return nil end
  return { type = "SomeFailed", message = ("plumb %s: %d failed; the log names them, and the next run tries again")
    :format(run.command, summary.failed) }
end

---The ids whose outcome is committed, or that needed none. After a run that came to no end, only those it lists.
---@param run plumb.UnattendedRun  of a resolve
---@param ids string[]  OpsItems that it was told of
---@return table<string, true>
function unattended.committed(run, ids)
  local document = run.document or {}
  local done, whole = {}, run.exit ~= nil and not run.interrupted and run.document ~= nil
  for _, trouble in ipairs(document.problems or {}) do whole = whole and trouble.item ~= nil end
  for _, id in ipairs(whole and ids or {}) do done[id] = true end
  for _, trouble in ipairs(document.problems or {}) do done[trouble.item or ""] = nil end
  for _, row in ipairs(document.items or {}) do
    done[row.id] = (row.status ~= "failed" and row.status ~= "pending") or nil
  end
  return done
end

return unattended
