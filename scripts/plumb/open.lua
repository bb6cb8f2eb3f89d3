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
local time = require "plumb.time"

local open = {}

---@class plumb.Opener
---@field store plumb.Store
---@field sink table
---@field now fun(): number
---@field quarantine number  seconds an unknown outcome keeps its finding waiting
---@field retry_ambiguous boolean  create again at once and rely on the sink to refuse a double

local Opener = {}
Opener.__index = Opener

---@param options { store: plumb.Store, sink: table, now: fun(): number, policy: table, run: string,
---  place: string? }  place: "ACCOUNT/REGION", whose poll may have to look back
---@return plumb.Opener
function open.new(options)
  return setmetatable({
    store = options.store,
    sink = options.sink,
    now = options.now,
    run = options.run,
    place = options.place,
    quarantine = options.policy.seconds("quarantine"),
    retry_ambiguous = options.policy.ambiguous == "retry",
  }, Opener)
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

local function commit(self, writes, trail)
  for _, entry in ipairs(trail or {}) do entry.at, entry.run = self.now(), self.run end
  return assert(self.store:commit(writes, trail))
end

-- How many items this account got this calendar month: OpsCenter allows 10,000, and a budget less.
local function month_mark(self, account)
  local name = ("created/%s/%s"):format(account, time.iso(self.now()):sub(1, 7))
  return self.store:get("mark", name) or { name = name, value = 0 }
end

---How many new items this account got this calendar month, as far as this state knows.
---@param account string
---@return integer
function Opener:created_this_month(account) return month_mark(self, account).value end

