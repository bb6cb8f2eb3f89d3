-- Globs, as the shell writes them: `*` stands for any run of characters, `?` for one, and everything
-- else for itself. Policies and the command line choose workloads and lenses with them. Letters
-- compare as they are, since workload names and ARNs may differ in nothing but a capital.

local M = {}

local STAR, QUESTION = ("*"):byte(), ("?"):byte()

-- The byte after the UTF-8 character that starts at `at`, so that `?` takes a whole umlaut or emoji.
local function after_character(text, at)
  at = at + 1
  while at <= #text and text:byte(at) & 0xC0 == 0x80 do
    at = at + 1
  end
  return at
end

-- Step by step, which `?` needs. At most #text * #glob steps, because only the last star is ever tried again.
local function walk(text, glob)
  local at, pattern = 1, 1
  local star, restart
  while at <= #text do
    local byte = glob:byte(pattern)
    if byte == STAR then
      star, restart, pattern = pattern, at, pattern + 1
    elseif byte == QUESTION then
      at, pattern = after_character(text, at), pattern + 1
    elseif byte == text:byte(at) then
      at, pattern = at + 1, pattern + 1
    elseif star then
      restart = restart + 1
      at, pattern = restart, star + 1
    else
      return false
    end
  end
  return glob:find("^%**$", pattern) ~= nil
end

-- What a glob without `?` has before its first star, between two stars, and behind its last one; nil where it has no
-- star.
local function pieces_of(glob)
  local head, rest = glob:match("^([^*]*)%*(.*)$")
  if not head then
    return nil
  end
  local pieces = { head = head, tail = rest:match("[^*]*$") }
  for middle in rest:sub(1, #rest - #pieces.tail):gmatch("[^*]+") do
    pieces[#pieces + 1] = middle
  end
  return pieces
end

-- Each piece is taken where it comes first: what is left is then as long as it can be.
local function covers(pieces, text)
  local head, tail = pieces.head, pieces.tail
  if #text < #head + #tail or text:sub(1, #head) ~= head or text:sub(#text - #tail + 1) ~= tail then
    return false
  end
  local at = #head + 1
  for i = 1, #pieces do
    local _, last = text:find(pieces[i], at, true)
    if not last or last > #text - #tail then
      return false
    end
    at = last + 1
  end
  return true
end

-- Each choice of each question is held against the same few globs, so they are taken apart once.
local KEPT = 500
local matchers, kept = {}, 0

local function matcher_of(glob)
  local pieces = pieces_of(glob)
  if glob:find("?", 1, true) then
    return function(text) return walk(text, glob) end
  elseif not pieces then
    return function(text) return text == glob end
  end
  return function(text) return covers(pieces, text) end
end

local MOST_AT_ONCE = 100000

---Whether the whole of `text` is covered by one glob. The time it takes grows with #text * #glob at most, whatever the
---glob; where that is much, it goes in steps that the watch over a policy can end.
---@param text string
---@param glob string
---@return boolean
function M.match(text, glob)
  if #text * #glob > MOST_AT_ONCE then
    return walk(text, glob)
  end
  local matches = matchers[glob]
  if not matches then
    if kept == KEPT then
      matchers, kept = {}, 0
    end
    matches = matcher_of(glob)
    matchers[glob], kept = matches, kept + 1
  end
  return matches(text)
end

---Whether any of the globs covers `text`.
---@param text string|nil  nil, an absent member, matches nothing
---@param globs string|string[]
---@return boolean
function M.any(text, globs)
  if text == nil then
    return false
  end
  if type(globs) == "string" then
    return M.match(text, globs)
  end
  for _, glob in ipairs(globs) do
    if M.match(text, glob) then
      return true
    end
  end
  return false
end

return M
