-- Whether plumb kept its promises, worked out from the simulator's journal and world and never from what plumb
-- says. It plays the journal back, from the answers that there were at the start:
--
--   I1  at most one Open or InProgress item for a missing best practice, at any time
--   I2  every resolving by a person ends: in an answer, in a new item, or in a line that somebody sees
--   I3  every choice that plumb selects pairs with a resolving that was not used up
--   I4  once faults have stopped, one run leaves exactly one item for each missing practice (converged)
--   I5  plumb sends nothing but choice updates, unselects none-choices only, touches no note and no applicability
--   I7  no item for a practice that had been dealt with before the run began
--
-- Late copies of a request, which the network kept back, carry `late` in the journal.

local asked = require "proof.asked"
local review_of = require "sim.review"

local answer_name = asked.answer

local oracle = {}

-- What the manual calls residual: an update whose reply was lost may be sent again for ten minutes, and one
-- that the network kept back is valid as long as its signature. A person may have unselected in between. And a
-- list may go on showing as resolved, for a while, an item that people have opened again.
local RESIDUAL, LAG = 600 + 900, 600

---@class proof.Oracle
---@field residual integer  selections within the windows that are written down as residual
local Oracle = {}
Oracle.__index = Oracle

local function each_answer(world, fn)
  for _, workload in ipairs(world.workloads) do
    for _, review in ipairs(workload.reviews) do
      for _, question in ipairs(review.document.questions) do
        fn(workload, review, question, review.answers[question.id])
      end
    end
  end
end

local function snapshot(world)
  local all = {}
  each_answer(world, function(workload, review, question, answer)
    answer = answer or { status = {} }
    all[answer_name(workload.id, review.lens.arn, question.id)] = { status = review_of.copy(answer.status),
      applicable = answer.applicable, notes = answer.notes, reason = answer.reason, question = question, touched = {} }
  end)
  return all
end

---Begins to watch a simulator; what is in its world now counts as given.
---@param sim sim.Simulator
---@param first? sim.World  the world as it was when the journal began, when that was before now
---@return proof.Oracle
function oracle.new(sim, first)
  return setmetatable({ sim = sim, answers = snapshot(first or sim.world),
    items = {}, order = {}, by_identity = {}, read = 0,
    created = 0, run_began = 0, looked = 0, wrong = {}, residual = 0, resolves = {} }, Oracle)
end

local function complain(self, entry, text, ...)
  local where = entry and ("call %d, %s.%s at %.2f: "):format(entry.n, entry.service, entry.operation, entry.at) or ""
  table.insert(self.wrong, where .. text:format(...))
end

---Marks the beginning of a run of plumb.
function Oracle:begin_run()
  self:catch_up()
  self.run_began = self.sim.serial
end

---A scan came to its end without a failure: plumb has seen the items of groups as they are now.
function Oracle:end_scan()
  self:catch_up()
  self.looked = self.looked + 1
end

local function is_open(status) return status == "Open" or status == "InProgress" end

