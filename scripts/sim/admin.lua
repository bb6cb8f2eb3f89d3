-- What is not AWS: ordering faults, reading the journal, starting over, acting as a person. JSON under /_sim/, answered
-- only to callers on this machine that no web page sent.
--
--   GET    /_sim/state     what there is, counted          GET /_sim/journal?since=N&mutating=true   executed calls
--   POST   /_sim/reset     seed anew                       GET, DELETE /_sim/faults
--   POST   /_sim/faults    { kind, operation, ... }, a list of them, or { "text": "throttle=5%" }
--   POST   /_sim/opsitem   { id, status?, title?, severity?, data? = { key = value } } as a person would in the console
--   POST   /_sim/answer    { workload, lens, question, select? = [], unselect? = [], not_applicable? = [],
--                            applicable? } as a person would by hand
--   POST   /_sim/invoke    { event, seconds? = 900 } hands an event to the Lambda function that waits for one at
--                          /2018-06-01/runtime/, and answers when that one has: { id, status, response?, error? }
--   All of them take ?account=&region= and mean the default world without.

local answers = require("sim.wa.answers")
local fail = require("sim.fail")
local fault = require("sim.fault")
local json = require("plumb.json")
local review_of = require("sim.review")
local ssm = require("sim.ssm")
local uri = require("sim.uri")
local wire_json = require("sim.wire_json")

local M = {}

local LOCAL = { ["127.0.0.1"] = true, ["::1"] = true, localhost = true, ["[::1]"] = true }

local function reply(status, value)
  return { status = status, headers = { ["content-type"] = "application/json", ["cache-control"] = "no-store" },
    body = json.encode(value) .. "\n" }
end

-- A page in a browser can reach loopback too, so a foreign Origin or Host is refused.
local function is_local(request)
  local peer = request.peer and request.peer:gsub("^::ffff:", ""):gsub(":%d+$", "")
  local host = (request.headers.host or "localhost"):gsub(":%d+$", "")
  return (not peer or LOCAL[peer] or LOCAL[request.peer] or peer:find("^127%.") ~= nil)
    and LOCAL[host] == true and request.headers.origin == nil
end

local function person(world)
  return { account = world.account, user_id = "AIDAPERSON", arn = ("arn:%s:iam::%s:user/person"):format(world.partition,
    world.account) }
end

local function context(sim, world, service, operation)
  return { sim = sim, world = world, service = require("plumb.aws.service." .. service), operation = operation,
    caller = person(world), lag = 0 }
end

local ROUTES = {}

