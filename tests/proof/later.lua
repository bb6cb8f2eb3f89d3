-- Runs several commands of plumb in one process, each at its own time: what happens when plumb is run again, also
-- much later. The state, the transport and everything else are the real ones; only the clock is moved.
--
--   plumb run tests/proof/later.lua '[[0, "resolve", "--yes"], [1500, "scan", "--yes"], ...]'
--
-- Each step is the number of seconds from now and the command line. Before each step the test's server is told,
-- so that its clock moves along and it knows where the journal stands. The exit codes are printed as a list.

local cli = require "plumb.cli"
local clock = require "engine.clock"
local json = require "plumb.json"
local problem = require "plumb.problem"
local time = require "plumb.time"
local transport = require "plumb.transport"

local steps = assert(json.decode(arg[1]))
local host = os.getenv("AWS_ENDPOINT_URL"):match("//(.+)$")
local silent = { write = function(stream) return stream end, flush = function(stream) return stream end }

-- The same policy for all of them: reading it takes longer than a run of five items.
local policy = require "plumb.policy"
local load_policy, kept = policy.load, nil
function policy.load(options)
  kept = kept or load_policy(options)
  return kept
end

local function announce(step, offset)
  assert(transport.send { method = "GET", scheme = "http", host = host, path = "/_proof/step", headers = {}, body = "",
    query = ("n=%d&offset=%d"):format(step, offset) })
end

local function run(words)
  local parsed = cli.parse(words)
  local console = cli.console { args = parsed.args, stdout = silent, stderr = silent,
    tty = { stdin = false, stdout = false, stderr = false } }
  local ok, code = pcall(parsed.command.run, parsed.args, console)
  if ok then return code or 0 end
  if not problem.is(code) then error(code, 0) end
  return problem.exit_code(code)
end

local codes = {}
for i, step in ipairs(steps) do
  time.set(function() return clock.now() + step[1] end)
  announce(i, step[1])
  codes[i] = run(table.move(step, 2, #step, 1, {}))
end
io.stdout:write(json.encode(json.list(codes)), "\n")