-- The items that are open now and ask for a practice.
local function open_of(self, identity)
  local open = {}
  for _, item in ipairs(self.by_identity[identity] or {}) do
    if is_open(item.status) and not item.deleted and item.asks[identity] then open[#open + 1] = item.id end
  end
  return open
end

-- How many items are open for the same thing; a person who opens a second one is not plumb's doing.
local function check_single(self, entry, item)
  if entry.person then return end
  for identity, practice in pairs(item.asks) do
    local open = open_of(self, identity)
    if #open > 1 then
      complain(self, entry, "I1: %d open items for %s: %s", #open, practice.choice, table.concat(open, ", "))
    end
  end
end

-- What an item asks for changes with its operational data; `added` says how often plumb had looked when that began.
local function note_asked(self, item, data)
  local before = item.asks
  for name, value in pairs(data) do item.data[name] = value end
  item.asks = asked.practices(self.sim.world, item.data)
  for identity in pairs(item.asks) do
    if item.added[identity] == nil then
      self.by_identity[identity] = self.by_identity[identity] or {}
      table.insert(self.by_identity[identity], item)
    end
    if not before then
      item.added[identity] = false -- it was made for it
    elseif not before[identity] then
      item.added[identity] = self.looked
    end
  end
end

local plays = {}

-- Whether people had dealt with a practice before the run began that makes an item for it.
local function check_wanted(self, entry, practice)
  local known = self.answers[practice.answer]
  if not known then return complain(self, entry, "I7: an item for a question that does not exist") end
  local status, touched = known.status[practice.choice], known.touched[practice.choice] or 0
  local dealt_with = status == "SELECTED" or status == "NOT_APPLICABLE" or known.applicable == false
  if dealt_with and not entry.late and math.max(touched, known.touched_at or 0) <= self.run_began then
    complain(self, entry, "I7: an item for %s, which had been dealt with before the run began", practice.choice)
  end
end

function plays.CreateOpsItem(self, entry)
  self.created = self.created + 1
  local record = self.sim.world.opsitems[self.created]
  if not record then return complain(self, entry, "the journal has a create that the world has not") end
  local item = { id = record.id, data = {}, added = {}, status = "Open", resolves = {}, n = entry.n, late = entry.late }
  self.items[item.id], self.order[#self.order + 1] = item, item
  note_asked(self, item, entry.input.OperationalData or {})
  if not next(item.asks) then complain(self, entry, "I7: an item that asks for nothing") end
  check_single(self, entry, item)
  for _, practice in pairs(item.asks) do check_wanted(self, entry, practice) end
end

local function withdraw(item, entry)
  for _, resolve in ipairs(item.resolves) do
    resolve.withdrawn, resolve.withdrawn_at = resolve.withdrawn or entry.n, resolve.withdrawn_at or entry.at
  end
end

function plays.UpdateOpsItem(self, entry)
  local item = self.items[entry.input.OpsItemId]
  if not item then return end
  local data = entry.input.OperationalData or {}
  note_asked(self, item, data)
  if data.Outcome then item.outcome = data.Outcome.Value end
  item.touched = entry.person and entry.n or item.touched
  item.closed = not entry.person and entry.input.Status == "Resolved" and entry.n or item.closed
  local status = entry.input.Status
  if not status or status == item.status then return check_single(self, entry, item) end
  if entry.person and status == "Resolved" then
    local resolve = { n = entry.n, at = entry.at, item = item, outcome = item.outcome, covers = item.asks, used = {},
      unseen = {} }
    for identity in pairs(item.asks) do resolve.unseen[identity] = item.added[identity] == self.looked end
    table.insert(item.resolves, resolve)
    table.insert(self.resolves, resolve)
  elseif entry.person and is_open(status) and not is_open(item.status) then
    withdraw(item, entry)
    item.reopened = entry.n
  end
  item.status = status
  check_single(self, entry, item)
end

function plays.DeleteOpsItem(self, entry)
  local item = self.items[entry.input.OpsItemId]
  if not item then return end
  if not entry.person then complain(self, entry, "plumb deleted an item") end
  item.deleted, item.touched = true, entry.n
end

-- Whether a resolving may be acted on, though people may have withdrawn it.
local function stands(self, entry, resolve)
  if not resolve.withdrawn or resolve.withdrawn > self.run_began then return true end
  local residual = entry.at - resolve.withdrawn_at <= (entry.late and RESIDUAL or LAG)
  if residual then self.residual = self.residual + 1 end
  return residual
end

-- The status that a resolving asks for.
local function wanted(resolve)
  local outcome = resolve.outcome or ""
  return outcome:find("^not_applicable") and "NOT_APPLICABLE" or "SELECTED"
end

-- A resolving that allows this change now, and is used up by it: one that asks for this very status before any other.
local function pair(self, entry, identity, status)
  local best, used
  for _, item in ipairs(self.by_identity[identity] or {}) do
    for _, resolve in ipairs(item.resolves) do
      local covers, used_by = resolve.covers[identity], resolve.used[identity]
      local fits = covers and not used_by and stands(self, entry, resolve)
      if fits and (not best or wanted(resolve) == status and wanted(best) ~= status) then best = resolve end
      used = used_by or used
    end
  end
  if best then best.used[identity] = entry end
  return best, used
end

local function check_choice(self, entry, known, identity, choice, update)
  local before = known.status[choice] or "UNSELECTED"
  if update.Notes then complain(self, entry, "I5: a note was sent for %s", choice) end
  if update.Status == "UNSELECTED" then
    local found = known.question.choice[choice]
    if not (found and found.none) then complain(self, entry, "I5: %s was unselected", choice) end
    return
  end
  local resolve, earlier = pair(self, entry, identity, update.Status)
  if resolve and wanted(resolve) ~= update.Status then
    complain(self, entry, "I3: %s was set to %s, and people said %s", choice, update.Status, wanted(resolve))
  elseif not resolve and not earlier then
    complain(self, entry, "I3: %s was set to %s, and nobody had resolved an item of it", choice, update.Status)
  elseif not resolve and before ~= update.Status then
    if entry.at - earlier.at <= RESIDUAL then
      self.residual = self.residual + 1
    else
      complain(self, entry, "I3: %s was set to %s by a resolving that call %d had used up", choice, update.Status,
        earlier.n)
    end
  end
end

local SENT = { WorkloadId = true, LensAlias = true, QuestionId = true, ChoiceUpdates = true }

local function check_update(self, entry, known, name)
  for member in pairs(entry.input) do
    if not SENT[member] then complain(self, entry, "I5: %s was sent", member) end
  end
  for choice, update in pairs(entry.input.ChoiceUpdates or {}) do
    check_choice(self, entry, known, name .. "\0" .. choice, choice, update)
  end
end

function plays.UpdateAnswer(self, entry)
  local input = entry.input
  local lens = self.sim.world.lens[input.LensAlias]
  local name = answer_name(input.WorkloadId, lens and lens.arn or input.LensAlias, input.QuestionId)
  local known = self.answers[name]
  if not known then return complain(self, entry, "an answer that was not there at the start") end
  if not entry.person then check_update(self, entry, known, name) end
  for choice, update in pairs(input.ChoiceUpdates or {}) do
    known.status[choice], known.touched[choice] = update.Status, entry.n
  end
  if input.IsApplicable ~= nil then known.applicable, known.touched_at = input.IsApplicable, entry.n end
  known.notes = input.Notes or known.notes
  known.person = entry.person and entry.n or known.person
end

---Plays back what the journal has new.
function Oracle:catch_up()
  local journal = self.sim.journal
  while self.read < #journal do
    self.read = self.read + 1
    local entry = journal[self.read]
    local play = entry.status == 200 and plays[entry.operation]
    if play then play(self, entry) end
  end
end

-- What is in the world and not in the journal was done behind the oracle's back.
local function compare_answers(self)
  for name, now in pairs(snapshot(self.sim.world)) do
    local known = self.answers[name]
    for _, choice in ipairs(known.question.choices) do
      local is, should = now.status[choice.id] or "UNSELECTED", known.status[choice.id] or "UNSELECTED"
      if is ~= should then complain(self, nil, "I5: %s is %s, by the journal %s", choice.id, is, should) end
    end
    for _, member in ipairs { "applicable", "notes", "reason" } do
      if now[member] ~= known[member] then complain(self, nil, "I5: %s of %s moved", member, known.question.id) end
    end
  end
end

---What must hold at any time. Complaints are gathered; none is given twice.
---@return string[] wrong  everything since the start
function Oracle:check()
  self:catch_up()
  compare_answers(self)
  return self.wrong
end

-- Every missing practice behind a risk: identity -> choice id.
local function missing(self)
  local list = {}
  each_answer(self.sim.world, function(workload, review, question, answer)
    local risk = review_of.risk(question, answer)
    if answer and answer.applicable ~= false and (risk == "HIGH" or risk == "MEDIUM") then
      for _, choice in ipairs(review_of.missing(question, answer)) do
        list[answer_name(workload.id, review.lens.arn, question.id) .. "\0" .. choice.id] = choice.id
      end
    end
  end)
  return list
end

-- Whether a missing practice may be without an item: a line that somebody sees tells why.
local function may_lack(self, identity, visible)
  for _, item in ipairs(self.by_identity[identity] or {}) do
    if visible and visible(item.id, identity) then return true end
  end
  return false
end

---What must hold after a run without faults, over and above check().
---@param options? { visible: (fun(item_id: string, identity: string): boolean)? }  visible: whether a line that
---  somebody sees tells of the end of this item for a practice
---@return string[] wrong
function Oracle:converged(options)
  options = options or {}
  self:check()
  local absent = missing(self)
  for identity, choice in pairs(absent) do
    local n = #open_of(self, identity)
    local excused = n == 0 and may_lack(self, identity, options.visible)
    if n ~= 1 and not excused then complain(self, nil, "I4: %d open items for %s, which is missing", n, choice) end
  end
  for _, item in ipairs(self.order) do
    -- One that people opened again is theirs, one that came of a copy of a request nobody's.
    local plumbs = is_open(item.status) and not item.deleted and not item.reopened and not item.late
    for identity, practice in pairs(plumbs and item.asks or {}) do
      if not absent[identity] then
        complain(self, nil, "I4: %s is open, and %s is not missing", item.id, practice.choice)
      end
    end
  end
  return self.wrong
end

-- Whether anybody but plumb, or the network, had a hand in it since; or plumb itself, which looked at the item, found
-- it open and closed it while a person resolved it: nobody can tell these two apart, and the item asks again.
local function is_disturbed(self, resolve, identity)
  local answer, items = self.answers[resolve.covers[identity].answer], self.by_identity[identity]
  -- What was added counts for plumb once it has seen the item open with it; else, as after a kill, it asks again.
  if resolve.unseen[identity] then return true end
  if resolve.item.late and #items > 1 then return true end -- one too many, which the network made
  -- An item counts once: one that was used up, opened again and resolved again is asked for with a new one.
  if resolve.item.reopened and resolve.item.reopened < resolve.n then return true end
  if resolve.item.closed and resolve.item.closed > resolve.n then return true end
  if answer.person and answer.person > resolve.n then return true end
  for _, item in ipairs(items) do
    if item.touched and item.touched > resolve.n then return true end
    if item.late and item.n > resolve.n then return true end -- the network made a second item, which asks again
  end
  return false
end

---Every resolving by a person that nobody disturbed must have become an answer, or a line that somebody sees. Those
---that were disturbed have come to an end by converged(): an answer, or an item that asks again.
---@param visible fun(item_id: string, identity: string): boolean
---@return string[] wrong
function Oracle:none_lost(visible)
  self:catch_up()
  local absent = missing(self)
  for _, resolve in ipairs(self.resolves) do
    for identity, practice in pairs(resolve.covers) do
      local status = self.answers[practice.answer].status[practice.choice] or "UNSELECTED"
      if status == "UNSELECTED" and absent[identity] and not is_disturbed(self, resolve, identity)
        and not visible(resolve.item.id, identity) then
        complain(self, nil, "I2: %s was resolved in call %d, and nothing came of it for %s", resolve.item.id, resolve.n,
          practice.choice)
      end
    end
  end
  return self.wrong
end

---Executed calls of plumb that changed something, after call `since`.
---@param since integer
---@return table[]
function Oracle:writes(since)
  local list = {}
  for _, entry in ipairs(self.sim.journal) do
    if entry.n > since and entry.mutating and not entry.person and entry.status == 200 then list[#list + 1] = entry end
  end
  return list
end

---The open items and the answers, for comparing the ends of two stories of the same world.
---@return string
function Oracle:summary()
  self:catch_up()
  local lines = {}
  for _, item in ipairs(self.order) do
    for identity in pairs(is_open(item.status) and not item.deleted and item.asks or {}) do
      lines[#lines + 1] = "open " .. identity
    end
  end
  for name, answer in pairs(self.answers) do
    for choice, status in pairs(answer.status) do
      if status ~= "UNSELECTED" then lines[#lines + 1] = ("%s %s %s"):format(name, choice, status) end
    end
  end
  table.sort(lines)
  return table.concat(lines, "\n")
end

return oracle
