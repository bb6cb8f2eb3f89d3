-- What a daemon measures about itself: requests to AWS as they happen, runs at their end, and, when somebody asks, what
-- stands open in the state and what triggers have counted.

local build = require "plumb.build"
local digest = require "plumb.digest"
local log = require "plumb.log"
local metrics = require "plumb.metrics"
local retry = require "plumb.aws.retry"
local time = require "plumb.time"

local measure = {}

local BUCKETS = { 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30 } -- seconds; a call takes some 50 ms

-- What is worth counting of the findings: what is over grows without end.
local STANDING = { "open", "intended", "parked", "contested" }

---@class plumb.Measure
---@field package registry plumb.Metrics
local Measure = {}
Measure.__index = Measure

-- ---- requests ----

---Notes a request, as plumb.aws tells of it.
---@param info { service: string, operation: string, status: integer?, ms: number, code: string? }
function Measure:call(info)
  self.requests:add { service = info.service, operation = info.operation, status = info.status or "none" }
  self.request_seconds:observe({ service = info.service }, info.ms / 1000)
  if info.code and retry.class(info) == "throttling" then self.throttles:add { service = info.service } end
end

-- ---- runs ----

local CHANGES = { "created", "adopted", "updated", "closed" }

---Notes the end of a run.
---@param run plumb.UnattendedRun
---@param seconds number  it took
function Measure:run(run, seconds)
  local summary = run.document and run.document.summary or {}
  self.changed = true
  local good = run.exit ~= nil and not run.problem and not run.interrupted
  self.runs:add { command = run.command, result = run.problem and "failed" or run.interrupted and "interrupted"
    or run.exit == 0 and "done" or "partly" }
  self.run_seconds:set({ command = run.command }, seconds)
  if good and (summary.failed or 0) == 0 then self.last_success:set({ command = run.command }, time.now()) end
  for _, kind in ipairs(CHANGES) do
    if (summary[kind] or 0) > 0 then self.changes:add({ command = run.command, kind = kind }, summary[kind]) end
  end
  if run.problem then self.errors:add { command = run.command, code = run.problem.id } end
  for _, row in ipairs(run.document and run.document.items or {}) do
    if row.error then self.errors:add { command = run.command, code = row.error.code } end
  end
  for _, trouble in ipairs(run.document and run.document.problems or {}) do
    self.errors:add { command = run.command, code = trouble.code }
  end
end

-- ---- what stands open ----

local function median(sorted) return sorted[(#sorted + 1) // 2] end

local function ages_of(self, ages)
  self.age:clear()
  for risk, list in pairs(ages) do
    table.sort(list)
    self.age:set({ risk = risk, stat = "max" }, list[#list])
    self.age:set({ risk = risk, stat = "median" }, median(list))
  end
end

local function count_state(self, store)
  local items, questions, ages, now = {}, {}, {}, time.now()
  for _, status in ipairs(STANDING) do
    for record in store:each("finding", { status = status }) do
      local risk = record.risk or ""
      items[#items + 1] = { status = status, risk = risk }
      if status == "open" then
        local question = table.concat({ record.workload_arn, record.lens_arn, record.question_id }, " ")
        questions[question] = { workload = record.workload_name or "", risk = risk }
        ages[risk] = ages[risk] or {}
        table.insert(ages[risk], math.max(0, now - record.first_seen))
      end
    end
  end
  self.items:clear()
  self.risks:clear()
  for _, labels in ipairs(items) do self.items:add(labels) end
  for _, labels in pairs(questions) do self.risks:add(labels) end
  ages_of(self, ages)
end

-- Counting goes through all that stands open. Where that is much it is done more rarely: it takes one part in twenty
-- of the time at most. A state that cannot be read right now leaves the numbers as they were.
local function count_when_due(self, store)
  local began = time.monotonic()
  if not self.changed or began < self.count_from then return end
  self.changed = false
  local ok, failure = pcall(count_state, self, store)
  local now = time.monotonic()
  self.count_from = now + 20 * (now - began)
  if not ok then log.warn("the state could not be counted", { reason = tostring(failure) }) end
end

-- ---- the policy and the triggers ----

---Notes which policy is in force.
---@param policy plumb.Policy
function Measure:policy(policy)
  self.policy_info:clear()
  self.policy_info:set({ sha256 = digest.hex(digest.sha256(policy.text or "")), version = build.version }, 1)
end

---Notes whether the last attempt to load a policy went well.
---@param good boolean
function Measure:reload(good)
  self.reload_good:set({}, good and 1 or 0)
end

---The text for Prometheus. May wait, for a state that is not on this machine.
---@param now { triggers: plumb.Trigger[], next_at: number?, ready: boolean, store: plumb.Store }
---@return string
function Measure:text(now)
  count_when_due(self, now.store)
  self.hints:clear()
  self.refused:clear()
  for _, one in ipairs(now.triggers) do
    for word, n in pairs(one.counts) do self.hints:set({ trigger = one.name, kind = word }, n) end
    for code, n in pairs(one.gate and one.gate.refused or {}) do self.refused:set({ code = code }, n) end
  end
  self.next_at:clear()
  if now.next_at then self.next_at:set({}, now.next_at) end
  self.ready:set({}, now.ready and 1 or 0)
  return self.registry:text()
end

---@return plumb.Measure
function measure.new()
  local r = metrics.new()
  local self = setmetatable({ registry = r, changed = true, count_from = 0 }, Measure)
  self.risks = r:gauge("plumb_risks", "Questions with open items, as rated when last read.", { "workload", "risk" })
  self.items = r:gauge("plumb_items", "Findings that are not at their end.", { "status", "risk" })
  self.age = r:gauge("plumb_item_age_seconds", "Age of open findings.", { "risk", "stat" })
  self.runs = r:counter("plumb_runs_total", "Runs that came to their end.", { "command", "result" })
  self.run_seconds = r:gauge("plumb_run_duration_seconds", "How long the last run took.", { "command" })
  self.last_success = r:gauge("plumb_last_success_timestamp_seconds", "When a run last ended with nothing failed.",
    { "command" })
  self.changes = r:counter("plumb_changes_total", "What runs changed.", { "command", "kind" })
  self.errors = r:counter("plumb_errors_total", "What went wrong in runs.", { "command", "code" })
  self.requests = r:counter("plumb_aws_requests_total", "Requests sent to AWS.", { "service", "operation", "status" })
  self.request_seconds = r:histogram("plumb_aws_request_seconds", "How long they took.", { "service" }, BUCKETS)
  self.throttles = r:counter("plumb_aws_throttles_total", "Requests that AWS throttled.", { "service" })
  self.hints = r:counter("plumb_trigger_events_total", "What triggers saw and did.", { "trigger", "kind" })
  self.refused = r:counter("plumb_sns_refused_total", "SNS messages that were refused.", { "code" })
  self.next_at = r:gauge("plumb_next_run_timestamp_seconds", "When the schedule is due next.")
  self.ready = r:gauge("plumb_ready", "Whether everything has started and nothing is ending.")
  self.reload_good = r:gauge("plumb_policy_reload_success", "Whether the policy was good when last loaded.")
  self.policy_info = r:gauge("plumb_policy_info", "The policy in force.", { "sha256", "version" })
  r:gauge("process_start_time_seconds", "When it started."):set({}, time.now())
  self:reload(true)
  return self
end

return measure
