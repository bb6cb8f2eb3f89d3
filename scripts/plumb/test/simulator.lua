-- A whole plumb against a simulated AWS, for specs: the same context, plan and apply as in a run, with a state in
-- memory. What a spec sees are counts and items, not plans.

local apply = require "plumb.apply"
local context = require "plumb.context"
local draft = require "plumb.draft"
local problem = require "plumb.problem"
local view = require "plumb.view.outcome"

local M = {}

---@class plumb.test.Simulator
---@field aws table  the client, to look at the world or change it: aws.wellarchitected:GetAnswer{ ... }
---@field sim table  the simulator itself
local Simulator = {}
Simulator.__index = Simulator

local function quiet() end

local function console(args)
  return { args = args, note = quiet, warn = quiet, out = quiet, env = os.getenv, tty = {}, utf8 = true,
    can_ask = function() return false end }
end

-- A context for one run: session and state are those of the simulator, everything else begins anew.
local function begin(self, policy)
  local plumb = context.open(self.args, console(self.args))
  rawset(plumb, "session", self.session)
  rawset(plumb, "store", self.store)
  rawset(plumb, "policy", policy)
  plumb:bind_policy()
  return plumb
end

local function rows(outcomes)
  local list = {}
  for i, outcome in ipairs(outcomes) do list[i] = view.done(outcome) end
  return list
end

-- What went wrong, once for each cause: a hook that fails for one finding often fails for all of them.
local function texts(problems)
  local list, counts, first = {}, {}, {}
  for _, p in ipairs(problems) do
    local cause = ("%s %s"):format(p.what, p.because)
    if not counts[cause] then
      first[#first + 1] = { cause = cause, problem = p }
    end
    counts[cause] = (counts[cause] or 0) + 1
  end
  for i, one in ipairs(first) do
    local n = counts[one.cause]
    list[i] = problem.render(one.problem) .. (n > 1 and ("and the same %d times more\n"):format(n - 1) or "")
  end
  return list
end

---@class plumb.test.Run  counts by what was done, beside
---@field created integer
---@field updated integer
---@field closed integer
---@field unchanged integer
---@field skipped integer
---@field failed integer
---@field items table[]     a row for each step: id, title, severity, workload, question, choice, risk, status
---@field problems string[] what went wrong, as a run would say it; the same cause is told once

local function run(self, policy, command)
  local plumb = begin(self, policy and policy.policy or require("plumb.test").policy().policy)
  local plan = draft.draw_up(plumb, command)
  plan:finish { budget = plumb.policy.budget }
  local outcomes = apply.plan(plan, { opener = plumb.opener, settler = plumb.settler, policy = plumb.policy })
  draft.remember(plumb, plan, outcomes)
  local result = view.summary(plan, outcomes)
  result.items, result.problems = rows(outcomes), texts(plan.problems)
  if command == "resolve" and result.failed + result.pending == 0 then plumb.inbox:done() end
  return result
end

---Scans and creates, as `plumb scan --yes` does, but without the flood limit.
---@param policy? plumb.test.Policy  the defaults unless told
---@return plumb.test.Run
function Simulator:scan(policy) return run(self, policy, "scan") end

---Writes resolved items back, as `plumb resolve --yes` does. What was written back is counted as `updated`.
---@param policy? plumb.test.Policy
---@return plumb.test.Run
function Simulator:resolve(policy) return run(self, policy, "resolve") end

local function fields_of(item)
  local fields = {}
  for name, entry in pairs(item.OperationalData or {}) do fields[name] = entry.Value end
  return fields
end

---The OpsItems that are in OpsCenter, oldest first.
---@param status? string  "Open", "Resolved" ...; all of them unless told
---@return { id: string, title: string, status: string, severity: string, description: string, source: string,
---  fields: table<string, string> }[]
function Simulator:items(status)
  local list = {}
  local filters = status and { { Key = "Status", Values = { status }, Operator = "Equal" } } or nil
  for summary in self.aws.ssm:each("DescribeOpsItems", { OpsItemFilters = filters }) do
    local item = assert(self.aws.ssm:GetOpsItem { OpsItemId = summary.OpsItemId }).OpsItem
    table.insert(list, 1, { id = item.OpsItemId, title = item.Title, status = item.Status, severity = item.Severity,
      description = item.Description, source = item.Source, fields = fields_of(item) })
  end
  return list
end

---A person resolves an OpsItem.
---@param id string
---@param outcome? string  what they write into its entry Outcome
function Simulator:person_resolves(id, outcome)
  assert(self.aws.ssm:UpdateOpsItem { OpsItemId = id, Status = "Resolved",
    OperationalData = outcome and { Outcome = { Type = "SearchableString", Value = outcome } } })
end

---@param opts { seed: string?, region: string? }
---@return plumb.test.Simulator
function M.new(opts)
  local self = setmetatable({ args = { sim = true, sim_seed = opts.seed, region = opts.region, state = ":memory:",
    verbose = 0 } }, Simulator)
  local plumb = context.open(self.args, console(self.args))
  self.session, self.store = plumb.session, plumb.store
  self.aws, self.sim = self.session.client, self.session.sim
  return self
end

return M
