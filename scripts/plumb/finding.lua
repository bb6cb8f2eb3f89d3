-- What a finding is: one missing best practice behind a risk, and the key it has for ever. Pure: it
-- looks at what was read and at the policy, and asks nobody.

local digest = require "plumb.digest"
local err = require "plumb.err"

local finding = {}

-- The version of the way keys are made. A key is for ever: it is the dedup string in OpsCenter and
-- the primary key in the state, so a change here means a second item for every practice.
local FORMAT = "plumb-finding-1"

---The parts of an ARN.
---@param arn string
---@return { partition: string, service: string, region: string, account: string, resource: string }|nil
---@see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html
function finding.parse_arn(arn)
  local partition, service, region, account, resource =
    tostring(arn):match("^arn:([^:]+):([^:]+):([^:]*):([^:]*):(.+)$")
  if not partition then return nil end
  return { partition = partition, service = service, region = region, account = account, resource = resource }
end

-- What has no name cannot have a key: it costs this review, like any other reply that makes no sense.
local function unnamed(message)
  error(err.new { kind = "garbage", code = "BadReply", message = message, service = "wellarchitected" }, 0)
end

---The ARN that identifies a lens. AWS's own lenses come back with and without a Region in their ARN,
---and sometimes by alias alone; all of these are one lens. A custom lens, whose ARN has the 12 digits
---of an account, is its ARN.
---@param lens { LensArn: string?, LensAlias: string? }
---@param partition string
---@return string
function finding.lens_identity(lens, partition)
  local arn = lens.LensArn or (lens.LensAlias or ""):match("^arn:.+")
  local parts = arn and finding.parse_arn(arn)
  if parts and parts.account:find("^%d+$") then return arn end
  local name = parts and parts.resource:match("^lens/(.+)$") or arn or lens.LensAlias
  if not name then unnamed "a lens has neither ARN nor alias" end
  return ("arn:%s:wellarchitected::aws:lens/%s"):format(partition, name)
end

---The key of a finding: 64 hex digits that depend on nothing but what identifies it.
---@param identity { partition: string, account: string, region: string, workload_arn: string,
---  lens_arn: string, question_id: string, choice_id: string }
---@return string
function finding.key(identity)
  return digest.hex(digest.sha256(table.concat({
    FORMAT, identity.partition, identity.account, identity.region, identity.workload_arn,
    identity.lens_arn, identity.question_id, identity.choice_id,
  }, "\0")))
end

---What OpsCenter gets as dedupString. It compares without case and takes at least 64 characters.
---@param key string
---@return string
function finding.dedup(key) return key:sub(1, 32) end

---How a choice was answered: "SELECTED", "NOT_APPLICABLE" or "UNSELECTED". An answer says it twice,
---in SelectedChoices and in ChoiceAnswerSummaries (ChoiceAnswers from GetAnswer); either will do.
---@param answer table  AnswerSummary or Answer
---@param choice_id string
---@return string
---@see https://docs.aws.amazon.com/wellarchitected/latest/APIReference/API_AnswerSummary.html
function finding.choice_status(answer, choice_id)
  for _, id in ipairs(answer.SelectedChoices or {}) do
    if id == choice_id then return "SELECTED" end
  end
  for _, summary in ipairs(answer.ChoiceAnswerSummaries or answer.ChoiceAnswers or {}) do
    if summary.ChoiceId == choice_id then return summary.Status or "UNSELECTED" end
  end
  return "UNSELECTED"
end

---Ids of the none-choices ("None of these") that are selected.
---@param answer table
---@param lens table
---@param policy table
---@return string[]
function finding.none_selected(answer, lens, policy)
  local ids = {}
  for _, choice in ipairs(answer.Choices or {}) do
    if policy:is_none_choice(lens, choice)
      and finding.choice_status(answer, choice.ChoiceId) == "SELECTED" then
      ids[#ids + 1] = choice.ChoiceId
    end
  end
  return ids
end

local RISKS = { HIGH = true, MEDIUM = true }

local function is_missing(answer, choice, lens, policy)
  return finding.choice_status(answer, choice.ChoiceId) == "UNSELECTED"
    and not policy:is_none_choice(lens, choice)
end

---The findings of one question: every choice that is neither selected nor not applicable nor a
---none-choice, when the question is applicable and rated HIGH or MEDIUM. An unanswered question has
---no risk yet, so it has none.
---@param answer table  AnswerSummary
---@param review plumb.Review
---@param policy table
---@return table[]
local function of_question(answer, review, policy)
  local found = {}
  if not RISKS[answer.Risk] or answer.IsApplicable == false then return found end
  local none_selected = finding.none_selected(answer, review.lens, policy)
  for _, choice in ipairs(answer.Choices or {}) do
    if is_missing(answer, choice, review.lens, policy) then
      found[#found + 1] = {
        key = finding.key {
          partition = review.partition, account = review.account, region = review.region,
          workload_arn = review.workload.WorkloadArn, lens_arn = review.lens_arn,
          question_id = answer.QuestionId, choice_id = choice.ChoiceId,
        },
        risk = answer.Risk,
        partition = review.partition,
        account = review.account,
        region = review.region,
        lens_arn = review.lens_arn,
        workload = review.workload,
        lens = review.lens,
        question = answer,
        choice = choice,
        none_selected = none_selected,
        plan_url = choice.ImprovementPlan and choice.ImprovementPlan.Url,
        console_url = review.console_url,
      }
    end
  end
  return found
end

---@class plumb.Review  one lens of one workload, as it was read
---@field workload table   WorkloadSummary
---@field lens table       LensReviewSummary, or { LensAlias } when the workload has only one
---@field lens_arn string  the lens's identity
---@field partition string
---@field account string
---@field region string
---@field answers table[]  every AnswerSummary: the complete list, never a part of one
---@field console_url string?  the workload in the console
---@field findings table[] the missing best practices behind its risks

---The parts of a workload's ARN. Raises a plumb.Error when it has none.
---@param workload table  WorkloadSummary
---@return { partition: string, region: string, account: string }
function finding.place_of(workload)
  return finding.parse_arn(workload.WorkloadArn)
    or unnamed(("workload '%s' has no ARN to be known by"):format(workload.WorkloadId))
end

-- A question or practice without an id would be missed where the list says what a lens no longer has.
local function check_names(answer, review)
  if not answer.QuestionId then unnamed(("a question of lens %s has no id"):format(review.lens_arn)) end
  for _, choice in ipairs(answer.Choices or {}) do
    if not choice.ChoiceId then unnamed(("a choice of question '%s' has no id"):format(answer.QuestionId)) end
  end
end

---Makes a review of a complete list of answers. Raises a plumb.Error when workload, lens, question or choice have
---nothing to be known by.
---@param workload table  WorkloadSummary
---@param lens table
---@param answers table[]
---@param policy table
---@return plumb.Review
function finding.review(workload, lens, answers, policy)
  local arn = finding.place_of(workload)
  local review = {
    workload = workload, lens = lens, answers = answers, findings = {},
    partition = arn.partition, account = arn.account, region = arn.region,
    lens_arn = finding.lens_identity(lens, arn.partition),
    console_url = require("plumb.console_url").workload(workload.WorkloadArn),
  }
  for _, answer in ipairs(answers) do
    check_names(answer, review)
    for _, found in ipairs(of_question(answer, review, policy)) do
      review.findings[#review.findings + 1] = found
    end
  end
  return review
end

return finding
