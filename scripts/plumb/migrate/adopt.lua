-- plumb migrate opsitems as people see it: which items are adopted, which are one too many, and which
-- nobody can be sure of.

local errand = require "plumb.errand"
local json = require "plumb.json"
local opsitems = require "plumb.migrate.opsitems"
local plural = require("plumb.view.narrate").plural
local problem = require "plumb.problem"

local adopt = {}

local COLUMNS = {
  { key = "action" }, { key = "id", title = "item", whole = true }, { key = "workload", cut = true },
  { key = "lens", cut = true },
  { key = "question" }, { key = "choice" }, { key = "title", cut = true },
}

local function row_of(found, record)
  local fields = found.fields
  return { id = found.id, workload = fields.WorkloadName, question = fields.QuestionId, choice = fields.ChoiceId,
    lens = record and (record.lens_alias or record.lens_arn) or fields.Lens, title = found.title,
    key = record and record.key, account = record and record.account, region = record and record.region }
end

local function row(step)
  local shown = row_of(step.found, step.record)
  shown.action = step.known and "complete" or "adopt"
  return shown
end

local function tally(plan)
  return ("Plan: %s to adopt; %d one too many, %d not certain, %d resolved and left alone, %d plumb's already.")
    :format(plural(#plan.steps, "item"), #plan.duplicates, #plan.left, plan.resolved, plan.keyed)
end

local function remarks(plan)
  local list = table.move(plan.problems, 1, #plan.problems, 1, {})
  for _, entry in ipairs(plan.duplicates) do
    list[#list + 1] = ("two open items for one practice: %s stands, %s is one too many (%s / %s / %s); resolve it in "
      .. "OpsCenter, plumb does nothing because of it"):format(entry.stands, entry.found.id,
      entry.record.workload_name or entry.record.workload_arn, entry.record.question_id, entry.record.choice_id)
  end
  for _, entry in ipairs(plan.left) do
    list[#list + 1] = ("%s was not adopted: %s (%s)"):format(entry.found.id, entry.reason, entry.found.title or "")
  end
  return list
end

local function document(plan)
  local duplicates, left = {}, {}
  for i, entry in ipairs(plan.duplicates) do
    duplicates[i] = row_of(entry.found, entry.record)
    duplicates[i].stands = entry.stands
  end
  for i, entry in ipairs(plan.left) do
    left[i] = row_of(entry.found)
    left[i].reason = entry.reason
  end
  return { summary = { adopt = #plan.steps, duplicates = #duplicates, not_adopted = #left, resolved = plan.resolved,
    keyed = plan.keyed }, duplicates = json.list(duplicates), not_adopted = json.list(left) }
end

local function uncertain(plan)
  local n = #plan.problems
  for _, entry in ipairs(plan.left) do n = n + (entry.failed and 1 or 0) end
  return n
end

local LISTS, COUNTS = { "steps", "duplicates", "left" }, { "resolved", "keyed" }

-- One plan out of those of all places; each step knows where it belongs.
local function draw_up(plumb)
  local all = { steps = {}, duplicates = {}, left = {}, resolved = 0, keyed = 0 }
  all.problems = errand.in_places(plumb, function(place)
    local plan = opsitems.plan { client = place.aws, store = place.store, sink = place.sink, now = plumb.time.now(),
      parallel = plumb.policy.parallel }
    for _, step in ipairs(plan.steps) do step.sink = place.sink end
    for _, name in ipairs(LISTS) do table.move(plan[name], 1, #plan[name], #all[name] + 1, all[name]) end
    for _, name in ipairs(COUNTS) do all[name] = all[name] + plan[name] end
  end)
  return all
end

-- That solution made its items where the workloads are. Under items_in a scan looks for plumb's items elsewhere, so
-- it would take adopted ones for deleted and make new ones.
local function check_place(plumb)
  local central = plumb.policy.items_in
  if not (central.role or central.region) then return end
  problem.raise {
    id = "E103", what = "plumb migrate opsitems does not go together with items_in",
    where = plumb.policy:origin(central.role and "items_in.role" or "items_in.region"),
    because = "it adopts OpsItems in the accounts and Regions of their workloads, and items_in keeps plumb's elsewhere",
    fix = "migrate with a policy without items_in and keep it so, or resolve the old items in OpsCenter and run\n"
      .. "plumb scan --ignore-legacy, which makes new ones in the place that items_in names",
  }
end

---Adopts the items of the Python solution. Raises a plumb.Problem E103 under items_in. Waits.
---@param plumb plumb.Context
---@return integer exit_code  0; 5 when one failed, or cannot be told for sure
function adopt.run(plumb)
  check_place(plumb)
  return errand.run(plumb, {
    command = "migrate opsitems", done = "adopted", columns = COLUMNS, row = row, tally = tally, remarks = remarks,
    document = document, left = uncertain,
    draw_up = function() return draw_up(plumb) end,
    question = function(plan, place)
      return ("Adopt %d OpsItems (each gets the entry FindingKey) in %s?"):format(#plan.steps, place)
    end,
    carry_out = function(plan)
      return opsitems.apply(plan, { store = plumb.store, now = plumb.time.now, run = plumb.run_id,
        parallel = plumb.policy.parallel })
    end,
  })
end

return adopt
