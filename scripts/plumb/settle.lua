-- The way back: what people's resolving means, written into the Well-Architected Tool, once.
--
-- One question at a time and all its items together: note that an UpdateAnswer may be on its way,
-- send it with nothing but the choices concerned, check the answer in the reply, and commit that the
-- resolutions are used up. Other choices and applicability are never sent, so they stay; notes are sent only by a
-- policy that wants a line added to them. What a person decided in the Tool is never written over: then nothing is
-- written, and the item ends as contested.

local err = require "plumb.err"
local finding_of = require "plumb.finding"
local freshness_of = require "plumb.freshness"
local group_of = require "plumb.group"
local job_of = require "plumb.settle.job"
local milestone_of = require "plumb.settle.milestone"
local notes_of = require "plumb.settle.notes"
local stores = require "plumb.store"

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
---@field milestones plumb.Milestones?  nil when the policy wants none
local Settler = {}
Settler.__index = Settler

---@param options { client: table, store: plumb.Store, policy: table, now: fun(): number, run: string }
---@return plumb.Settler
function settle.new(options)
  local words = options.policy.milestone
  return setmetatable({
    client = options.client, store = options.store, policy = options.policy,
    now = options.now, run = options.run,
    milestones = words and milestone_of.new { client = options.client, words = words, run = options.run,
      now = options.now } or nil,
  }, Settler)
end

settle.by_question, settle.parts = job_of.by_question, job_of.parts

-- ---- the calls ----

local function answer_in(reply, failure, operation)
  if not reply then return nil, failure end
  if reply.Answer then return reply.Answer end
  return nil, err.new { kind = "garbage", code = "NoAnswer", executed = "maybe", service = "wellarchitected",
    operation = operation, message = "the reply has no answer" }
end

local function read(self, job)
  local reply, failure = self.client.wellarchitected:GetAnswer(job.path)
  return answer_in(reply, failure, "GetAnswer")
end

local function send(self, job, updates, notes)
  local reply, failure = self.client.wellarchitected:UpdateAnswer({ WorkloadId = job.path.WorkloadId,
    LensAlias = job.path.LensAlias, QuestionId = job.path.QuestionId, ChoiceUpdates = updates, Notes = notes },
    { fresh = true })
  return answer_in(reply, failure, "UpdateAnswer")
end

-- A question or a choice that the lens no longer has can never be answered again.
local function is_gone(failure)
  return failure.code == "ResourceNotFoundException" or failure.code == "ValidationException"
end

-- ---- what is on disk ----

local function commit(self, writes, trail)
  for _, entry in ipairs(trail or {}) do entry.at, entry.run = self.now(), self.run end
  return assert(self.store:commit(writes, trail))
end

local function applying_of(self, job)
  return self.store:get("applying", job.group.name)
end

local function contains(list, value)
  for _, entry in ipairs(list) do
    if entry == value then return true end
  end
  return false
end

