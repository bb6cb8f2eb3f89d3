-- A matcher for Lua patterns, written in Lua so that the instruction budget of a policy counts every step;
-- Lua's own is C, which nothing can interrupt. plumb.policy.patterns decides which of the two works.
-- The pattern language is that of https://www.lua.org/manual/5.4/manual.html#6.4.1

-- Called as functions, never as methods: while a policy runs, methods on texts lead back here.
local byte, char, find, format = string.byte, string.char, string.find, string.format
local match, sub = string.match, string.sub

local M = {}

local POSITION, UNFINISHED = -2, -1

local sets = setmetatable({}, { __mode = "v" })

-- The bytes that one item of a pattern, such as `%a`, `[^,]` or `x`, stands for.
local function set_of(item)
  local set = sets[item]
  if not set then
    set = {}
    for code = 0, 255 do
      set[code] = find(char(code), "^" .. item) ~= nil
    end
    sets[item] = set
  end
  return set
end

-- The place after the set that starts at `at`; a `]` that comes first belongs to it.
local function after_set(pattern, at)
  local i = at + 1
  if sub(pattern, i, i) == "^" then
    i = i + 1
  end
  repeat
    local c = sub(pattern, i, i)
    if c == "" then
      error("malformed pattern (missing ']')", 0)
    end
    i = i + (c == "%" and 2 or 1)
  until sub(pattern, i, i) == "]"
  return i + 1
end

local function after_item(pattern, at)
  local c = sub(pattern, at, at)
  if c == "[" then
    return after_set(pattern, at)
  elseif c == "%" then
    if at == #pattern then
      error("malformed pattern (ends with '%')", 0)
    end
    return at + 2
  end
  return at + 1
end

