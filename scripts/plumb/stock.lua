-- Takes stock: compares the items that the state takes for open with those that are. A scan trusts the state
-- and asks nobody about items, so one that people deleted, or whose resolving a lagging list never showed,
-- would stay "open" for ever; and one that a lagging list did not show when the state was new would stand for ever
-- without anybody looking after it. Made with a full check; costs one listing of open items and one look at each
-- item that only one side has, since lists lag behind.

local item_of = require "plumb.item"
local inbox = require "plumb.inbox"
local reopened = require "plumb.open.reopened"

local stock = {}

-- The items that are open now, by the list: what key each has that is about this place, or false.
local function listed(options)
  local open = {}
  for found in options.sink:each "open" do
    open[found.id] = found.key and options.is_about_here(found) and found.key or false
  end
  return open
end

-- Ids of the items about this place that are open and stand for nothing, as far as the state knows.
local function without_record(open, standing)
  local ids = {}
  for id, key in pairs(open) do
    if key and not standing[id] then ids[#ids + 1] = id end
  end
  table.sort(ids)
  return ids
end

-- The items that the state has never heard of, nor of what they ask for, as they are now.
local function strays(options, open, ids)
  local list = {}
  for _, id in ipairs(ids) do
    local key = open[id]
    local known = options.store:get("item", id) or options.store:get("finding", key)
      or options.store:get("item_group", key)
    local found = not known and options.sink:get(id)
    if found and found.open then list[#list + 1] = found end
  end
  return list
end

-- The practice that people had put off by resolving an item, which is long enough ago for no list to be behind.
local function put_off_by(options, item)
  if not item or not item.processed or item.at > options.now() - options.settling then return nil end
  local record = options.store:get("finding", item.key)
  return record and record.status == "accepted" and record.item_id == item.id and options.belongs(record) and record
    or nil
end

-- Items that people opened again after they had put off what these ask for: it is wanted after all, and what they
-- resolve the item as the next time counts.
local function taken_up(options, ids)
  local list = {}
  for _, id in ipairs(ids) do
    local item = options.store:get("item", id)
    local record = put_off_by(options, item)
    local found = record and options.sink:get(id)
    if found and found.open and reopened.unmark(options.sink, found) then
      record.status, record.reason, record.accepted_until = "open", nil, nil
      item.processed, item.outcome, item.at = false, item_of.REOPENED, options.now()
      assert(options.store:commit({ { "put", "finding", record }, { "put", "item", item } }, { { at = options.now(),
        run = options.run, operation = "reopen", resource = id, detail = { finding = record.key } } }))
      list[#list + 1] = record
    end
  end
  return list
end

-- An item that was made a moment ago need not be on the list yet.
local function is_new(options, record)
  local item = options.store:get("item", record.item_id)
  return item ~= nil and item.at > options.now() - options.settling
end

-- The item is gone: nothing resolves it any more, and the next reading finds the practice without one. One that
-- stands for several is gone for all of them, its group first: whose group is closed is looked for again.
local function write_off(options, record)
  local writes = {}
  local of_group = record.group_key and options.store:get("item_group", record.group_key)
  if of_group and of_group.item_id == record.item_id and of_group.status == "open" then
    of_group.status, of_group.reason, of_group.shown, of_group.parts = "closed", nil, nil, nil
    writes[#writes + 1] = { "put", "item_group", of_group }
  end
  record.status, record.reason = "obsolete", "its item does not exist any more"
  writes[#writes + 1] = { "put", "finding", record }
  local item = options.store:get("item", record.item_id)
  if item and not item.processed then
    item.processed, item.outcome, item.at = true, "obsolete", options.now()
    writes[#writes + 1] = { "put", "item", item }
  end
  assert(options.store:commit(writes, { { at = options.now(), run = options.run, operation = "write_off",
    resource = record.item_id, detail = { finding = record.key, reason = record.reason } } }))
end

-- The item carries plumb's mark of a close that the state knows nothing of, and it is closed. What people did with it
-- in between, nobody can tell: its practice goes the way of one whose close was begun, and is asked for again when it
-- is missing.
local function doubt(options, record)
  local kind, of_group = "finding", record.group_key and options.store:get("item_group", record.group_key)
  if of_group and of_group.item_id == record.item_id and of_group.status == "open" then
    kind, record = "item_group", of_group
  end
  if record.reason then return false end
  record.reason = "its item was closed"
  assert(options.store:commit { { "put", kind, record } })
  return true
end

-- People resolved the item and no poll has seen it: the next one looks that far back.
local function look_back(options, found)
  local write = inbox.look_back(options.store, (found.modified_at or 1) - 1, options.place)
  if write then assert(options.store:commit { write }) end
end

---Takes stock of the items of one place. Waits; raises a plumb.Error when the list cannot be read to its end.
---@param options { store: plumb.Store, sink: table, now: fun(): number, run: string, settling: number,
---  belongs: fun(record: table): boolean, is_about_here: fun(found: table): boolean, place: string? }  settling:
---  seconds that a new item may be missing from lists; belongs, is_about_here: whether a finding, or the sink's item,
---  is of this place
---@return { gone: table[], resolved: table[], unknown: table[], doubted: table[], taken_up: table[], strays: table[] }
---  found  records whose item does not exist, or was resolved unseen, or could not be looked at, or was closed by plumb
---  unseen, or was opened again; and open items that the state has never heard of
function stock.take(options)
  local result = { gone = {}, resolved = {}, unknown = {}, doubted = {} }
  local open, looks, standing = listed(options), {}, {} -- several findings may share an item
  for record in options.store:each("finding", { status = "open" }) do
    local looked = looks[record.item_id] -- which writes the item off, so that it would seem new
    standing[record.item_id] = true
    if open[record.item_id] == nil and options.belongs(record) and (looked or not is_new(options, record)) then
      looked = looked or table.pack(options.sink:get(record.item_id))
      local found, failure = looked[1], looked[2]
      looks[record.item_id] = looked
      if not found and failure.gone then
        write_off(options, record)
        table.insert(result.gone, record)
      elseif not found then
        table.insert(result.unknown, record)
      elseif found.resolved and not found.fields[item_of.CLOSED_FIELD] then
        look_back(options, found)
        table.insert(result.resolved, record)
      elseif found.resolved then
        if doubt(options, record) then table.insert(result.doubted, record) end
      end
    end
  end
  local ids = without_record(open, standing)
  result.taken_up, result.strays = taken_up(options, ids), strays(options, open, ids)
  return result
end

return stock
