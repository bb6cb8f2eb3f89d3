-- What the reviews say now, for commands that only look: from the state, which costs no call and is as old as the
-- last scan, or from the Well-Architected Tool itself. Both come in the same form.

local errand = require "plumb.errand"
local glob = require "plumb.policy.glob"
local history = require "plumb.history"
local progress = require "plumb.view.progress"
local task = require "plumb.task"

local survey = {}

---@class plumb.Survey
---@field from "state"|"tool"
---@field at number?            epoch seconds of the reading; nil when no scan has ended yet
---@field readings table[]      one for each lens of a workload, see plumb.history.reading
---@field risks plumb.RiskRow[] HIGH first
---@field items table<string, string[]>  ids of open items by survey.question_key
---@field problems plumb.Problem[]  what could not be read

---What names a question of one lens of one workload.
---@param record table  with workload_arn, lens_arn and question_id
---@return string
function survey.question_key(record)
  return ("%s %s %s"):format(record.workload_arn, record.lens_arn, record.question_id)
end

---How people call a lens: its alias, or the name of a custom one.
---@param record { lens_alias: string?, lens_arn: string, lens_name: string? }
---@return string
function survey.lens_word(record)
  return record.lens_alias or record.lens_name or record.lens_arn:match("lens/(.+)$") or record.lens_arn
end

-- Ids of the items that are open, by question, each once: findings may share one.
local function open_items(store)
  local items, seen = {}, {}
  for record in store:each("finding", { status = "open" }) do
    local key = survey.question_key(record)
    if record.item_id and not seen[key .. record.item_id] then
      seen[key .. record.item_id] = true
      items[key] = items[key] or {}
      table.insert(items[key], record.item_id)
    end
  end
  for _, ids in pairs(items) do table.sort(ids) end
  return items
end

---When the last scan ended; nil when none did.
---@param store plumb.Store
---@return number?
function survey.last_scan(store)
  local last
  for run in store:each("run") do
    if run.command == "scan" and run.ended_at then last = math.max(last or 0, run.ended_at) end
  end
  return last
end

