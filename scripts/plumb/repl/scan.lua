-- Where the cursor is in a piece of Lua that is being typed: inside which tables of which calls, at a key or at a
-- value, inside a text or a comment. Never wrong about brackets in texts; never runs anything.

local M = {}

---@class plumb.repl.Frame  an open bracket
---@field open "{"|"("|"["
---@field callee string?     "wa.ListAnswers", for the bracket of a call
---@field key string?        "Tags" of Tags = {
---@field used table<string, boolean>  keys that the table has already

---@class plumb.repl.Cursor
---@field word string        what is being typed, names joined by dots and colons
---@field frames plumb.repl.Frame[]  outermost first
---@field text string?       what stands in the text that is open here
---@field comment boolean    nothing here means anything
---@field key string?        of the value that is to come: Risk =
---@field at_key boolean     a key of a table may begin here
---@field first boolean      nothing but blanks stands before the word

local CLOSES = { ["}"] = "{", [")"] = "(", ["]"] = "[" }

local KEYWORDS = {}
for word in ("and break do else elseif end for function goto if in local not or repeat return then until while")
  :gmatch("%a+") do
  KEYWORDS[word] = true
end
M.KEYWORDS = KEYWORDS

local function is_name(token)
  return token ~= nil and token:find("^[%a_]") ~= nil and not KEYWORDS[token]
end

-- What `(` or `{` is called on, given the two tokens before it.
local function callee_of(open, before, frames)
  if is_name(before) then
    return before
  end
  local top = frames[#frames]
  return open == "{" and before == "(" and top and top.callee or nil
end

local function open_frame(state, open)
  table.insert(state.frames, { open = open, callee = callee_of(open, state.last, state.frames),
    key = state.last == "=" and is_name(state.before) and state.before or nil, used = {} })
end

local function close_frame(state, close)
  local frames = state.frames
  for i = #frames, 1, -1 do
    if frames[i].open == CLOSES[close] then
      while #frames >= i do -- those that were opened inside and never closed as well
        table.remove(frames)
      end
      return
    end
  end
end

local function take(state, token)
  if token == "{" or token == "(" or token == "[" then
    open_frame(state, token)
  elseif CLOSES[token] then
    close_frame(state, token)
  elseif token == "=" and is_name(state.last) and #state.frames > 0 then
    state.frames[#state.frames].used[state.last] = true
  end
  state.before, state.last = state.last, token
end

-- The end of a long text or comment that begins at `at`; nil when it is not closed, false when it is none.
local function long_end(head, at)
  local level = head:match("^%[(=*)%[", at)
  if not level then
    return false
  end
  local _, stop = head:find("]" .. level .. "]", at, true)
  return stop
end

-- Jumps over a comment; true when it is still open at the end.
local function skip_comment(head, at)
  local stop = long_end(head, at + 2)
  if stop == nil then
    return nil, true
  elseif stop then
    return stop + 1
  end
  local newline = head:find("\n", at, true)
  return newline and newline + 1, newline == nil
end

-- Jumps over a short text; the rest of the head when it is still open.
local function skip_text(head, at)
  local quote, i = head:sub(at, at), at + 1
  while i <= #head do
    local c = head:sub(i, i)
    if c == "\\" then
      i = i + 1
    elseif c == quote then
      return i + 1
    end
    i = i + 1
  end
  return nil, head:sub(at + 1)
end

local function step(state, head, at)
  if head:find("^%-%-", at) then
    local following, open = skip_comment(head, at)
    state.comment = open or false
    return following
  elseif head:find("^[\"']", at) then
    local following, rest = skip_text(head, at)
    state.text = rest
    if following then
      take(state, "text")
    end
    return following
  end
  local stop = long_end(head, at)
  if stop == nil then
    state.comment = true -- an open long text: nothing to say there
    return nil
  elseif stop then
    take(state, "text")
    return stop + 1
  end
  local name = head:match("^[%a_][%w_]*", at)
  while name do
    local more = head:match("^[.:][%a_][%w_]*", at + #name)
    if not more then
      break
    end
    name = name .. more
  end
  local token = name or head:match("^%d[%w.]*", at) or head:sub(at, at)
  take(state, token)
  return at + #token
end

---Reads what stands before the cursor.
---@param head string
---@return plumb.repl.Cursor
function M.scan(head)
  local word = head:match("[%a_][%w_.:]*$") or ""
  local state = { frames = {}, comment = false, text = nil }
  local rest = head:sub(1, #head - #word)
  local at = rest:find("%S")
  while at do
    at = step(state, rest, at)
    at = at and rest:find("%S", at)
  end
  if state.text then -- the word stands inside the text
    state.text, word = state.text .. word, ""
  end
  local top = state.frames[#state.frames]
  return {
    word = word, frames = state.frames, text = state.text, comment = state.comment,
    key = state.last == "=" and is_name(state.before) and state.before or nil,
    at_key = top ~= nil and top.open == "{" and (state.last == "{" or state.last == "," or state.last == ";"),
    first = state.last == nil and not state.text and not state.comment,
  }
end

return M
