-- Which IAM permissions a run needs, worked out from the operations that it calls: what the code calls is listed once,
-- below, and the operation tables say which resources each call names. A spec runs scan and resolve on the simulator
-- and compares, so that the list cannot go its own way. Pure.
--
-- Who needs what depends on the policy: accounts are read through roles of their own, items may be made through
-- another one, and whoever runs plumb then only has to be allowed to assume them.

local partition = require "plumb.aws.partition"
local tokens = require "plumb.policy.tokens"

local permissions = {}

---Operations that need no permission at all.
---@see https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html
permissions.FREE = { ["sts:GetCallerIdentity"] = true }

-- What each job calls: in the Well-Architected Tool, and where items are made.
local TOOL = {
  scan = { "ListWorkloads", "ListLenses", "ListLensReviews", "ListAnswers", "ListLensReviewImprovements" },
  resolve = { "GetAnswer", "UpdateAnswer" },
}
-- What resolve calls besides, for a policy that wants milestones.
local MILESTONE = { "CreateMilestone", "ListMilestones" }
local ITEMS = {
  scan = { "CreateOpsItem", "DescribeOpsItems", "GetOpsItem", "UpdateOpsItem" },
  resolve = { "DescribeOpsItems", "GetOpsItem" },
}
-- State in a table. There is no permission for a transaction: it takes those of what is in it.
-- https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis-iam.html
local STATE = {
  scan = { "GetItem", "PutItem", "Query", "Scan" },
  resolve = { "DeleteItem", "GetItem", "PutItem", "Query", "Scan" },
}

-- The hook that may call AWS, by job.
local CALLING_HOOK = { scan = "before_create", resolve = "on_resolve" }

permissions.JOBS = { scan = { "scan" }, resolve = { "resolve" }, serve = { "scan", "resolve" } }

---@class plumb.PermissionFacts
---@field job "scan"|"resolve"|"serve"
---@field role "caller"|"account"|"items"  whose policy: of whoever runs plumb, of the roles it assumes to read
---  accounts, of the role it assumes to make items
---@field policy table        plumb.Policy, or what is read of one
---@field own fun(hook: string): boolean  whether the policy, not the defaults, decides a hook
---@field source? string      the policy's text
---@field accounts plumb.Account[]
---@field regions string[]    none: any
---@field account? string     of whoever runs plumb; nil: any
---@field state_table? string the DynamoDB table that holds the state

---@class plumb.Statement
---@field Sid string
---@field Effect "Allow"
---@field Action string[]
---@field Resource string[]
---@field Condition? table

-- ---- resources ----

-- What an operation's input names, and the ARN of it; anything else cannot be told apart by IAM.
local NAMED = {
  wellarchitected = { member = "WorkloadId", resource = "workload/*" },
  ssm = { member = "OpsItemId", resource = "opsitem/*" },
}

local function input_of(service, operation)
  local entry = service.operations[operation] or error(service.name .. " has no operation " .. operation)
  return entry.input and service.shapes[entry.input] or { members = {} }
end

-- "workload/*" for GetAnswer, nil for ListWorkloads.
local function resource_of(service, operation)
  local named = NAMED[service.name]
  return named and input_of(service, operation).members[named.member] and named.resource or nil
end