local function from_state(store)
  local found = { from = "state", at = survey.last_scan(store), readings = {}, risks = {}, problems = {} }
  for reading in store:each("reading") do found.readings[#found.readings + 1] = reading end
  for risk in store:each("risk", { status = "open" }) do found.risks[#found.risks + 1] = risk end
  return found
end

local function given(globs) return globs and globs[1] and globs or nil end

local function reader_of(place, found)
  return require("plumb.reader").new {
    client = place.aws, policy = place.policy, matches = glob.any, log = place.log,
    only = { workloads = given(place.args.workload), lenses = given(place.args.lens) },
    on_problem = function(problem) table.insert(found.problems, problem) end,
  }
end

---The workloads of a place as ListWorkloads has them, by its policy and --workload. Waits.
---@param place plumb.Context
---@param found plumb.Survey  gets the problems
---@return fun(): table?  WorkloadSummary
---@return plumb.Reader
function survey.workloads(place, found)
  place:bind_policy()
  local reader = reader_of(place, found)
  return reader:workloads(), reader
end

local function note_review(found, review)
  found.readings[#found.readings + 1] = history.reading(review)
  for _, row in ipairs(history.risks(review)) do found.risks[#found.risks + 1] = row end
end

-- Lens by lens of a workload; one that cannot be read is told and costs itself alone.
local function read_workload(reader, workload, found)
  for _, lens in ipairs(reader:lenses(workload)) do
    local ok, review = pcall(reader.findings, reader, workload, lens)
    if ok then
      note_review(found, review)
      found.progress:read(review)
    else
      local err, problem = require "plumb.err", require "plumb.problem"
      if not err.is(review) or review.kind == "credentials" then error(review, 0) end
      local shown = problem.from(review)
      shown.where = ("workload '%s', lens '%s'"):format(workload.WorkloadName, lens.LensAlias or lens.LensArn)
      table.insert(found.problems, shown)
    end
  end
end

local function from_tool(plumb)
  local found = { from = "tool", at = plumb.time.now(), readings = {}, risks = {}, problems = {},
    progress = progress.new(plumb.cli) }
  local failed = errand.in_places(plumb, function(place)
    local workloads, reader = survey.workloads(place, found)
    task.map(workloads, function(workload) read_workload(reader, workload, found) end,
      { limit = place.policy.parallel })
  end)
  table.move(failed, 1, #failed, #found.problems + 1, found.problems)
  return found
end

-- What plumb remembers of risks that were just read: since when.
local function add_since(store, found)
  local since = {}
  for record in store:each("risk", { status = "open" }) do
    since[survey.question_key(record) .. record.risk] = record.since
  end
  for _, row in ipairs(found.risks) do row.since = since[survey.question_key(row) .. row.risk] end
end

local RANK = { HIGH = 1, MEDIUM = 2 }

local function in_order(risks)
  local function key(row) return RANK[row.risk], row.workload_name or "", row.lens_arn, row.question_id end
  table.sort(risks, function(a, b)
    local a1, a2, a3, a4 = key(a)
    local b1, b2, b3, b4 = key(b)
    if a1 ~= b1 then return a1 < b1 end
    if a2 ~= b2 then return a2 < b2 end
    if a3 ~= b3 then return a3 < b3 end
    return a4 < b4
  end)
end

-- The names of lenses, which risks do not carry.
local function add_lens_names(risks, readings)
  local names = {}
  for _, reading in ipairs(readings) do names[reading.lens_arn] = reading.lens_name or names[reading.lens_arn] end
  for _, row in ipairs(risks) do row.lens_name = names[row.lens_arn] end
end

---Puts on risks what the state knows their lenses are called.
---@param store plumb.Store
---@param risks plumb.RiskRow[]
---@return plumb.RiskRow[] risks  the same
function survey.with_lens_names(store, risks)
  local readings = {}
  for reading in store:each("reading") do readings[#readings + 1] = reading end
  add_lens_names(risks, readings)
  return risks
end

---The names of all workloads there are; one call for each 50 of them. Waits; raises a plumb.Problem.
---@param plumb plumb.Context
---@return string[]
function survey.names(plumb)
  local names = {}
  errand.or_problem(errand.in_places, plumb, function(place)
    for workload in place.aws.wellarchitected:each("ListWorkloads", {}) do names[#names + 1] = workload.WorkloadName end
  end)
  return names
end

---Whether the state can answer: some scan has read a review.
---@param store plumb.Store
---@return boolean
function survey.is_known(store) return store:each("reading")() ~= nil end

---Reads them. The state answers when it can and --live is not given. Waits; raises a plumb.Problem.
---@param plumb plumb.Context
---@return plumb.Survey
function survey.of(plumb)
  local store = plumb.store
  local found
  if not plumb.args.live and survey.is_known(store) then
    found = from_state(store)
  else
    found = errand.or_problem(from_tool, plumb)
    add_since(store, found)
  end
  add_lens_names(found.risks, found.readings)
  in_order(found.risks)
  found.items = open_items(store)
  return found
end

local function matches_workload(record, globs)
  return glob.any(record.workload_name, globs) or glob.any(record.workload_arn:match("workload/(.+)$"), globs)
end

local function matches_lens(record, globs)
  return glob.any(record.lens_alias, globs) or glob.any(record.lens_name, globs) or glob.any(record.lens_arn, globs)
end

local function listed(list, value)
  for _, entry in ipairs(list) do
    if entry == value then return true end
  end
  return false
end

---Those of some records that the command line wants.
---@param records table[]  risks, readings or findings
---@param only { workload: string[]?, lens: string[]?, pillar: string[]?, risk: string[]?, region_list: string[]? }
---  globs, and names of Regions; nil or empty for all
---@return table[]
function survey.only(records, only)
  local list = {}
  for _, record in ipairs(records) do
    local yes = (not given(only.workload) or matches_workload(record, only.workload))
      and (not given(only.lens) or matches_lens(record, only.lens))
      and (not given(only.pillar) or glob.any(record.pillar, only.pillar))
      and (not given(only.risk) or glob.any(record.risk, only.risk))
      and (not given(only.region_list) or listed(only.region_list, record.region))
    if yes then list[#list + 1] = record end
  end
  return list
end

return survey
