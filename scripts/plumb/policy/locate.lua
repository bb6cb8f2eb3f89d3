-- Where each field of a policy was written. A loaded table knows `titel` but not line 4; this reads
-- the source beside it and maps key paths ("budget.run", "risks[1]") to places. A field whose place
-- cannot be told, one made by a loop for instance, has none, and its complaint names the file alone.

local tokens = require("plumb.policy.tokens")

local M = {}

local OPENS = { ["("] = true, ["["] = true, ["{"] = true, ["function"] = true, ["if"] = true,
  ["do"] = true, ["repeat"] = true }
local CLOSES = { [")"] = true, ["]"] = true, ["}"] = true, ["end"] = true, ["until"] = true }

---A key path as people write it: { "budget", "run" } is `budget.run`, { "risks", 1 } is `risks[1]`.
---@param keys (string|integer)[]
---@return string
function M.path(keys)
  local text = ""
  for _, key in ipairs(keys) do
    if math.type(key) == "integer" then
      text = ("%s[%d]"):format(text, key)
    elseif type(key) ~= "string" or not key:find("^[%a_][%w_]*$") then
      local plain = type(key) == "number" or type(key) == "boolean"
      text = ("%s[%s]"):format(text, type(key) == "string" and ('"%s"'):format(key)
        or plain and tostring(key) or type(key))
    else
      text = text == "" and key or text .. "." .. key
    end
  end
  return text
end

local function extended(keys, key)
  local copy = table.move(keys, 1, #keys, 1, {})
  copy[#copy + 1] = key
  return copy
end

local function is_symbol(token, value)
  return token ~= nil and token.kind == "symbol" and token.value == value
end

local function opens(token)
  return token.kind ~= "string" and OPENS[token.value]
end

local function closes(token)
  return token.kind ~= "string" and CLOSES[token.value]
end

-- The index after the expression that starts at `i`: its comma, or the bracket that ends its list.
local function skip(list, i)
  local depth = 0
  while list[i] do
    local token = list[i]
    if depth == 0 and (closes(token) or is_symbol(token, ",") or is_symbol(token, ";")) then
      return i
    elseif opens(token) then
      depth = depth + 1
    elseif closes(token) then
      depth = depth - 1
    end
    i = i + 1
  end
  return i
end

-- The key of the field at `i` and the index of its value; a field without a key gives `position`.
local function field_key(list, i, position)
  local token, second, third, fourth = list[i], list[i + 1], list[i + 2], list[i + 3]
  if token.kind == "name" and is_symbol(second, "=") then
    return token.value, i + 2, token
  end
  if is_symbol(token, "[") then
    if second and (second.kind == "string" or second.kind == "number")
      and is_symbol(third, "]") and is_symbol(fourth, "=") then
      return second.value, i + 4, second
    end
    return nil, skip(list, i + 1) + 2, token -- [expression] =
  end
  return position, i, token
end

-- Notes every field of the table constructor whose brace is at `i`; answers the index after it.
local function walk(list, i, keys, places)
  local position = 0
  i = i + 1
  while list[i] and not is_symbol(list[i], "}") do
    if is_symbol(list[i], ",") or is_symbol(list[i], ";") then
      i = i + 1
    else
      local key, value_at, token = field_key(list, i, position + 1)
      if token == list[value_at] then
        position = position + 1
      end
      local value = list[value_at]
      if key ~= nil and value then
        local path = extended(keys, key)
        local name = M.path(path)
        places[name] = { key = token, value = value, before = places[name] }
        if is_symbol(value, "{") then
          value_at = walk(list, value_at, path, places)
        end
      end
      local past = skip(list, value_at)
      i = past > i and past or i + 1
    end
  end
  return i + 1
end

-- At the top level of the file: `local NAME = {`, `NAME.key = value` and `function NAME.key(`.
local function assignments(list, name, places)
  for i, token in ipairs(list) do
    if token.kind == "name" and token.value == name then
      local before, dot, key, after = list[i - 1], list[i + 1], list[i + 2], list[i + 3]
      if is_symbol(dot, "=") and is_symbol(key, "{") then
        walk(list, i + 2, {}, places)
      elseif is_symbol(dot, ".") and key and is_symbol(after, "=") then
        places[key.value] = { key = key, value = list[i + 4] or key }
        if is_symbol(list[i + 4], "{") then
          walk(list, i + 4, { key.value }, places)
        end
      elseif before and before.value == "function" and is_symbol(dot, ".") and key then
        places[key.value] = { key = key, value = key }
      end
    end
  end
end

-- The index of the `return` that ends the file, not one inside a function.
local function last_return(list)
  local depth, found = 0, nil
  for i, token in ipairs(list) do
    if opens(token) then
      depth = depth + 1
    elseif closes(token) then
      depth = depth - 1
    elseif depth == 0 and token.kind == "keyword" and token.value == "return" then
      found = i
    end
  end
  return found
end

---@class plumb.policy.Place
---@field key plumb.policy.Token  the name of the field; the value itself where a list has no names
---@field value plumb.policy.Token  the first token of its value
---@field before plumb.policy.Place|nil  where the same field was written before, in vain

---Every field of the table that a policy file returns, by path.
---@param text string  Lua source
---@return table<string, plumb.policy.Place>
function M.places(text)
  local list, places = tokens.scan(text), {}
  local at = last_return(list)
  local first = at and list[at + 1]
  if is_symbol(first, "{") then
    walk(list, at + 1, {}, places)
  elseif first and first.kind == "name" then
    assignments(list, first.value, places)
  end
  return places
end

return M
