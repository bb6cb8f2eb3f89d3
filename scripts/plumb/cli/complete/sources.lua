-- Where candidates come from: the tables of commands, topics and operations, the policy's schema, the profiles in
-- AWS's files, and what the state knows. Nothing is called, nothing is written, and what cannot be read is passed over:
-- a Tab is no place for an error.

local M = {}

local MOST = 200 -- more than anybody reads, and soon found

local LARGEST = 16 << 20 -- bytes; looking into a state copies it, and a Tab has no time for more

local REGIONS = [[af-south-1 ap-east-1 ap-northeast-1 ap-northeast-2 ap-northeast-3 ap-south-1 ap-south-2
  ap-southeast-1 ap-southeast-2 ap-southeast-3 ap-southeast-4 ap-southeast-5 ca-central-1 ca-west-1 cn-north-1
  cn-northwest-1 eu-central-1 eu-central-2 eu-north-1 eu-south-1 eu-south-2 eu-west-1 eu-west-2 eu-west-3 il-central-1
  me-central-1 me-south-1 mx-central-1 sa-east-1 us-east-1 us-east-2 us-gov-east-1 us-gov-west-1 us-west-1 us-west-2]]

local PILLARS = { "operationalExcellence", "security", "reliability", "performance", "costOptimization",
  "sustainability" }

local function words(list)
  local found = {}
  for i, word in ipairs(list) do found[i] = { word } end
  return found
end

