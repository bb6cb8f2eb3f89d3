-- How much the log says: by -v, -vv, --debug and -q, and in which form, by where plumb runs.

local log = require("plumb.log")

local M = {}

---Sets up plumb.log for this run.
---@param args table
---@param env fun(name: string): string|nil
function M.apply(args, env)
  local level = "warn"
  local verbose = args.verbose or 0
  if args.debug or verbose >= 2 then
    level = "debug"
  elseif verbose == 1 then
    level = "info"
  elseif args.quiet then
    level = "error"
  end
  local format = env("PLUMB_LOG_FORMAT")
  if format ~= "json" and format ~= "text" then
    -- systemd and Lambda collect lines for machines
    format = (env("INVOCATION_ID") or env("AWS_LAMBDA_FUNCTION_NAME")) and "json" or "text"
  end
  log.configure({ level = level, format = format, journal = env("JOURNAL_STREAM") ~= nil })
end

return M
