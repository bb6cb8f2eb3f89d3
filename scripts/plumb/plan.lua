-- The plan of a run: every action, in order and within budget, before anything is written. It is
-- shown, and then applied as it was shown. New items for which there is no room are counted and let go while
-- it is drawn up, so that a first look at a thousand workloads does not keep all they lack in memory.

local choice = require "plumb.plan.choice"
local diff = require "plumb.diff"
local gather = require "plumb.plan.gather"
local item_of = require "plumb.item"

local plan = {}

---@class plumb.Plan
---@field steps table[]     what to do: { kind, finding?, record?, item?, reason? }
---@field skipped table[]   what is left out, with the reason: { finding, reason }; empty when `rows` is false
---@field left { all: integer, filtered: integer, unasked: integer, failed: integer, held: table<string, integer> }  how
---  much that is: in all, by the policy, by the command line, because a hook failed, and for now, by reason
---@field due table<string, boolean>  ARNs of the workloads of what is left out for now
---@field waiting table[]   what an unsettled create keeps waiting
---@field kept integer      findings that have their item already
---@field accepted integer  findings that nobody wants an item for, by an outcome of people
---@field groups table<string, table>  records of groups that are not in the state, by key
---@field package planned table<string, boolean>  keys of the findings that were looked at and not held back
---@field package gathered table<string, boolean>  keys of groups in the state that have their step, see gather.review
---@field package fresh integer    steps that make an item for a finding alone, or for a group of one lens
---@field package last plumb.Action?  the last of them that there is room for, when there is room for no more
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
---  note: (fun(review: plumb.Review))?, read_again: (fun(workload: table, lens: table): plumb.Review?)?,
---  budget: table?, month_left: (fun(account: string): integer)?, rows: boolean?, baseline: plumb.Baseline? }  note:
---  told of each review, for the history; read_again: for a list that lacks a question; budget, month_left: the plan
---  will not hold more new items than they allow, nil for all of them; rows: false keeps no list of what is left out;
---  baseline: takes what is missing in the place of new items
---@return plumb.Plan
function plan.new(options)
  return setmetatable({
    options = options,
    steps = {}, skipped = {}, waiting = {}, refused = {}, problems = options.problems or {},
    unread = options.unread or {}, risks = {}, unchanged_workloads = 0,
    kept = 0, accepted = 0, workloads = {}, lenses = 0, questions = 0, findings = 0, planned = {}, fresh = 0,
    left = { all = 0, filtered = 0, unasked = 0, failed = 0, held = {} }, due = {}, groups = {}, kept_members = {},
    gathered = {},
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

local NOT_ASKED_FOR = "risk left out on the command line"

-- Why a new item is not wanted: nil when it is, false and a problem when the filter failed.
local function unwanted(self, found)
  local only = self.options.risks
  if only and not listed(only, found.risk) then return NOT_ASKED_FOR end
  local yes, failure = self.options.policy:call("filter", found)
  if failure then return nil, failure end
  if not yes then return "policy filter" end
end

-- As much of a finding as a row about it shows.
local function outline(found)
  return { key = found.key, risk = found.risk, account = found.account, region = found.region,
    workload = { WorkloadName = found.workload.WorkloadName, WorkloadArn = found.workload.WorkloadArn },
    lens = { LensAlias = found.lens.LensAlias, LensArn = found.lens.LensArn },
    question = { QuestionId = found.question.QuestionId },
    choice = { ChoiceId = found.choice.ChoiceId, Title = found.choice.Title } }
end

local function workload_of(what)
  return what.record and what.record.workload_arn or what.finding and what.finding.workload.WorkloadArn
end

---Leaves something out of the plan.
---@param what { finding: table?, record: table?, resolved: table?, group: table? }
---@param reason string
---@param why "filtered"|"unasked"|"failed"|"held"  the policy wants it so; the command line does; a hook failed; there
---  is no room for it now
function Plan:leave_out(what, reason, why)
  local left = self.left
  left.all = left.all + 1
  if why == "held" then
    left.held[reason] = (left.held[reason] or 0) + 1
  else
    left[why] = left[why] + 1
  end
  local arn = workload_of(what)
  if (why == "failed" or why == "held") and arn then self.due[arn] = true end
  if self.options.rows == false then return end
  self.skipped[#self.skipped + 1] = { finding = what.finding and outline(what.finding),
    record = not choice.CREATES[what.kind] and what.record or nil, resolved = what.resolved, group = what.group,
    reason = reason }
end

---Notes what went wrong.
---@param failure plumb.Problem
---@param found? table  the finding that is left out for it
function Plan:fail(failure, found)
  self.problems[#self.problems + 1] = failure
  if found then self:leave_out({ finding = found }, "a hook failed", "failed") end
end

local creates = choice.CREATES

-- Sorts a lens's actions: what is left alone is counted, the rest is returned. A filter decides about
-- new items only; one that exists stays as true as ever.
local function sort_out(self, actions)
  local wanted = {}
  for _, action in ipairs(actions) do
    local reason, failure
    if creates[action.kind] then reason, failure = unwanted(self, action.finding) end
    if failure then
      self:fail(failure, action.finding)
    elseif reason then
      self:leave_out(action, reason, reason == NOT_ASKED_FOR and "unasked" or "filtered")
    elseif action.kind == "keep" then
      local counted = action.record.status == "accepted" and "accepted" or "kept"
      self[counted] = self[counted] + 1
      if action.record.group_key then self.kept_members[action.record.key] = action end
    elseif action.kind == "wait" then
      self.waiting[#self.waiting + 1] = action
    else
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

-- Makes the item of a finding that has one of its own.
local function draft(self, action)
  if action.item then return true end
  local record = action.record or {}
  local previous = creates[action.kind] and (record.item_id or record.previous_item) or nil
  local failure
  action.item, failure = item_of.of(action.finding, self.options.policy, previous)
  if failure then self:fail(failure, action.finding) end
  return failure == nil
end

-- Whether an action makes a new item by itself, and does not wait for others of its group.
local function is_fresh(action) return creates[action.kind] and not action.group_key end

-- Lets go of a new item that there is no room for.
local function hold_back(self, step, reason)
  for _, about in ipairs(step.group and step.group.members or { step.finding }) do self.planned[about.key] = nil end
  self:leave_out(step, reason, "held")
end

-- Lets go of new items beyond the budget, and drafts the others.
local function cut(self)
  local rest, fresh = {}, {}
  for _, step in ipairs(self.steps) do
    local list = is_fresh(step) and fresh or rest
    list[#list + 1] = step
  end
  choice.sort(fresh)
  local kept, created = choice.make(fresh, self.options, function(step) return draft(self, step) end,
    function(step, reason) hold_back(self, step, reason) end)
  local budget = self.options.budget
  self.last = budget and budget.run and created >= budget.run and kept[created] or nil
  self.steps, self.fresh = table.move(kept, 1, created, #rest + 1, rest), created
end

-- The plan is cut when it holds some times as many new items as there is room for.
local SLACK, LEAST_SLACK = 2, 200

local function add_fresh(self, action)
  local budget = self.options.budget
  if self.last and choice.is_before(self.last, action) then
    hold_back(self, action, choice.beyond_run(budget.run))
    return
  end
  self.steps[#self.steps + 1], self.fresh = action, self.fresh + 1
  if budget and budget.run and self.fresh > math.max(SLACK * budget.run, budget.run + LEAST_SLACK) then cut(self) end
end

-- A workflow may look at a lens twice; its findings are the same ones. Those of groups go to `grouped`.
local function add(self, action, grouped)
  local key = (action.finding or action.record).key
  if self.planned[key] then return end
  self.planned[key] = true -- before anything waits: the same lens may be looked at meanwhile
  local baseline = action.kind == "create" and not action.record and self.options.baseline
  local failure
  if baseline then
    failure = baseline:add(action.finding)
  else
    failure = gather.assign(self, action)
  end
  if failure then
    self:fail(failure, action.finding)
  elseif baseline then
    return
  elseif action.group_key then
    grouped[#grouped + 1] = action
  elseif is_fresh(action) then
    add_fresh(self, action)
  elseif not action.finding or draft(self, action) then
    self.steps[#self.steps + 1] = action
  end
end

local function add_groups(self, grouped)
  local steps, rest = gather.review(self, grouped)
  for _, step in ipairs(steps) do
    if is_fresh(step) then add_fresh(self, step) else self.steps[#self.steps + 1] = step end
  end
  table.move(rest, 1, #rest, #self.steps + 1, self.steps)
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
  if self.options.month_left then self.options.month_left(review.account) end -- asked for now, as a cut cannot wait
  local actions = diff.review(review, records, self.options.now())
  local wanted = sort_out(self, actions)
  add_links(self, review, wanted)
  local grouped = {}
  for _, action in ipairs(wanted) do add(self, action, grouped) end
  if grouped[1] then add_groups(self, grouped) end
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

---Makes what is still to be made: the items of findings that there is room for, and one step of those that are about
---one group of findings. finish does it too; a caller does it before that when the policy is bound to this plan's place
---for a time only.
function Plan:complete()
  cut(self)
  gather.steps(self)
end

---Puts the steps in order and cuts them to the budget and to `limit` writes. Call it once, when
---everything has been read.
---@param options { budget: table?, month_left: (fun(account: string): integer)?, limit: integer? }
function Plan:finish(options)
  self:complete()
  choice.sort(self.steps)
  local function admit() return true end -- every item is drafted by now
  self.steps = choice.make(self.steps, options, admit,
    function(step, reason) self:leave_out(step, reason, "held") end)
  for i = #self.steps, (options.limit or #self.steps) + 1, -1 do
    self:leave_out(table.remove(self.steps, i), ("--limit %d"):format(options.limit), "held")
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
    for arn in pairs(part.due) do whole.due[arn] = true end
    for reason, n in pairs(part.left.held) do whole.left.held[reason] = (whole.left.held[reason] or 0) + n end
    for _, name in ipairs { "all", "filtered", "unasked", "failed" } do
      whole.left[name] = whole.left[name] + part.left[name]
    end
    whole.first_run = whole.first_run or part.first_run
    if part.baseline then whole.baseline = (whole.baseline or 0) + part.baseline end
    if part.taken_over then whole.taken_over = (whole.taken_over or 0) + part.taken_over end
  end
  return whole
end

---How many new items and changes there is no room for now.
---@return integer
function Plan:held()
  local all = 0
  for _, n in pairs(self.left.held) do all = all + n end
  return all
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