local function sorted_keys(map)
  local names = {}
  for name in pairs(map) do names[#names + 1] = name end
  table.sort(names)
  return names
end

---The commands whose names begin with a text, with their summaries. The files of the others stay unread.
---@param _ table
---@param text string
---@return plumb.Candidate[]
function M.commands(_, text)
  local cli, found = require("plumb.cli"), {}
  for _, name in ipairs(cli.names) do
    if name:sub(1, #text) == text then found[#found + 1] = { name, cli.command(name).summary } end
  end
  return found
end

---What plumb help explains: commands, topics, operations, and ids of errors once an E is typed.
---@param at table
---@param text string
---@return plumb.Candidate[]
function M.topics(at, text)
  if text:find("^[Ee]%d*$") and text ~= "e" then
    local catalogue, found = require("plumb.problem.catalogue"), {}
    for i, id in ipairs(sorted_keys(catalogue)) do found[i] = { id, catalogue[id].title } end
    return found
  elseif text:find(".", 1, true) then
    return M.operations(at, text)
  end
  local found = M.commands(at, text)
  for _, name in ipairs(sorted_keys(require("plumb.cli.topics"))) do
    found[#found + 1] = { name }
  end
  return found
end

---Services, and behind a dot the operations of one.
---@param _ table
---@param text string
---@return plumb.Candidate[]
function M.operations(_, text)
  local operation = require("plumb.cli.operation")
  local name = text:match("^([^.]+)%.")
  local found = {}
  if not name then
    found[1] = { "wa.", "short for wellarchitected" }
    for _, service in ipairs(operation.services()) do found[#found + 1] = { service .. "." } end
    return found
  end
  local known, service = pcall(operation.service, name)
  if not known then return {} end
  local reads = require("plumb.aws.reads")
  for i, op in ipairs(sorted_keys(service.operations)) do
    found[i] = { name .. "." .. op, reads(service, op) and "reads" or "changes something" }
  end
  return found
end

-- The file where plumb would keep its state; nil when it keeps it elsewhere, or nowhere.
local function state_file(at)
  if at.given.sim then return nil end
  local path = at.given.state
  if type(path) ~= "string" then
    local found, usual = pcall(require("plumb.store.usual_path"), {}, os.getenv)
    path = found and usual or nil
  end
  local stat = path and not path:find("^dynamodb:") and require("plumb.files").stat(path)
  return stat and stat.size <= LARGEST and path or nil
end

-- Records of the state whose column begins with a text; none when there is no state or it cannot be read.
local function remembered(at, kind, column, text)
  local path = state_file(at)
  if not path then return {} end
  local ok, records = pcall(function()
    local store = assert(require("plumb.store.sqlite").open({ path = path, read_only = true }))
    local list = store:beginning(kind, column, text, MOST)
    store:close()
    return list
  end)
  return ok and records or {}
end

---Names of the workloads that the state knows.
---@param at table
---@param text string
---@return plumb.Candidate[]
function M.workloads(at, text)
  local found = {}
  for _, record in ipairs(remembered(at, "workload", "name", text)) do
    found[#found + 1] = { record.name, record.arn:match("^arn:[^:]*:[^:]*:([^:]*:[^:]*)") }
  end
  return found
end

---Ids of the items that plumb made and that are open.
---@param at table
---@param text string
---@return plumb.Candidate[]
function M.items(at, text)
  local found = {}
  for _, record in ipairs(remembered(at, "finding", "item_id", text)) do
    if record.status == "open" then found[#found + 1] = { record.item_id, record.title } end
  end
  return found
end

---Names of open risks, WORKLOAD/QUESTION, worst first.
---@param at table
---@param text string
---@return plumb.Candidate[]
function M.open_risks(at, text)
  local found, ranks = {}, { HIGH = 1, MEDIUM = 2 }
  local records = remembered(at, "risk", "workload_name", text:match "^[^/]*")
  table.sort(records, function(a, b)
    if a.risk ~= b.risk then return (ranks[a.risk] or 3) < (ranks[b.risk] or 3) end
    return a.id < b.id
  end)
  for _, record in ipairs(records) do
    if record.status == "open" and ranks[record.risk] then
      local name = ("%s/%s"):format(record.workload_name, record.question_id)
      found[#found + 1] = { name, ("%s %s"):format(record.risk, record.title) }
    end
  end
  return found
end

---Aliases and ARNs of the lenses that plumb has made items for, and AWS's own.
---@param at table
---@return plumb.Candidate[]
function M.lenses(at)
  local seen, found = { wellarchitected = true }, { { "wellarchitected", "AWS Well-Architected Framework" } }
  for _, record in ipairs(remembered(at, "finding", "lens_arn", "")) do
    local name = record.lens_alias or record.lens_arn
    if not seen[name] then
      seen[name] = true
      found[#found + 1] = { name }
    end
  end
  return found
end

---@return plumb.Candidate[]
function M.pillars() return words(PILLARS) end

---@return plumb.Candidate[]
function M.risks() return { { "high" }, { "medium" }, { "high,medium" } } end

---The worlds of the simulator.
---@return plumb.Candidate[]
function M.seeds()
  return { { "demo", "five workloads with reviews" }, { "empty", "nothing yet" }, { "large", "many workloads" } }
end

---@return plumb.Candidate[]
function M.regions()
  local list = {}
  for name in REGIONS:gmatch("%S+") do list[#list + 1] = name end
  return words(list)
end

---Profiles of AWS's two files.
---@return plumb.Candidate[]
function M.profiles()
  local read = require("plumb.files").read
  return words(require("plumb.aws.config").profile_names(os.getenv, function(path) return (read(path, 1 << 20)) end))
end

-- Settings by name, those of a record with a dot: "budget.run".
local function each_setting(fn)
  for _, entry in ipairs(require("plumb.policy.schema").settings) do
    local name, spec = entry[1], entry[2]
    if spec.type == "record" then
      for _, field in ipairs(spec.fields) do fn(name .. "." .. field[1], field[2]) end
    else
      fn(name, spec)
    end
  end
end

local function values_of(spec)
  if spec.type == "flag" then return { "true", "false" } end
  return spec.enum or (spec.off and { "false" }) or {}
end

---KEY= for each setting of a policy, and the words that a setting can have.
---@param _ table
---@param text string
---@return plumb.Candidate[]
function M.settings(_, text)
  local key, found = text:match("^([^=]+)="), {}
  each_setting(function(name, spec)
    if not key then
      found[#found + 1] = { name .. "=", spec.type }
    elseif key == name then
      for _, value in ipairs(values_of(spec)) do found[#found + 1] = { key .. "=" .. value } end
    end
  end)
  return found
end

---What plumb schema describes: fields of a policy, and operations behind the dot of a service.
---@param at table
---@param text string
---@return plumb.Candidate[]
function M.schema_names(at, text)
  if text:find(".", 1, true) and not text:find("^%l+_?%l*%.%l") then return M.operations(at, text) end
  local found = { { "policy", "every field" } }
  each_setting(function(name, spec) found[#found + 1] = { name, spec.type } end)
  for _, name in ipairs(require("plumb.policy.schema").hook_order) do found[#found + 1] = { name, "hook" } end
  return found
end

-- Members whose values the state can know.
local KNOWN = {
  WorkloadId = function(at)
    local found = {}
    for _, record in ipairs(remembered(at, "workload", "arn", "")) do
      found[#found + 1] = { record.arn:match("([^/]+)$"), record.name }
    end
    return found
  end,
  LensAlias = M.lenses,
  OpsItemId = function(at) return M.items(at, "") end,
  PillarId = M.pillars,
}

local function member_values(at, service, name, member)
  local shape = service.shapes[member.shape]
  local list = shape.enum and words(shape.enum) or shape.type == "boolean" and words({ "true", "false" })
    or KNOWN[name] and KNOWN[name](at) or {}
  local found = {}
  for i, candidate in ipairs(list) do found[i] = { name .. "=" .. candidate[1], candidate[2] } end
  return found
end

-- The service and the input of the operation that stands first on the line; nil when there is none like that.
local function input_of(at)
  local operation = require("plumb.cli.operation")
  local ok, service, input = pcall(function()
    local service_name, name = operation.split(at.positional[1] or "")
    local service = operation.service(service_name)
    return service, service.shapes[operation.operation(service, name).input]
  end)
  if ok then return service, input end
end

---MEMBER= for each member of the operation that is called, the required ones first, and the words that one can have.
---@param at table
---@param text string
---@return plumb.Candidate[]
function M.members(at, text)
  local service, input = input_of(at)
  if not input then return {} end
  local key = text:match("^([^=]+)=")
  if key then
    return input.members[key] and member_values(at, service, key, input.members[key]) or {}
  end
  local given, found = {}, {}
  for _, word in ipairs(at.positional) do given[word:match("^([^=]*)")] = true end
  for _, row in ipairs(require("plumb.cli.operation").members(service, input)) do
    if not given[row.name] then
      found[#found + 1] = { row.name .. "=", row.required and row.type .. ", required" or row.type }
    end
  end
  return found
end

return M
