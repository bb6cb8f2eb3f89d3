-- Lists in pages. A NextToken is opaque, full of `+`, `/` and `=` (base64), bound to the operation and to every
-- parameter but itself and MaxResults, and refused when it is not ours; the real services are not kinder.

local digest = require("plumb.digest")
local fail = require("sim.fail")

local M = {}

-- Any value as text, the same for the same value.
local function spell(value, skip)
  if type(value) ~= "table" then
    return type(value) .. ":" .. tostring(value)
  end
  local parts = {}
  for key, item in pairs(value) do
    if not (skip and skip[key]) then
      parts[#parts + 1] = tostring(key) .. "=" .. spell(item)
    end
  end
  table.sort(parts)
  return "{" .. table.concat(parts, "\1") .. "}"
end

local PAGING = { NextToken = true, MaxResults = true }

local function binding(ctx, input)
  local text = table.concat({ ctx.world.account, ctx.world.region, ctx.operation, spell(input, PAGING) }, "\0")
  return digest.sha256("page\0" .. text):sub(1, 14)
end

local function refuse(ctx)
  if ctx.service.name == "wellarchitected" then
    fail.raise("ValidationException", "[Validation] The NextToken is not valid.", { members = { Reason = "OTHER" } })
  end
  fail.raise("InvalidNextToken", "The specified token is not valid.")
end

-- The number a token of ours holds.
local function offset(ctx, text, bound)
  local raw = digest.unbase64(text)
  if not raw or #raw ~= 20 or raw:sub(1, 14) ~= bound then
    refuse(ctx)
  end
  return (string.unpack(">I6", raw, 15))
end

local function token(bound, number)
  return digest.base64(bound .. string.pack(">I6", number))
end

---The part of `list` that this call gets.
---@param ctx sim.Context
---@param input table  may hold NextToken and MaxResults
---@param list any[]
---@param default integer  page size when MaxResults is absent; small, as with the real services
---@param key (fun(item: any): integer)?  an ascending number of each item: the token then remembers the last one seen
---  instead of a position, so that nothing is skipped when items leave the list between two pages
---@return any[] items
---@return string? next_token
function M.cut(ctx, input, list, default, key)
  local start, bound = 1, binding(ctx, input)
  if input.NextToken then
    start = offset(ctx, input.NextToken, bound)
    if key then
      start = M.position(list, start, key)
    end
  end
  local stop = math.min(#list, start + (input.MaxResults or default) - 1)
  local items = table.move(list, start, stop, 1, {})
  if stop >= #list then
    return items, nil
  end
  return items, token(bound, key and key(list[stop]) or stop + 1)
end

---Like `cut` over a list that is first filtered, but looks only as far as the page reaches.
---@param ctx sim.Context
---@param input table
---@param list any[]
---@param default integer
---@param key fun(item: any): integer  ascending along the list
---@param accept fun(item: any): any  what to show of an item; nil leaves it out
---@return any[] shown
---@return string? next_token
function M.filter(ctx, input, list, default, key, accept)
  local bound, shown, last = binding(ctx, input), {}, nil
  local start = input.NextToken and M.position(list, offset(ctx, input.NextToken, bound), key) or 1
  for i = start, #list do
    local view = accept(list[i])
    if view and #shown == (input.MaxResults or default) then
      return shown, token(bound, last)
    elseif view then
      shown[#shown + 1], last = view, key(list[i])
    end
  end
  return shown, nil
end

---The position of the first item whose key is above `last`, by halving.
---@param list any[]
---@param last integer
---@param key fun(item: any): integer
---@return integer
function M.position(list, last, key)
  local low, high = 1, #list + 1
  while low < high do
    local middle = (low + high) // 2
    if key(list[middle]) > last then
      high = middle
    else
      low = middle + 1
    end
  end
  return low
end

return M
