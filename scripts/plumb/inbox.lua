-- Which items people have resolved: the hints, checked against OpsCenter and the state. An item counts
-- once; one that the state has never heard of is not acted on unless it is named, because nobody knows
-- whether its resolution was used up before the state was lost.

local err = require "plumb.err"
local item_of = require "plumb.item"
local problem = require "plumb.problem"
local recall = require "plumb.recall"
local retry = require "plumb.aws.retry"
local shared = require "plumb.inbox.shared"
local task = require "plumb.task"

local inbox = {}

local AT_ONCE = 100 -- hints looked into before the first of them is handed on

-- How far the last complete poll of a place has looked.
local function watermark(place) return place and "resolve/watermark/" .. place or "resolve/watermark" end

---@class plumb.Inbox
---@field unknown table[]   resolved items that the state does not know
---@field settled integer   items that had been written back before
---@field not_resolved table[]  named on the command line, and not resolved
---@field seen table<string, boolean>  ids of resolved items that this poll has shown
---@field dealt_with table<string, boolean>  named on the command line, and used up before
---@field absent table<string, plumb.Error>  named on the command line, and not in this place of several
local Inbox = {}
Inbox.__index = Inbox

---@param options { store: plumb.Store, sink: table, policy: table, now: fun(): number, place: string?,
---  central: boolean?, one_of_several: boolean?, takes: (fun(account: string): boolean)?,
---  on_failure: fun(id: string, failure: plumb.Error)? }  place: "ACCOUNT/REGION"; each place is polled for itself;
---  central: items of other places lie in the same sink; one_of_several: what is not here may be in another place;
---  takes: whether workloads that another account shares are dealt with here; on_failure: needed for hints, and where
---  the policy says look_first
---@return plumb.Inbox
function inbox.new(options)
  return setmetatable({
    store = options.store, sink = options.sink, now = options.now, place = options.place,
    on_failure = options.on_failure,
    overlap = options.policy.seconds("resolve_overlap"), parallel = options.policy.parallel,
    look_first = options.policy.look_first, central = options.central, one_of_several = options.one_of_several,
    takes = options.takes,
    unknown = {}, settled = 0, not_resolved = {}, seen = {}, absent = {}, dealt_with = {},
  }, Inbox)
end

-- What a record or the item's own fields tell of the finding, in the shape that hooks get.
local function finding_from(record, fields)
  return {
    key = record.key, risk = record.risk, partition = record.partition, account = record.account,
    region = record.region, lens_arn = record.lens_arn,
    workload = { WorkloadName = record.workload_name, WorkloadArn = record.workload_arn,
      WorkloadId = record.workload_arn:match("workload/(.+)$") },
    lens = { LensAlias = record.lens_alias, LensArn = record.lens_arn },
    question = { QuestionId = record.question_id, PillarId = fields.Pillar, QuestionTitle = fields.Question,
      Risk = record.risk },
    choice = { ChoiceId = record.choice_id, Title = fields["Best practices missing"] },
  }
end

local function resolved_of(found, item, record)
  return {
    id = found.id, status = found.status, title = found.title, fields = found.fields,
    outcome_field = item_of.outcome(found.fields),
    finding = finding_from(record, found.fields), item = item, record = record,
  }
end

-- An item that people opened again, now and not as an old list may show it: nil unless they have resolved it again.
local function as_it_is(self, found)
  local now, failure = self.sink:get(found.id)
  if not now and not failure.gone then error(failure, 0) end
  return now and now.resolved and now or nil
end

-- Whether the workload of a finding is one of this place: its answers are written here and nowhere else.
local function is_here(self, record)
  local account, region = (self.place or ""):match "^(.*)/(.*)$"
  if not region then return true end
  return record.region == region
    and (account == "" or record.account == account or self.takes ~= nil and self.takes(record.account))
end

-- Items of several places may lie in one sink, and every one of them is listed in each.
local function belongs(self, resolved)
  return not self.central or is_here(self, resolved.finding)
end