-- The item exists: remember it, and whose it is, in one step.
local function remember(self, record, id, operation, about)
  about = about or {}
  local writes = { { "put", "finding", record } }
  if about.resolved then -- before anybody knew of it: the next poll has to look that far back
    writes[#writes + 1] = inbox.look_back(self.store, about.since, self.place)
  end
  record.status, record.item_id = "open", id
  record.intent_at, record.ambiguous_until, record.reason = nil, nil, nil
  if not self.store:get("item", id) then
    writes[#writes + 1] = { "put", "item", { id = id, key = record.key, sink = self.sink.name, processed = false,
      at = self.now() } }
  end
  if operation == "create" then
    local mark = month_mark(self, record.account)
    mark.value = mark.value + 1
    writes[#writes + 1] = { "put", "mark", mark }
  end
  commit(self, writes, { { operation = operation, resource = id,
    request_id = about.request_id, detail = { finding = record.key, title = record.title } } })
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
      if candidate.open then return candidate end
      resolved = is_recent(self, candidate, record) and candidate or resolved
    end
  end
  return resolved
end

local function adopt(self, record, found)
  return remember(self, record, found.id, "adopt", { resolved = found.resolved, since = found.created_at })
end

local function intend(self, record)
  local now = self.now()
  record.status, record.intent_at = "intended", now
  -- Set before sending, so that a crash counts as an outcome nobody knows.
  record.ambiguous_until = self.retry_ambiguous and now or now + self.quarantine
  commit(self, { { "put", "finding", record } })
end

-- What became of a create that failed. Returns the id when the item is there all the same.
local function after_failure(self, record, failure)
  if failure.id and not is_used_up(self, failure.id) then
    return remember(self, record, failure.id, "adopt", { request_id = failure.request_id })
  end
  if failure.executed == "no" or failure.executed == "yes" then
    record.ambiguous_until = 0 -- certainly nothing new was made: the next run may try without waiting
    commit(self, { { "put", "finding", record } })
  end
  return nil, failure
end

-- The item is closed, or gone: its resolution, plumb's own, is used up.
local function ended(self, record, status, reason)
  record.status, record.reason = status, reason
  local writes = { { "put", "finding", record } }
  local item = record.item_id and self.store:get("item", record.item_id)
  if item and not item.processed then
    item.processed, item.outcome, item.at = true, status, self.now()
    writes[2] = { "put", "item", item }
  end
  commit(self, writes, { { operation = "close", resource = record.item_id,
    detail = { finding = record.key, reason = reason } } })
end

-- A close was begun and its practice is missing again: the item stands if the close was never carried
-- out, or if people resolved it first. Returns false when it is closed.
local function stands(self, record)
  local found, failure = self.sink:get(record.item_id)
  if not found and not failure.gone then return nil, failure end
  if found and (found.open or found.resolved and not found.fields[item_of.CLOSED_FIELD]) then
    record.reason = nil
    commit(self, { { "put", "finding", record } })
    return true
  end
  ended(self, record, "fixed", record.reason)
  return false
end

-- Nothing is known of a create before this one, or it was made certain.
local function create(self, record, item)
  intend(self, record)
  local id, failure = self.sink:create(item)
  if not id and failure.executed == "maybe" and self.retry_ambiguous then
    id, failure = self.sink:create(item) -- the sink refuses a double and names the first
  end
  if id then return "created", remember(self, record, id, "create") end
  id, failure = after_failure(self, record, failure)
  if id then return "adopted", id end
  return nil, failure
end

---Makes sure that a finding has its item. Waits.
---@param step plumb.Action  with `item`; kind "create" or "return"
---@return "created"|"adopted"|nil done
---@return string|plumb.Error id_or_err  `executed` "maybe" means that the next run will find out
function Opener:create(step)
  local found, record = step.finding, step.record or self:record_of(step.finding)
  if record.status == "open" then
    local standing, failure = stands(self, record)
    if failure then return nil, failure end
    if standing then return "adopted", record.item_id end
  end
  local left_open = record.status == "intended"
  if step.kind == "return" then
    record.previous_item, record.item_id = record.item_id or record.previous_item, nil
  end
  record.risk, record.title, record.last_seen = found.risk, step.item.title, self.now()
  record.none_selected, record.reason, record.accepted_until = found.none_selected, nil, nil
  if left_open and not self.retry_ambiguous then
    local there, failure = look_up(self, record)
    if failure then return nil, failure end
    if there then return "adopted", adopt(self, record, there) end
  end
  return create(self, record, step.item)
end

---Brings an item up to date with a changed risk. Waits.
---@param step plumb.Action  with `finding`, `record` and `item`
---@return true|nil
---@return plumb.Error? err
function Opener:update(step)
  local record, item = step.record, step.item
  local done, failure = self.sink:update(record.item_id, {
    title = item.title, severity = item.severity, fields = { ["Risk level"] = item.fields["Risk level"] },
  })
  if not done and failure.gone then -- somebody deleted it: the next scan makes a new one
    ended(self, record, "obsolete", "its item does not exist any more")
  end
  if not done then return nil, failure end
  record.risk, record.title, record.last_seen = step.finding.risk, item.title, self.now()
  commit(self, { { "put", "finding", record } },
    { { operation = "update", resource = record.item_id, detail = { risk = record.risk } } })
  return true
end

-- The item of a finding that was dealt with elsewhere while nobody knew whether it has one. Returns
-- whether there is one.
local function settle_intent(self, record, status, reason)
  local found, failure = look_up(self, record)
  if failure then return nil, failure end
  if found then
    adopt(self, record, found)
  else
    ended(self, record, status, reason)
  end
  return found ~= false
end

-- What becomes of a finding when its item is closed.
local END_STATUS = { close = "fixed", obsolete = "obsolete", cleanup = "accepted" }

---Resolves an item whose practice was dealt with elsewhere, or that nobody wants any more. What plumb leaves on it says so, and its
---echo never selects anything. An item that people resolved themselves is left for resolve. Waits.
---@param step plumb.Action  kind "close", "obsolete" or "cleanup"
---@return "closed"|"kept"|nil done
---@return plumb.Error? err
function Opener:close(step)
  local record, status = step.record, END_STATUS[step.kind]
  if record.status == "intended" then
    local there, failure = settle_intent(self, record, status, step.reason)
    if not there then return not failure and "closed" or nil, failure end
  end
  local found, failure = self.sink:get(record.item_id)
  if not found and not failure.gone then return nil, failure end
  local by_people = found and found.resolved and not found.fields[item_of.CLOSED_FIELD]
  -- Until the end is committed, the reason on an open record says that a close may be on its way.
  record.reason = not by_people and step.reason or nil
  if found and (found.open or by_people) then commit(self, { { "put", "finding", record } }) end
  if by_people then return "kept" end
  if found and found.open then
    local done
    done, failure = self.sink:close(record.item_id, step.reason)
    if not done and not failure.gone then return nil, failure end
  end
  ended(self, record, status, step.reason)
  return "closed"
end

---Takes over the items that exist when the state knows nothing: a new or lost state file must not
---make a second item for everything. Resolutions that were made before are taken as used up, since
---nobody knows whether they have been. Waits.
---@param found_items fun(): table?  as sink:each() gives them
---@return table<string, table> by_key  the item that stands for each finding
function open.standing(found_items)
  local by_key = {}
  for found in found_items do
    local best = found.key and by_key[found.key]
    if found.key and (not best or found.open and not best.open) then by_key[found.key] = found end
  end
  return by_key
end

---Records an item found by standing() for a finding that the state does not know.
---@param found table    a finding
---@param existing table the sink's item, open
---@return string id
function Opener:adopt(found, existing)
  local record = self:record_of(found)
  record.title = existing.title
  return remember(self, record, existing.id, "adopt")
end

return open