ROUTES["GET state"] = function(sim, world)
  local workloads, statuses, queues = {}, {}, {}
  for i, workload in ipairs(world.workloads) do
    workloads[i] = { id = workload.id, name = workload.name, owner = workload.owner,
      risks = review_of.total(workload.reviews) }
  end
  for _, record in ipairs(world.opsitems) do
    local word = record.deleted_at and "Deleted" or record.current.Status
    statuses[word] = (statuses[word] or 0) + 1
  end
  for name, queue in pairs(world.queues) do
    queues[name] = #queue.messages
  end
  return { account = world.account, region = world.region, workloads = json.list(workloads), lenses = #world.lenses,
    opsitems = statuses, queues = queues, notifications = #world.notifications, calls = sim.counts }
end

-- Inputs are written by their shape, which knows lists from maps.
local function journal_line(entry)
  local line = review_of.copy(entry)
  local service = require("plumb.aws.service." .. entry.service)
  local shape = service.operations[entry.operation].input
  line.input = shape and json.decode(wire_json.encode(service, shape, entry.input)) or {}
  return line
end

ROUTES["GET journal"] = function(sim, _, query)
  local list, since = {}, tonumber(query.since) or 0
  for _, entry in ipairs(sim.journal) do
    if entry.n > since and (not query.mutating or tostring(entry.mutating) == query.mutating) then
      list[#list + 1] = journal_line(entry)
    end
  end
  return { calls = json.list(list) }
end

ROUTES["DELETE journal"] = function(sim)
  sim.journal = {}
  return {}
end

ROUTES["POST reset"] = function(sim)
  sim:reset()
  return {}
end

local function shown_rules(sim)
  local list = {}
  for i, rule in ipairs(sim.rules) do
    list[i] = { kind = rule.kind, operation = rule.operation, nth = rule.nth, rate = rule.rate, ms = rule.ms,
      seconds = rule.seconds, status = rule.status, count = rule.count ~= math.huge and rule.count or nil,
      seen = rule.seen, struck = rule.struck }
  end
  return { faults = json.list(list) }
end

ROUTES["GET faults"] = shown_rules

ROUTES["POST faults"] = function(sim, _, _, body)
  local rules = body.text and fault.parse(body.text) or body[1] and body or { body }
  for _, rule in ipairs(rules) do
    fault.rule(rule) -- all or none
  end
  for _, rule in ipairs(rules) do
    sim:fault(rule)
  end
  return shown_rules(sim)
end

ROUTES["DELETE faults"] = function(sim)
  sim:clear_faults()
  return shown_rules(sim)
end

ROUTES["POST opsitem"] = function(sim, world, _, body)
  local data = body.data and {} or nil
  for key, value in pairs(body.data or {}) do
    data[key] = { Type = "SearchableString", Value = value }
  end
  ssm.operations.UpdateOpsItem(context(sim, world, "ssm", "UpdateOpsItem"), { OpsItemId = body.id,
    Status = body.status, Title = body.title, Severity = body.severity, OperationalData = data })
  local item = world.opsitem[body.id].current
  return { id = item.OpsItemId, status = item.Status, version = item.Version }
end

ROUTES["POST answer"] = function(sim, world, _, body)
  local updates = {}
  for member, status in pairs({ select = "SELECTED", unselect = "UNSELECTED", not_applicable = "NOT_APPLICABLE" }) do
    for _, id in ipairs(body[member] or {}) do
      updates[id] = { Status = status }
    end
  end
  local output = answers.UpdateAnswer(context(sim, world, "wellarchitected", "UpdateAnswer"), {
    WorkloadId = body.workload, LensAlias = body.lens, QuestionId = body.question, ChoiceUpdates = updates,
    IsApplicable = body.applicable })
  return { question = output.Answer.QuestionId, risk = output.Answer.Risk,
    selected = json.list(output.Answer.SelectedChoices) }
end

ROUTES["POST invoke"] = function(sim, _, _, body)
  if body.event == nil then
    error("an invocation needs an event", 0)
  end
  local done = sim.runtime:invoke(json.encode(body.event), { seconds = body.seconds, wait = true })
  return { id = done.id, status = done.status, error = done.failure, error_type = done.error_type,
    response = done.response and json.decode(done.response) or done.response }
end

---Answers a request under /_sim/.
---@param sim sim.Simulator
---@param request table  with lower-case header names
---@return table response
function M.handle(sim, request)
  if not is_local(request) then
    return reply(403, { error = "only from this machine" })
  end
  local route = ROUTES[request.method .. " " .. request.path:sub(7)]
  if not route then
    return reply(404, { error = "no such thing: " .. request.method .. " " .. request.path })
  end
  local query, body = {}, {}
  for _, pair in ipairs(uri.query(request.query)) do
    query[pair[1]] = pair[2]
  end
  if request.body ~= "" then
    body = json.decode(request.body)
    if type(body) ~= "table" then
      return reply(400, { error = "the body is no JSON object" })
    end
  end
  local world = sim:world_of(query.account or sim.account, query.region or sim.region)
  local ok, value = pcall(route, sim, world, query, body)
  if ok then
    return reply(200, value)
  end
  return reply(400, { error = fail.is(value) and tostring(value) or tostring(value):gsub("^.-:%d+: ", "") .. "" })
end

return M
