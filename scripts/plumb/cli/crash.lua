-- What an error that reached main.lua becomes: a problem and a plumb.Error are shown as they are, and
-- anything else is a bug in plumb, whose traceback goes into a file that only its owner can read.

local err = require("plumb.err")
local problem = require("plumb.problem")

local M = {}

---Where plumb keeps what it remembers: $XDG_STATE_HOME/plumb, or ~/.local/state/plumb.
---@param env fun(name: string): string|nil
---@return string|nil folder  nil when there is neither
---@see https://specifications.freedesktop.org/basedir-spec/latest/
function M.state_folder(env)
  local base = env("XDG_STATE_HOME")
  if base and base:sub(1, 1) == "/" then -- the specification says to ignore relative paths
    return base .. "/plumb"
  end
  local home = env("HOME")
  return home and home ~= "" and home .. "/.local/state/plumb" or nil
end

local function write_report(text, now, env)
  local folder = M.state_folder(env)
  if not folder then
    return nil, "HOME is not set"
  end
  local files = require("plumb.files")
  local ok, message = files.mkdir_all(folder, tonumber("700", 8))
  if not ok then
    return nil, message
  end
  local path = ("%s/crash-%s.txt"):format(folder, os.date("!%Y%m%dT%H%M%SZ", now))
  ok, message = files.write_atomic(path, text, tonumber("600", 8))
  if not ok then
    return nil, message
  end
  return path
end

local function report_text(trouble, step, command, now)
  local known, build = pcall(require, "plumb.build")
  return table.concat({
    "plumb " .. (known and tostring(build.version) or "of unknown version") .. ", " .. _VERSION,
    "time     " .. os.date("!%Y-%m-%dT%H:%M:%SZ", now),
    "command  " .. (command and command.name or "none yet"),
    "step     " .. step,
    "",
    type(trouble.failure) == "table" and trouble.failure.trace or "", -- where in a task of its own
    trouble.traceback or tostring(trouble.failure),
    "",
  }, "\n")
end

-- The message without its place: "scripts/plumb/x.lua:12: attempt to ..." has both.
local function split_place(text)
  local place, message = text:match("^([^\n:]+:%d+): ([^\n]*)")
  return place, message or text:match("^[^\n]*")
end

local function bug(trouble, step, command, opts)
  local now = opts.now or os.time()
  local text = require("plumb.secret").mask(report_text(trouble, step, command, now))
  local ok, path, why = pcall(write_report, text, now, opts.env or os.getenv)
  if not ok then -- trouble upon trouble; the message below must come out all the same
    path, why = nil, path
  end
  local place, message = split_place(tostring(trouble.failure))
  return problem.new({
    id = "E901",
    what = "this is a bug in plumb",
    where = place,
    because = message,
    tried = not path and ("a crash report could not be written: " .. tostring(why)) or nil,
    fix = path and ("report it with the file " .. path) or "report it with the command line that led here",
  })
end

---@param trouble { failure: any, traceback: string? }
---@param step string             of main.lua
---@param command plumb.Command?  nil when the command line was not read yet
---@param opts? { env: function?, now: integer? }
---@return plumb.Problem
function M.explain(trouble, step, command, opts)
  local failure = trouble.failure
  if problem.is(failure) then
    return failure
  elseif err.is(failure) then
    return problem.from(failure)
  end
  return bug(trouble, step, command, opts or {})
end

return M
