-- What the Python Lambda solution wrote on an OpsItem, read again: the workload in /aws/resources, the
-- question and the choice by their ids, the lens by whatever name it had. Pure.
--
-- It left no key, and question ids alone are the same in several lenses, so an item is taken for a
-- practice only when exactly one lens of its workload can be meant.

local finding_of = require "plumb.finding"
local recall = require "plumb.recall"

local legacy = {}

---Whether an item was made by that solution and is not plumb's yet.
---@param found table  the sink's item
---@return boolean
function legacy.is_one(found)
  return not found.key and found.fields.QuestionId ~= nil and found.fields.ChoiceId ~= nil
end

---@class plumb.LegacyItem
---@field found table
---@field workload_arn string
---@field workload_id string
---@field lens string?       alias, ARN or name; nil when it says none
---@field question_id string
---@field choice_id string

---What an item says of its practice.
---@param found table
---@return plumb.LegacyItem|nil
---@return string? reason
function legacy.read(found)
  local arn = recall.workload_arn(found.fields)
  if not arn then return nil, "its /aws/resources names no workload" end
  local lens = (found.fields.Lens or ""):match("^%s*(.-)%s*$")
  return { found = found, workload_arn = arn, workload_id = arn:match("workload/(.+)$"),
    lens = lens ~= "" and lens or nil, question_id = found.fields.QuestionId, choice_id = found.fields.ChoiceId }
end

local function is_named(review, lens, partition)
  if review.LensAlias == lens or review.LensArn == lens or review.LensName == lens then return true end
  return lens:find("^arn:") ~= nil
    and finding_of.lens_identity({ LensArn = lens }, partition) == finding_of.lens_identity(review, partition)
end

---The lens reviews of its workload that an item may mean: those with the name it gives, all when it
---gives none.
---@param item plumb.LegacyItem
---@param reviews table[]  every LensReviewSummary of the workload
---@return table[]
function legacy.lenses(item, reviews)
  if not item.lens then return reviews end
  local partition, named = finding_of.parse_arn(item.workload_arn).partition, {}
  for _, review in ipairs(reviews) do
    if is_named(review, item.lens, partition) then named[#named + 1] = review end
  end
  return named
end

---Whether a lens has the question and the choice of an item.
---@param item plumb.LegacyItem
---@param answers table[]  every AnswerSummary of the lens
---@return boolean
function legacy.is_in(item, answers)
  for _, answer in ipairs(answers) do
    for _, choice in ipairs(answer.QuestionId == item.question_id and answer.Choices or {}) do
      if choice.ChoiceId == item.choice_id then return true end
    end
  end
  return false
end

---The state's record for an item, once its lens is known.
---@param item plumb.LegacyItem
---@param review table  LensReviewSummary
---@param sink_name string
---@param now number
---@return table
function legacy.record(item, review, sink_name, now)
  local partition = finding_of.parse_arn(item.workload_arn).partition
  local record = recall.record_of(item.found, { workload_arn = item.workload_arn, question_id = item.question_id,
    choice_id = item.choice_id, lens_arn = finding_of.lens_identity(review, partition) }, sink_name, now)
  if review.LensAlias and review.LensAlias ~= "" then record.lens_alias = review.LensAlias end
  return record
end

return legacy
