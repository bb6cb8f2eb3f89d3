-- What the Well-Architected Tool said over time: which questions were rated HIGH or MEDIUM, from when until when, and
-- how all questions of a lens are rated. It is written down as reviews are read, costs no call, and is written again
-- only where something is different. Lists, trends and comparisons are made of it.

local json = require "plumb.json"

local history = {}

local RISKS = { HIGH = true, MEDIUM = true }

---@class plumb.RiskRow  a question rated HIGH or MEDIUM; the columns of `risk` in the state, without id and version
---@field account string
---@field region string
---@field workload_arn string
---@field workload_name string
---@field lens_arn string
---@field lens_alias? string
---@field pillar? string
---@field question_id string
---@field title? string
---@field risk "HIGH"|"MEDIUM"
---@field missing { id: string, title: string }[]
---@field status "open"|"over"
---@field since? number   epoch seconds, when plumb first read it
---@field ended? number

local function review_id(review) return review.workload.WorkloadArn .. " " .. review.lens_arn end

local function missing_by_question(review)
  local missing = {}
  for _, found in ipairs(review.findings) do
    local id = found.question.QuestionId
    missing[id] = missing[id] or {}
    table.insert(missing[id], { id = found.choice.ChoiceId, title = found.choice.Title or found.choice.ChoiceId })
  end
  return missing
end

---The risks of a review that was read.
---@param review plumb.Review
---@return plumb.RiskRow[]
function history.risks(review)
  local rows, missing = {}, missing_by_question(review)
  for _, answer in ipairs(review.answers) do
    if RISKS[answer.Risk] and answer.IsApplicable ~= false then
      rows[#rows + 1] = {
        account = review.account, region = review.region, workload_arn = review.workload.WorkloadArn,
        workload_name = review.workload.WorkloadName, lens_arn = review.lens_arn, lens_alias = review.lens.LensAlias,
        pillar = answer.PillarId, question_id = answer.QuestionId, title = answer.QuestionTitle, risk = answer.Risk,
        missing = json.list(missing[answer.QuestionId] or {}), status = "open",
      }
    end
  end
  return rows
end

---How the questions of a review are rated, without the moments at which that was read.
---@param review plumb.Review
---@return table  the columns of `reading`
function history.reading(review)
  local counts = {}
  for _, answer in ipairs(review.answers) do
    local pillar = answer.PillarId or "none"
    local risk = answer.IsApplicable == false and "NOT_APPLICABLE" or answer.Risk or "UNANSWERED"
    counts[pillar] = counts[pillar] or {}
    counts[pillar][risk] = (counts[pillar][risk] or 0) + 1
  end
  return {
    id = review_id(review), account = review.account, region = review.region,
    workload_arn = review.workload.WorkloadArn, workload_name = review.workload.WorkloadName,
    lens_arn = review.lens_arn, lens_alias = review.lens.LensAlias, lens_name = review.lens.LensName, counts = counts,
  }
end

local KEPT = { id = true, since = true, at = true, ended = true, version = true }

-- Whether two records say the same, whenever they were written.
local function same(a, b)
  local function bare(record)
    local copy = {}
    for name, value in pairs(record) do
      if not KEPT[name] then copy[name] = value end
    end
    return json.encode(copy)
  end
  return bare(a) == bare(b)
end

local function ended(record, now)
  record.status, record.ended = "over", now
  return { "put", "risk", record }
end

-- The same risk, of which something else changed: its title, its practices.
local function touched(record, row)
  for name in pairs(record) do
    if not KEPT[name] then record[name] = row[name] end
  end
  for name, value in pairs(row) do record[name] = value end
  return { "put", "risk", record }
end

local function begun(row, now)
  local record = { since = now }
  for name, value in pairs(row) do record[name] = value end
  record.id = ("%s %s %s %.3f"):format(row.workload_arn, row.lens_arn, row.question_id, now)
  return { "put", "risk", record }
end

---What to write down after a review was read, given what is written already. Pure.
---@param review plumb.Review
---@param known { reading: table?, risks: table[] }  the record of this review, and the open risks of its workload
---@param now number
---@return table[] writes  none when nothing is different
function history.changes(review, known, now)
  local writes, open = {}, {}
  for _, record in ipairs(known.risks) do
    if record.lens_arn == review.lens_arn then open[record.question_id] = record end
  end
  for _, row in ipairs(history.risks(review)) do
    local record = open[row.question_id]
    if record and record.risk == row.risk then
      open[row.question_id] = nil
      if not same(record, row) then writes[#writes + 1] = touched(record, row) end
    else
      writes[#writes + 1] = begun(row, now)
    end
  end
  for _, record in pairs(open) do writes[#writes + 1] = ended(record, now) end
  local reading = history.reading(review)
  if not known.reading or not same(known.reading, reading) then
    reading.version, reading.at = known.reading and known.reading.version, now
    reading.since = known.reading and known.reading.since or now
    writes[#writes + 1] = { "put", "reading", reading }
  end
  return writes
end

local function open_risks(store, workload_arn)
  local list = {}
  for record in store:each("risk", { workload_arn = workload_arn }) do
    if record.status == "open" then list[#list + 1] = record end
  end
  return list
end

local PIECE = 80 -- writes at once, see plumb.store.commit_pieces

-- History is worth a second try and no failed run: what is not written down now is when the review is read again.
local function commit(store, build)
  for try = 1, 2 do
    local writes, refused = build(), false
    for from = 1, #writes, PIECE do
      local done, failure = store:commit(table.move(writes, from, math.min(from + PIECE - 1, #writes), 1, {}))
      if not done and failure.code ~= "Conflict" then error(failure, 0) end
      refused = refused or not done
    end
    if not refused or try == 2 then return end
  end
end

---Writes down what a review says. Waits; raises what the state fails with.
---@param store plumb.Store
---@param review plumb.Review
---@param now number
function history.note(store, review, now)
  commit(store, function()
    return history.changes(review, { reading = store:get("reading", review_id(review)),
      risks = open_risks(store, review.workload.WorkloadArn) }, now)
  end)
end

---Writes down that some reviews are no more: their workload was deleted, or lost the lens. Waits.
---@param store plumb.Store
---@param is_gone fun(reading: table): boolean
---@param now number
function history.sweep(store, is_gone, now)
  local gone = {}
  for reading in store:each("reading") do
    if is_gone(reading) then gone[#gone + 1] = reading end
  end
  for _, reading in ipairs(gone) do
    commit(store, function()
      local writes = {}
      for _, record in ipairs(open_risks(store, reading.workload_arn)) do
        if record.lens_arn == reading.lens_arn then writes[#writes + 1] = ended(record, now) end
      end
      local current = store:get("reading", reading.id)
      if current then writes[#writes + 1] = { "delete", "reading", current } end
      return writes
    end)
  end
end

---Those of the risks that there were at a moment.
---@param records table[]  of kind `risk`
---@param at number
---@return table[]
function history.at(records, at)
  local list = {}
  for _, record in ipairs(records) do
    if record.since <= at and (not record.ended or record.ended > at) then list[#list + 1] = record end
  end
  return list
end

---Every risk there ever was.
---@param store plumb.Store
---@return table[]  oldest first
function history.all(store)
  local list = {}
  for record in store:each("risk") do list[#list + 1] = record end
  table.sort(list, function(a, b)
    if a.since ~= b.since then return a.since < b.since end
    return a.id < b.id
  end)
  return list
end

return history
