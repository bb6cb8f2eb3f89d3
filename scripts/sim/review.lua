-- What follows from the answers of a review: risks, counts, what is missing. Pure; results are cached by the identity
-- of answers, which are never changed in place (see sim/world.lua).

local risk = require("plumb.lens.risk")

local M = {}

---@class sim.Answer
---@field status table<string, string>   choice id -> SELECTED | UNSELECTED | NOT_APPLICABLE; absent: never touched
---@field order string[]                 selected choice ids, in the order of the question
---@field choice_reason table<string, string>
---@field choice_notes table<string, string>
---@field applicable boolean?            false: taken out
---@field notes string?
---@field reason string?

local risks = setmetatable({}, { __mode = "k" })
local counts = setmetatable({}, { __mode = "k" })

---The risk of one question.
---@param question table
---@param answer sim.Answer?
---@return string
function M.risk(question, answer)
  if not answer then
    return "UNANSWERED"
  end
  local cached = risks[answer]
  if not cached or cached.question ~= question then
    cached = { question = question, risk = (risk.of(question, answer)) }
    risks[answer] = cached
  end
  return cached.risk
end

---How many questions have which risk; a risk that no question has is left out, as in the real replies.
---@param document sim.LensDocument
---@param answers table<string, sim.Answer>
---@param pillar_id string?
---@return table<string, integer>
function M.counts(document, answers, pillar_id)
  local cached = not pillar_id and counts[answers]
  if cached and cached.document == document then
    return cached.counts
  end
  local found = {}
  for _, question in ipairs(document.questions) do
    if not pillar_id or question.pillar_id == pillar_id then
      local word = M.risk(question, answers[question.id])
      found[word] = (found[word] or 0) + 1
    end
  end
  if not pillar_id then
    counts[answers] = { document = document, counts = found }
  end
  return found
end

---The counts of all reviews of a workload together.
---@param reviews table[]
---@return table<string, integer>
function M.total(reviews)
  local total = {}
  for _, entry in ipairs(reviews) do
    for word, n in pairs(M.counts(entry.document, entry.answers)) do
      total[word] = (total[word] or 0) + n
    end
  end
  return total
end

---The choices behind a risk: neither selected nor marked not applicable nor the none-choice.
---@param question table
---@param answer sim.Answer
---@return table[] choices
function M.missing(question, answer)
  local list = {}
  for _, choice in ipairs(question.choices) do
    local status = answer.status[choice.id]
    if not choice.none and status ~= "SELECTED" and status ~= "NOT_APPLICABLE" then
      list[#list + 1] = choice
    end
  end
  return list
end

local function copy(map)
  local new = {}
  for key, value in pairs(map or {}) do
    new[key] = value
  end
  return new
end
M.copy = copy

---A new answer from an old one.
---@param answer sim.Answer?
---@return sim.Answer
function M.draft(answer)
  answer = answer or { status = {}, choice_reason = {}, choice_notes = {} }
  return { status = copy(answer.status), choice_reason = copy(answer.choice_reason),
    choice_notes = copy(answer.choice_notes), applicable = answer.applicable, notes = answer.notes,
    reason = answer.reason }
end

---Completes a draft: the list of selected choices in the order of the question.
---@param question table
---@param answer sim.Answer
---@return sim.Answer
function M.finish(question, answer)
  answer.order = {}
  for _, choice in ipairs(question.choices) do
    if answer.status[choice.id] == "SELECTED" then
      answer.order[#answer.order + 1] = choice.id
    end
  end
  return answer
end

---Puts a new answer into a review.
---@param review table
---@param question_id string
---@param answer sim.Answer
function M.store(review, question_id, answer)
  local answers = copy(review.answers)
  answers[question_id] = answer
  review.answers = answers
end

---Carries answers over to another version of a lens: where the choice ids of a question changed its selections are
---cleared while notes, applicability and reason stay; retired questions vanish.
---@param answers table<string, sim.Answer>
---@param from sim.LensDocument
---@param to sim.LensDocument
---@param same fun(a: table, b: table): boolean  whether a question kept its choices
---@return table<string, sim.Answer>
function M.carry(answers, from, to, same)
  local carried = {}
  for id, answer in pairs(answers) do
    local old, new = from.question[id], to.question[id]
    if new and old and same(old, new) then
      carried[id] = answer
    elseif new then
      carried[id] = { status = {}, order = {}, choice_reason = {}, choice_notes = {}, applicable = answer.applicable,
        notes = answer.notes, reason = answer.reason }
    end
  end
  return carried
end

return M
