-- Whether the state still says what is true of every state that plumb writes: the file is whole, the
-- audit trail follows on itself, keys are those of what they name, and findings and items name each
-- other. It reads and judges; it never repairs, since a repair by guess is how doubles are made.

local chain = require "plumb.store.chain"
local finding_of = require "plumb.finding"
local group_of = require "plumb.group"

local verify = {}

---@class plumb.Fault
---@field where string  the record or row it is about
---@field what string   what is wrong
---@field fix string    what to do

local REBUILD = "plumb state rebuild   takes what is missing from OpsCenter"
local BACKUP = "keep this file, put a backup in its place, then: plumb state rebuild"

local function subject(record)
  return ("%s / %s / %s"):format(record.workload_name or record.workload_arn, record.question_id, record.choice_id)
end

local function check_whole(store, add)
  for _, complaint in ipairs(store:check()) do add("the file", complaint, BACKUP) end
end

local function check_trail(store, add)
  local count, broken = chain.verify(store:trail())
  if broken then
    add(("audit row %d"):format(broken.seq), broken.reason,
      "the rows before it hold; ask who else may write this file, keep it as evidence, and put a backup in its place")
  end
  return count
end

local function check_key(record, add)
  if finding_of.key(record) ~= record.key then
    add(subject(record), ("its key %s… is not that of the practice it names"):format(record.key:sub(1, 12)), BACKUP)
  end
end

local function group_subject(record)
  return ("%s / group of %s %s"):format(record.workload_name or record.workload_arn, record.mode, record.name)
end

-- A finding whose item others share: the item is its group's, and the group says so too.
local function check_member(record, item, groups, add)
  local of_group, name = groups[record.group_key], subject(record)
  if not of_group then
    add(name, "the group that it belongs to has no record", REBUILD)
  elseif of_group.status == "open" and of_group.item_id ~= record.item_id then
    add(name, ("its item %s is not that of its group, %s"):format(record.item_id, of_group.item_id), BACKUP)
  elseif of_group.status == "closed" then
    add(name, "it is open, and the group that it belongs to is closed", REBUILD)
  elseif item and item.key ~= record.group_key then
    add(name, ("its item %s is on record for another group"):format(record.item_id), BACKUP)
  end
end

-- A group has the key of what it names, and an open one has an item that is on record for it.
local function check_group(record, items, add)
  local name = group_subject(record)
  if group_of.key(record) ~= record.key then
    add(name, ("its key %s… is not that of the group it names"):format(record.key:sub(1, 12)), BACKUP)
  end
  if record.status ~= "open" then return end
  local item = record.item_id and items[record.item_id]
  if not item then
    add(name, ("its item %s has no record"):format(record.item_id or "(none)"), REBUILD)
  elseif item.key ~= record.key then
    add(name, ("its item %s is on record for something else"):format(record.item_id), BACKUP)
  end
end

-- An open finding and its item name each other, and no finding outside its group has that item.
local function check_open(record, items, groups, owners, add)
  local id, name = record.item_id, subject(record)
  local item = id and items[id]
  if not id then
    add(name, "it is open and has no item", REBUILD)
    return
  end
  if owners[id] and (not record.group_key or owners[id].group_key ~= record.group_key) then
    add(name, ("its item %s is also that of %s"):format(id, subject(owners[id])), BACKUP)
  end
  owners[id] = owners[id] or record
  if record.group_key then check_member(record, item, groups, add) end
  if not item then
    add(name, ("its item %s has no record"):format(id), REBUILD)
  elseif not record.group_key and item.key ~= record.key then
    add(name, ("its item %s is on record for another finding"):format(id), BACKUP)
  elseif item.processed then
    add(name, ("it is open, and the resolution of its item %s counts as used up"):format(id),
      ("look at it:  plumb item show %s;  when it is resolved:  plumb state rebuild"):format(id))
  end
end

local function check_items(items, findings, groups, add)
  for _, item in ipairs(items) do
    if not findings[item.key] and not groups[item.key] then
      add("item " .. item.id, "the state has no finding for it", REBUILD)
    end
  end
end

-- Every record of a kind, and where to find each by its key.
local function records_of(store, kind, key)
  local list, by_key = {}, {}
  for record in store:each(kind) do
    list[#list + 1] = record
    by_key[record[key]] = record
  end
  return list, by_key
end

---Checks everything.
---@param store plumb.Store
---@return plumb.Fault[] faults
---@return { findings: integer, items: integer, audit: integer } checked  what was looked at
function verify.all(store)
  local faults, owners = {}, {}
  local function add(where, what, fix) faults[#faults + 1] = { where = where, what = what, fix = fix } end
  check_whole(store, add)
  local rows = check_trail(store, add)
  local findings, finding_by_key = records_of(store, "finding", "key")
  local items, item_by_id = records_of(store, "item", "id")
  local groups, group_by_key = records_of(store, "item_group", "key")
  for _, record in ipairs(findings) do
    check_key(record, add)
    if record.status == "open" then check_open(record, item_by_id, group_by_key, owners, add) end
  end
  for _, record in ipairs(groups) do check_group(record, item_by_id, add) end
  check_items(items, finding_by_key, group_by_key, add)
  return faults, { findings = #findings, items = #items, audit = rows }
end

return verify
