-- Is everything in order? A list of checks, each a function that looks at one thing and reports what it found.
-- A check that fails does not stop the others. Only reads: the process is switched to read-only before the first
-- request, so not even a mistake here could write.

local err = require "plumb.err"
local problem = require "plumb.problem"

local doctor = {}

---@class plumb.Diagnosis
---@field name string    "clock"
---@field status "ok"|"warn"|"fail"|"skip"
---@field text string    one line
---@field fix? string

---@class plumb.DoctorFacts
---@field args table
---@field env fun(name: string): string?
---@field offline boolean
---@field open fun(): plumb.Session    made once; raises a plumb.Problem
---@field found plumb.Diagnosis[]      what the checks before said
---@field report fun(name: string, status: string, text: string, fix?: string)

-- In the order in which they depend on each other.
local CHECKS = { "credentials", "clock", "endpoints", "permissions", "policy", "accounts", "sink", "state",
  "surroundings" }

local function explain(failure)
  if err.is(failure) then failure = problem.from(failure) end
  if not problem.is(failure) then error(failure, 0) end -- a bug
  return failure.what .. (failure.because and ": " .. failure.because:gsub("%s*\n%s*", " ") or ""), failure.fix
end

local function once(fn)
  local done, ok, value
  return function()
    if not done then done, ok, value = true, pcall(fn) end
    if not ok then error(value, 0) end
    return value
  end
end

---Runs all checks. Waits.
---@param options { args: table, env: (fun(name: string): string?), offline: boolean, open: fun(): plumb.Session }
---@return plumb.Diagnosis[]
function doctor.run(options)
  require("plumb.aws.signer").read_only()
  local facts = { args = options.args, env = options.env, offline = options.offline, found = {},
    open = once(options.open) }
  function facts.report(name, status, text, fix)
    table.insert(facts.found, { name = name, status = status, text = text, fix = fix })
  end
  for _, name in ipairs(CHECKS) do
    local ok, failure = pcall(require("plumb.doctor." .. name), facts)
    if not ok then facts.report(name, "fail", explain(failure)) end
  end
  return facts.found
end

return doctor
