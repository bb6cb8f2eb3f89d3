-- ListAnswers, GetAnswer, UpdateAnswer, ListLensReviewImprovements.

local find = require("sim.wa.find")
local json = require("plumb.json")
local lens_of = require("sim.lens")
local page = require("sim.page")
local review_of = require("sim.review")
local view = require("sim.wa.view")
local world_of = require("sim.world")

local M = {}

local function questions(review, workload, input)
  find.check_pillar(review, workload, input.PillarId)
  local list = {}
  for _, question in ipairs(review.document.questions) do
    -- No workload here has a profile, so nothing is PRIORITIZED.
    if (not input.PillarId or question.pillar_id == input.PillarId) and input.QuestionPriority ~= "PRIORITIZED" then
      list[#list + 1] = question
    end
  end
  return list
end

---@param ctx sim.Context
---@param input table
---@return table
function M.ListAnswers(ctx, input)
  local workload = find.workload(ctx, input.WorkloadId)
  local review = find.review(ctx, workload, input.LensAlias, input.MilestoneNumber)
  local items, token = page.cut(ctx, input, questions(review, workload, input), 10)
  for i, question in ipairs(items) do
    items[i] = view.answer_summary(review, question)
  end
  return { WorkloadId = workload.id, MilestoneNumber = input.MilestoneNumber,
    LensAlias = view.alias_or_null(review.lens),
    LensArn = review.lens.arn, AnswerSummaries = items, NextToken = token or json.null }
end

---@param ctx sim.Context
---@param input table
---@return table
function M.GetAnswer(ctx, input)
  local workload = find.workload(ctx, input.WorkloadId)
  local review = find.review(ctx, workload, input.LensAlias, input.MilestoneNumber)
  local question = find.question(review, workload, input.QuestionId)
  return { WorkloadId = workload.id, MilestoneNumber = input.MilestoneNumber, LensAlias = review.lens.alias,
    LensArn = review.lens.arn, Answer = view.answer(review, question) }
end

local function check_choice(question, id)
  if not question.choice[id] then
    find.invalid(("No choice with ID %s was found in question %s."):format(id, question.id))
  end
end

-- The list given replaces the earlier one; marks of "not applicable" on choices it does not name stay.
local function replace_selection(answer, question, selected)
  for id, status in pairs(answer.status) do
    if status == "SELECTED" then
      answer.status[id] = nil
    end
  end
  for _, id in ipairs(selected) do
    check_choice(question, id)
    answer.status[id] = "SELECTED"
  end
end

-- Choices that are not named keep their state. The none-choice is an ordinary choice here: it may stay selected beside
-- others, nothing clears it; but it cannot be marked not applicable.
local function apply_updates(answer, question, updates)
  for id, update in pairs(updates) do
    check_choice(question, id)
    if update.Status == "NOT_APPLICABLE" and question.choice[id].none then
      find.invalid(("Choice %s of question %s cannot be marked as not applicable."):format(id, question.id))
    end
    answer.status[id] = update.Status
    answer.choice_reason[id] = update.Reason or "NONE"
    if update.Notes then
      answer.choice_notes[id] = update.Notes
    end
  end
end

---Changes an answer; the last writer wins.
---@param ctx sim.Context
---@param input table
---@return table
---@see https://docs.aws.amazon.com/wellarchitected/latest/APIReference/API_UpdateAnswer.html
function M.UpdateAnswer(ctx, input)
  local workload = find.writable(ctx, input.WorkloadId)
  local review = find.review(ctx, workload, input.LensAlias)
  local question = find.question(review, workload, input.QuestionId)
  local answer = review_of.draft(review.answers[question.id])
  if input.SelectedChoices then
    replace_selection(answer, question, input.SelectedChoices)
  end
  apply_updates(answer, question, input.ChoiceUpdates or {})
  if input.IsApplicable ~= nil then
    answer.applicable = input.IsApplicable
  end
  answer.notes = input.Notes or answer.notes
  answer.reason = input.Reason or answer.reason -- kept even when the question becomes applicable again
  review_of.store(review, question.id, review_of.finish(question, answer))
  ctx.world:touch(workload, review)
  return { WorkloadId = workload.id, LensAlias = review.lens.alias, LensArn = review.lens.arn,
    Answer = view.answer(review, question) }
end

local function plans(question, answer)
  local list = {}
  for _, choice in ipairs(review_of.missing(question, answer)) do
    if choice.plan then
      list[#list + 1] = { ChoiceId = choice.id, DisplayText = choice.plan.text, ImprovementPlanUrl = choice.plan.url }
    end
  end
  return list
end

---Questions with a HIGH or MEDIUM risk only; unanswered and not applicable ones never come back.
---@param ctx sim.Context
---@param input table
---@return table
function M.ListLensReviewImprovements(ctx, input)
  local workload = find.workload(ctx, input.WorkloadId)
  local review = find.review(ctx, workload, input.LensAlias, input.MilestoneNumber)
  local risky = {}
  for _, question in ipairs(questions(review, workload, input)) do
    local word = review_of.risk(question, review.answers[question.id])
    if word == "HIGH" or word == "MEDIUM" then
      risky[#risky + 1] = question
    end
  end
  local items, token = page.cut(ctx, input, risky, 10)
  local custom = view.is_custom(review.lens)
  for i, question in ipairs(items) do
    local answer = review.answers[question.id]
    items[i] = { QuestionId = question.id, PillarId = question.pillar_id, QuestionTitle = question.title,
      Risk = review_of.risk(question, answer), ImprovementPlans = custom and plans(question, answer) or nil,
      ImprovementPlanUrl = view.improvement_url(review.lens, question, answer) }
  end
  return { WorkloadId = workload.id, MilestoneNumber = input.MilestoneNumber,
    LensAlias = view.alias_or_null(review.lens),
    LensArn = review.lens.arn, ImprovementSummaries = items, NextToken = token or json.null }
end

---Moves a review to the newest version of its lens. Used by UpgradeLensReview and by minor versions.
---@param review table
function M.upgrade(review)
  local current = world_of.current(review.lens)
  review.answers = review_of.carry(review.answers, review.document, current.document, lens_of.same_choices)
  review.version, review.document = current.version, current.document
end

return M
