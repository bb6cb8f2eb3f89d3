-- A seeded world for specs: a simulator in this process, a state in memory, a clock that only moves when
-- told, and the same parts as in a run, put together by the same context. Nobody sleeps, nothing is sent.

local apply = require "plumb.apply"
local aws = require "plumb.aws"
local context = require "plumb.context"
local endpoint = require "plumb.aws.endpoint"
local finding_of = require "plumb.finding"
local policy_of = require "plumb.policy"
local simulator = require "sim"
local store_of = require "plumb.store"
local time = require "plumb.time"

local world = {}

---2026-01-02T03:04:05Z
world.START = 1767323045

local KEY, SECRET = "AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"

---@class tests.World
---@field sim sim.Simulator
---@field store plumb.Store
---@field policy plumb.Policy
---@field plumb plumb.Context  of the last run; a new one begins with each scan and resolve
local World = {}
World.__index = World

---@param options { seed: string|table|nil, policy: string?, set: table?, region: string?,
---  updated_at_moves: boolean? }?  policy is source text
---@return tests.World
function world.new(options)
  options = options or {}
  local self = setmetatable({ clock = world.START, options = options }, World)
  time.set(function() return self.clock end)
  self.sim = simulator.new {
    seed = options.seed or "demo", region = options.region or "us-east-1", now = function() return self.clock end,
    sleep = function(seconds) self.clock = self.clock + seconds end, credentials = { [KEY] = SECRET }, random_seed = 1,
  }
  self.client = aws.new {
    region = self.sim.region,
    credentials = function() return { access_key_id = KEY, secret = SECRET, source = "spec" } end,
    send = function(request) return self.sim:send(request) end,
    endpoint = endpoint.resolve,
    sleep = function() end,
    random = function() return 0.5 end,
  }
  self.store = store_of.open { path = ":memory:" }
  self.policy = policy_of.load { text = options.policy or "return {}", set = options.set,
    env = function() return nil end }
  return self
end

---Puts the real clock back; for after_each.
function world.restore() time.set(nil) end

---Lets time pass.
---@param seconds number
function World:later(seconds) self.clock = self.clock + seconds end

---Begins a run: a context as a command makes it, on this world.
---@param args? table  as the command line gives them
---@return plumb.Context
function World:begin(args)
  local quiet = function() end
  args = args or {}
  self.plumb = context.open({}, { note = quiet, warn = quiet, args = args })
  self.plumb.args = args -- only now: a dry run would make this whole process read-only
  rawset(self.plumb, "session", {
    client = self.client, region = self.sim.region, simulated = true, access_key_digest = function() return "spec" end,
  })
  rawset(self.plumb, "store", self.store)
  rawset(self.plumb, "policy", self.policy)
  self.policy:bind { account = self.sim.account, region = self.sim.region, aws = self.client }
  return self.plumb
end

local function carry_out(self, plan)
  plan:finish { budget = self.policy.budget, limit = self.plumb.args.limit }
  return plan, apply.plan(plan, { opener = self.plumb.opener, settler = self.plumb.settler, policy = self.policy })
end

---One scan: reads, plans, applies.
---@param args? table
---@return plumb.Plan plan
---@return plumb.Outcome[] outcomes
function World:scan(args) return carry_out(self, require("workflows.scan")(self:begin(args))) end

---One resolve: polls, plans, applies; moves the watermark when nothing failed.
---@param args? table  item = list of ids
---@return plumb.Plan plan
---@return plumb.Outcome[] outcomes
function World:resolve(args)
  local plan, outcomes = carry_out(self, require("workflows.resolve")(self:begin(args)))
  local failed = false
  for _, outcome in ipairs(outcomes) do failed = failed or outcome.status == "failed" end
  if not failed then self.plumb.inbox:done() end
  return plan, outcomes
end