-- The state's view of a resolved item: what to settle, or nil when there is nothing to do.
local function known(self, found)
  local item = self.store:get("item", found.id)
  if not item then
    self.unknown[#self.unknown + 1] = found
    return nil
  end
  if item.processed or found.fields[item_of.CLOSED_FIELD] then
    self.settled = self.settled + 1
    return nil
  end
  if item.outcome == item_of.REOPENED then
    found = as_it_is(self, found)
    if not found then return nil end
  end
  local record = self.store:get("finding", item.key)
  local resolved = record and resolved_of(found, item, record) or shared.known(self.store, found, item)
  if not resolved then
    self.unknown[#self.unknown + 1] = found
    return nil
  end
  return belongs(self, resolved) and resolved or nil
end

-- A list that changes while it is read may show an item twice, and people may name one twice.
local function is_first(self, id)
  local first = not self.seen[id]
  self.seen[id] = true
  return first
end

local function not_ours(id, reason)
  problem.raise { id = "E324", what = ("%s was not made by plumb"):format(id), because = reason }
end

-- An item that the state knows nothing of, by what it says of itself.
local function recalled(self, found)
  if found.fields[item_of.CLOSED_FIELD] then
    self.settled = self.settled + 1
    return nil
  end
  if recall.is_group(found) then
    local whole, because = shared.recalled(self.store, found, self.sink.name, self.now())
    return whole or not_ours(found.id, because)
  end
  local rebuilt, reason = recall.record(found, self.sink.name, self.now())
  if not rebuilt then not_ours(found.id, reason) end
  local record = self.store:get("finding", rebuilt.key) or rebuilt
  return resolved_of(found, { id = found.id, key = record.key, sink = self.sink.name, processed = false,
    at = self.now() }, record)
end

local function named(self, id)
  local found, failure = self.sink:get(id)
  if not found then
    if failure.gone and self.one_of_several then
      self.absent[id] = failure
      return nil
    end
    if failure.gone then
      problem.raise { id = "E324", what = ("there is no OpsItem %s"):format(id), because = tostring(failure),
        fix = "plumb item list" }
    end
    error(failure, 0)
  end
  if not found.resolved then
    self.not_resolved[#self.not_resolved + 1] = found
    return nil
  end
  if self.store:get("item", id) then return known(self, found) end
  local resolved = recalled(self, found)
  return resolved and belongs(self, resolved) and resolved or nil
end

-- What concerns everything that is asked for ends the run; what AWS says of one item concerns that one.
local function is_about_item(failure)
  if not err.is(failure) or failure.kind ~= "aws" and failure.kind ~= "garbage" then return false end
  local class = retry.class(failure)
  return class == nil or class == "transient"
end

-- The item as it is now, if there is something to settle: lists lag, and do not carry all that is on it.
local function look_at(self, id)
  local found, failure = self.sink:get(id)
  if failure and not failure.gone then
    if not is_about_item(failure) then error(failure, 0) end
    self.on_failure(id, failure)
  end
  return found and found.resolved and known(self, found)
end

-- What a hint leads to: an item to settle, or nil.
local function followed(self, id)
  local item = self.store:get("item", id)
  local record = item and not item.processed and self.store:get("finding", item.key)
  if not item or item.processed or record and not is_here(self, record) then return nil end
  local resolved = look_at(self, id)
  return resolved and is_here(self, resolved.finding) and resolved or nil
end

---The items to settle among those that hints name. Unlike a person who names an item, a hint may be about
---anything: what is not known to the state, gone, or not resolved is passed over. Many are looked into at a time.
---Waits; raises when nothing can be read, and tells on_failure of an item that alone cannot.
---@param ids string[]  OpsItem ids, from anywhere
---@return fun(): table?  as resolved() gives them
function Inbox:hinted(ids)
  local next_id, found, at = 1, {}, 0
  local function look_on()
    local some = {}
    while next_id <= #ids and #some < AT_ONCE do
      if is_first(self, ids[next_id]) then some[#some + 1] = ids[next_id] end
      next_id = next_id + 1
    end
    found, at = task.map(some, function(id) return followed(self, id) or false end, { limit = self.parallel }), 0
    return #some > 0
  end
  return function()
    repeat
      at = at + 1
      if found[at] then return found[at] end
    until at >= #found and not look_on()
  end
end

---The items to settle: those resolved since the last complete poll, or just the ones named. Waits;
---raises when a page of the list cannot be read.
---@param ids string[]|nil  OpsItem ids
---@return fun(): table?  { id, status, title, fields, outcome_field?, finding }
function Inbox:resolved(ids)
  if ids and #ids > 0 then
    local i = 0
    return function()
      while i < #ids do
        i = i + 1
        local before = self.settled
        local resolved = is_first(self, ids[i]) and named(self, ids[i])
        if self.settled > before then self.dealt_with[ids[i]] = true end
        if resolved then return resolved end
      end
    end
  end
  self.polled_at = self.now()
  local mark = self.store:get("mark", watermark(self.place))
  local each = self.sink:resolved(mark and mark.value - self.overlap)
  return function()
    for found in each do
      local resolved = found.resolved and is_first(self, found.id) and known(self, found)
      if resolved and self.look_first then resolved = look_at(self, found.id) end
      if resolved then return resolved end
    end
  end
end

---A write that makes the next poll look back to a point in time, for an item that was resolved before
---plumb knew of it.
---@param store plumb.Store
---@param since number?  epoch seconds; nil looks at everything
---@param place string?  as in inbox.new
---@return table|nil write  nil when it looks back that far anyway
function inbox.look_back(store, since, place)
  local mark = store:get("mark", watermark(place))
  if not mark or since and mark.value <= since then return nil end
  if not since then return { "delete", "mark", mark } end
  mark.value = since
  return { "put", "mark", mark }
end

---Everything the poll showed has come to its end, so the next one need not look so far back.
function Inbox:done()
  if not self.polled_at then return end
  local mark = self.store:get("mark", watermark(self.place)) or { name = watermark(self.place) }
  mark.value = self.polled_at
  local ok, failure = self.store:commit { { "put", "mark", mark } }
  if not ok and not err.is(failure) then error(failure, 0) end
end

return inbox
