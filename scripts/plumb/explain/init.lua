-- Why a missing best practice has an item, will get one, or never will: the questions of a scan in their order, each
-- with its answer and the place that decided it. What was read goes in, steps come out; nobody is asked anything.

local finding_of = require "plumb.finding"
local glob = require "plumb.policy.glob"
local group_of = require "plumb.group"
local item_of = require "plumb.item"
local time = require "plumb.time"

local M = {}

---@class plumb.explain.Step
---@field step string   "workload", "lens", "risk", "choice", "filter", "group", "item" or "state"
---@field says string   the answer in words
---@field where string  "policy.lua:12" or "default"; "AWS" or "state" where that is the truth
---@field keep boolean  whether the finding goes on to the next step

---@class plumb.explain.Subject
---@field workload table  WorkloadSummary
---@field lens table      LensReviewSummary
---@field answer table    AnswerSummary
---@field choice table    Choice
---@field record table?   what the state knows of it
---@field review plumb.Review

local function add(steps, name, keep, where, says, ...)
  steps[#steps + 1] = { step = name, keep = keep, where = where, says = says:format(...) }
  return keep
end

local function matching(text, globs)
  for _, entry in ipairs(globs) do
    if text and glob.match(text, entry) then return entry end
  end
end

local function joined(list) return table.concat(list, ", ") end

-- One hook of the policy. Where nobody replaced it, `by_default` says what in the settings decided.
local function ask(steps, policy, name, by_default, ...)
  local yes, failure = policy:call(name, ...)
  if failure then
    return add(steps, name, false, policy:origin(name), "function '%s' failed: %s", name,
      failure.because or failure.what)
  elseif policy:is_own(name) then
    return add(steps, name, yes, policy:origin(name), "function '%s' answers %s", name, tostring(yes))
  end
  local setting, says = by_default(yes)
  return add(steps, name, yes, policy:origin(setting), "%s", says)
end

local function workload_step(steps, policy, workload)
  return ask(steps, policy, "workload", function(yes)
    local entry = matching(workload.WorkloadName, policy.workloads) or matching(workload.WorkloadId, policy.workloads)
    if yes then return "workloads", ("'%s' matches '%s' of workloads"):format(workload.WorkloadName, entry) end
    if entry then return "shared", ("it belongs to account %s, and shared is false"):format(workload.Owner) end
    return "workloads", ("'%s' is not in workloads: %s"):format(workload.WorkloadName, joined(policy.workloads))
  end, workload)
end

local function lens_step(steps, policy, workload, lens)
  return ask(steps, policy, "lens", function(yes)
    local name = lens.LensAlias or lens.LensArn
    return "lenses", yes and ("'%s' is in lenses: %s"):format(name, joined(policy.lenses))
      or ("'%s' is not in lenses: %s"):format(name, joined(policy.lenses))
  end, workload, lens)
end

local function risk_step(steps, answer)
  if answer.IsApplicable == false then
    return add(steps, "risk", false, "AWS", "the question is marked as not applicable")
  end
  local rated = answer.Risk == "HIGH" or answer.Risk == "MEDIUM"
  return add(steps, "risk", rated, "AWS", rated and "the question is rated %s" or "the question is rated %s, no risk",
    answer.Risk or "UNANSWERED")
end

local function choice_step(steps, policy, subject)
  local lens, choice = subject.lens, subject.choice
  if policy:is_none_choice(lens, choice) then
    return add(steps, "choice", false, policy:origin "none_choices", "it means 'none of these', by none_choices")
  end
  local status = finding_of.choice_status(subject.answer, choice.ChoiceId)
  local words = { SELECTED = "it is selected: the practice is in place", NOT_APPLICABLE = "it is marked not applicable",
    UNSELECTED = "it is not selected: the practice is missing" }
  return add(steps, "choice", status == "UNSELECTED", "AWS", "%s", words[status] or status)
end

local function filter_step(steps, policy, found)
  return ask(steps, policy, "filter", function(yes)
    if yes then return "risks", ("%s is in risks, %s in pillars"):format(found.risk, found.question.PillarId) end
    if not matching(found.risk, policy.risks) then
      return "risks", ("%s is not in risks: %s"):format(found.risk, joined(policy.risks))
    end
    return "pillars", ("%s is not in pillars: %s"):format(found.question.PillarId, joined(policy.pillars))
  end, found)
end

local function item_step(steps, policy, found)
  local group, failure = group_of.of(found, policy)
  if group then
    add(steps, "group", true, policy:origin "group", "it shares an item: %s %s", group.mode, group.label or "")
  end
  local made
  if not failure then made, failure = item_of.of(found, policy) end
  if failure then
    local hook = failure.hook or "title"
    return add(steps, "item", false, policy:origin(hook), "function '%s' failed: %s", hook,
      failure.because or failure.what)
  end
  if not group then
    add(steps, "item", true, policy:origin "title", "\"%s\", severity %s", made.title, made.severity)
  end
  return true
end

local STATES = {
  open = function(r) return ("item %s stands for it"):format(r.item_id or "?"), true end,
  intended = function(r)
    return r.ambiguous_until and r.ambiguous_until > 0
      and ("a create got no clear reply; plumb looks again after %s"):format(time.iso(r.ambiguous_until))
      or "a create is intended; the next scan makes sure", true
  end,
  applying = function() return "its answer is being written", true end,
  settled = function(r) return ("it was dealt with (item %s)"):format(r.item_id or "?"), true end,
  fixed = function() return "it was fixed in the Tool before", true end,
  accepted = function(r)
    return r.accepted_until and ("people accepted it until %s"):format(time.iso(r.accepted_until))
      or ("people accepted it%s"):format(r.reason and ": " .. r.reason or ""), false
  end,
  obsolete = function(r) return ("it was obsolete%s"):format(r.reason and ": " .. r.reason or ""), true end,
  parked = function(r) return ("it is parked%s"):format(r.reason and ": " .. r.reason or ""), false end,
  contested = function(r) return ("its answer is contested%s"):format(r.reason and ": " .. r.reason or ""), true end,
}

local function state_step(steps, record)
  if not record then return add(steps, "state", true, "state", "no item was made for it yet") end
  local describe = STATES[record.status]
  local says, keep = record.status, true
  if describe then says, keep = describe(record) end
  return add(steps, "state", keep, "state", "%s", says)
end

-- The first step that said no.
local function refusal(steps)
  for _, step in ipairs(steps) do
    if not step.keep then return step end
  end
end

local ADVICE = {
  workload = "add it to workloads, or change the function 'workload'",
  lens = "add it to lenses, or change the function 'lens'",
  filter = "change risks, pillars or the function 'filter'; plumb check tries them",
  item = "correct the function; plumb check tries every one",
}

local function result(steps, record)
  local no = refusal(steps)
  local stands = record and record.status == "open" and record.item_id
  if stands and no and (no.step == "risk" or no.step == "choice") then
    return ("item %s is open; the next scan closes it"):format(record.item_id)
  elseif stands then
    return ("item %s"):format(record.item_id)
  elseif no then
    return "no item", ADVICE[no.step]
  end
  return "the next scan makes an item, within its budget"
end

---What the state alone can tell of a practice; the policy is not asked, since it may look at more than is remembered.
---@param subject plumb.explain.Subject  from plumb.explain.find.stored
---@return { steps: plumb.explain.Step[], result: string, advice: string?, key: string? }
function M.stored(subject)
  local steps, record = {}, subject.record
  add(steps, "risk", true, "state", "the question was rated %s when it was last read", record.risk or "UNANSWERED")
  state_step(steps, record)
  local says, advice = result(steps, record)
  if says:find "^the next scan" then says = "no item now; leave out --stored to see what the next scan would do" end
  return { steps = steps, result = says, advice = advice, key = subject.key }
end

---The steps for one practice.
---@param policy plumb.Policy  bound to its account
---@param subject plumb.explain.Subject
---@return { steps: plumb.explain.Step[], result: string, advice: string?, key: string? }
function M.steps(policy, subject)
  local steps, found = {}, nil
  local go = workload_step(steps, policy, subject.workload)
  go = go and lens_step(steps, policy, subject.workload, subject.lens)
  go = go and risk_step(steps, subject.answer)
  go = go and choice_step(steps, policy, subject)
  if go then
    local review = finding_of.review(subject.workload, subject.lens, { subject.answer }, policy)
    for _, one in ipairs(review.findings) do
      if one.choice.ChoiceId == subject.choice.ChoiceId then found = one end
    end
  end
  go = go and filter_step(steps, policy, found) and item_step(steps, policy, found)
  if go or subject.record then state_step(steps, subject.record) end
  local says, advice = result(steps, subject.record)
  return { steps = steps, result = says, advice = advice, key = subject.key }
end

return M