-- Returns whether there was a row before: then an earlier update may still be on its way, and its age counts.
-- The items are put back as they were: a plan that waited for its yes may be old, and when another run has used one of
-- them up since, the commit fails, and nothing is sent.
local function note_applying(self, job)
  local row = applying_of(self, job)
  local earlier = row ~= nil
  row = row or { question = job.group.name, items = {}, at = self.now() }
  local writes = { { "put", "applying", row } }
  for _, step in ipairs(job.group) do
    local r = step.resolved
    if not contains(row.items, r.id) then table.insert(row.items, r.id) end
    -- An item that several questions share is put by all of them at once; it is used up last of all.
    if not step.whole and r.item.version then writes[#writes + 1] = { "put", "item", r.item } end
  end
  commit(self, writes)
  return earlier
end

local function forget_applying(self, job)
  local row = applying_of(self, job)
  if row then commit(self, { { "delete", "applying", row } }) end
end

-- The applying row without the items that have come to their end.
local function applying_write(self, job, steps)
  local row = applying_of(self, job)
  if not row then return nil end
  local done, left = {}, {}
  for _, step in ipairs(steps) do done[step.resolved.id] = true end
  for _, id in ipairs(row.items) do
    if not done[id] then left[#left + 1] = id end
  end
  row.items = left
  return { left[1] and "put" or "delete", "applying", row }
end

-- A finding follows the item that stands for it now: when an older one is resolved while another one is
-- open, the next scan sees what became of the practice and closes that one.
local function follows(record, id)
  return record.status ~= "open" or record.item_id == id
end

-- The record of a finding as it is after one of its items has come to its end.
local function end_record(record, id, fate, answer)
  record.status, record.reason, record.item_id = fate.status, fate.reason, record.item_id or id
  record.accepted_until = fate.status == "accepted" and fate.expires or nil
  record.intent_at, record.ambiguous_until = nil, nil
  if answer then record.risk = answer.Risk end
end

-- Whether the practice is asked for again, if it is missing, although nothing was written that moves its workload.
local function is_asked_again(self, fate)
  return fate.status == "contested" or fate.status == "accepted" and (fate.expires or math.huge) <= self.now()
end

-- Commits that these resolutions are used up, and what became of their findings.
local function close_steps(self, job, steps, answer)
  if not steps[1] then return end
  local writes, trail = {}, {}
  for _, step in ipairs(steps) do
    local r, fate = step.resolved, job:fate(step)
    if job:decisive(step) == step and follows(r.record, r.id) then
      end_record(r.record, r.id, fate, answer)
      writes[#writes + 1] = { "put", "finding", r.record }
    end
    if not step.whole then -- an item that others share is used up when all of them have come to their end
      r.item.processed, r.item.outcome, r.item.at = true, step.outcome.outcome, self.now()
      writes[#writes + 1] = { "put", "item", r.item }
    end
    trail[#trail + 1] = { operation = "settle", resource = r.id, detail = { finding = r.record.key,
      outcome = step.outcome.outcome, status = fate.status, reason = fate.reason } }
  end
  writes[#writes + 1] = applying_write(self, job, steps)
  commit(self, writes, trail)
  for _, step in ipairs(steps) do
    if is_asked_again(self, job:fate(step)) then freshness_of.forget(self.store, step.resolved.record.workload_arn) end
  end
end

-- ---- bringing it about ----

-- An UpdateAnswer was noted and its end never was: a crash, or a reply that got lost. What it was to
-- write and is not there is written again, or contested when a person may have taken it back since.
local function recover(self, job, row, answer)
  if self.now() - row.at <= REPEAT_WITHIN then return end
  local late = {}
  for _, step in ipairs(job:unmet(answer)) do
    if contains(row.items, step.resolved.id) then late[#late + 1] = step end
  end
  job:contest(late, "an update was sent, its reply was lost, and the practice is not selected now: somebody may "
    .. "have unselected it since")
end

-- Looks at the answer after a refusal, to tell "gone" from "refused". Returns whether something that was
-- asked for is gone, so that the rest may be asked for without it.
local function drop_gone(self, job)
  local answer, failure = read(self, job)
  if not answer and not is_gone(failure) then return false end
  return job:drop_gone(answer, failure and failure.message)
end

-- The milestone of the workload in this run, where the policy wants one. Returns the error without which nothing may
-- be written.
local function take_milestone(self, job)
  if not self.milestones then return nil end
  local name, failure = self.milestones:before_writing(job.path.WorkloadId)
  job.milestone = name
  return failure
end

-- The notes with a line for what is going to be written, as they were read just now; nil when they stay as they are.
local function add_lines(self, job, before)
  if not self.policy.answer_notes or not before then return nil end
  local notes, left_out = notes_of.with_lines(before, job:unmet(before), self.now())
  for _, step in ipairs(left_out) do job.remarks[step] = "its notes are full: no line was added" end
  return notes
end

-- Sends what is to be written. An answer that needs no writing any more is nil without an error.
-- `before`: the answer as it was read just now; nil when nobody looked.
local function write(self, job, before)
  local updates = job:updates()
  if not next(updates) then return nil end
  local refusal = take_milestone(self, job)
  if refusal then return nil, refusal end
  local earlier = note_applying(self, job)
  local answer, failure = send(self, job, updates, add_lines(self, job, before))
  if answer then return answer end
  if failure.executed == "no" and not earlier then forget_applying(self, job) end
  if is_gone(failure) and drop_gone(self, job) then return write(self, job, before) end
  return nil, failure
end

-- Somebody changed the same review at the same moment, and the service refused one of the two. What they did is looked
-- at before the second try, which is the last of this run.
local function write_again(self, job)
  local answer, failure = read(self, job)
  if not answer then return nil, failure end
  job:contest_overruled(answer)
  if not job:unmet(answer)[1] then return answer end
  return write(self, job, answer)
end

-- A none-choice that is still selected beside a practice, because nobody knew of it, goes as well.
local function clear_none(self, job, answer)
  local _, selects = job:updates()
  local left = {}
  for _, id in ipairs(finding_of.none_selected(answer, job.lens, self.policy)) do
    left[id] = { Status = "UNSELECTED" }
  end
  if not selects or not next(left) then return answer end
  return send(self, job, left)
end

local function check(self, job, answer)
  if not job:unmet(answer)[1] then return answer end
  local again, failure = read(self, job) -- a reply may lag; a reading does not
  if not again then return nil, failure end
  job:contest(job:unmet(again),
    "UpdateAnswer was accepted, and the answer still does not show the choice as asked")
  return again
end

-- Whether the answer is read before it is changed: where an update may be on its way, where a person's choice could be
-- undone by it, and where the policy wants it. Elsewhere selecting takes nothing away, and one call does.
local function looks_first(self, job, row)
  return row or self.policy.look_first or self.policy.answer_notes or job:may_unselect()
end

-- Makes the answer say what the steps want. Returns the Answer as it is then; nil when nothing had to be
-- written; nil and the error when some steps have not come to their end.
local function bring_about(self, job)
  local row = applying_of(self, job)
  local answer, failure
  if not job:writing()[1] then return nil end
  if looks_first(self, job, row) then
    answer, failure = read(self, job)
    if not answer and not is_gone(failure) then return nil, failure end
    if not answer then job:drop_gone(nil, failure.message) end
    if answer and row then recover(self, job, row, answer) end
    if answer then job:contest_overruled(answer) end
  end
  if not answer or job:unmet(answer)[1] then
    answer, failure = write(self, job, answer)
    if failure and failure.code == "ConflictException" then answer, failure = write_again(self, job) end
    if not answer then return nil, failure end
  end
  answer, failure = clear_none(self, job, answer)
  if not answer then return nil, failure end
  return check(self, job, answer)
end

local function result_of(job, step, answer, failure)
  local fate = job:fate(step)
  local result = { step = step, reason = fate.reason or job.remarks[job:decisive(step)],
    answer = fate.writes and answer or nil, milestone = fate.writes and job.milestone or nil }
  if failure then
    result.status, result.error = "failed", failure
  elseif fate.failed then
    result.status = "failed"
    result.error = err.new { code = "Contested", kind = "aws", message = fate.reason, service = "wellarchitected",
      operation = "UpdateAnswer" }
  elseif fate.status == "obsolete" then
    result.status = "obsolete"
  else
    result.status = fate.writes and "settled" or "kept"
  end
  return result
end

-- What the item did not ask for any more was dealt with before; where it is missing again, the next scan asks again.
local function end_dropped(self, records)
  local writes = {}
  for i, record in ipairs(records) do
    record.status, record.reason = "fixed", "its item had it off its list when people resolved it"
    writes[i] = { "put", "finding", record }
  end
  stores.commit_pieces(self.store, writes)
end

---Commits that the resolution of a group's item is used up, once all its findings have come to their end.
---@param step table  kind "settle", of an item with `members`
---@return boolean done  false: some have not, and the next run goes on with them
function Settler:whole(step)
  local r = step.resolved
  for _, record in ipairs(r.members) do
    if not record.version or group_of.STANDING[record.status] then return false end
  end
  end_dropped(self, r.dropped or {})
  r.item.processed, r.item.outcome, r.item.at = true, step.outcome.outcome, self.now()
  local writes = { { "put", "item", r.item } }
  if r.record.item_id == r.id and r.record.status == "open" then
    r.record.status, r.record.reason, r.record.shown, r.record.parts = "closed", nil, nil, nil
    writes[2] = { "put", "item_group", r.record }
  end
  commit(self, writes, { { operation = "settle", resource = r.id, detail = { finding = r.record.key,
    outcome = step.outcome.outcome, status = "closed" } } })
  return true
end

---Brings the resolved items of one question to their end. Waits.
---@param group table[]  settle steps of one question, from by_question
---@return { step: table, status: "settled"|"kept"|"obsolete"|"failed", error: plumb.Error?, answer: table?,
---  reason: string? }[] results  one for each step, in order; `answer` is the Answer afterwards
---@see https://docs.aws.amazon.com/wellarchitected/latest/APIReference/API_UpdateAnswer.html
function Settler:question(group)
  local job = job_of.new(group)
  job:remark_past(self.now())
  local answer, failure = bring_about(self, job)
  local waits, ended, results = {}, {}, {}
  for _, step in ipairs(failure and job:writing() or {}) do waits[step] = true end
  for _, step in ipairs(group) do
    if not waits[job:decisive(step)] then ended[#ended + 1] = step end
  end
  close_steps(self, job, ended, answer)
  for i, step in ipairs(group) do
    results[i] = result_of(job, step, answer, waits[job:decisive(step)] and failure)
  end
  return results
end

return settle
