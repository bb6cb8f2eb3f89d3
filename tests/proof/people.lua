-- What people do to OpsItems and answers while plumb is at work or away. They act on the simulator's world
-- directly, as in a console, and their acts go into its journal, marked `person`, so that the oracle sees one
-- line of events.

local answers = require "sim.wa.answers"
local fail = require "sim.fail"
local ssm = require "sim.ssm"

local people = {}

local function context(sim, service, operation)
  local world = sim.world
  return { sim = sim, world = world, service = require("plumb.aws.service." .. service), operation = operation, lag = 0,
    caller = { account = world.account, user_id = "AIDAPERSON",
      arn = ("arn:%s:iam::%s:user/person"):format(world.partition, world.account) } }
end

-- Does it and notes it; what the service refuses did not happen.
local function act(sim, service, operation, handler, input)
  sim.serial = sim.serial + 1
  local entry = { n = sim.serial, at = sim.now(), service = service, operation = operation, input = input,
    mutating = true, status = 200, person = true }
  local ok, output = pcall(handler, context(sim, service, operation), input)
  if not ok and not fail.is(output) then error(output, 0) end
  if ok then sim.journal[#sim.journal + 1] = entry end
  return ok
end

---Changes an OpsItem.
---@param sim sim.Simulator
---@param id string
---@param changes { status: string?, data: table<string, string>?, title: string? }
---@return boolean done  false when OpsCenter refused it
function people.change_item(sim, id, changes)
  local data
  for key, value in pairs(changes.data or {}) do
    data = data or {}
    data[key] = { Type = "SearchableString", Value = value }
  end
  return act(sim, "ssm", "UpdateOpsItem", ssm.operations.UpdateOpsItem,
    { OpsItemId = id, Status = changes.status, Title = changes.title, OperationalData = data })
end

---@param sim sim.Simulator
---@param id string
---@return boolean done
function people.delete_item(sim, id)
  return act(sim, "ssm", "DeleteOpsItem", ssm.operations.DeleteOpsItem, { OpsItemId = id })
end

---Edits an answer.
---@param sim sim.Simulator
---@param place { workload: string, lens: string, question: string }  ids; lens by alias or ARN
---@param changes { choices: table<string, string>?, applicable: boolean?, notes: string? }
---@return boolean done
function people.change_answer(sim, place, changes)
  local updates
  for id, status in pairs(changes.choices or {}) do
    updates = updates or {}
    updates[id] = { Status = status }
  end
  return act(sim, "wellarchitected", "UpdateAnswer", answers.UpdateAnswer,
    { WorkloadId = place.workload, LensAlias = place.lens, QuestionId = place.question, ChoiceUpdates = updates,
      IsApplicable = changes.applicable, Notes = changes.notes })
end

---Every question of every workload.
---@param sim sim.Simulator
---@return { workload: string, lens: string, question: string, choices: string[] }[]
function people.questions(sim)
  local list = {}
  for _, workload in ipairs(sim.world.workloads) do
    for _, review in ipairs(workload.reviews) do
      for _, question in ipairs(review.document.questions) do
        list[#list + 1] = { workload = workload.id, lens = review.lens.alias or review.lens.arn, question = question.id,
          choices = question.choices }
      end
    end
  end
  return list
end

---OpsItems in one of these statuses.
---@param sim sim.Simulator
---@param statuses table<string, boolean>
---@return string[] ids
function people.items(sim, statuses)
  local ids = {}
  for _, record in ipairs(sim.world.opsitems) do
    if not record.deleted_at and statuses[record.current.Status] then ids[#ids + 1] = record.id end
  end
  return ids
end

local OPEN, RESOLVED = { Open = true, InProgress = true }, { Resolved = true }
local ANY = { Open = true, InProgress = true, Resolved = true }

local acts = {}

function acts.resolve(sim, dice)
  local id = dice:one_of(people.items(sim, OPEN))
  local outcome = dice:chance(0.15) and dice:one_of { "not_applicable: OUT_OF_SCOPE", "ignore", "implemented" }
  return id and people.change_item(sim, id, { status = "Resolved", data = outcome and { Outcome = outcome } or nil }),
    ("%s %s"):format(id, outcome or "")
end

function acts.begin(sim, dice)
  local id = dice:one_of(people.items(sim, OPEN))
  return id and people.change_item(sim, id, { status = "InProgress" }), id
end

function acts.reopen(sim, dice)
  local id = dice:one_of(people.items(sim, RESOLVED))
  return id and people.change_item(sim, id, { status = "Open" }), id
end

function acts.retitle(sim, dice)
  local id = dice:one_of(people.items(sim, ANY))
  return id and people.change_item(sim, id, { title = "Ours now", data = { Team = "shop" } }), id
end

function acts.delete(sim, dice)
  local id = dice:one_of(people.items(sim, ANY))
  return id and people.delete_item(sim, id), id
end

local function answer(sim, dice, status)
  local place = dice:one_of(people.questions(sim))
  local choice = dice:one_of(place.choices)
  if choice.none and status == "NOT_APPLICABLE" then return false end
  return people.change_answer(sim, place, { choices = { [choice.id] = status } }),
    ("%s in %.4s, %s"):format(choice.id, place.workload, place.lens)
end

function acts.select(sim, dice) return answer(sim, dice, "SELECTED") end
function acts.unselect(sim, dice) return answer(sim, dice, "UNSELECTED") end
function acts.mark(sim, dice) return answer(sim, dice, "NOT_APPLICABLE") end

function acts.take_out(sim, dice)
  local place = dice:one_of(people.questions(sim))
  return people.change_answer(sim, place,
    { applicable = dice:chance(0.6), notes = ("note %d"):format(dice:between(1, 999)) }),
    ("%s in %.4s, %s"):format(place.question, place.workload, place.lens)
end

---Names and weights of what people do.
people.WEIGHTS = { { "resolve", 10 }, { "begin", 2 }, { "reopen", 2 }, { "retitle", 1 }, { "delete", 1 },
  { "select", 4 }, { "unselect", 4 }, { "mark", 1 }, { "take_out", 1 } }

---One act by chance.
---@param sim sim.Simulator
---@param dice proof.Dice
---@param weights table?  default people.WEIGHTS
---@return string? what  nil when it could not be done
function people.act(sim, dice, weights)
  local name = dice:by_weight(weights or people.WEIGHTS)
  local done, what = acts[name](sim, dice)
  return done and name .. " " .. what or nil
end

return people
