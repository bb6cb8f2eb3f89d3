-- string.find, match, gmatch and gsub for policies. Lua's own are written in C, where no budget reaches:
-- `("a?"):rep(30) .. ("a"):rep(30)` would hold up plumb for minutes. So a call that could become
-- expensive goes to plumb.policy.matcher, with the same results; a cheap one, which is nearly every one,
-- goes to Lua's own.

local matcher = require("plumb.policy.matcher")

-- Called as functions, never as methods: while a policy runs, methods on texts lead back here.
local find, format, gsub, sub = string.find, string.format, string.gsub, string.sub

local M = {}

local CHEAP = 1e7 -- steps that Lua's own may need at worst

local LONGEST_PATTERN = 64 * 1024 -- bytes
local PLAIN = 1e10 -- bytes that a search for plain text may compare at worst, which takes less than a second

-- An upper bound for the work: every repetition may try each length, every start is tried, and each attempt may go
-- through the whole pattern.
local function cost(subject, pattern)
  if #pattern > LONGEST_PATTERN then
    error("a pattern has at most 64 KB", 3)
  end
  local _, options = gsub(pattern, "%?", "")
  local _, repeats = gsub(pattern, "[*+-]", "")
  local _, again = gsub(pattern, "%%[b%d]", "")
  local starts = sub(pattern, 1, 1) == "^" and 0 or 1
  return (#subject + 1) ^ (repeats + again + starts) * 2 ^ options * (#pattern + 1)
end

local function check_plain(subject, pattern)
  if (#subject + 1) * (#pattern + 1) > PLAIN then
    error("string.find: these texts are too long to be searched", 3)
  end
end

local function first_place(subject, init)
  init = init or 1
  if init < 0 then
    return math.max(#subject + init + 1, 1)
  end
  return math.max(init, 1)
end

local function are_texts(subject, pattern)
  return type(subject) == "string" and type(pattern) == "string"
end

-- Runs `work`; its errors name the line of the policy, three levels up, and not this file.
local function careful(work)
  local answers = table.pack(pcall(work))
  if not answers[1] then
    error(answers[2], 3)
  end
  return table.unpack(answers, 2, answers.n)
end

local function is_plain(pattern, plain)
  return plain or not find(pattern, "[%^$*+?.()[%%-]")
end

---@see https://www.lua.org/manual/5.4/manual.html#pdf-string.find
function M.find(subject, pattern, init, plain)
  local texts = are_texts(subject, pattern)
  if texts and is_plain(pattern, plain) then
    check_plain(subject, pattern)
    return string.find(subject, pattern, init, true)
  elseif not texts or cost(subject, pattern) <= CHEAP then
    return string.find(subject, pattern, init, plain)
  end
  local found = table.pack(careful(function()
    local from = first_place(subject, init)
    local m = matcher.new(subject, pattern, true)
    local start, past = matcher.seek(m, from)
    if not start then
      return nil
    elseif m.level == 0 then
      return start, past - 1
    end
    return start, past - 1, matcher.results(m, start, past)
  end))
  return table.unpack(found, 1, found.n)
end

---@see https://www.lua.org/manual/5.4/manual.html#pdf-string.match
function M.match(subject, pattern, init)
  if not are_texts(subject, pattern) or cost(subject, pattern) <= CHEAP then
    return string.match(subject, pattern, init)
  end
  local found = table.pack(careful(function()
    local m = matcher.new(subject, pattern, true)
    local start, past = matcher.seek(m, first_place(subject, init))
    if start then
      return matcher.results(m, start, past)
    end
    return nil
  end))
  return table.unpack(found, 1, found.n)
end

---@see https://www.lua.org/manual/5.4/manual.html#pdf-string.gmatch
function M.gmatch(subject, pattern, init)
  if not are_texts(subject, pattern) or cost(subject, pattern) <= CHEAP then
    return string.gmatch(subject, pattern, init)
  end
  local place, last = first_place(subject, init), nil
  local m = careful(function()
    return matcher.new(subject, pattern, false)
  end)
  return function()
    local found = table.pack(careful(function()
      for start = place, #subject + 1 do
        local past = matcher.at(m, start)
        if past and past ~= last then
          place, last = past, past
          return matcher.results(m, start, past)
        end
      end
      place = #subject + 2
      return nil
    end))
    return table.unpack(found, 1, found.n)
  end
end

-- What one match becomes, or false where the replacement says to keep it.
local function replaced(m, replacement, start, past)
  local first = matcher.results(m, start, past)
  if type(replacement) == "table" then
    return replacement[first]
  elseif type(replacement) == "function" then
    return replacement(matcher.results(m, start, past))
  end
  return (gsub(tostring(replacement), "%%(.?)", function(c)
    if c == "0" then
      return sub(m.subject, start, past - 1)
    elseif c == "1" and m.level == 0 then
      return first
    elseif find(c, "%d") then
      if tonumber(c) > m.level then
        error(format("invalid capture index %%%s in replacement string", c), 0)
      end
      return tostring(matcher.captured(m, tonumber(c)))
    elseif c ~= "%" then
      error("invalid use of '%' in replacement string", 0)
    end
    return "%"
  end))
end

local function substitute(subject, pattern, replacement, limit)
  local m, parts, count, place, last = matcher.new(subject, pattern, true), {}, 0, 1, nil
  while count < (limit or math.huge) do
    local past = matcher.at(m, place)
    if past and past ~= last then
      count = count + 1
      local value = replaced(m, replacement, place, past)
      if value and type(value) ~= "string" and type(value) ~= "number" then
        error(format("invalid replacement value (a %s)", type(value)), 0)
      end
      parts[#parts + 1] = value and tostring(value) or sub(subject, place, past - 1)
      place, last = past, past
    elseif place <= #subject then
      parts[#parts + 1] = sub(subject, place, place)
      place = place + 1
    else
      break
    end
    if m.anchored then
      break
    end
  end
  parts[#parts + 1] = sub(subject, place)
  return table.concat(parts), count
end

---@see https://www.lua.org/manual/5.4/manual.html#pdf-string.gsub
function M.gsub(subject, pattern, replacement, limit)
  local kind = type(replacement)
  local usual = kind == "string" or kind == "number" or kind == "table" or kind == "function"
  if not are_texts(subject, pattern) or not usual or cost(subject, pattern) <= CHEAP then
    return string.gsub(subject, pattern, replacement, limit)
  end
  local text, count = careful(function()
    return substitute(subject, pattern, replacement, limit)
  end)
  return text, count
end

---For the specs, which hold both ways against each other.
M.CHEAP = CHEAP

return M
