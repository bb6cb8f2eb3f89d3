-- The plan of a run: every action, in order and within budget, before anything is written. It is
-- shown, and then applied as it was shown.

local diff = require "plumb.diff"
local gather = require "plumb.plan.gather"
local item_of = require "plumb.item"

local plan = {}

---@class plumb.Plan
---@field steps table[]     what to do: { kind, finding?, record?, item?, reason? }
---@field skipped table[]   what is left out, with the reason: { finding, reason }
---@field waiting table[]   what an unsettled create keeps waiting
---@field kept integer      findings that have their item already
---@field accepted integer  findings that nobody wants an item for, by an outcome of people
---@field groups table<string, table>  records of groups that are not in the state, by key
---@field package kept_members table<string, plumb.Action>  what was read of findings in groups, by key
---@field problems plumb.Problem[]  hooks that failed, lenses that could not be read
---@field refused table[]   resolved items whose outcome nobody could tell: { resolved, problem }
---@field unread table<string, boolean>  ARNs of workloads of which something could not be read
---@field risks table<string, integer>   findings by risk
---@field unchanged_workloads integer    not read, because nothing moved
---@field workloads integer, lenses integer, questions integer, findings integer  what was read

local Plan = {}
Plan.__index = Plan

---@param options { policy: table, store: table, now: fun(): number,
---  links: fun(review: plumb.Review, findings: table[]), risks: string[]?, pillars: string[]?,
---  note: (fun(review: plumb.Review))?, read_again: (fun(workload: table, lens: table): plumb.Review?)? }  note: told
---  of each review, for the history; read_again: for a list that lacks a question
---@return plumb.Plan
function plan.new(options)
  return setmetatable({
    options = options,
    steps = {}, skipped = {}, waiting = {}, refused = {}, problems = options.problems or {},
    unread = options.unread or {}, risks = {}, unchanged_workloads = 0,
    kept = 0, accepted = 0, workloads = {}, lenses = 0, questions = 0, findings = 0, planned = {},
    groups = {}, kept_members = {},
  }, Plan)
end

