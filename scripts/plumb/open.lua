-- The way there: an item for a finding, exactly once. Nothing is sent before the intent to send it is
-- on disk, so that a crash or a lost reply is never mistaken for "nothing happened".
--
-- The order of a create: look for one that is there already when an earlier create was left open;
-- commit the intent with the end of its quarantine; create once, on a connection of its own; commit
-- the id. An outcome that nobody knows leaves the intent standing, and a later run finds out.
--
-- The order of a close: see that people have not resolved the item themselves; commit that it is being
-- closed; close it and mark it as closed by plumb, in one request; commit that it is closed.

local inbox = require "plumb.inbox"
local item_of = require "plumb.item"
local ledger_of = require "plumb.open.ledger"
local reopened = require "plumb.open.reopened"
local unit_of = require "plumb.open.unit"

local open = {}

---@class plumb.Opener
---@field store plumb.Store
---@field sink table
---@field now fun(): number
---@field quarantine number  seconds an unknown outcome keeps its finding waiting
---@field retry_ambiguous boolean  create again at once and rely on the sink to refuse a double

local Opener = {}
Opener.__index = Opener

-- The end of the quarantine of a create that certainly made nothing new: the next run may try again without waiting,
-- and without a look.
local NOTHING_MADE = 0

---@param options { store: plumb.Store, sink: table, now: fun(): number, policy: table, run: string,
---  place: string? }  place: "ACCOUNT/REGION", whose poll may have to look back
---@return plumb.Opener
function open.new(options)
  local self = setmetatable({
    store = options.store,
    sink = options.sink,
    now = options.now,
    run = options.run,
    place = options.place,
    quarantine = options.policy.seconds("quarantine"),
    retry_ambiguous = options.policy.ambiguous == "retry",
  }, Opener)
  self.ledger = ledger_of.new(self)
  return self
end

---What the state keeps of a finding.
---@param found table
---@return table record  without a status
function Opener:record_of(found)
  local now = self.now()
  return {
    key = found.key, partition = found.partition, account = found.account, region = found.region,
    workload_arn = found.workload.WorkloadArn, lens_arn = found.lens_arn,
    question_id = found.question.QuestionId, choice_id = found.choice.ChoiceId,
    sink = self.sink.name, risk = found.risk, workload_name = found.workload.WorkloadName,
    lens_alias = found.lens.LensAlias, none_selected = found.none_selected,
    first_seen = now, last_seen = now,
  }
end

---What a step is about: a finding, or the group in its place.
---@param step plumb.Action
---@return plumb.Unit
---@package
function Opener:unit_of(step)
  if step.group then return unit_of.group(step.group.record, step.group.members, self.now(), self.sink.name) end
  return unit_of.finding(step.record or self:record_of(step.finding))
end

---How many new items this account got this calendar month, as far as this state knows.
---@param account string
---@return integer
function Opener:created_this_month(account) return self.ledger:created_this_month(account) end

-- The item exists: remember it, and whose it is, in one step.
local function remember(self, unit, id, operation, about)
  local record, more = unit.record, {}
  if about.resolved then -- before anybody knew of it: the next poll has to look that far back
    more[1] = inbox.look_back(self.store, about.since, self.place)
  end
  record.status, record.item_id = "open", id
  record.intent_at, record.ambiguous_until, record.reason = nil, nil, nil
  local item = self.store:get("item", id)
  if not item or about.again then
    more[#more + 1] = { "put", "item", { id = id, key = record.key, sink = self.sink.name, processed = false,
      at = self.now(), outcome = item and item_of.REOPENED, version = item and item.version } }
  end
  unit:is_listed(id, operation == "create" or about.fields)
  local trail = { { operation = operation, resource = id, request_id = about.request_id,
    detail = { finding = record.key, title = record.title } } }
  self.ledger:save(unit, more, trail, operation == "create" and record.account or nil)
  return id
end

-- An item whose resolution has been used up belongs to the past.
local function is_used_up(self, id)
  local known = self.store:get("item", id)
  return known ~= nil and known.processed
end

-- Whether a resolved item can come from the create that was left open: not one that plumb closed, nor
-- one from before the state knew of this finding, whose resolution may have been used up long ago.
local function is_recent(self, candidate, record)
  return candidate.resolved and not candidate.fields[item_of.CLOSED_FIELD]
    and (candidate.created_at or 0) >= record.first_seen - self.quarantine
end

-- Looks for an item that an earlier create may have made: an open one, or one that people resolved
-- already. Returns what the sink found, false when there is none, or nil and the error.
local function look_up(self, record)
  local candidates, failure = self.sink:find(record.key)
  if not candidates then return nil, failure end
  local resolved = false
  for _, candidate in ipairs(candidates) do
    if candidate.key == record.key and not is_used_up(self, candidate.id) then
      candidate, failure = reopened.taken_back(self.sink, candidate)
      if not candidate then return nil, failure end
      if candidate.open then return candidate end
      resolved = is_recent(self, candidate, record) and candidate or resolved
    end
  end
  return resolved
