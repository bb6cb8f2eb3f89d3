-- Carries out a plan. Each step comes to its own end: one that fails is noted and the others go on,
-- except that a full quota stops the creating, since every further create would be refused as well.

local err = require "plumb.err"
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

local QUOTA = { OpsItemLimitExceededException = true }

local function create(run, step)
  if run.quota then return { status = "stopped", reason = run.quota } end
  if run.policy:is_own("before_create") then
    local item, failure = run.policy:call("before_create", step.item)
    if failure then return { status = "failed", problem = failure } end
    if not item then return { status = "stopped", reason = "left out by before_create" } end
    step.item = item
  end
  local done, id = run.opener:create(step)
  if done then return { status = done, id = id } end
  local failure = id
  if QUOTA[failure.code] then
    run.quota = "OpsCenter takes no more new OpsItems in this account: " .. failure.message
    return { status = "stopped", reason = run.quota, quota = true }
  end
  return { status = failure.executed == "maybe" and "pending" or "failed", error = failure }
end

local function update(run, step)
  local done, failure = run.opener:update(step)
  return done and { status = "updated", id = step.record.item_id } or { status = "failed", error = failure }
end

local function close(run, step)
  local done, failure = run.opener:close(step)
  return done and { status = "closed", id = step.record.item_id } or { status = "failed", error = failure }
end

local CARRY_OUT = { create = create, ["return"] = create, update = update, close = close, obsolete = close }

local SETTLED = { updated = "settled", kept = "kept", obsolete = "obsolete" }

-- All resolved items of one question have one fate.
local function settle_question(run, group)
  local done, failure, answer = run.settler:question(group)
  local outcomes = {}
  for i, step in ipairs(group) do
    outcomes[i] = { step = step, id = step.resolved.id, status = SETTLED[done] or "failed", error = failure,
      answer = type(answer) == "table" and answer or nil,
      reason = type(answer) == "string" and answer or nil }
  end
  return outcomes
end

-- What the world refuses is an outcome; a bug, or a disk that does not take the state, is not.
local function guarded(fn, run, what)
  local ok, outcome = pcall(fn, run, what)
  if ok then return outcome end
  if err.is(outcome) and outcome.kind ~= "state" and outcome.kind ~= "credentials" then
    return { status = "failed", error = outcome }
  end
  error(outcome, 0)
end

---Carries out every step of the plan. Waits.
---@param plan plumb.Plan  finished
---@param run { opener: plumb.Opener?, settler: plumb.Settler?, policy: table,
---  on_outcome: fun(outcome: plumb.Outcome)? }
---@return plumb.Outcome[] outcomes  in the order of the plan
---@return boolean interrupted       somebody asked plumb to stop; steps not begun have no outcome
function apply.plan(plan, run)
  local outcomes, jobs, settles = {}, {}, {}
  local function note(outcome)
    outcomes[#outcomes + 1] = outcome
    if run.on_outcome then run.on_outcome(outcome) end
  end
  for _, step in ipairs(plan.steps) do
    if step.kind == "settle" then
      settles[#settles + 1] = step
    else
      jobs[#jobs + 1] = function()
        local outcome = guarded(CARRY_OUT[step.kind], run, step)
        outcome.step = step
        note(outcome)
      end
    end
  end
  for _, group in ipairs(settle.by_question(settles)) do
    jobs[#jobs + 1] = function()
      local result = guarded(settle_question, run, group)
      if result.status then -- it failed as a whole
        for _, step in ipairs(group) do
          note { step = step, id = step.resolved.id, status = "failed", error = result.error }
        end
        return
      end
      for _, outcome in ipairs(result) do note(outcome) end
    end
  end
  local ok, failure = pcall(task.map, jobs, function(job) job() end, { limit = run.policy.parallel })
  if not ok and failure ~= task.Interrupted then error(failure, 0) end
  return outcomes, not ok
end

return apply
