-- How each shell asks for candidates and wants them answered. Words come from other people (names of workloads) and end
-- up on a command line: nothing that a shell would act on goes there unquoted.

local complete = require("plumb.cli.complete")

local M = {}

local SAFE = "^[%w_./:=@%%+,-]+$"

-- Candidates that fit in a line; control characters would break it, or the terminal.
local function printable_only(list)
  local kept = {}
  for _, candidate in ipairs(list) do
    if not candidate[1]:find("%c") then kept[#kept + 1] = candidate end
  end
  return kept
end

local function one_line(text)
  return (text:gsub("%s+", " "):gsub("%c", ""))
end

local function answer(lines, way)
  if way then table.insert(lines, 1, ":" .. way) end
  return #lines > 0 and table.concat(lines, "\n") .. "\n" or ""
end

-- zsh and fish split the line themselves, show what a word means, and quote what they insert.
local function by_words(words)
  local before = table.move(words, 1, #words - 1, 1, {})
  local list, way = complete.at(before, words[#words] or "")
  local lines = {}
  for i, candidate in ipairs(printable_only(list)) do
    lines[i] = candidate[1] .. (candidate[2] and "\t" .. one_line(candidate[2]) or "")
  end
  return answer(lines, way)
end

---The words of a line as bash would see them.
---@param line string    up to the cursor
---@param breaks string  the characters behind which bash begins to replace, outside of quotes
---@return string[] words    whole ones, unquoted
---@return string current    the one at the cursor, unquoted
---@return string|nil quote  the one in which the cursor is
---@return integer kept      how much of `current` bash leaves as it is
function M.split(line, breaks)
  local words, word, quote, kept, i = {}, nil, nil, 0, 1
  while i <= #line do
    local c = line:sub(i, i)
    if c == "\\" and quote ~= "'" and i < #line then
      i = i + 1
      word = (word or "") .. line:sub(i, i)
    elseif c == quote then
      quote = nil
    elseif not quote and c:find("['\"]") then
      word, quote = word or "", c
    elseif not quote and c:find("%s") then
      if word then words[#words + 1] = word end
      word, kept = nil, 0
    else
      word = (word or "") .. c
      if not quote and breaks:find(c, 1, true) then kept = #word end
    end
    i = i + 1
  end
  return words, word or "", quote, kept
end

local function quoted_for_bash(word, quote)
  if word:find(SAFE) then return word end
  if quote then
    return not word:find("['\"\\$`!]") and word or nil
  end
  return (word:gsub("[^%w_./:=@%%+,\128-\255-]", "\\%0"))
end

local function bash(words)
  local line, breaks = words[1] or "", words[2] or ""
  local before, current, quote, kept = M.split(line, breaks)
  table.remove(before, 1) -- the program itself
  local list, way = complete.at(before, current)
  local lines = {}
  for _, candidate in ipairs(printable_only(list)) do
    local word = quoted_for_bash(candidate[1]:sub(kept + 1), quote)
    lines[#lines + 1] = word
  end
  return answer(lines, way)
end

M.bash, M.zsh, M.fish = bash, by_words, by_words

return M
