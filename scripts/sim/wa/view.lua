-- What the Well-Architected Tool shows of its objects: members and their omissions. Custom lenses carry improvement
-- plans with their choices, official ones a page for the question; the alias of a custom lens is null or missing.

local json = require("plumb.json")
local review_of = require("sim.review")
local wire_json = require("sim.wire_json")
local world_of = require("sim.world")

local M = {}

local function resource(content)
  if content and (content.text or content.url) then
    return { DisplayText = content.text, Url = content.url }
  end
end

local function more(list)
  local shown = {}
  for i, entry in ipairs(list or {}) do
    local content = {}
    for j, item in ipairs(entry.content) do
      content[j] = resource(item)
    end
    shown[i] = { Type = entry.type, Content = content }
  end
  return list and shown
end

-- Choices of a question never change, so their view is made once.
local choices = setmetatable({}, { __mode = "k" })

---@param question table
---@param custom boolean
---@return table[]
function M.choices(question, custom)
  if not choices[question] then
    local list = {}
    for i, choice in ipairs(question.choices) do
      list[i] = { ChoiceId = choice.id, Title = choice.title, Description = choice.description,
        HelpfulResource = custom and resource(choice.helpful) or nil,
        ImprovementPlan = custom and resource(choice.plan) or nil,
        AdditionalResources = custom and more(choice.more) or nil }
    end
    choices[question] = wire_json.freeze(list)
  end
  return choices[question]
end

---@param lens table
---@return boolean
function M.is_custom(lens)
  return lens.type ~= "AWS_OFFICIAL"
end

---LensAlias as lists show it: null for a custom lens.
---@param lens table
---@return any
function M.alias_or_null(lens)
  return lens.alias or json.null
end

---The page about a question; official lenses have one, and show it once the question is answered.
---@param lens table
---@param question table
---@param answer sim.Answer?
---@return string?
function M.improvement_url(lens, question, answer)
  if not M.is_custom(lens) and answer and next(answer.status) then
    return ("https://docs.example.com/%s/%s.html"):format(lens.alias, question.id)
  end
end

local function choice_answers(question, answer, with_notes)
  local list = {}
  for _, choice in ipairs(question.choices) do
    local status = answer and answer.status[choice.id]
    if status then
      list[#list + 1] = { ChoiceId = choice.id, Status = status, Reason = answer.choice_reason[choice.id] or "NONE",
        Notes = with_notes and answer.choice_notes[choice.id] or nil }
    end
  end
  return list
end

local function summarize(review, question, answer)
  return { QuestionId = question.id, PillarId = question.pillar_id, QuestionTitle = question.title,
    Choices = M.choices(question, M.is_custom(review.lens)), SelectedChoices = answer and answer.order or {},
    ChoiceAnswerSummaries = choice_answers(question, answer), Risk = review_of.risk(question, answer),
    IsApplicable = not answer or answer.applicable ~= false, Reason = answer and answer.reason or "NONE",
    QuestionType = "NON_PRIORITIZED" }
end

-- Rows of answers, which never change, and of questions without one.
local rows = setmetatable({}, { __mode = "k" })

---A row of ListAnswers. Not to be changed.
---@param review table
---@param question table
---@return table
function M.answer_summary(review, question)
  local answer = review.answers[question.id]
  local cached = rows[answer or question]
  if not cached or cached.question ~= question then
    cached = { question = question, row = wire_json.freeze(summarize(review, question, answer)) }
    rows[answer or question] = cached
  end
  return cached.row
end

---An answer as GetAnswer and UpdateAnswer show it.
---@param review table
---@param question table
---@return table
function M.answer(review, question)
  local answer = review.answers[question.id]
  local shown = summarize(review, question, answer)
  shown.ChoiceAnswerSummaries, shown.QuestionType = nil, nil
  shown.ChoiceAnswers = choice_answers(question, answer, true)
  shown.QuestionDescription = question.description
  shown.ImprovementPlanUrl = M.improvement_url(review.lens, question, answer)
  shown.HelpfulResourceUrl = question.helpful and question.helpful.url
  shown.HelpfulResourceDisplayText = question.helpful and question.helpful.text
  shown.Notes = answer and answer.notes
  return shown
end

---@param review table
---@return string
function M.lens_status(review)
  if review.lens.deleted then
    return "DELETED"
  end
  return world_of.current(review.lens).version == review.version and "CURRENT" or "NOT_CURRENT"
end

---A row of ListLensReviews.
---@param review table
---@return table
function M.review_summary(review)
  return { LensAlias = M.alias_or_null(review.lens), LensArn = review.lens.arn, LensVersion = review.version,
    LensName = review.document.name, LensStatus = M.lens_status(review), UpdatedAt = review.updated_at,
    RiskCounts = review_of.counts(review.document, review.answers), Profiles = {}, PrioritizedRiskCounts = {} }
end

---A lens review as GetLensReview shows it; a custom lens has no LensAlias here at all.
---@param review table
---@return table
function M.review(review)
  local shown = M.review_summary(review)
  shown.LensAlias = review.lens.alias
  shown.Notes, shown.JiraConfiguration = review.notes, review.jira
  shown.PillarReviewSummaries = {}
  for i, pillar in ipairs(review.document.pillars) do
    shown.PillarReviewSummaries[i] = { PillarId = pillar.id, PillarName = pillar.name,
      Notes = review.pillar_notes[pillar.id], PrioritizedRiskCounts = {},
      RiskCounts = review_of.counts(review.document, review.answers, pillar.id) }
  end
  return shown
end

---Alias for official, ARN for custom lenses.
---@param workload table
---@return string[]
function M.lens_names(workload)
  local names = {}
  for i, review in ipairs(workload.reviews) do
    names[i] = review.lens.alias or review.lens.arn
  end
  return names
end

---A row of ListWorkloads.
---@param workload table
---@return table
function M.workload_summary(workload)
  return { WorkloadId = workload.id, WorkloadArn = workload.arn, WorkloadName = workload.name, Owner = workload.owner,
    UpdatedAt = workload.updated_at, Lenses = M.lens_names(workload), RiskCounts = review_of.total(workload.reviews),
    ImprovementStatus = workload.improvement_status or "NOT_STARTED", Profiles = {}, PrioritizedRiskCounts = {} }
end

-- Members of a workload that are kept under AWS's own names because the simulator only stores them.
M.PLAIN = { "Description", "Environment", "AccountIds", "AwsRegions", "NonAwsRegions", "PillarPriorities",
  "ArchitecturalDesign", "ReviewOwner", "IndustryType", "Industry", "Notes", "DiscoveryConfig", "Applications",
  "JiraConfiguration" }

---A workload as GetWorkload shows it.
---@param workload table
---@param tags table<string, string>?
---@return table
function M.workload(workload, tags)
  local shown = M.workload_summary(workload)
  for _, name in ipairs(M.PLAIN) do
    shown[name] = workload.plain[name]
  end
  shown.IsReviewOwnerUpdateAcknowledged = workload.acknowledged or false
  shown.ShareInvitationId = workload.share and workload.share.invitation
  shown.Tags = tags or {}
  return shown
end

return M
