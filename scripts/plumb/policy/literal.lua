-- Plain values as text and back: `--set budget.run=100` is read here, and `plumb check` prints what
-- is in force here. Only literals are read (no names, no calls), so there is nothing to run.

local tokens = require("plumb.policy.tokens")

local M = {}

local WORDS = { ["true"] = true, ["false"] = false }

local read

local function is_symbol(token, value)
  return token ~= nil and token.kind == "symbol" and token.value == value
end

-- The fields between braces; raises false where the text is not a literal.
local function read_table(list, i)
  local result = {}
  while not is_symbol(list[i], "}") do
    local key
    if list[i] and list[i].kind == "name" and is_symbol(list[i + 1], "=") then
      key, i = list[i].value, i + 2
    elseif is_symbol(list[i], "[") and list[i + 1] and is_symbol(list[i + 2], "]")
      and is_symbol(list[i + 3], "=") then
      key, i = list[i + 1].value, i + 4
    end
    local value
    value, i = read(list, i)
    result[key == nil and #result + 1 or key] = value
    if is_symbol(list[i], ",") or is_symbol(list[i], ";") then
      i = i + 1
    elseif not is_symbol(list[i], "}") then
      error(false)
    end
  end
  return result, i + 1
end

function read(list, i)
  local token = list[i]
  if not token then
    error(false)
  elseif token.kind == "string" or token.kind == "number" then
    return token.value, i + 1
  elseif WORDS[token.value] ~= nil then
    return WORDS[token.value], i + 1
  elseif is_symbol(token, "-") and list[i + 1] and list[i + 1].kind == "number" then
    return -list[i + 1].value, i + 2
  elseif is_symbol(token, "{") then
    return read_table(list, i + 1)
  end
  error(false)
end

---A Lua literal as a value; any other text stands for itself, so `--set source=Reviews` needs no quotes.
---@param text string
---@return boolean|number|string|table
function M.parse(text)
  local ok, value = pcall(function()
    local list = tokens.scan(text)
    local value, past = read(list, 1)
    return list[past] == nil and { value } or error(false)
  end)
  if ok then
    return value[1]
  end
  return text
end

local function sorted_keys(map)
  local keys = {}
  for key in pairs(map) do
    keys[#keys + 1] = key
  end
  table.sort(keys, function(a, b)
    return tostring(a) < tostring(b)
  end)
  return keys
end

local function quoted(text)
  return (('"%s"'):format(text:gsub('[%c"\\]', function(c)
    return c == "\n" and "\\n" or c:find("%c") and ("\\%d"):format(c:byte()) or "\\" .. c
  end)))
end

local show

local function show_table(value, depth, most)
  local parts = {}
  for i, element in ipairs(value) do
    if i > most then
      parts[#parts + 1] = "..."
      break
    end
    parts[#parts + 1] = show(element, depth - 1, most)
  end
  for i, key in ipairs(sorted_keys(value)) do
    if i > most then
      break
    elseif math.type(key) ~= "integer" then
      local name = tostring(key):find("^[%a_][%w_]*$") and key or ("[%s]"):format(show(key, 1, most))
      parts[#parts + 1] = ("%s = %s"):format(name, show(value[key], depth - 1, most))
    end
  end
  return #parts == 0 and "{}" or ("{ %s }"):format(table.concat(parts, ", "))
end

function show(value, depth, most)
  if type(value) == "string" then
    return quoted(value)
  elseif type(value) == "function" then
    return "function"
  elseif type(value) ~= "table" then
    return tostring(value)
  elseif depth == 0 then
    return "{ ... }"
  end
  return show_table(value, depth, most)
end

---A value as one line of Lua. Settings are flat; what is deeper is not shown.
---@param value any  plain data or a function
---@param most integer?  elements shown of each table, all unless told
---@return string
function M.text(value, most)
  return show(value, 4, most or math.huge)
end

return M
