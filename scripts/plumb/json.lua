-- JSON for everything plumb reads and writes. Underneath is lua-cjson, which alone loses digits of long
-- integers, turns every number into a float, writes [] as {} and takes text that is no JSON; so the
-- text is checked and made safe by engine.json first, the values are put right afterwards, and
-- writing is done here, with sorted keys, so that equal values are equal bytes.
-- RFC 8259: https://www.rfc-editor.org/rfc/rfc8259

local cjson = require("cjson").new()
local engine = require("engine.json")

local MAX_BYTES = 16 * 1024 * 1024
local MAX_DEPTH = 64

cjson.decode_max_depth(1024)

---@class plumb.json
local json = {}

---What JSON's null decodes to and what encodes as null. Truthy, as every userdata is: compare with ==.
json.null = cjson.null

-- Marks a table as a list, so that it encodes as [] even when it is empty.
local list_mt = { __name = "plumb.json.list" }

---Marks a table as a JSON list.
---@generic T: table
---@param t? T  a new table when absent; changed in place
---@return T t
function json.list(t)
  return setmetatable(t or {}, list_mt)
end

---@param t any
---@return boolean  whether t is a table that json.list or decode marked as a list
function json.is_list(t)
  return type(t) == "table" and getmetatable(t) == list_mt
end

-- Reading ---------------------------------------------------------------------------------------

-- A string of the safe text that begins with NUL stands for something else; see plumb/json.h.
local function untag(s)
  local tag = s:sub(2, 2)
  if tag == "i" then
    return math.tointeger(tonumber(s:sub(3)))
  elseif tag == "a" then
    return json.list({})
  end
  return s:sub(3)
end

local restore

local function restore_table(t)
  if t[1] ~= nil then -- object keys are strings, so this is an array
    for i = 1, #t do
      t[i] = restore(t[i])
    end
    return setmetatable(t, list_mt)
  end
  for key, value in next, t do
    t[key] = restore(value)
  end
  return t
end

function restore(value)
  local kind = type(value)
  if kind == "string" then
    return value:byte() == 0 and untag(value) or value
  elseif kind == "number" then
    return math.tointeger(value) or value
  elseif kind == "table" then
    return restore_table(value)
  end
  return value
end

-- The keys of all objects in a decoded value.
local function count_keys(value)
  if type(value) ~= "table" then
    return 0
  end
  local count, is_list = 0, json.is_list(value)
  for _, member in next, value do
    count = count + count_keys(member) + (is_list and 0 or 1)
  end
  return count
end

