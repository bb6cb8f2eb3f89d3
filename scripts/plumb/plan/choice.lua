-- Which steps of a plan come first, and which new items there is room for. Pure.

local choice = {}

---The kinds of steps that make a new item.
choice.CREATES = { create = true, ["return"] = true }

local RANK = { HIGH = 1, MEDIUM = 2 }

-- HIGH first, then by workload, question and choice, so that two runs show the same order.
local function sort_key(step)
  local f = step.finding or step.record or step.resolved and step.resolved.record or {}
  return {
    RANK[f.risk] or 3,
    f.workload and f.workload.WorkloadName or f.workload_name or "",
    f.question and f.question.QuestionId or f.question_id or "",
    f.choice and f.choice.ChoiceId or f.choice_id or "",
    f.key or "",
    step.resolved and step.resolved.id or "",
  }
end

local function before(a, b)
  for i = 1, #a do
    if a[i] ~= b[i] then return a[i] < b[i] end
  end
  return false
end

---Whether a step comes before another one.
---@param step table
---@param other table
---@return boolean
function choice.is_before(step, other) return before(sort_key(step), sort_key(other)) end

---Puts steps in their order.
---@param steps table[]
function choice.sort(steps)
  local keys = {}
  for _, step in ipairs(steps) do keys[step] = sort_key(step) end
  table.sort(steps, function(a, b) return before(keys[a], keys[b]) end)
end

---Why there is no room for a step beyond the budget of a run.
---@param run integer
---@return string
function choice.beyond_run(run) return ("budget of %d new items a run"):format(run) end

---Goes through steps in their order and says which of the new items there is room for. What was refused once stays
---refused among more steps than these, so a plan may be cut as often as it grows.
---@param steps table[]  sorted
---@param room { budget: { run: integer|false, workload: integer|false }?,
---  month_left: (fun(account: string): integer)? }  month_left: new items that an account may still get this month
---@param admit fun(step: table): boolean  asked about each new item that there is room for; one that it does not want
---  takes no room
---@param refuse fun(step: table, reason: string)  told of those there is no room for
---@return table[] kept
---@return integer created  how many of them make a new item
function choice.make(steps, room, admit, refuse)
  local budget, month_left = room.budget or {}, room.month_left
  local kept, per_workload, per_account, total = {}, {}, {}, 0
  local function against(arn, account)
    if budget.run and total >= budget.run then return choice.beyond_run(budget.run) end
    if month_left and (per_account[account] or 0) >= month_left(account) then
      return "budget of new items this month"
    end
    if budget.workload and (per_workload[arn] or 0) >= budget.workload then
      return ("budget of %d new items a workload"):format(budget.workload)
    end
  end
  for _, step in ipairs(steps) do
    local found = step.finding
    local arn, account = found and found.workload.WorkloadArn, found and found.account
    local reason = choice.CREATES[step.kind] and against(arn, account)
    if reason then
      refuse(step, reason)
    elseif not choice.CREATES[step.kind] then
      kept[#kept + 1] = step
    elseif admit(step) then
      kept[#kept + 1], total = step, total + 1
      per_workload[arn] = (per_workload[arn] or 0) + 1
      per_account[account] = (per_account[account] or 0) + 1
    end
  end
  return kept, total
end

return choice
