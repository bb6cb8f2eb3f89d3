-- A command line as words, split as a POSIX shell splits it, and nothing else that a
-- shell does: no variables, no globs, no pipes, no substitution.

local words = {}

local UNCLOSED = "a quote is not closed"

-- Each takes the text and where it begins, and gives what it stands for and where it ends.
local function single_quoted(text, at)
  local close = text:find("'", at + 1, true)
  if not close then return nil, UNCLOSED end
  return text:sub(at + 1, close - 1), close + 1
end

local function double_quoted(text, at)
  local out = {}
  at = at + 1
  while at <= #text do
    local plain, stop = text:match('^([^"\\]*)()', at)
    out[#out + 1] = plain
    local char = text:sub(stop, stop)
    if char == '"' then return table.concat(out), stop + 1 end
    local next_char = text:sub(stop + 1, stop + 1)
    out[#out + 1] = next_char:find('["\\]') and next_char or char .. next_char
    at = stop + 2
  end
  return nil, UNCLOSED
end

local function escaped(text, at)
  if at == #text then return nil, "it ends in a backslash" end
  return text:sub(at + 1, at + 1), at + 2
end

local function bare(text, at)
  local plain, stop = text:match("^([^%s'\"\\]+)()", at)
  return plain, stop
end

local READERS = { ["'"] = single_quoted, ['"'] = double_quoted, ["\\"] = escaped }

---@param text string
---@return string[]|nil words
---@return string? why  never holds a part of the text
---@see https://pubs.opengroup.org/onlinepubs/9699919799/utilities/V3_chap02.html#tag_18_02
function words.split(text)
  local out, at = {}, 1
  while true do
    at = text:match("^%s*()", at)
    if at > #text then return out end
    local word = {}
    while at <= #text and not text:find("^%s", at) do
      local piece, stop = (READERS[text:sub(at, at)] or bare)(text, at)
      if not piece then return nil, stop end
      word[#word + 1], at = piece, stop
    end
    out[#out + 1] = table.concat(word)
  end
end

return words
