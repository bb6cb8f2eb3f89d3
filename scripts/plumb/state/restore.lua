-- plumb state rebuild as people see it: what of OpsCenter the state lacks, and what they have to look at
-- themselves.

local errand = require "plumb.errand"
local json = require "plumb.json"
local plural = require("plumb.view.narrate").plural
local rebuild = require "plumb.state.rebuild"

local restore = {}

local WORDS = { open = "open", renew = "open again", past = "past", note = "note" }

local COLUMNS = {
  { key = "action" }, { key = "id", title = "item", whole = true }, { key = "state", title = "in OpsCenter" },
  { key = "workload", cut = true }, { key = "question" }, { key = "choice" }, { key = "title", cut = true },
}

local function row_of(found)
  return { id = found.id, state = found.status, workload = found.fields.WorkloadName, lens = found.fields.LensArn,
    question = found.fields.QuestionId, choice = found.fields.ChoiceId, title = found.title, key = found.key }
end

local function row(step)
  local shown = row_of(step.found)
  shown.action = WORDS[step.action]
  shown.finding = step.record and step.record.status
  shown.items = #step.items
  shown.account, shown.region = step.record and step.record.account, step.record and step.record.region
  return shown
end

local function count(plan)
  local n = { open = 0, renew = 0, past = 0, note = 0 }
  for _, step in ipairs(plan.steps) do n[step.action] = n[step.action] + 1 end
  return n
end

local function tally(plan)
  local n = count(plan)
  return ("Plan: %d findings to restore as open, %d as dealt with, %d to correct; %d items known already."):format(
    n.open, n.past, n.renew + n.note, plan.known)
end

local function duplicate(entry)
  return ("two open items for one practice: %s stands, %s is one too many (%s / %s / %s); resolve it in OpsCenter "
    .. "with the entry Outcome = ignore"):format(entry.stands, entry.found.id,
    entry.record.workload_name or entry.record.workload_arn, entry.record.question_id, entry.record.choice_id)
end

local function remarks(plan)
  local list = table.move(plan.problems, 1, #plan.problems, 1, {})
  for _, entry in ipairs(plan.duplicates) do list[#list + 1] = duplicate(entry) end
  for _, entry in ipairs(plan.unreadable) do
    list[#list + 1] = ("%s was left out: %s"):format(entry.found.id, entry.reason)
  end
  if plan.unkeyed > 0 then
    list[#list + 1] = ("%s without a FindingKey; plumb migrate opsitems adopts those of the Python solution")
      :format(plural(plan.unkeyed, "item"))
  end
  return list
end

local function document(plan)
  local duplicates, unreadable = {}, {}
  for i, entry in ipairs(plan.duplicates) do
    duplicates[i] = row_of(entry.found)
    duplicates[i].stands = entry.stands
  end
  for i, entry in ipairs(plan.unreadable) do
    unreadable[i] = row_of(entry.found)
    unreadable[i].reason = entry.reason
  end
  local summary = count(plan)
  summary.known, summary.duplicates, summary.unreadable = plan.known, #duplicates, #unreadable
  summary.unkeyed, summary.others = plan.unkeyed, plan.others
  return { summary = summary, duplicates = json.list(duplicates), unreadable = json.list(unreadable) }
end

local function carry_out(plumb, plan)
  rebuild.apply(plan, { store = plumb.store, now = plumb.time.now(), run = plumb.run_id })
  local outcomes = {}
  for i, step in ipairs(plan.steps) do outcomes[i] = { step = step, status = "restored" } end
  return outcomes
end

-- Items of one place, all of them or none.
local function draw_up(plumb)
  local list, sink = {}, nil
  local problems = errand.in_places(plumb, function(place)
    local own = {}
    for found in place.sink:each() do own[#own + 1] = found end
    table.move(own, 1, #own, #list + 1, list)
    sink = place.sink.name
  end)
  local i = 0
  local plan = rebuild.plan { store = plumb.store, sink = sink, now = plumb.time.now(), each = function()
    i = i + 1
    return list[i]
  end }
  plan.problems, plan.partial = problems, #problems > 0
  return plan
end

---Rebuilds the state behind a context. Waits.
---@param plumb plumb.Context
---@return integer exit_code  0; 5 when an item with a key, or a place, could not be read
function restore.run(plumb)
  return errand.run(plumb, {
    command = "state rebuild", done = "restored", columns = COLUMNS, row = row, tally = tally, remarks = remarks,
    document = document,
    draw_up = function() return draw_up(plumb) end,
    question = function(plan, place)
      return ("Restore %d findings from OpsCenter (%s)?"):format(#plan.steps, place)
    end,
    left = function(plan) return #plan.unreadable + #plan.problems end,
    carry_out = function(plan) return carry_out(plumb, plan) end,
  })
end

return restore