end

local function adopt(self, unit, found)
  return remember(self, unit, found.id, "adopt",
    { resolved = found.resolved, since = found.created_at, fields = found.fields })
end

local function intend(self, unit)
  local now, record = self.now(), unit.record
  record.status, record.intent_at = "intended", now
  -- Set before sending, so that a crash counts as an outcome nobody knows.
  record.ambiguous_until = self.retry_ambiguous and now or now + self.quarantine
  unit:is_intended(function(found) return self:record_of(found) end)
  self.ledger:save(unit)
end

-- What became of a create that failed. Returns the id when the item is there all the same: one that nobody knew of, or
-- one whose resolution was used up and that people have opened again. It is looked at, as it may carry the mark of a
-- close, and since people who resolve the item of a group from now on have seen what it lists.
local function after_failure(self, unit, failure)
  local id, fields = failure.id, nil
  local again = id and is_used_up(self, id)
  local found = id and self.sink:get(id)
  if found and found.open and found.key == unit.record.key and reopened.unmark(self.sink, found) then
    fields = found.fields
  end
  if id and (fields or not again) then
    return remember(self, unit, id, "adopt", { request_id = failure.request_id, again = again, fields = fields })
  end
  if failure.executed == "no" or failure.executed == "yes" then
    -- Without the name of the item that is there already, the next run has to look for it.
    unit.record.ambiguous_until = (failure.executed == "no" or failure.id) and NOTHING_MADE or self.now()
    self.ledger:save(unit)
  end
  return nil, failure
end

-- The item is closed, or gone: its resolution, plumb's own, is used up.
local function ended(self, unit, status, reason)
  local record, more = unit.record, {}
  unit:is_over(status, reason)
  local item = record.item_id and self.store:get("item", record.item_id)
  if item and not item.processed then
    item.processed, item.outcome, item.at = true, status, self.now()
    more[1] = { "put", "item", item }
  end
  self.ledger:save(unit, more, { { operation = "close", resource = record.item_id,
    detail = { finding = record.key, reason = reason } } })
end

-- A close was begun and its practice is missing again: the item stands if the close was never carried
-- out, or if people took it back or resolved it first. Returns false when it is closed.
local function stands(self, unit)
  local record = unit.record
  local found, failure = self.sink:get(record.item_id)
  if not found and not failure.gone then return nil, failure end
  if found and (found.open or found.resolved and not found.fields[item_of.CLOSED_FIELD]) then
    local done
    done, failure = reopened.unmark(self.sink, found)
    if not done then return nil, failure end
    record.reason = nil
    self.ledger:save(unit)
    return true
  end
  ended(self, unit, "fixed", record.reason)
  return false
end

-- Nothing is known of a create before this one, or it was made certain.
local function create(self, unit, item)
  intend(self, unit)
  local id, failure = self.sink:create(item)
  if not id and failure.executed == "maybe" and self.retry_ambiguous then
    id, failure = self.sink:create(item) -- the sink refuses a double and names the first
  end
  if id then
    unit:shows(item)
    return "created", remember(self, unit, id, "create", {})
  end
  id, failure = after_failure(self, unit, failure)
  if id then return "adopted", id end
  return nil, failure
end

-- An item that was there already need not say what it says of a group now, and it cannot when people resolved it: then
-- the practices that are not on it are left for the next scan.
local function adopted(self, step, unit)
  local id = unit.record.item_id
  if unit.kind == "item_group" then
    local done, failure = self:update(step)
    if not done then return nil, failure end
    if done == "kept" then return done, id end
  end
  return "adopted", id
end

---Makes sure that a finding, or a group of them, has its item. Waits.
---@param step plumb.Action  with `item`; kind "create" or "return"
---@return "created"|"adopted"|"kept"|nil done  kept: there is an item, and people resolved it before it could be told
---  all that its group misses
---@return string|plumb.Error id_or_err  `executed` "maybe" means that the next run will find out
function Opener:create(step)
  local unit = self:unit_of(step)
  local record = unit.record
  if record.status == "open" then
    local standing, failure = stands(self, unit)
    if failure then return nil, failure end
    if standing then return adopted(self, step, unit) end
  end
  local left_open = record.status == "intended" and record.ambiguous_until ~= NOTHING_MADE
  if step.kind == "return" then
    record.previous_item, record.item_id = record.item_id or record.previous_item, nil
  end
  unit:renew(step, self.now())
  if left_open and not self.retry_ambiguous then
    local there, failure = look_up(self, record)
    if failure then return nil, failure end
    if there then
      adopt(self, unit, there)
      return adopted(self, step, unit)
    end
  end
  local done, id = create(self, unit, step.item)
  if done == "adopted" then return adopted(self, step, unit) end
  return done, id
