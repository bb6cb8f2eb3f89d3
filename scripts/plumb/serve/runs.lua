-- The runs of a daemon: each is a command as people type it, with the session, the store and the policy that the
-- daemon holds, and its end is a line in the log for each change, one for all of it, and a few numbers.

local log = require "plumb.log"
local random = require "plumb.random"
local time = require "plumb.time"
local unattended = require "plumb.unattended"

local runs = {}

local LOCKED = "E502"

-- A run counts its own calls; the client, which outlives it, has counted those of the run before.
local function forget_calls(client)
  for key in pairs(client.calls) do client.calls[key] = nil end
end

local function tell_changes(run, fields)
  for _, row in ipairs(run.document and run.document.items or {}) do
    local failed = row.status == "failed" or row.status == "pending"
    log[failed and "warn" or "info"](("%s %s"):format(row.practices and "items" or "item", row.status), {
      event = "item." .. row.status, run = fields.run, workload = row.workload, lens = row.lens,
      question = row.question, choice = row.choice, item = row.id, risk = row.risk, outcome = row.outcome,
      reason = row.reason, code = row.error and row.error.code, aws_request_id = row.error and row.error.request_id })
  end
end

local COUNTED = { "created", "adopted", "updated", "closed", "noted", "failed", "pending" }

local function tell_end(run, fields, seconds)
  local line = { event = "run.ended", run = fields.run, command = run.command, exit = run.exit,
    interrupted = run.interrupted, ms = math.floor(seconds * 1000 + 0.5) }
  for _, name in ipairs(COUNTED) do
    local n = run.document and run.document.summary[name] or 0
    if n > 0 then line[name] = n end
  end
  local failure = unattended.failure(run)
  if run.problem and run.problem.id == LOCKED then
    log.warn("another instance is at work; this run is left to it", line)
  elseif run.problem then
    line.because = failure.message
    unattended.tell("error", run.problem, line)
  elseif failure then
    log.warn("a run ended with failures; the next one tries again", line)
  else
    log.info(run.interrupted and "a run was interrupted" or "a run ended", line)
  end
end

-- Flags that the command line of the daemon shares with its runs.
local function argv_of(command) return { command, "--yes", "--json" } end

---Runs a command and tells what came of it. Never raises. Waits.
---@param command "scan"|"resolve"
---@param hints string[]|nil  items to resolve, instead of all
---@param about { parts: table, args: table, env: (fun(name: string): string?), measure: plumb.Measure }
---@return plumb.UnattendedRun
function runs.one(command, hints, about)
  local fields, began = { run = random.ulid() }, time.monotonic()
  forget_calls(about.parts.session.client)
  local parts = { run_id = fields.run }
  for name, part in pairs(about.parts) do parts[name] = part end
  log.debug("a run begins", { event = "run.began", run = fields.run, command = command, hints = hints and #hints })
  local run = unattended.run(argv_of(command), { env = about.env, notes = "debug", fields = fields, args = {
    parts = parts, hints = hints, set = about.args.set, accounts = about.args.accounts, region = about.args.region,
    region_list = about.args.region_list } })
  local seconds = time.monotonic() - began
  tell_changes(run, fields)
  tell_end(run, fields, seconds)
  about.measure:run(run, seconds)
  return run
end

---When a schedule was last done, by the state: its scan comes last.
---@param store plumb.Store
---@return number|nil  epoch seconds
function runs.last_scan(store)
  local last
  for record in store:each("run") do
    if record.command == "scan" and (not last or record.started_at > last) then last = record.started_at end
  end
  return last
end

return runs