-- The pattern as a list of nodes.
local function compile(pattern, at)
  local nodes = {}
  while at <= #pattern do
    local two = sub(pattern, at, at + 1)
    local c = sub(two, 1, 1)
    local node
    if two == "()" then
      node, at = { kind = "position" }, at + 2
    elseif c == "(" then
      node, at = { kind = "open" }, at + 1
    elseif c == ")" then
      node, at = { kind = "close" }, at + 1
    elseif c == "$" and at == #pattern then
      node, at = { kind = "finish" }, at + 1
    elseif two == "%b" then
      if at + 3 > #pattern then
        error("malformed pattern (missing arguments to '%b')", 0)
      end
      node, at = { kind = "balance", first = byte(pattern, at + 2), last = byte(pattern, at + 3) }, at + 4
    elseif two == "%f" then
      if sub(pattern, at + 2, at + 2) ~= "[" then
        error("missing '[' after '%f' in pattern", 0)
      end
      local past = after_set(pattern, at + 2)
      node, at = { kind = "frontier", set = set_of(sub(pattern, at + 2, past - 1)) }, past
    elseif find(two, "^%%%d") then
      node, at = { kind = "again", index = tonumber(sub(two, 2)) }, at + 2
    else
      local past = after_item(pattern, at)
      local item = sub(pattern, at, past - 1)
      local sign = match(pattern, "^[*+?-]", past)
      node, at = { kind = sign or "one", set = set_of(#item == 1 and find(item, "%W") and item ~= "." and "%" .. item
        or item) }, past + (sign and 1 or 0)
    end
    nodes[#nodes + 1] = node
  end
  return nodes
end

local run -- run(state, node index, place) -> place after the match | nil

local STEPS = {}

STEPS["?"] = function(m, node, at, i)
  return m.bytes[i] and node.set[m.bytes[i]] and run(m, at + 1, i + 1) or run(m, at + 1, i)
end

STEPS["*"] = function(m, node, at, i)
  local last = i
  while m.bytes[last] and node.set[m.bytes[last]] do
    last = last + 1
  end
  for place = last, i, -1 do
    local past = run(m, at + 1, place)
    if past then
      return past
    end
  end
end

STEPS["+"] = function(m, node, at, i)
  return m.bytes[i] and node.set[m.bytes[i]] and STEPS["*"](m, node, at, i + 1) or nil
end

STEPS["-"] = function(m, node, at, i)
  while true do
    local past = run(m, at + 1, i)
    if past then
      return past
    elseif not (m.bytes[i] and node.set[m.bytes[i]]) then
      return nil
    end
    i = i + 1
  end
end

local function capture(m, at, i, length)
  m.level = m.level + 1
  if m.level > 32 then
    error("too many captures", 0)
  end
  m.captures[m.level] = { start = i, length = length }
  local past = run(m, at + 1, i)
  if not past then
    m.level = m.level - 1
  end
  return past
end

function STEPS.open(m, _, at, i)
  return capture(m, at, i, UNFINISHED)
end

function STEPS.position(m, _, at, i)
  return capture(m, at, i, POSITION)
end

function STEPS.close(m, _, at, i)
  for level = m.level, 1, -1 do
    local open = m.captures[level]
    if open.length == UNFINISHED then
      open.length = i - open.start
      local past = run(m, at + 1, i)
      if not past then
        open.length = UNFINISHED
      end
      return past
    end
  end
  error("invalid pattern capture", 0)
end

function STEPS.finish(m, _, _, i)
  return i == #m.subject + 1 and i or nil
end

function STEPS.balance(m, node, at, i)
  if m.bytes[i] ~= node.first then
    return nil
  end
  local depth = 1
  for place = i + 1, #m.subject do
    if m.bytes[place] == node.last then
      depth = depth - 1
      if depth == 0 then
        return run(m, at + 1, place + 1)
      end
    elseif m.bytes[place] == node.first then
      depth = depth + 1
    end
  end
end

function STEPS.frontier(m, node, at, i)
  if not node.set[m.bytes[i - 1] or 0] and node.set[m.bytes[i] or 0] then
    return run(m, at + 1, i)
  end
end

function STEPS.again(m, node, at, i)
  local earlier = m.captures[node.index]
  if not earlier or node.index > m.level or earlier.length == UNFINISHED then
    error(format("invalid capture index %%%d", node.index), 0)
  end
  local length = math.max(earlier.length, 0)
  if sub(m.subject, earlier.start, earlier.start + length - 1) == sub(m.subject, i, i + length - 1) then
    return run(m, at + 1, i + length)
  end
end

function run(m, at, i)
  local node = m.nodes[at]
  while node and node.kind == "one" do
    if not (m.bytes[i] and node.set[m.bytes[i]]) then
      return nil
    end
    at, i = at + 1, i + 1
    node = m.nodes[at]
  end
  if not node then
    return i
  end
  return STEPS[node.kind](m, node, at, i)
end

---A subject and a compiled pattern, ready to be sought. Raises what is wrong with the pattern.
---@param subject string
---@param pattern string
---@param anchors boolean  whether a `^` in front is an anchor; in gmatch it is not
---@return table matcher
function M.new(subject, pattern, anchors)
  local anchored = anchors and sub(pattern, 1, 1) == "^"
  local bytes = {}
  for i = 1, #subject do
    bytes[i] = byte(subject, i)
  end
  return { subject = subject, bytes = bytes, nodes = compile(pattern, anchored and 2 or 1),
    anchored = anchored, captures = {}, level = 0 }
end

---A match that begins exactly at `i`.
---@param m table
---@param i integer
---@return integer|nil past  the place after it
function M.at(m, i)
  m.level = 0
  return run(m, 1, i)
end

---The first match from `i` on.
---@param m table
---@param i integer
---@return integer|nil start
---@return integer|nil past  the place after it
function M.seek(m, i)
  for start = i, m.anchored and math.min(i, #m.subject + 1) or #m.subject + 1 do
    local past = M.at(m, start)
    if past then
      return start, past
    end
  end
end

---One capture of the match just found.
---@param m table
---@param level integer  1 to m.level
---@return string|integer
function M.captured(m, level)
  local c = m.captures[level]
  if c.length == UNFINISHED then
    error("unfinished capture", 0)
  end
  return c.length == POSITION and c.start or sub(m.subject, c.start, c.start + c.length - 1)
end

---The captures, or the whole match where there are none.
---@return string|integer ...
function M.results(m, start, past)
  if m.level == 0 then
    return sub(m.subject, start, past - 1)
  end
  local list = {}
  for level = 1, m.level do
    list[level] = M.captured(m, level)
  end
  return table.unpack(list, 1, m.level)
end

return M
