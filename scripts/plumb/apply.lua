-- Carries out a plan. Each step comes to its own end: one that fails is noted and the others go on,
-- except that a full quota stops the creating, since every further create would be refused as well.

local err = require "plumb.err"
local item_of = require "plumb.item"
local problem = require "plumb.problem"
local settle = require "plumb.settle"
local task = require "plumb.task"

local apply = {}

---@class plumb.Outcome  what became of one step
---@field step table
---@field status "created"|"adopted"|"updated"|"closed"|"settled"|"kept"|"obsolete"|"failed"|"pending"|"stopped"
---@field id? string     the item
---@field error? plumb.Error
---@field answer? table  the Answer after an UpdateAnswer
---@field reason? string

local RESOLVED = "people resolved it: plumb resolve writes it back"

local QUOTA = { OpsItemLimitExceededException = true }

-- An item that before_create returned and no sink would take.
local function unusable(run, step, message)
  return problem.new { id = "E408", what = "policy function 'before_create' returned the wrong thing",
    where = ("%s\nwith workload '%s', question '%s', choice '%s'"):format(run.policy:origin("before_create"),
      step.finding.workload.WorkloadName, step.finding.question.QuestionId, step.finding.choice.ChoiceId),
    because = message, fix = "return the item it got, with texts changed, or false to leave it out" }
end

local function create(run, step)
  if run.quota then return { status = "stopped", reason = run.quota } end
  if run.policy:is_own("before_create") then
    local item, failure = run.policy:call("before_create", step.item)
    if failure then return { status = "failed", problem = failure } end
    if not item then return { status = "stopped", reason = "left out by before_create" } end
    item, failure = item_of.changed(item, step.item)
    if not item then return { status = "failed", problem = unusable(run, step, failure) } end
    step.item = item
  end
  local done, id = run.opener:create(step)
  if done then return { status = done, id = id, reason = done == "kept" and RESOLVED or nil } end
  local failure = id
  if QUOTA[failure.code] then
    run.quota = "OpsCenter takes no more new OpsItems in this account: " .. failure.message
    return { status = "stopped", reason = run.quota, quota = true }
  end
  return { status = failure.executed == "maybe" and "pending" or "failed", error = failure }
end

local function update(run, step)
  local done, failure = run.opener:update(step)
  if not done then return { status = "failed", error = failure } end
  if done == "kept" then return { status = done, id = step.record.item_id, reason = RESOLVED } end
  return { status = "updated", id = step.record.item_id }
end

local function close(run, step)
  local done, failure = run.opener:close(step)
  if done then
    return { status = done, id = step.record.item_id,
      reason = done == "kept" and RESOLVED or nil }
  end
  return { status = "failed", error = failure }
end

local CARRY_OUT = { create = create, ["return"] = create, update = update, close = close, obsolete = close,
  cleanup = close }

-- What ends the run: without credentials, or a disk that takes the state, nothing else will work either.
-- That somebody else changed a record meanwhile costs its step alone: the next run sees what they did.
local function is_fatal(failure)
  return not err.is(failure) or failure.kind == "credentials" or failure.kind == "readonly"
    or failure.kind == "state" and failure.code ~= "Conflict"
end

-- What the world refuses is an outcome.
local function guarded(fn, run, what)
  local ok, outcome = pcall(fn, run, what)
  if ok then return outcome end
  if is_fatal(outcome) then error(outcome, 0) end
  return nil, outcome
end

-- All resolved items of one question go together.
local function settle_question(run, group) return run.settler:question(group) end

local function settle_whole(run, step) return run.settler:whole(step) end

local SETTLED = { "failed", "settled", "obsolete", "kept" }

-- What became of an item that stands for several findings: it failed when one of them did, and was written back when
-- one of them was.
local function combined(run, step, results)
  local by_status = {}
  for _, result in ipairs(results) do by_status[result.status] = by_status[result.status] or result end
  local done, failure = guarded(settle_whole, run, step)
  if failure then return { status = "failed", error = failure, id = step.resolved.id } end
  for _, status in ipairs(SETTLED) do
    local result = by_status[status]
    if result and (status ~= "failed" or result.error) then
      return { status = status, error = result.error, reason = result.reason, id = step.resolved.id,
        answer = step.resolved.record.mode == "question" and result.answer or nil }
    end
  end
  return { status = done and "kept" or "failed", id = step.resolved.id }
end

-- The results of a group's findings, until there is one for each.
local function collect(run, note, whole, result, left)
  local results = left[whole]
  results[#results + 1] = result
  if #results >= #whole.resolved.members then note(whole, combined(run, whole, results)) end
end

---Carries out every step of the plan. Waits.
---@param plan plumb.Plan  finished
---@param run { opener: plumb.Opener?, settler: plumb.Settler?, policy: table,
---  on_outcome: fun(outcome: plumb.Outcome)? }
---@return plumb.Outcome[] outcomes  in the order of the plan
---@return boolean interrupted       somebody asked plumb to stop; steps not begun have no outcome
function apply.plan(plan, run)
  local by_step, jobs, settles, left = {}, {}, {}, {}
  local function note(step, outcome)
    outcome.step = step
    by_step[step] = outcome
    if run.on_outcome then run.on_outcome(outcome) end
  end
  for _, step in ipairs(plan.steps) do
    if step.kind == "settle" then
      local parts = settle.parts(step)
      table.move(parts, 1, #parts, #settles + 1, settles)
      left[step] = {}
      if #parts == 0 then jobs[#jobs + 1] = function() note(step, combined(run, step, {})) end end
    else
      jobs[#jobs + 1] = function()
        local outcome, failure = guarded(CARRY_OUT[step.kind], run, step)
        note(step, outcome or { status = "failed", error = failure })
      end
    end
  end
  for _, group in ipairs(settle.by_question(settles)) do
    jobs[#jobs + 1] = function()
      local results, failure = guarded(settle_question, run, group)
      for i, step in ipairs(group) do
        local outcome = results and results[i] or { status = "failed", error = failure }
        outcome.id = step.resolved.id
        if step.whole then
          collect(run, note, step.whole, outcome, left)
        else
          note(step, outcome)
        end
      end
    end
  end
  local ok, failure = pcall(task.map, jobs, function(job) job() end, { limit = run.policy.parallel })
  if not ok and failure ~= task.Interrupted then error(failure, 0) end
  local outcomes = {}
  for _, step in ipairs(plan.steps) do outcomes[#outcomes + 1] = by_step[step] end
  return outcomes, not ok
end

return apply