local function records_of(store, review)
  local records = {}
  for record in store:each("finding", { workload_arn = review.workload.WorkloadArn }) do
    if record.lens_arn == review.lens_arn then records[#records + 1] = record end
  end
  return records
end

local function listed(list, value)
  for _, entry in ipairs(list) do
    if entry == value then return true end
  end
  return false
end

-- Why a new item is not wanted: nil when it is, false and a problem when the filter failed.
local function unwanted(self, found)
  local only = self.options.risks
  if only and not listed(only, found.risk) then return "risk left out on the command line" end
  local yes, failure = self.options.policy:call("filter", found)
  if failure then return nil, failure end
  if not yes then return "policy filter" end
end

function Plan:fail(failure, found)
  self.problems[#self.problems + 1] = failure
  if found then self.skipped[#self.skipped + 1] = { finding = found, reason = "a hook failed", failed = true } end
end

local creates = { create = true, ["return"] = true }

-- Whether an action is the first for its practice. A lens that AWS lists twice, by alias and by ARN, is
-- read twice, and its findings are the same ones.
local function is_first(self, action)
  local key = (action.finding or action.record).key
  local first = not self.planned[key]
  self.planned[key] = true
  return first
end

-- Sorts a lens's actions: what is left alone is counted, the rest is returned. A filter decides about
-- new items only; one that exists stays as true as ever.
local function sort_out(self, actions)
  local wanted = {}
  for _, action in ipairs(actions) do
    local reason, failure
    local first = is_first(self, action)
    if first and creates[action.kind] then reason, failure = unwanted(self, action.finding) end
    if failure then
      self:fail(failure, action.finding)
    elseif reason then
      self.skipped[#self.skipped + 1] = { finding = action.finding, reason = reason }
    elseif first and action.kind == "keep" then
      local counted = action.record.status == "accepted" and "accepted" or "kept"
      self[counted] = self[counted] + 1
      if action.record.group_key then self.kept_members[action.record.key] = action end
    elseif first and action.kind == "wait" then
      self.waiting[#self.waiting + 1] = action
    elseif first then
      wanted[#wanted + 1] = action
    end
  end
  return wanted
end

-- A new item wants a link to its improvement plan; one look-up serves the whole lens.
local function add_links(self, review, actions)
  local without = {}
  for _, action in ipairs(actions) do
    if creates[action.kind] and not action.finding.plan_url then without[#without + 1] = action.finding end
  end
  if #without > 0 then self.options.links(review, without) end
end

-- An item is drafted for each finding that has one of its own; groups have theirs when all is read.
local function draft(self, action)
  local unsure = gather.assign(self, action)
  if unsure then self:fail(unsure, action.finding) end
  if unsure or action.group_key or not action.finding then return not unsure end
  local record = action.record or {}
  local previous = creates[action.kind] and (record.item_id or record.previous_item) or nil
  local failure
  action.item, failure = item_of.of(action.finding, self.options.policy, previous)
  if failure then self:fail(failure, action.finding) end
  return failure == nil
end

---Adds what one lens of one workload needs: new items for its findings, and what became of the items
---it has. Waits, when links to improvement plans have to be looked up, or the list is read once more.
---@param workload table
---@param lens table
---@param review plumb.Review?  nil when it could not be read: then nothing follows from it
function Plan:review(workload, lens, review)
  local records = review and records_of(self.options.store, review)
  -- A lens that is upgraded between two pages may hide a question that it still has.
  if review and self.options.read_again and diff.lacks_question(review, records) then
    review = self.options.read_again(workload, lens)
  end
  if not review then return end
  if self.options.note then self.options.note(review) end
  self.workloads[workload.WorkloadArn] = workload.WorkloadName
  self.lenses = self.lenses + 1
  self.questions = self.questions + #review.answers
  self.findings = self.findings + #review.findings
  for _, found in ipairs(review.findings) do self.risks[found.risk] = (self.risks[found.risk] or 0) + 1 end
  local actions = diff.review(review, records, self.options.now())
  local wanted = sort_out(self, actions)
  add_links(self, review, wanted)
  for _, action in ipairs(wanted) do
    if draft(self, action) then self.steps[#self.steps + 1] = action end
  end
end

---Adds a resolved item and what its resolution means.
---@param resolved table  as plumb.resolved() gives it
---@param outcome table|nil  { outcome, reason?, expires? }; nil when the policy failed on it
---@param failure? plumb.Problem
function Plan:settle(resolved, outcome, failure)
  if failure then
    failure.item = resolved.id
    self:fail(failure)
    self.refused[#self.refused + 1] = { resolved = resolved, problem = failure }
    return
  end
  self.steps[#self.steps + 1] = { kind = "settle", resolved = resolved, outcome = outcome }
end

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

local function in_order(steps)
  local keys = {}
  for _, step in ipairs(steps) do keys[step] = sort_key(step) end
  table.sort(steps, function(a, b) return before(keys[a], keys[b]) end)
end

-- Takes creates beyond the budget out of the plan; the most important ones are at the front.
local function within_budget(self, budget, month_left)
  local kept, per_workload, per_account, total = {}, {}, {}, 0
  for _, step in ipairs(self.steps) do
    local reason
    if creates[step.kind] then
      local id, account = step.finding.workload.WorkloadArn, step.finding.account
      if budget.run and total >= budget.run then
        reason = ("budget of %d new items a run"):format(budget.run)
      elseif month_left and (per_account[account] or 0) >= month_left(account) then
        reason = "budget of new items this month"
      elseif budget.workload and (per_workload[id] or 0) >= budget.workload then
        reason = ("budget of %d new items a workload"):format(budget.workload)
      else
        total = total + 1
        per_workload[id] = (per_workload[id] or 0) + 1
        per_account[account] = (per_account[account] or 0) + 1
      end
    end
    if reason then
      self.skipped[#self.skipped + 1] = { finding = step.finding, group = step.group, reason = reason, budget = true }
    else
      kept[#kept + 1] = step
    end
  end
  self.steps = kept
end

---Makes one step of those that are about one group of findings. finish does it too; a caller does it before that when
---the policy is bound to this plan's place for a time only.
function Plan:gather() gather.steps(self) end

---Puts the steps in order and cuts them to the budget and to `limit` writes. Call it once, when
---everything has been read.
---@param options { budget: table?, month_left: (fun(account: string): integer)?, limit: integer? }
function Plan:finish(options)
  self:gather()
  in_order(self.steps)
  if options.budget then within_budget(self, options.budget, options.month_left) end
  if options.limit then
    for i = #self.steps, options.limit + 1, -1 do
      local step = table.remove(self.steps, i)
      table.insert(self.skipped, { finding = step.finding, record = step.record, resolved = step.resolved,
        group = step.group,
        reason = ("--limit %d"):format(options.limit), limit = true })
    end
  end
end

local LISTS = { "steps", "skipped", "waiting", "refused", "problems" }
local COUNTS = { "kept", "accepted", "lenses", "questions", "findings", "unchanged_workloads" }

---One plan out of those of several places.
---@param parts plumb.Plan[]
---@return plumb.Plan
function plan.join(parts)
  if #parts == 1 then return parts[1] end
  local whole = plan.new {}
  for _, part in ipairs(parts) do
    for _, name in ipairs(LISTS) do table.move(part[name], 1, #part[name], #whole[name] + 1, whole[name]) end
    for _, name in ipairs(COUNTS) do whole[name] = whole[name] + part[name] end
    for arn, name in pairs(part.workloads) do whole.workloads[arn] = name end
    for risk, n in pairs(part.risks) do whole.risks[risk] = (whole.risks[risk] or 0) + n end
    whole.first_run = whole.first_run or part.first_run
    if part.baseline then whole.baseline = (whole.baseline or 0) + part.baseline end
    if part.taken_over then whole.taken_over = (whole.taken_over or 0) + part.taken_over end
  end
  return whole
end

---How many workloads were read.
---@return integer
function Plan:workload_count()
  local n = 0
  for _ in pairs(self.workloads) do n = n + 1 end
  return n
end

---How many steps of each kind there are; kinds without one are 0.
---@return table<string, integer>
function Plan:tally()
  local tally = { create = 0, ["return"] = 0, update = 0, close = 0, obsolete = 0, settle = 0 }
  for _, step in ipairs(self.steps) do tally[step.kind] = tally[step.kind] + 1 end
  return tally
end

return plan