end

-- Whether the item of a group can still be added to: one that is resolved stands for what it said then.
local function takes_more(self, unit)
  local found, failure = self.sink:get(unit.record.item_id)
  if found then return found.open end
  return nil, failure
end

-- Brings the item of a group up to date: what it says first, then the state, so that a crash in between only makes
-- it say so again. A practice that is added counts when the item is open after it was added: whoever resolves it
-- from then on has it on the list.
local function refresh(self, step, unit)
  local record, item, joining = unit.record, step.item, unit:joining()
  if joining then
    local takes, failure = takes_more(self, unit)
    if not takes then return failure == nil and "kept" or nil, failure end
  end
  if item.shown ~= record.shown then
    local done, failure = self.sink:update(record.item_id, { title = item.title, description = item.description,
      severity = item.severity, fields = unit.changeable(item.fields), texts = item.texts })
    if not done then return nil, failure end
  end
  if joining then
    local takes, failure = takes_more(self, unit)
    if not takes then return failure == nil and "kept" or nil, failure end
  end
  unit:renew(step, self.now())
  unit:shows(item)
  unit:is_up_to_date(function(found) return self:record_of(found) end)
  self.ledger:save(unit, {}, { { operation = "update", resource = record.item_id, detail = { risk = record.risk,
    finding = record.key, title = record.title } } })
  return true
end

-- The item of one finding follows its risk.
local function regrade(self, step)
  local record, item = step.record, step.item
  local done, failure = self.sink:update(record.item_id, {
    title = item.title, severity = item.severity, fields = { ["Risk level"] = item.fields["Risk level"] },
  })
  if not done then return nil, failure end
  record.risk, record.title, record.last_seen = step.finding.risk, item.title, self.now()
  self.ledger:save(unit_of.finding(record), {},
    { { operation = "update", resource = record.item_id, detail = { risk = record.risk } } })
  return true
end

---Brings an item up to date with a changed risk, or with what became of the practices of its group. An item that
---people resolved takes no more practices; it is left for resolve. Waits.
---@param step plumb.Action  with `finding` or `group`, `record` and `item`
---@return true|"kept"|nil done
---@return plumb.Error? err
function Opener:update(step)
  local unit = self:unit_of(step)
  local done, failure = (step.group and refresh or regrade)(self, step, unit)
  if not done and failure.gone then -- somebody deleted it: the next scan makes a new one
    ended(self, unit, "obsolete", "its item does not exist any more")
  end
  return done, failure
end

-- The item of a finding that was dealt with elsewhere while nobody knew whether it has one. Returns
-- whether there is one.
local function settle_intent(self, unit, status, reason)
  local found, failure = look_up(self, unit.record)
  if failure then return nil, failure end
  if found then
    adopt(self, unit, found)
  else
    ended(self, unit, status, reason)
  end
  return found ~= false
end

-- What becomes of a finding when its item is closed.
local END_STATUS = { close = "fixed", obsolete = "obsolete", cleanup = "accepted" }

---Resolves an item whose practice was dealt with elsewhere, or all practices of its group, or that nobody wants any
---more. What plumb leaves on it says so, and its echo never selects anything. An item that people resolved
---themselves is left for resolve. Waits.
---@param step plumb.Action  kind "close", "obsolete" or "cleanup"
---@return "closed"|"kept"|nil done
---@return plumb.Error? err
function Opener:close(step)
  local unit, status = self:unit_of(step), END_STATUS[step.kind]
  local record = unit.record
  if record.status == "intended" then
    local there, failure = settle_intent(self, unit, status, step.reason)
    if not there then return not failure and "closed" or nil, failure end
  elseif record.status == "contested" then -- its item is resolved: there is nothing to close
    unit:is_over(status, step.reason)
    self.ledger:save(unit, {}, { { operation = "close", resource = record.item_id,
      detail = { finding = record.key, reason = step.reason } } })
    return "closed"
  elseif record.status == "closed" then -- a group whose create was never begun
    ended(self, unit, status, step.reason)
    return "closed"
  end
  local found, failure = self.sink:get(record.item_id)
  if not found and not failure.gone then return nil, failure end
  local by_people = found and found.resolved and not found.fields[item_of.CLOSED_FIELD]
  -- Until the end is committed, the reason on an open record says that a close may be on its way.
  record.reason = not by_people and step.reason or nil
  if found and (found.open or by_people) then self.ledger:save(unit) end
  if by_people then return "kept" end
  if found and found.open then
    local done
    done, failure = self.sink:close(record.item_id, step.reason)
    if not done and not failure.gone then return nil, failure end
  end
  ended(self, unit, status, step.reason)
  return "closed"
end

return open
