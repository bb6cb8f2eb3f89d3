-- The way back: what people's resolving means, written into the Well-Architected Tool, once.
--
-- One question at a time and all its items together: note that an UpdateAnswer may be on its way,
-- send it with nothing but the choices concerned, check the answer in the reply, and commit that the
-- resolutions are used up. Notes, other choices and applicability are never sent, so they stay.

local err = require "plumb.err"
local finding_of = require "plumb.finding"

local settle = {}

-- An UpdateAnswer whose fate is unknown may be sent again this many seconds after it was first sent;
-- later, the choice could have been unselected by a person meanwhile.
local REPEAT_WITHIN = 600

---@class plumb.Settler
---@field client table
---@field store plumb.Store
---@field policy table
---@field now fun(): number
---@field run string
local Settler = {}
Settler.__index = Settler

---@param options { client: table, store: plumb.Store, policy: table, now: fun(): number, run: string }
---@return plumb.Settler
function settle.new(options)
  return setmetatable({
    client = options.client, store = options.store, policy = options.policy,
    now = options.now, run = options.run,
  }, Settler)
end

---The steps of a plan, gathered by question: one UpdateAnswer each.
---@param steps table[]  kind "settle"
---@return table[][]
function settle.by_question(steps)
  local groups, by_name = {}, {}
  for _, step in ipairs(steps) do
    local record = step.resolved.record
    local name = table.concat({ record.workload_arn, record.lens_arn, record.question_id }, "\0")
    if not by_name[name] then
      by_name[name] = { name = name }
      groups[#groups + 1] = by_name[name]
    end
    table.insert(by_name[name], step)
  end
  return groups
end

-- The status a choice is to get; nil when nothing is written.
local STATUS = { implemented = "SELECTED", not_applicable = "NOT_APPLICABLE" }

local function path_of(record)
  local arn = assert(finding_of.parse_arn(record.workload_arn), "a workload has an ARN")
  return {
    WorkloadId = arn.resource:match("^workload/(.+)$"),
    LensAlias = record.lens_alias or record.lens_arn,
    QuestionId = record.question_id,
  }
end

local function choice_updates(group)
  local updates, selects = {}, false
  for _, step in ipairs(group) do
    local status = STATUS[step.outcome.outcome]
    if status then
      updates[step.resolved.record.choice_id] = { Status = status, Reason = step.outcome.reason }
      selects = selects or status == "SELECTED"
    end
  end
  if selects then
    -- "None of these" beside a selected practice is a contradiction that the service does not clear.
    for _, step in ipairs(group) do
      for _, id in ipairs(step.resolved.record.none_selected or {}) do
        updates[id] = updates[id] or { Status = "UNSELECTED" }
      end
    end
  end
  return updates, selects
end

local function with(path, updates)
  return { WorkloadId = path.WorkloadId, LensAlias = path.LensAlias, QuestionId = path.QuestionId,
    ChoiceUpdates = updates }
end

-- Which of our choices are not as they should be, in an answer.
local function unmet(group, answer)
  for _, step in ipairs(group) do
    local wanted = STATUS[step.outcome.outcome]
    local id = step.resolved.record.choice_id
    if wanted and finding_of.choice_status(answer, id) ~= wanted then return id end
  end
end

local function has_choice(answer, id)
  for _, choice in ipairs(answer.Choices or {}) do
    if choice.ChoiceId == id then return true end
  end
  return false
end

local function commit(self, writes, trail)
  for _, entry in ipairs(trail or {}) do entry.at, entry.run = self.now(), self.run end
  return assert(self.store:commit(writes, trail))
end

local END_STATUS = { implemented = "settled", not_applicable = "settled", accepted = "accepted", ignore = "accepted" }

-- The resolution of each step is used up; what became of its finding is in `status`.
local function close_steps(self, group, status_of, answer)
  local writes, trail = {}, {}
  for _, step in ipairs(group) do
    local r = step.resolved
    local status, reason = status_of(step)
    r.record.status, r.record.reason = status, reason
    r.record.accepted_until = status == "accepted" and step.outcome.expires_at or nil
    if answer then r.record.risk = answer.Risk end
    r.item.processed, r.item.outcome, r.item.at = true, step.outcome.outcome, self.now()
    writes[#writes + 1] = { "put", "finding", r.record }
    writes[#writes + 1] = { "put", "item", r.item }
    trail[#trail + 1] = { operation = "settle", resource = r.id,
      detail = { finding = r.record.key, outcome = step.outcome.outcome, status = status, reason = reason } }
  end
  local applying = self.store:get("applying", group.name)
  if applying then writes[#writes + 1] = { "delete", "applying", applying } end
  commit(self, writes, trail)
end

local function as_decided(step)
  local outcome = step.outcome.outcome
  return END_STATUS[outcome], outcome == "ignore" and "ignored" or step.outcome.reason
end

local function note_applying(self, group)
  local ids = {}
  for i, step in ipairs(group) do ids[i] = step.resolved.id end
  local row = self.store:get("applying", group.name) or { question = group.name }
  row.items, row.at = ids, self.now()
  commit(self, { { "put", "applying", row } })
end

local function forget_applying(self, group)
  local row = self.store:get("applying", group.name)
  if row then commit(self, { { "delete", "applying", row } }) end
end

-- A question or a choice that the lens no longer has can never be answered again.
local function is_gone(failure)
  return failure.code == "ResourceNotFoundException" or failure.code == "ValidationException"
end

-- Looks at the answer after a refusal, to tell "gone" from "refused". What is gone is closed as
-- obsolete; the steps that are left may be tried again without it.
local function after_refusal(self, group, path, failure)
  local reply, reading = self.client.wellarchitected:GetAnswer(path)
  if not reply and not is_gone(reading) then return nil, failure end
  local gone, left = { name = group.name }, { name = group.name }
  for _, step in ipairs(group) do
    local there = reply and has_choice(reply.Answer, step.resolved.record.choice_id)
    table.insert(there and left or gone, step)
  end
  if #gone == 0 then return nil, failure end
  local reason = reply and "the question no longer has this best practice" or reading.message
  close_steps(self, gone, function() return "obsolete", reason end, reply and reply.Answer)
  if #left > 0 then return self:question(left) end
  return "obsolete", nil, reason
end

-- One UpdateAnswer, and a second one when the reply shows a none-choice that nobody knew of.
local function write(self, group, path, updates, selects)
  local reply, failure = self.client.wellarchitected:UpdateAnswer(with(path, updates), { fresh = true })
  if not reply then return nil, failure end
  if selects then
    local left = {}
    for _, id in ipairs(finding_of.none_selected(reply.Answer, self:lens(group), self.policy)) do
      left[id] = { Status = "UNSELECTED" }
    end
    if next(left) then
      reply, failure = self.client.wellarchitected:UpdateAnswer(with(path, left), { fresh = true })
      if not reply then return nil, failure end
    end
  end
  return reply.Answer
end

function Settler:lens(group) -- luacheck: no self
  local record = group[1].resolved.record
  return { LensAlias = record.lens_alias, LensArn = record.lens_arn }
end

-- An UpdateAnswer was noted and its end never was: a crash, or a reply that got lost.
local function recover(self, group, path, row)
  local reply, failure = self.client.wellarchitected:GetAnswer(path)
  if not reply then return nil, failure end
  if not unmet(group, reply.Answer) then return reply.Answer end
  if self.now() - row.at <= REPEAT_WITHIN then return false end
  local reason = "an update was sent, its reply was lost, and the practice is not selected now: somebody may "
    .. "have unselected it since"
  close_steps(self, group, function() return "contested", reason end, reply.Answer)
  return nil, err.new { code = "Contested", kind = "aws", message = reason, service = "wellarchitected",
    operation = "UpdateAnswer" }
end

local function check(self, group, path, answer)
  local id = unmet(group, answer)
  if not id then return answer end
  local again, failure = self.client.wellarchitected:GetAnswer(path) -- a reply may lag; a reading does not
  if not again then return nil, failure end
  id = unmet(group, again.Answer)
  if not id then return again.Answer end
  local reason = ("UpdateAnswer was accepted, and the answer still does not show choice '%s' as asked"):format(id)
  close_steps(self, group, function() return "contested", reason end, again.Answer)
  return nil, err.new { code = "Contested", kind = "aws", message = reason, service = "wellarchitected",
    operation = "UpdateAnswer" }
end

---Brings the resolved items of one question to their end. Waits.
---@param group table[]  settle steps of one question, from by_question
---@return "updated"|"kept"|"obsolete"|nil done  "kept" when the outcomes write nothing
---@return plumb.Error? err
---@return table|string|nil answer  the Answer afterwards, or why it is obsolete
---@see https://docs.aws.amazon.com/wellarchitected/latest/APIReference/API_UpdateAnswer.html
function Settler:question(group)
  local path = path_of(group[1].resolved.record)
  local updates, selects = choice_updates(group)
  if not next(updates) then
    close_steps(self, group, as_decided)
    return "kept"
  end
  local row, answer, failure = self.store:get("applying", group.name), false, nil
  if row then
    answer, failure = recover(self, group, path, row)
    if failure then return nil, failure end
  end
  if not answer then
    note_applying(self, group)
    answer, failure = write(self, group, path, updates, selects)
    if not answer and failure.executed == "no" then forget_applying(self, group) end
    if not answer and is_gone(failure) then return after_refusal(self, group, path, failure) end
    if answer then answer, failure = check(self, group, path, answer) end
  end
  if not answer then return nil, failure end
  close_steps(self, group, as_decided, answer)
  return "updated", nil, answer
end

return settle
