-- Lua source as a list of tokens with their places. It exists so that a complaint about a policy can
-- point at the line and column where a field was written, which a loaded table no longer knows. It
-- reads whatever is there and never complains itself: `load` has the word on what is correct.

local M = {}

local KEYWORDS = {}
for word in ([[and break do else elseif end false for function goto if in local nil not or repeat
  return then true until while]]):gmatch("%a+") do
  KEYWORDS[word] = true
end

local SYMBOLS = { "...", "..", "==", "~=", "<=", ">=", "//", "<<", ">>", "::" }

local ESCAPES = { a = "\a", b = "\b", f = "\f", n = "\n", r = "\r", t = "\t", v = "\v",
  ["\\"] = "\\", ['"'] = '"', ["'"] = "'", ["\n"] = "\n" }

-- What follows a backslash at `at`: the text it stands for and the place after it.
local function escape(text, at)
  local letter = text:sub(at, at)
  if ESCAPES[letter] then
    return ESCAPES[letter], at + 1
  elseif letter == "z" then
    return "", (text:find("%S", at + 1) or #text + 1)
  elseif letter == "x" then
    return string.char(tonumber(text:match("^%x%x", at + 1) or "3F", 16)), at + 3
  elseif letter == "u" then
    local hex, past = text:match("^{(%x+)}()", at + 1)
    local code = tonumber(hex or "", 16)
    return code and code < 0x80000000 and utf8.char(code) or "?", past or at + 1
  end
  local digits = text:match("^%d%d?%d?", at)
  if digits then
    return string.char(tonumber(digits) & 0xFF), at + #digits
  end
  return letter, at + 1
end

-- A quoted string at `at`: its value and the place after it.
local function quoted(text, at)
  local quote, parts = text:sub(at, at), {}
  at = at + 1
  while at <= #text do
    local letter = text:sub(at, at)
    if letter == quote or letter == "\n" then
      return table.concat(parts), at + 1
    elseif letter == "\\" then
      parts[#parts + 1], at = escape(text, at + 1)
    else
      local run = text:match("^[^\\\"'\n]+", at) or letter
      parts[#parts + 1], at = run, at + #run
    end
  end
  return table.concat(parts), at
end

-- A long bracket at `at`, or nil: its value and the place after it.
local function long(text, at)
  local level, past = text:match("^%[(=*)%[\n?()", at)
  if not level then
    return nil
  end
  local close, stop = text:find("]" .. level .. "]", past, true)
  return text:sub(past, (close or #text + 1) - 1), (stop or #text) + 1
end

-- A decimal number at `at`, part by part: one pattern for all of it would try every way to divide its digits.
local function decimal(text, at)
  local past = text:match("^%d+%.?()", at) or text:match("^%.%f[%d]()", at)
  if not past then
    return nil
  end
  past = text:match("^%d*()", past)
  past = text:match("^[eE][+-]?%d+()", past) or past
  return text:sub(at, past - 1)
end

-- The token at `at`, which is not a blank: kind, value and the place after it. Kind nil is a comment.
local function token(text, at)
  if text:find("^%-%-", at) then
    local _, past = long(text, at + 2)
    return nil, nil, past or text:find("\n", at, true) or #text + 1
  end
  local word = text:match("^[%a_][%w_]*", at)
  if word then
    return KEYWORDS[word] and "keyword" or "name", word, at + #word
  end
  local number = text:match("^0[xX][%x%.]*[pP]?[+-]?%x*", at) or decimal(text, at)
  if number then
    return "number", tonumber(number), at + #number
  end
  if text:find("^[\"']", at) then
    return "string", quoted(text, at)
  end
  local value, past = long(text, at)
  if value then
    return "string", value, past
  end
  for _, symbol in ipairs(SYMBOLS) do
    if text:sub(at, at + #symbol - 1) == symbol then
      return "symbol", symbol, at + #symbol
    end
  end
  return "symbol", text:sub(at, at), at + 1
end

---@class plumb.policy.Token
---@field kind "name"|"keyword"|"string"|"number"|"symbol"
---@field value string|number  a string's value with its escapes resolved
---@field line integer
---@field col integer  in bytes, from 1
---@field width integer  bytes on its first line

---@param text string  Lua source
---@return plumb.policy.Token[]
function M.scan(text)
  local list, at, line, line_start = {}, 1, 1, 1
  local newline = text:find("\n", 1, true) or math.huge -- the next one
  local function pass(stop) -- counts the lines in text[at, stop)
    while newline < stop do
      line, line_start = line + 1, newline + 1
      newline = text:find("\n", line_start, true) or math.huge
    end
    at = stop
  end
  if text:sub(1, 1) == "#" then
    pass(text:find("\n", 1, true) or #text + 1)
  end
  while true do
    pass(text:find("%S", at) or #text + 1)
    if at > #text then
      return list
    end
    local kind, value, past = token(text, at)
    if kind then
      list[#list + 1] = { kind = kind, value = value, line = line, col = at - line_start + 1,
        width = math.min(past, newline, #text + 1) - at }
    end
    pass(past)
  end
end

return M
