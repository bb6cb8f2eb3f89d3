-- What the resolved items of one question want of its answer, and what becomes of each. Pure: settle.lua
-- makes the calls and keeps the state.

local day = require "plumb.policy.day"
local finding_of = require "plumb.finding"

local job = {}

-- The status a choice is to get; nil when nothing is written.
local STATUS = { implemented = "SELECTED", not_applicable = "NOT_APPLICABLE" }

local END_STATUS = { implemented = "settled", not_applicable = "settled", accepted = "accepted", ignore = "accepted" }

-- Of several resolved items for one finding, the one that stands for it now decides, else the last one.
local function decides(before)
  return not before or before.resolved.id ~= before.resolved.record.item_id
end

---The steps of a plan, gathered by question: one UpdateAnswer each.
---@param steps table[]  kind "settle"
---@return table[][]  each with `name`, and in `decisive` the step that decides for each finding's key
function job.by_question(steps)
  local groups, by_name = {}, {}
  for _, step in ipairs(steps) do
    local record = step.resolved.record
    local name = table.concat({ record.workload_arn, record.lens_arn, record.question_id }, " ")
    local group = by_name[name]
    if not group then
      group = { name = name, decisive = {} }
      by_name[name], groups[#groups + 1] = group, group
    end
    table.insert(group, step)
    if decides(group.decisive[record.key]) then group.decisive[record.key] = step end
  end
  return groups
end

---A step for each finding that a step is about: its own, or those of the group whose item was resolved.
---@param step table  kind "settle"
---@return table[]  those of a group have the step as `whole`
function job.parts(step)
  local r = step.resolved
  if not r.members then return { step } end
  local parts = {}
  for i, record in ipairs(r.members) do
    parts[i] = { kind = "settle", outcome = step.outcome, whole = step,
      resolved = { id = r.id, item = r.item, record = record, finding = r.finding } }
  end
  return parts
end

---@class plumb.SettleJob
---@field group table[]    the steps of one question
---@field path table       WorkloadId, LensAlias and QuestionId
---@field lens table       { LensAlias?, LensArn }
---@field none string[]    ids of the none-choices that are selected, as far as known
---@field fates table<table, table>  step -> { status, reason, failed? } when it does not end as decided
---@field remarks table<table, string>  step -> what to say of it although it ended as decided
---@field milestone string?  the name of the one that was taken before its first change
local Job = {}
Job.__index = Job

---@param group table[]  from by_question
---@return plumb.SettleJob
function job.new(group)
  local record = group[1].resolved.record
  local arn = assert(finding_of.parse_arn(record.workload_arn), "a workload has an ARN")
  local self = setmetatable({
    group = group, fates = {}, remarks = {}, none = {},
    path = {
      WorkloadId = arn.resource:match("^workload/(.+)$"),
      LensAlias = record.lens_alias or record.lens_arn,
      QuestionId = record.question_id,
    },
    lens = { LensAlias = record.lens_alias, LensArn = record.lens_arn },
  }, Job)
  for _, step in ipairs(group) do
    for _, id in ipairs(step.resolved.record.none_selected or {}) do table.insert(self.none, id) end
  end
  return self
end

---The step whose outcome counts for the finding of this one.
---@param step table
---@return table
function Job:decisive(step) return self.group.decisive[step.resolved.record.key] end

---The steps that want something written and have not come to another end.
---@return table[]
function Job:writing()
  local steps = {}
  for _, step in ipairs(self.group) do
    if STATUS[step.outcome.outcome] and self:decisive(step) == step and not self.fates[step] then
      steps[#steps + 1] = step
    end
  end
  return steps
end

---The ChoiceUpdates that are wanted.
---@return table<string, { Status: string, Reason: string? }> updates
---@return boolean selects  whether a practice is among them
---@see https://docs.aws.amazon.com/wellarchitected/latest/APIReference/API_UpdateAnswer.html
function Job:updates()
  local updates, selects = {}, false
  for _, step in ipairs(self:writing()) do
    local status = STATUS[step.outcome.outcome]
    updates[step.resolved.record.choice_id] = { Status = status, Reason = step.outcome.reason }
    selects = selects or status == "SELECTED"
  end
  -- "None of these" beside a selected practice is a contradiction that the service does not clear.
  for _, id in ipairs(selects and self.none or {}) do updates[id] = updates[id] or { Status = "UNSELECTED" } end
  return updates, selects
end

---Those of the writing steps whose choice is not as it should be.
---@param answer table
---@return table[]
function Job:unmet(answer)
  local list = {}
  for _, step in ipairs(self:writing()) do
    if finding_of.choice_status(answer, step.resolved.record.choice_id) ~= STATUS[step.outcome.outcome] then
      list[#list + 1] = step
    end
  end
  return list
end

local function has_choice(answer, id)
  for _, choice in ipairs(answer.Choices or {}) do
    if choice.ChoiceId == id then return true end
  end
  return false
end

---Gives up what can never be answered again.
---@param answer table|nil  nil when the whole question is gone
---@param message string?   how that was said
---@return boolean dropped  whether anything was given up
function Job:drop_gone(answer, message)
  local reason = answer and "the question no longer has this best practice" or message
  local dropped = false
  for _, step in ipairs(self:writing()) do
    if not answer or not has_choice(answer, step.resolved.record.choice_id) then
      self.fates[step] = { status = "obsolete", reason = reason }
      dropped = true
    end
  end
  for i = #self.none, 1, -1 do
    if answer and not has_choice(answer, self.none[i]) then
      table.remove(self.none, i)
      dropped = true
    end
  end
  return dropped
end

---Ends steps as contested: a person has to look.
---@param steps table[]
---@param reason string
function Job:contest(steps, reason)
  for _, step in ipairs(steps) do self.fates[step] = { status = "contested", reason = reason, failed = true } end
end

---Remarks on acceptances until a day that has come: they are as good as none.
---@param now number  epoch seconds
function Job:remark_past(now)
  for _, step in ipairs(self.group) do
    local ends = step.outcome.expires
    if ends and ends <= now then
      self.remarks[step] = ("accepted until %s, and that day has come: the next scan asks again")
        :format(day.text(ends))
    end
  end
end

---Whether what is to be written could undo a choice that a person selected.
---@return boolean
function Job:may_unselect()
  for _, step in ipairs(self:writing()) do
    if STATUS[step.outcome.outcome] ~= "SELECTED" then return true end
  end
  return false
end

local OVERRULED = {
  SELECTED = "somebody selected the practice in the Well-Architected Tool, and the outcome of its item is %s",
  NOT_APPLICABLE = "somebody marked the practice as not applicable in the Well-Architected Tool, and the outcome of "
    .. "its item is %s",
}

---Contests the steps whose choice a person answered otherwise in the Tool.
---@param answer table  as it was read just now
function Job:contest_overruled(answer)
  for _, step in ipairs(self:unmet(answer)) do
    local there = OVERRULED[finding_of.choice_status(answer, step.resolved.record.choice_id)]
    if there then self:contest({ step }, there:format(step.outcome.outcome) .. ": nothing was changed") end
  end
end

---How a step's finding ends.
---@param step table
---@return { status: string, reason: string?, expires: number?, failed: boolean?, writes: boolean }
function Job:fate(step)
  local decisive = self:decisive(step)
  if self.fates[decisive] then return self.fates[decisive] end
  local outcome = decisive.outcome
  return { status = END_STATUS[outcome.outcome], expires = outcome.expires, writes = STATUS[outcome.outcome] ~= nil,
    reason = outcome.outcome == "ignore" and "ignored" or outcome.reason }
end

return job
