-- The way there: an item for a finding, exactly once. Nothing is sent before the intent to send it is
-- on disk, so that a crash or a lost reply is never mistaken for "nothing happened".
--
-- The order of a create: look for one that is there already when an earlier create was left open;
-- commit the intent with the end of its quarantine; create once, on a connection of its own; commit
-- the id. An outcome that nobody knows leaves the intent standing, and a later run finds out.

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

---@param options { store: plumb.Store, sink: table, now: fun(): number, policy: table, run: string }
---@return plumb.Opener
function open.new(options)
  return setmetatable({
    store = options.store,
    sink = options.sink,
    now = options.now,
    run = options.run,
    marks = {},
    quarantine = options.policy.seconds("quarantine"),
    retry_ambiguous = options.policy.ambiguous == "retry",
  }, Opener)
end

local function record_of(self, found, previous)
  local now = self.now()
  return {
    key = found.key, partition = found.partition, account = found.account, region = found.region,
    workload_arn = found.workload.WorkloadArn, lens_arn = found.lens_arn,
    question_id = found.question.QuestionId, choice_id = found.choice.ChoiceId,
    sink = self.sink.name, risk = found.risk, workload_name = found.workload.WorkloadName,
    lens_alias = found.lens.LensAlias, none_selected = found.none_selected,
    previous_item = previous, first_seen = now, last_seen = now,
  }
end

local function commit(self, writes, trail)
  for _, entry in ipairs(trail or {}) do entry.at, entry.run = self.now(), self.run end
  return assert(self.store:commit(writes, trail))
end

-- How many items this account got this calendar month: OpsCenter allows 10,000, and a budget less.
local function month_mark(self, account)
  local name = ("created/%s/%s"):format(account, time.iso(self.now()):sub(1, 7))
  self.marks[name] = self.marks[name] or self.store:get("mark", name) or { name = name, value = 0 }
  return self.marks[name]
end

---How many new items this account got this calendar month, as far as this state knows.
---@param account string
---@return integer
function Opener:created_this_month(account) return month_mark(self, account).value end

-- The item exists: remember it, and whose it is, in one step.
local function remember(self, record, id, operation, failure)
  record.status, record.item_id = "open", id
  record.intent_at, record.ambiguous_until = nil, nil
  local known = self.store:get("item", id)
  local writes = { { "put", "finding", record } }
  if not known then
    writes[2] = { "put", "item", { id = id, key = record.key, sink = self.sink.name, processed = false,
      at = self.now() } }
  end
  if operation == "create" then
    local mark = month_mark(self, record.account)
    mark.value = mark.value + 1
    writes[#writes + 1] = { "put", "mark", mark }
  end
  commit(self, writes, { { operation = operation, resource = id,
    request_id = failure and failure.request_id, detail = { finding = record.key, title = record.title } } })
  return id
end

-- An item whose resolution has been used up belongs to the past.
local function is_used_up(self, id)
  local known = self.store:get("item", id)
  return known ~= nil and known.processed
end

-- Looks for an item that an earlier create may have made. Returns its id, false when there is none,
-- or nil and the error.
local function look_up(self, key)
  local candidates, failure = self.sink:find(key)
  if not candidates then return nil, failure end
  for _, candidate in ipairs(candidates) do
    if candidate.key == key and not is_used_up(self, candidate.id) then return candidate.id end
  end
  return false
end

local function intend(self, record)
  local now = self.now()
  record.status, record.intent_at = "intended", now
  -- Set before sending, so that a crash counts as an outcome nobody knows.
  record.ambiguous_until = now + self.quarantine
  commit(self, { { "put", "finding", record } })
end

-- What became of a create that failed. Returns the id when the item is there all the same.
local function after_failure(self, record, failure)
  if failure.id and not is_used_up(self, failure.id) then
    return remember(self, record, failure.id, "adopt", failure)
  end
  if failure.executed == "no" then
    record.ambiguous_until = 0 -- certainly not created: the next run may try without waiting
    commit(self, { { "put", "finding", record } })
  end
  return nil, failure
end

---Makes sure that a finding has its item. Waits.
---@param step plumb.Action  with `item`; kind "create" or "return"
---@return "created"|"adopted"|nil done
---@return string|plumb.Error id_or_err  `executed` "maybe" means that the next run will find out
function Opener:create(step)
  local found, record = step.finding, step.record
  local left_open = record and record.status == "intended"
  if not record then
    record = record_of(self, found, nil)
  elseif step.kind == "return" then
    record.previous_item, record.item_id = record.item_id or record.previous_item, nil
  end
  record.risk, record.title, record.last_seen = found.risk, step.item.title, self.now()
  record.none_selected, record.reason = found.none_selected, nil

  if left_open and not self.retry_ambiguous then
    local id, failure = look_up(self, found.key)
    if failure then return nil, failure end
    if id then return "adopted", remember(self, record, id, "adopt") end
  end
  intend(self, record)
  local id, failure = self.sink:create(step.item)
  if id then return "created", remember(self, record, id, "create") end
  id, failure = after_failure(self, record, failure)
  if id then return "adopted", id end
  return nil, failure
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
  if not done then return nil, failure end
  record.risk, record.title, record.last_seen = step.finding.risk, item.title, self.now()
  commit(self, { { "put", "finding", record } },
    { { operation = "update", resource = record.item_id, detail = { risk = record.risk } } })
  return true
end

---Resolves an item whose practice was dealt with elsewhere. Its resolution is marked as used up
---before it is made, so that the echo never selects anything. Waits.
---@param step plumb.Action  kind "close" or "obsolete"
---@return true|nil
---@return plumb.Error? err
function Opener:close(step)
  local record = step.record
  local item = self.store:get("item", record.item_id)
  if item and not item.processed then
    item.processed, item.outcome = true, step.kind == "close" and "fixed" or "obsolete"
    commit(self, { { "put", "item", item } })
  end
  local done, failure = self.sink:close(record.item_id, step.reason)
  if not done and failure.code ~= "OpsItemNotFoundException" then return nil, failure end
  record.status = step.kind == "close" and "fixed" or "obsolete"
  record.reason = step.reason
  commit(self, { { "put", "finding", record } },
    { { operation = "close", resource = record.item_id, detail = { reason = step.reason } } })
  return true
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
  local record = record_of(self, found, nil)
  record.title = existing.title
  return remember(self, record, existing.id, "adopt")
end

return open