-- "line 3, column 7" of a byte; columns count characters.
local function place(text, position)
  local before = text:sub(1, position - 1)
  local _, lines = before:gsub("\n", "")
  local line = before:match("[^\n]*$")
  return ("line %d, column %d"):format(lines + 1, (utf8.len(line) or #line) + 1)
end

---Reads one JSON value. Objects become tables, arrays become marked lists (see json.list), null
---becomes json.null; a number without a fraction that fits 64 bits becomes an integer, exactly.
---@param text string
---@param options? { max_bytes: integer?, max_depth: integer?, unique_keys: boolean? }  default 16 MB, 64 levels,
---  and of equal keys in one object the last; unique_keys refuses them, however they are escaped
---@return any value  nil only when the text is no JSON
---@return string? message  where and why: "line 1, column 5: a number that begins with 0"
function json.decode(text, options)
  local max_bytes = options and options.max_bytes or MAX_BYTES
  if #text > max_bytes then
    return nil, ("a JSON text of %d bytes; at most %d are read"):format(#text, max_bytes)
  end
  local safe, extra, position = engine.check(text, options and options.max_depth or MAX_DEPTH)
  if not safe then
    return nil, place(text, position) .. ": " .. extra
  end
  local value = restore(cjson.decode(safe))
  if options and options.unique_keys and count_keys(value) ~= extra then -- the keys as written
    return nil, "an object has a key twice"
  end
  return value
end

-- Writing ---------------------------------------------------------------------------------------

local escapes = { ['"'] = '\\"', ["\\"] = "\\\\", ["\b"] = "\\b", ["\f"] = "\\f", ["\n"] = "\\n",
  ["\r"] = "\\r", ["\t"] = "\\t" }
for byte = 0, 31 do
  local char = string.char(byte)
  escapes[char] = escapes[char] or ("\\u%04x"):format(byte)
end

-- One encode: the pieces written so far (`out`, `n`) and the keys on the way to the value being written (`path`,
-- `depth`). Much of a run's time goes by here, so these are plain functions, and a key is made into text once.
---@class plumb.json.Writer
---@field out string[]
---@field n integer
---@field path any[]
---@field depth integer
---@field max_depth integer
---@field indent string?

local function refuse(w, what)
  local path = { "$" }
  for i = 1, w.depth do
    local key = w.path[i]
    if type(key) == "string" and key:find("^[%a_][%w_]*$") then
      path[#path + 1] = "." .. key
    else
      path[#path + 1] = "[" .. (type(key) == "string" and ("%q"):format(key) or tostring(key)) .. "]"
    end
  end
  error(("JSON cannot hold %s, at %s"):format(what, table.concat(path)), 0)
end

local function add(w, piece)
  local n = w.n + 1
  w.n, w.out[n] = n, piece
end

local function string_text(w, s)
  if not utf8.len(s) then
    refuse(w, "a string that is not UTF-8")
  end
  return '"' .. (s:find('[%c"\\]') and s:gsub('[%c"\\]', escapes) or s) .. '"'
end

local KEYS_KEPT, LONGEST_KEPT = 1000, 64
local key_texts, keys_kept = {}, 0

local function key_text(w, key)
  local text = key_texts[key]
  if text then
    return text
  end
  text = string_text(w, key) .. ":"
  if #key > LONGEST_KEPT then
    return text
  elseif keys_kept == KEYS_KEPT then
    key_texts, keys_kept = {}, 0
  end
  key_texts[key], keys_kept = text, keys_kept + 1
  return text
end

-- The shortest text that reads back as the same double.
local function float_text(x)
  for digits = 15, 17 do
    local text = ("%." .. digits .. "g"):format(x)
    if tonumber(text) == x then
      return text
    end
  end
end

local function number_text(w, x)
  local whole = math.tointeger(x)
  if whole then
    return ("%d"):format(whole)
  elseif x ~= x or x == math.huge or x == -math.huge then
    refuse(w, x ~= x and "NaN" or "an infinite number")
  end
  return float_text(x)
end

-- The keys of an object in order, or nil and the length when t is a list.
local function keys_of(w, t)
  local marked, length = getmetatable(t) == list_mt, #t
  local names, named, numbered = {}, 0, 0
  for key in next, t do
    if type(key) == "string" then
      named = named + 1
      names[named] = key
    elseif math.type(key) == "integer" and key >= 1 and key <= length then
      numbered = numbered + 1
    else
      refuse(w, "a table with the key " .. tostring(key))
    end
  end
  if named > 0 and (marked or numbered > 0) then
    refuse(w, "a table that is list and object at once")
  elseif numbered < length then
    refuse(w, "a list with holes")
  elseif marked or length > 0 then
    return nil, length
  end
  table.sort(names)
  return names, named
end

local function new_line(w)
  if w.indent then
    add(w, "\n" .. w.indent:rep(w.depth))
  end
end

local write_value

local function write_table(w, t)
  if w.depth == w.max_depth then
    refuse(w, ("more than %d levels"):format(w.max_depth))
  end
  local keys, length = keys_of(w, t)
  add(w, keys and "{" or "[")
  local depth = w.depth + 1
  w.depth = depth
  for i = 1, length do
    local key = keys and keys[i] or i
    w.path[depth] = key
    if i > 1 then
      add(w, ",")
    end
    new_line(w)
    if keys then
      add(w, key_text(w, key))
      if w.indent then
        add(w, " ")
      end
    end
    write_value(w, rawget(t, key))
  end
  w.depth = depth - 1
  if length > 0 then
    new_line(w)
  end
  add(w, keys and "}" or "]")
end

function write_value(w, value)
  local kind = type(value)
  if kind == "string" then
    add(w, string_text(w, value))
  elseif kind == "table" then
    write_table(w, value)
  elseif kind == "number" then
    add(w, number_text(w, value))
  elseif kind == "boolean" then
    add(w, tostring(value))
  elseif value == json.null then
    add(w, "null")
  else
    refuse(w, kind == "nil" and "nil; json.null is null" or "a " .. kind)
  end
end

local function write(value, indent, options)
  local w = { out = {}, n = 0, path = {}, depth = 0, indent = indent,
    max_depth = options and options.max_depth or MAX_DEPTH }
  write_value(w, value)
  return table.concat(w.out)
end

---Writes a value as JSON: keys sorted, no white space, "/" as it is, floats with as few digits as
---read back the same. An empty table is {} unless json.list marked it. Raises, with the path of the
---value, on what JSON cannot hold: functions, NaN, text that is not UTF-8, tables with mixed keys.
---@param value any
---@param options? { max_depth: integer? }  default 64 levels
---@return string text
function json.encode(value, options)
  return write(value, nil, options)
end

---The same for people: two blanks of indentation, no line break at the end.
---@param value any
---@param options? { max_depth: integer? }
---@return string text
function json.encode_pretty(value, options)
  return write(value, "  ", options)
end

return json
