-- The regular expressions of the service models. They are Java's, Lua's patterns cannot say them, and a value that the
-- real service refuses must be refused here too; so this is a small backtracking matcher for the subset those models
-- use: alternation, groups, look-ahead, classes, escapes, counted and open repetition. Matches cover the whole text.

local M = {}

local function code_points(text)
  local points = {}
  if utf8.len(text) then
    for _, point in utf8.codes(text) do
      points[#points + 1] = point
    end
  else
    points = { text:byte(1, -1) }
  end
  return points
end

local function is_space(c)
  return c == 32 or (c >= 9 and c <= 13)
end

local function is_word(c)
  return (c >= 48 and c <= 57) or (c >= 65 and c <= 90) or c == 95 or (c >= 97 and c <= 122)
end

local function is_digit(c)
  return c >= 48 and c <= 57
end

local function negated(test)
  return function(c)
    return not test(c)
  end
end

local ESCAPES = {
  s = is_space, S = negated(is_space), w = is_word, W = negated(is_word), d = is_digit, D = negated(is_digit),
}

-- Unicode categories without Unicode tables: beyond ASCII every character counts as a letter, which is lenient.
local CATEGORIES = {
  L = function(c) return (c >= 65 and c <= 90) or (c >= 97 and c <= 122) or c >= 128 end,
  Z = function(c) return c == 32 or c == 160 end,
  N = is_digit,
}

local CONTROL = { n = 10, r = 13, t = 9, f = 12 }

---@param p table  parser: source (code points), at
---@return function|integer  a test for a class, or the one code point meant
local function escape(p)
  local c = utf8.char(p.source[p.at])
  p.at = p.at + 1
  if c == "u" then
    local digits = utf8.char(table.unpack(p.source, p.at, p.at + 3))
    p.at = p.at + 4
    return tonumber(digits, 16)
  elseif c == "p" then
    local name = utf8.char(p.source[p.at + 1])
    p.at = p.at + 3
    return CATEGORIES[name]
  end
  return ESCAPES[c] or CONTROL[c] or utf8.codepoint(c)
end

local function class_item(p)
  local c = p.source[p.at]
  p.at = p.at + 1
  return c == 92 and escape(p) or c
end

---Parses what follows "[" up to "]".
local function class(p)
  local tests, single, ranges = {}, {}, {}
  local negative = p.source[p.at] == 94
  if negative then
    p.at = p.at + 1
  end
  while p.source[p.at] ~= 93 do
    local low = class_item(p)
    local dash = p.source[p.at] == 45 and p.source[p.at + 1] ~= 93
    if type(low) == "function" then
      tests[#tests + 1] = low
    elseif dash then
      p.at = p.at + 1
      local high = class_item(p)
      ranges[#ranges + 1] = { low, type(high) == "number" and high or low }
    else
      single[low] = true
    end
  end
  p.at = p.at + 1
  local function member(c)
    if single[c] then
      return true
    end
    for _, range in ipairs(ranges) do
      if c >= range[1] and c <= range[2] then
        return true
      end
    end
    for _, test in ipairs(tests) do
      if test(c) then
        return true
      end
    end
    return false
  end
  return negative and negated(member) or member
end

-- A matcher is m(subject, position, continue) -> boolean. One that consumes exactly one character also has its test in
-- `tests`, so that repeating it needs no recursion.
local function one(p, test)
  local function matcher(subject, at, continue)
    local c = subject[at]
    return c ~= nil and test(c) and continue(at + 1)
  end
  p.tests[matcher] = test
  return matcher
end

local alternatives

local function group(p)
  local mark = p.source[p.at] == 63 and p.source[p.at + 1]
  if mark then
    p.at = p.at + 2
  end
  local inner = alternatives(p)
  p.at = p.at + 1
  if not mark or mark == 58 then
    return inner
  end
  local wanted = mark == 61
  return function(subject, at, continue)
    return inner(subject, at, function() return true end) == wanted and continue(at)
  end
end

local function atom(p)
  local c = p.source[p.at]
  p.at = p.at + 1
  if c == 40 then
    return group(p)
  elseif c == 91 then
    return one(p, class(p))
  elseif c == 46 then
    return one(p, function(x) return x ~= 10 and x ~= 13 end)
  elseif c == 94 then
    return function(_, at, continue) return at == 1 and continue(at) end
  elseif c == 36 then
    return function(subject, at, continue) return at == #subject + 1 and continue(at) end
  elseif c == 92 then
    local item = escape(p)
    return one(p, type(item) == "function" and item or function(x) return x == item end)
  end
  return one(p, function(x) return x == c end)
end

local function bounds(p)
  local c = p.source[p.at]
  local simple = ({ [42] = { 0 }, [43] = { 1 }, [63] = { 0, 1 } })[c]
  if simple then
    p.at = p.at + 1
    return simple[1], simple[2] or math.huge
  elseif c ~= 123 then
    return nil
  end
  local text = ""
  repeat
    p.at = p.at + 1
    text = text .. utf8.char(p.source[p.at])
  until p.source[p.at] == 125
  p.at = p.at + 1
  local low, comma, high = text:match("^(%d*)(,?)(%d*)}$")
  return tonumber(low) or 0, comma == "" and tonumber(low) or tonumber(high) or math.huge
end

local function repeat_test(test, low, high)
  return function(subject, at, continue)
    local stop = at
    while stop - at < high and subject[stop] and test(subject[stop]) do
      stop = stop + 1
    end
    for next_at = stop, at + low, -1 do
      if continue(next_at) then
        return true
      end
    end
    return false
  end
end

local function repeat_matcher(matcher, low, high)
  local function from(subject, at, continue, count)
    if count < high and matcher(subject, at, function(next_at)
      return next_at > at and from(subject, next_at, continue, count + 1)
    end) then
      return true
    end
    return count >= low and continue(at)
  end
  return function(subject, at, continue)
    return from(subject, at, continue, 0)
  end
end

local function sequence(p)
  local parts = {}
  while p.source[p.at] and p.source[p.at] ~= 124 and p.source[p.at] ~= 41 do
    local matcher = atom(p)
    local low, high = bounds(p)
    if low then
      local test = p.tests[matcher]
      matcher = test and repeat_test(test, low, high) or repeat_matcher(matcher, low, high)
    end
    parts[#parts + 1] = matcher
  end
  return function(subject, at, continue)
    local function step(index, position)
      local part = parts[index]
      if not part then
        return continue(position)
      end
      return part(subject, position, function(next_at) return step(index + 1, next_at) end)
    end
    return step(1, at)
  end
end

function alternatives(p)
  local branches = { sequence(p) }
  while p.source[p.at] == 124 do
    p.at = p.at + 1
    branches[#branches + 1] = sequence(p)
  end
  return function(subject, at, continue)
    for _, branch in ipairs(branches) do
      if branch(subject, at, continue) then
        return true
      end
    end
    return false
  end
end

-- The two patterns that meet long texts on every call; both only ask for something that is not blank. Nobody documents
-- whether the dot of the second one, a title's, stops at line breaks; workload names have them, so here it does not.
local SHORT = {
  ["[\\s\\S]*\\S[\\s\\S]*"] = function(text) return text:find("%S") ~= nil end,
  ["^(?!\\s*$).+"] = function(text) return text:find("%S") ~= nil end,
}

local compiled = {}

---Whether the whole text matches the pattern of a service model.
---@param pattern string  a Java regular expression from the model
---@param text string
---@return boolean
function M.matches(pattern, text)
  local short = SHORT[pattern]
  if short then
    return short(text)
  end
  local matcher = compiled[pattern]
  if not matcher then
    matcher = alternatives({ source = code_points(pattern), at = 1, tests = {} })
    compiled[pattern] = matcher
  end
  local subject = code_points(text)
  return matcher(subject, 1, function(at) return at == #subject + 1 end)
end

return M
