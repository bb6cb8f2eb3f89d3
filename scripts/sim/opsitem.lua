-- The rules of OpsCenter about an OpsItem: what may be in it, when two are the same, how it changes. Items are never
-- changed in place; every change keeps the state before it, so that a list can lag behind.

local digest = require("plumb.digest")
local fail = require("sim.fail")
local json = require("plumb.json")

local M = {}

M.MAX_VALUE = 20 * 1024
M.MAX_DEDUP = 512

local KNOWN = { ["/aws/resources"] = 100, ["/aws/automations"] = 10, ["/aws/dedup"] = 1 }
local RESERVED = { "amazon", "aws", "amzn", "ssm", "/amazon", "/aws", "/amzn", "/ssm" }

---@param name string  the parameter that is wrong
---@param message string
function M.invalid(name, message)
  fail.raise("OpsItemInvalidParameterException", message, { members = { ParameterNames = { name } } })
end

---@param kind string
---@param limit integer
---@param limit_type string
---@param message string
function M.limit(kind, limit, limit_type, message)
  fail.raise("OpsItemLimitExceededException", message, { members = { ResourceTypes = { kind }, Limit = limit,
    LimitType = limit_type } })
end

local function check_key(key)
  if KNOWN[key] then
    return
  end
  for _, prefix in ipairs(RESERVED) do
    if key:lower():sub(1, #prefix) == prefix then
      M.invalid("OperationalData", ("The key %s begins with the reserved word %s."):format(key, prefix))
    end
  end
end

local function list_of(key, text)
  local value = json.decode(text)
  if type(value) ~= "table" or (key ~= "/aws/dedup" and next(value) ~= nil and #value == 0) then
    M.invalid("OperationalData", ("The value of %s is not the JSON that this key takes."):format(key))
  end
  return value
end

local function check_value(key, entry)
  if not entry.Value then
    M.invalid("OperationalData", ("The key %s has no value."):format(key))
  elseif #entry.Value > M.MAX_VALUE then
    M.limit("OperationalData", M.MAX_VALUE, "Bytes", ("The value of %s is larger than 20 KB."):format(key))
  elseif not KNOWN[key] then
    return
  elseif entry.Type ~= "SearchableString" then
    M.invalid("OperationalData", ("%s must be a SearchableString."):format(key))
  end
  local value = list_of(key, entry.Value)
  if key == "/aws/dedup" then
    local text = value.dedupString
    if type(text) ~= "string" or text == "" or utf8.len(text) == nil or utf8.len(text) > M.MAX_DEDUP then
      M.invalid("OperationalData", "/aws/dedup needs a dedupString of 1 to 512 characters.")
    end
  elseif #value > KNOWN[key] then
    M.limit("OpsItem", KNOWN[key], key, ("%s takes %d entries."):format(key, KNOWN[key]))
  end
end

---Checks what Create and Update have in common.
---@param ctx sim.Context
---@param input table
function M.check(ctx, input)
  for key, entry in pairs(input.OperationalData or {}) do
    check_key(key)
    check_value(key, entry)
  end
  if input.Source and (input.Source:lower():find("aws") or input.Source:lower():find("amazon")
    or input.Source:lower():find("amzn")) then
    M.invalid("Source", "The source must not contain aws, amazon or amzn.")
  elseif #(input.RelatedOpsItems or {}) > 10 then
    M.limit("OpsItem", 10, "RelatedOpsItems", "An OpsItem can be related to 10 others.")
  end
  for _, notification in ipairs(input.Notifications or {}) do
    local region = (notification.Arn or ""):match("^arn:[%w-]+:sns:([%w-]+):%d+:.+$")
    if region ~= ctx.world.region then
      M.invalid("Notifications", ("%s is no SNS topic of this Region."):format(tostring(notification.Arn)))
    end
  end
end

---What makes two open items the same: the dedupString, in any case of letters, with the resources.
---@param item table
---@return string? hash
function M.dedup_hash(item)
  local data = item.OperationalData or {}
  local dedup = data["/aws/dedup"]
  if not dedup then
    return nil
  end
  local arns = {}
  for i, entry in ipairs(data["/aws/resources"] and json.decode(data["/aws/resources"].Value) or {}) do
    arns[i] = tostring(type(entry) == "table" and entry.arn)
  end
  table.sort(arns)
  local text = json.decode(dedup.Value).dedupString:lower() .. "\0" .. table.concat(arns, "\0")
  return digest.hex(digest.sha256(text))
end

---Whether an item in this state keeps others with the same dedupString out.
---@param item table
---@return boolean
function M.blocks(item)
  return item.Status == "Open" or item.Status == "InProgress"
end

---Refuses an item that an open one with the same hash keeps out.
---@param world sim.World
---@param record table?  the record about to change, which does not keep itself out
---@param hash string?
function M.check_duplicate(world, record, hash)
  local holder = hash and world.dedup and world.dedup[hash]
  if holder and holder ~= record then
    fail.raise("OpsItemAlreadyExistsException", ("An OpsItem with the same deduplication string is open: %s"):format(
      holder.id), { members = { OpsItemId = holder.id } })
  end
end

local function index(world, record)
  world.dedup = world.dedup or {}
  local hash = record.hash
  if not hash then
    return
  end
  local blocks = M.blocks(record.current) and not record.deleted_at
  if blocks then
    world.dedup[hash] = record
  elseif world.dedup[hash] == record then
    world.dedup[hash] = nil
  end
end

---Puts a new state of an item on record.
---@param world sim.World
---@param record table
---@param item table
function M.store(world, record, item)
  record.current = item
  local history = record.history
  history[#history + 1] = { at = world:now(), item = item }
  -- Nobody lags behind by more than a day.
  while #history > 1 and history[2].at < world:now() - 86400 do
    table.remove(history, 1)
  end
  index(world, record)
end

---Takes an item out, which frees its place in the quota of items; that of the month stays used.
---@param world sim.World
---@param record table
function M.delete(world, record)
  record.deleted_at, world.deleted = world:now(), (world.deleted or 0) + 1
  record.history[#record.history + 1] = { at = world:now() }
  index(world, record)
end

---The state of an item as a list shows it that lags `lag` seconds behind.
---@param world sim.World
---@param record table
---@param lag number
---@return table? item
function M.seen(world, record, lag)
  if lag <= 0 then
    return not record.deleted_at and record.current or nil
  end
  for i = #record.history, 1, -1 do
    if record.history[i].at <= world:now() - lag then
      return record.history[i].item
    end
  end
end

return M
