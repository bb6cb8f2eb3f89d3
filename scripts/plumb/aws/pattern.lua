-- Regular expressions of service models as Lua patterns, where that is possible
-- without ever refusing what the expression allows. Character classes, escapes,
-- and quantifiers after one character translate; alternatives, look-arounds,
-- Unicode classes and quantified groups do not, and then nothing is checked.
-- A counted quantifier becomes a looser one: lengths have checks of their own.
-- Expressions describe the whole text, with or without ^ and $; models that say
-- "[\s\S]*\S[\s\S]*" for "not blank" make no sense otherwise.

local pattern = {}

local LONGEST_SUBJECT = 2048 -- backtracking is polynomial, so it gets short texts only
local MOST_UNBOUNDED = 4
local MOST_REPEATS = 64

local CLASSES = { d = "%d", D = "%D", w = "[%w_]", W = "[^%w_]", s = "%s", S = "%S" }
local IN_CLASS = { d = "%d", D = "%D", w = "%w_", s = "%s", S = "%S" }
-- Said with a look-ahead, and frequent enough to know: something that is not blank.
local NOT_BLANK = "^(?!\\s*$).+"
local PLAIN = { t = "\t", n = "\n", r = "\r", f = "\f" }

local function literal(byte)
  return byte:find("%w") and byte or "%" .. byte
end

-- Each reader takes the text and a position and returns the Lua piece and the next
-- position, or nil when the expression is beyond us.
local function read_escape(text, at, table_of_classes)
  local byte = text:sub(at + 1, at + 1)
  if table_of_classes[byte] then return table_of_classes[byte], at + 2 end
  if PLAIN[byte] then return PLAIN[byte], at + 2 end
  if byte == "" or byte:find("%w") then return nil end
  return literal(byte), at + 2
end

local function read_class(text, at)
  local out = { "[" }
  at = at + 1
  if text:sub(at, at) == "^" then
    out[2] = "^"
    at = at + 1
  end
  local first = at
  while true do
    local byte = text:sub(at, at)
    local piece
    if byte == "" or byte == "[" or text:sub(at, at + 1) == "&&" or byte:byte() > 127 then return nil end
    if byte == "]" then
      if at == first then return nil end
      out[#out + 1] = "]"
      return table.concat(out), at + 1
    elseif byte == "\\" then
      piece, at = read_escape(text, at, IN_CLASS)
      if not piece then return nil end
    elseif byte == "-" then
      -- A range has plain ends; elsewhere the hyphen stands for itself.
      local before, after = text:sub(at - 1, at - 1), text:sub(at + 1, at + 1)
      local range = at > first and before:find("%w") and after:find("%w") and text:sub(at - 2, at - 2) ~= "\\"
      piece, at = range and "-" or "%-", at + 1
    else
      piece, at = literal(byte), at + 1
    end
    out[#out + 1] = piece
  end
end

local function read_atom(text, at)
  local byte = text:sub(at, at)
  if byte == "[" then return read_class(text, at) end
  if byte == "\\" then return read_escape(text, at, CLASSES) end
  if byte == "." then return "[^\n]", at + 1 end
  if byte:find("[%(%)|%*%+%?{}%^%$]") or byte:byte() > 127 then return nil end
  return literal(byte), at + 1
end

-- The quantifier at a position: least count, whether there is no bound, next position.
local function read_quantifier(text, at)
  local byte = text:sub(at, at)
  local least, open, after = 1, false, at
  if byte == "*" then
    least, open, after = 0, true, at + 1
  elseif byte == "+" then
    least, open, after = 1, true, at + 1
  elseif byte == "?" then
    least, open, after = 0, true, at + 1
  elseif byte == "{" then
    local from, comma, last = text:match("^{(%d+)(,?)%d*}()", at)
    if not from then return nil end
    least, open, after = tonumber(from), comma == ",", last
  end
  -- Lazy and possessive forms match the same texts or need more than we have.
  if after > at and text:find("^[%?%+]", after) then return nil end
  return least, open, after
end

-- A group of plain characters that no quantifier follows can do without its brackets,
-- and so can one around the whole expression.
local function unwrap(text)
  local start, inner, finish = text:match("^(%^?)%((.*)%)(%$?)$")
  if inner and not inner:find("^%?") and not inner:find("[%(%)|]") then text = start .. inner .. finish end
  return (text:gsub("%(([%w%-_:/]+)%)()", function(plain, after)
    if not text:find("^[%*%+%?{]", after) then return plain end
  end))
end

local function translate(text)
  text = unwrap(text)
  local anchored, ended = text:sub(1, 1) == "^", text:find("[^\\]%$$") ~= nil
  local at, stop = anchored and 2 or 1, ended and #text - 1 or #text
  local body, out, unbounded = text:sub(1, stop), {}, 0
  while at <= #body do
    local atom, next_at = read_atom(body, at)
    if not atom then return nil end
    local least, open, after = read_quantifier(body, next_at)
    if not least or least > MOST_REPEATS then return nil end
    out[#out + 1] = atom:rep(least)
    if open then
      unbounded = unbounded + 1
      out[#out + 1] = atom .. "*"
    end
    at = after
  end
  if unbounded > MOST_UNBOUNDED then return nil end
  return "^" .. table.concat(out) .. "$"
end

---Makes a matcher from a model's regular expression.
---@param regex string
---@return (fun(text: string): boolean)|nil  nil when the expression cannot be translated; the matcher
---  says yes to what it cannot judge (long texts, text beyond ASCII)
function pattern.matcher(regex)
  local lua_pattern = regex == NOT_BLANK and "%S" or translate(regex)
  if not lua_pattern or not pcall(string.find, "", lua_pattern) then return nil end
  return function(text)
    if #text > LONGEST_SUBJECT or text:find("[\128-\255]") then return true end
    return text:find(lua_pattern) ~= nil
  end
end

return pattern