local function arns(place, service_name, resource)
  local list = {}
  for _, region in ipairs(place.regions) do
    for _, account in ipairs(place.accounts) do
      list[#list + 1] = ("arn:%s:%s:%s:%s:%s"):format(place.partition, service_name, region, account, resource)
    end
  end
  return list
end

-- ---- statements ----

local Draft = {}
Draft.__index = Draft

local function join(list) return table.concat(list, " ") end

---@param sid string
---@param resources string[]
---@param condition? table
function Draft:allow(sid, actions, resources, condition)
  local known
  for _, statement in ipairs(self.list) do
    if statement.Sid == sid and join(statement.Resource) == join(resources) then known = statement end
  end
  if not known then
    known = { Sid = sid, Effect = "Allow", Action = {}, Resource = resources, Condition = condition }
    table.insert(self.list, known)
  end
  for _, action in ipairs(actions) do
    if not self.seen[action .. join(resources)] then
      self.seen[action .. join(resources)] = true
      table.insert(known.Action, action)
    end
  end
end

local SIDS = {
  wellarchitected = { "ListTool", "Workloads" }, ssm = { "ListItems", "Items" },
}

-- Operations of a service, each with the narrowest resource that it can have.
function Draft:operations(place, service, operations)
  local sids = SIDS[service.name] or { service.name:gsub("^%l", string.upper):gsub("%W", "") }
  for _, operation in ipairs(operations) do
    local resource = resource_of(service, operation)
    self:allow(sids[resource and 2 or 1], { service.signing_name .. ":" .. operation },
      resource and arns(place, service.signing_name, resource) or { "*" })
  end
end

local function service_named(name) return require("plumb.aws.service." .. name) end

local function of_jobs(facts, by_job)
  local list = {}
  for _, job in ipairs(permissions.JOBS[facts.job]) do table.move(by_job[job], 1, #by_job[job], #list + 1, list) end
  return list
end

-- before_create may change the tags of an item; a policy that does says so by name.
local function a_hook_adds_tags(facts)
  if not facts.source or not facts.own "before_create" then return false end
  for _, token in ipairs(tokens.scan(facts.source)) do
    if token.kind == "name" and token.value == "tags" then return true end
  end
  return false
end

function Draft:tool(facts, place)
  self:operations(place, service_named "wellarchitected", of_jobs(facts, TOOL))
  if facts.policy.milestone and facts.job ~= "scan" then
    self:operations(place, service_named "wellarchitected", MILESTONE)
  end
end

local function has_tags(facts)
  for _, account in ipairs(facts.accounts) do
    if next(account.tags or {}) then return true end
  end
  return next(facts.policy.tags) ~= nil or a_hook_adds_tags(facts)
end

function Draft:items(facts, place)
  local ssm = service_named "ssm"
  self:operations(place, ssm, of_jobs(facts, ITEMS))
  -- Tags that come with CreateOpsItem are checked as if they were added.
  if facts.job ~= "resolve" and has_tags(facts) then
    self:allow("Items", { "ssm:AddTagsToResource" }, arns(place, "ssm", "opsitem/*"))
  end
end

function Draft:state(facts, place)
  if not facts.state_table then return end
  local dynamodb, own = service_named "dynamodb", { partition = place.partition, regions = place.own_regions,
    accounts = { facts.account or "*" } }
  local resource = "table/" .. facts.state_table
  for _, operation in ipairs(of_jobs(facts, STATE)) do
    input_of(dynamodb, operation)
    self:allow("State", { "dynamodb:" .. operation }, arns(own, "dynamodb", resource))
    if operation == "Query" then
      self:allow("StateIndexes", { "dynamodb:Query" }, arns(own, "dynamodb", resource .. "/index/*"))
    end
  end
end

local function queue_arn(place, url)
  local host, account, name = url:match "^https?://([^/]+)/(%d+)/([^/]+)$"
  return ("arn:%s:sqs:%s:%s:%s"):format(place.partition, host:match "^sqs%.([%w-]+)%." or "*", account, name)
end

-- What a daemon hears by. There is no permission for a batch: it takes that of the single operation.
-- https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsqs.html
function Draft:triggers(facts, place)
  if facts.job ~= "serve" then return end
  local serve = facts.policy.serve
  if serve.queue then
    self:allow("Queue", { "sqs:ChangeMessageVisibility", "sqs:DeleteMessage", "sqs:ReceiveMessage" },
      { queue_arn(place, serve.queue) })
  end
  if serve.webhook.listen and serve.webhook.confirm and serve.webhook.topics[1] then
    self:allow("Topics", { "sns:ConfirmSubscription" }, table.move(serve.webhook.topics, 1, #serve.webhook.topics, 1,
      {}))
  end
end

-- One statement for all roles that are assumed alike.
function Draft:assume(role)
  local condition = role.external_id and { StringEquals = { ["sts:ExternalId"] = role.external_id } } or nil
  self:allow(condition and "AssumeRoleWithExternalId" or "AssumeRole", { "sts:AssumeRole" }, { role.role }, condition)
end

-- Roles without an external id share a statement.
local function merge_roles(list)
  local first, merged = nil, {}
  for _, statement in ipairs(list) do
    if statement.Sid == "AssumeRole" and first then
      table.move(statement.Resource, 1, #statement.Resource, #first.Resource + 1, first.Resource)
    else
      if statement.Sid == "AssumeRole" then first = statement end
      merged[#merged + 1] = statement
    end
  end
  return merged
end

-- ---- what hooks call ----

-- `aws.SERVICE:OPERATION` in a policy's text, which is how its hooks reach AWS.
local function calls_in(source)
  local list, calls = tokens.scan(source), {}
  for i = 1, #list - 4 do
    local dot, service, colon, operation = list[i + 1], list[i + 2], list[i + 3], list[i + 4]
    if list[i].value == "aws" and dot.value == "." and colon.value == ":" and service.kind == "name"
      and operation.kind == "name" then
      calls[#calls + 1] = { service.value, operation.value }
    end
  end
  return calls
end

local function a_hook_calls(facts)
  for _, job in ipairs(permissions.JOBS[facts.job]) do
    if facts.own(CALLING_HOOK[job]) then return true end
  end
  return false
end

function Draft:hooks(facts, place)
  if not facts.source or not a_hook_calls(facts) then return end
  for _, call in ipairs(calls_in(facts.source)) do
    local known, service = pcall(service_named, call[1])
    if known and service.operations[call[2]] and not permissions.FREE[service.signing_name .. ":" .. call[2]] then
      self:operations(place, service, { call[2] })
    end
  end
end

-- ---- who ----

local function account_of(role) return role:match "^arn:[^:]+:iam::(%d+):role/" end

local function roles_of(accounts)
  local list, own = {}, #accounts == 0
  for _, account in ipairs(accounts) do
    if account.role then list[#list + 1] = account else own = true end
  end
  return list, own
end

local function regions_of(facts)
  local list, seen = {}, {}
  local function add(region)
    if not seen[region] then list[#list + 1], seen[region] = region, true end
  end
  for _, region in ipairs(facts.regions) do add(region) end
  for _, account in ipairs(facts.accounts) do
    if not account.regions and #facts.regions == 0 then return { "*" } end -- the Region of the run, whichever
    for _, region in ipairs(account.regions or {}) do add(region) end
  end
  return list[1] and list or { "*" }
end

local function place_of(facts, accounts)
  local regions = regions_of(facts)
  local role = facts.policy.items_in.role or (facts.accounts[1] or {}).role
  local id = role and role:match "^arn:([^:]+):" or regions[1] ~= "*" and partition.of(regions[1]).id or "aws"
  if facts.policy.shared then accounts = { "*" } end -- the ARN of a shared workload names its owner
  return { partition = id, regions = regions, accounts = accounts, own_regions = facts.regions[1] and
    { facts.regions[1] } or { "*" } }
end

-- Where items are made; that is not where workloads are when the policy says so.
local function items_place(facts, place, accounts)
  local region = facts.policy.items_in.region
  return { partition = place.partition, regions = region and { region } or place.regions, accounts = accounts }
end

local function of_caller(draft, facts)
  local central, own_account = facts.policy.items_in, { facts.account or "*" }
  local place = place_of(facts, own_account)
  local roles, reads = roles_of(facts.accounts)
  local by_organization = facts.policy.organization_role
  if reads or by_organization then
    draft:tool(facts, place)
    if not central.role then draft:items(facts, items_place(facts, place, own_account)) end
    draft:hooks(facts, place)
  end
  draft:state(facts, place)
  draft:triggers(facts, place)
  if by_organization then
    draft:operations(place, service_named "organizations", { "ListAccounts" })
    draft:assume { role = ("arn:%s:iam::*:role/%s"):format(place.partition, by_organization) }
  end
  for _, role in ipairs(roles) do draft:assume(role) end
  if central.role then draft:assume(central) end
end

local function of_account(draft, facts)
  local accounts = {}
  for _, role in ipairs((roles_of(facts.accounts))) do accounts[#accounts + 1] = account_of(role.role) end
  if facts.policy.organization_role then accounts = { "*" } end
  local place = place_of(facts, accounts)
  draft:tool(facts, place)
  if not facts.policy.items_in.role then draft:items(facts, items_place(facts, place, accounts)) end
  draft:hooks(facts, place)
end

local function of_items(draft, facts)
  local accounts = { account_of(facts.policy.items_in.role) }
  draft:items(facts, items_place(facts, place_of(facts, accounts), accounts))
end

-- IAM wants each name once in a policy.
local function number_names(list)
  local seen = {}
  for _, statement in ipairs(list) do
    local sid = statement.Sid
    seen[sid] = (seen[sid] or 0) + 1
    if seen[sid] > 1 then statement.Sid = sid .. seen[sid] end
  end
  return list
end

local BY_ROLE = { caller = of_caller, account = of_account, items = of_items }

---The policy document that allows what a run calls and nothing else.
---@param facts plumb.PermissionFacts
---@return { Version: string, Statement: plumb.Statement[] }
---@see https://docs.aws.amazon.com/service-authorization/latest/reference/list_awswell-architectedtool.html
---@see https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssystemsmanager.html
function permissions.document(facts)
  local draft = setmetatable({ list = {}, seen = {} }, Draft)
  BY_ROLE[facts.role](draft, facts)
  for _, statement in ipairs(draft.list) do table.sort(statement.Action) end
  return { Version = "2012-10-17", Statement = number_names(merge_roles(draft.list)) }
end

---The actions of a document, sorted, each once.
---@param document { Statement: plumb.Statement[] }
---@return string[]
function permissions.actions(document)
  local list, seen = {}, {}
  for _, statement in ipairs(document.Statement) do
    for _, action in ipairs(statement.Action) do
      if not seen[action] then list[#list + 1], seen[action] = action, true end
    end
  end
  table.sort(list)
  return list
end

return permissions
