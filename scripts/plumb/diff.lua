-- What has to be done: the state on one side, what was just read on the other. Pure, one lens of one
-- workload at a time, and only ever called with a complete reading, since a practice that is absent
-- here is taken as settled.

local finding_of = require "plumb.finding"
local item_of = require "plumb.item"

local diff = {}

---@class plumb.Action
---@field kind "create"|"return"|"update"|"close"|"obsolete"|"wait"|"keep"
---@field finding? table     for create, return, update, keep and wait
---@field record? table      the state's record; none for a practice that never had an item
---@field reason? string     why it is skipped, kept waiting or closed

-- Statuses of a practice that had been dealt with: missing again, it needs a new item.
local SETTLED = { settled = true, fixed = true, obsolete = true, contested = true }

local function of_finding(found, record, now)
  if not record then return { kind = "create", finding = found } end
  local action = { finding = found, record = record }
  if record.status == "open" and record.reason == item_of.CLEANED_UP then
    action.kind = "keep" -- a clean-up was cut short; whether its item is closed or not, nobody wants another one
  elseif record.status == "open" and record.reason then
    -- Somebody had dealt with it and its item was being closed when a run ended: nobody knows yet
    -- whether it still stands, so this goes the way of a practice that is missing again.
    action.kind = "return"
  elseif record.status == "open" then
    action.kind = record.risk ~= found.risk and "update" or "keep"
  elseif record.status == "intended" then
    -- A create whose outcome nobody knows: the look-up may find its item at once, but only after the
    -- quarantine does finding none mean that there is none.
    action.kind = (record.ambiguous_until or 0) > now and "wait" or "create"
    action.reason = action.kind == "wait" and "an earlier create may still be on its way" or nil
  elseif SETTLED[record.status] then
    action.kind = "return"
  elseif record.status == "accepted" then
    local over = record.accepted_until and record.accepted_until <= now
    action.kind = over and "return" or "keep"
  else
    action.kind = "keep" -- parked: a person has to look first
  end
  return action
end

local function find(list, member, id)
  for _, entry in ipairs(list or {}) do
    if entry[member] == id then return entry end
  end
end

-- Statuses in which an item stands, or may come to stand, for a practice.
local STANDING = { open = true, intended = true }

---Whether it matters to a finding that its practice is not missing any more: an item stands for it; or it is contested,
---and that is over then; or its item was cleaned up, or it belongs to a baseline, and then the practice is asked for
---again when it goes missing once more.
---@param record table
---@return boolean
function diff.follows(record)
  return STANDING[record.status] or record.status == "contested"
    or record.status == "accepted" and (record.reason == item_of.CLEANED_UP or record.reason == item_of.BASELINE)
end

-- A practice that has an item, and is no finding any more: why?
local function of_record(record, review, now)
  if record.status == "intended" and (record.ambiguous_until or 0) > now then
    return { kind = "wait", record = record, reason = "an earlier create may still be on its way" }
  end
  local question = find(review.answers, "QuestionId", record.question_id)
  if not question then
    return { kind = "obsolete", record = record, reason = "the lens no longer has this question" }
  end
  local choice = find(question.Choices, "ChoiceId", record.choice_id)
  if not choice then
    return { kind = "obsolete", record = record, reason = "the question no longer has this best practice" }
  end
  local status = finding_of.choice_status(question, record.choice_id)
  local reason = "the question is no longer rated HIGH or MEDIUM"
  if status == "SELECTED" then
    reason = "the best practice was selected in the Well-Architected Tool"
  elseif status == "NOT_APPLICABLE" then
    reason = "the best practice was marked not applicable in the Well-Architected Tool"
  elseif question.IsApplicable == false then
    reason = "the question was marked not applicable in the Well-Architected Tool"
  end
  return { kind = "close", record = record, reason = reason, practice = choice.Title }
end

---Whether a practice that has an item is of a question that is not on the list.
---@param review plumb.Review
---@param records table[]  findings in the state for this workload and lens
---@return boolean
function diff.lacks_question(review, records)
  for _, record in ipairs(records) do
    if diff.follows(record) and not find(review.answers, "QuestionId", record.question_id) then return true end
  end
  return false
end

---Compares one review with the state's records of the same workload and lens.
---@param review plumb.Review  complete
---@param records table[]      findings in the state for this workload and lens
---@param now number           epoch seconds
---@return plumb.Action[]
function diff.review(review, records, now)
  local actions, by_key, still_missing = {}, {}, {}
  for _, record in ipairs(records) do by_key[record.key] = record end
  for _, found in ipairs(review.findings) do
    -- A list that changes while it is read may show a question twice; one item is enough.
    if not still_missing[found.key] then
      still_missing[found.key] = true
      actions[#actions + 1] = of_finding(found, by_key[found.key], now)
    end
  end
  for _, record in ipairs(records) do
    if diff.follows(record) and not still_missing[record.key] then
      actions[#actions + 1] = of_record(record, review, now)
    end
  end
  return actions
end

return diff
