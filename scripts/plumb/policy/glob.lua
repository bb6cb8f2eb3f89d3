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

---Whether the whole of `text` is covered by one glob. Takes at most #text * #glob steps, whatever
---the glob, because only the last star is ever tried again.
---@param text string
---@param glob string
---@return boolean
function M.match(text, glob)
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