---The calls that the service executed, by operation.
---@param operation string  "UpdateAnswer"
---@return table[]  journal entries
function World:calls(operation)
  local list = {}
  for _, entry in ipairs(self.sim.journal) do
    if entry.operation == operation then list[#list + 1] = entry end
  end
  return list
end

---What those calls were given.
---@param operation string
---@return table[]
function World:inputs(operation)
  local list = {}
  for i, call in ipairs(self:calls(operation)) do list[i] = call.input end
  return list
end

---How many calls of an operation arrived, executed or not.
---@param name string  "ssm.CreateOpsItem"
---@return integer
function World:count(name) return self.sim.counts[name] or 0 end

---A person changes an OpsItem.
---@param id string
---@param status string
---@param outcome? string  what goes into the entry Outcome
function World:set_status(id, status, outcome)
  assert(self.client.ssm:UpdateOpsItem { OpsItemId = id, Status = status,
    OperationalData = outcome and { Outcome = { Type = "SearchableString", Value = outcome } } })
end

---A person resolves an OpsItem.
---@param id string
---@param outcome? string
function World:person_resolves(id, outcome) self:set_status(id, "Resolved", outcome) end

---A person edits an answer in the Tool.
---@param record table  of a finding; says workload, lens and question
---@param updates table<string, string>  choice id -> status
function World:person_answers(record, updates)
  local changes = {}
  for id, status in pairs(updates) do changes[id] = { Status = status } end
  assert(self.client.wellarchitected:UpdateAnswer { WorkloadId = world.workload_id(record),
    LensAlias = record.lens_alias or record.lens_arn, QuestionId = record.question_id, ChoiceUpdates = changes })
end

---People resolve the items of some practices.
---@param ... string  choice ids
---@return table ...  their findings as they were
function World:people_resolve(...)
  local records = {}
  for i, choice in ipairs { ... } do
    records[i] = self:finding(choice)
    self:person_resolves(records[i].item_id)
  end
  return table.unpack(records)
end

---The answer as it is in the Tool.
---@param record table
---@return table
function World:answer(record)
  return assert(self.client.wellarchitected:GetAnswer { WorkloadId = world.workload_id(record),
    LensAlias = record.lens_alias or record.lens_arn, QuestionId = record.question_id }).Answer
end

---How a finding's choice stands in the Tool.
---@param record table
---@return string
function World:status_in_tool(record)
  return finding_of.choice_status(self:answer(record), record.choice_id)
end

---How many records of a kind the state has.
---@param kind string
---@return integer
function World:records(kind)
  local n = 0
  for _ in self.store:each(kind) do n = n + 1 end
  return n
end

---The state's finding for a choice; with a workload's name when several have it.
---@param choice_id string
---@param workload? string
---@return table
function World:finding(choice_id, workload)
  for record in self.store:each("finding") do
    if record.choice_id == choice_id and (not workload or record.workload_name == workload) then return record end
  end
  error("no finding for " .. choice_id, 2)
end

---Open items of a finding, by the service's own records.
---@param key string
---@return integer
function World:open_items(key)
  local n = 0
  for _, record in ipairs(self.sim.world.opsitems) do
    local item = record.current
    local entry = item.OperationalData.FindingKey
    local open = item.Status == "Open" or item.Status == "InProgress"
    if entry and entry.Value == key and open and not record.deleted_at then n = n + 1 end
  end
  return n
end

---The first thing wrong with the promise of one open item for each finding, or nil.
---@return string?
function World:doubles()
  for record in self.store:each("finding") do
    local n = self:open_items(record.key)
    if n > 1 then return ("%d open items for %s"):format(n, record.choice_id) end
  end
end

---The id of a finding's workload.
---@param record table
---@return string
function world.workload_id(record) return record.workload_arn:match "workload/(.+)$" end

---The statuses of outcomes, in their order: "settled failed".
---@param outcomes table[]
---@return string
function world.statuses(outcomes)
  local list = {}
  for i, outcome in ipairs(outcomes) do list[i] = outcome.status end
  return table.concat(list, " ")
end

---The outcomes with a status.
---@param outcomes table[]
---@param status string
---@return table[]
function world.with_status(outcomes, status)
  local list = {}
  for _, outcome in ipairs(outcomes) do
    if outcome.status == status then list[#list + 1] = outcome end
  end
  return list
end

return world
