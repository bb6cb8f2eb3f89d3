-- Text from elsewhere (AWS, files, the command line) on its way to a terminal: whatever could move
-- the cursor, change colours or reverse the reading direction is shown as an escape instead of done.

local M = {}

-- Code points that a terminal obeys instead of drawing, beyond the C0 controls.
local function is_control(code)
  return code < 0x20 or (code >= 0x7F and code <= 0x9F)
    or (code >= 0x200B and code <= 0x200F and code ~= 0x200D) -- 200D joins emoji; the rest hide or turn text
    or (code >= 0x2028 and code <= 0x202E) or (code >= 0x2066 and code <= 0x2069)
    or code == 0xFEFF
end

local NAMED = { [0x09] = "\\t", [0x0A] = "\\n", [0x0D] = "\\r" }

local function escape(code)
  if NAMED[code] then
    return NAMED[code]
  end
  return code < 0x80 and ("\\x%02x"):format(code) or ("\\u{%x}"):format(code)
end

-- Walks well-formed UTF-8 and single stray bytes: calls on_char(character, code) or on_byte(byte).
local function walk(text, on_char, on_byte)
  local at = 1
  while at <= #text do
    local good, bad = utf8.len(text, at)
    local stop = good and #text + 1 or bad
    for position, code in utf8.codes(text:sub(at, stop - 1)) do
      local from = at + position - 1
      on_char(text:sub(from, (utf8.offset(text, 2, from) or stop) - 1), code)
    end
    if stop <= #text then
      on_byte(text:byte(stop))
    end
    at = stop + 1
  end
end

local function rewrite(text, keep)
  -- Nearly every text is plain; don't take it apart.
  if not text:find("[^\x20-\x7E]") then
    return text
  end
  local out = {}
  walk(text, function(character, code)
    out[#out + 1] = (keep[code] or not is_control(code)) and character or escape(code)
  end, function(byte)
    out[#out + 1] = ("\\x%02x"):format(byte)
  end)
  return table.concat(out)
end

---One line: every control character, line ends included, is shown escaped; so are bytes that are not UTF-8.
---@param text string
---@return string
function M.line(text)
  return rewrite(text, {})
end

---Several lines: as `line`, but line ends and tabs stay.
---@param text string
---@return string
function M.lines(text)
  return rewrite(text, { [0x0A] = true, [0x09] = true })
end

---One line of at most `limit` characters; what was cut is counted. For arguments quoted in errors.
---@param text string
---@param limit? integer  characters, 60 unless told
---@return string
function M.quote(text, limit)
  limit = limit or 60
  if #text <= limit then
    return "'" .. M.line(text) .. "'"
  end
  local head = M.line(text:sub(1, limit)):gsub("\\x%x%x$", "")
  return ("'%s…' (%d bytes)"):format(head, #text)
end

---The characters of a text, one by one: a stray byte counts as the escape that stands for it.
---@param text string
---@return string[]
function M.characters(text)
  local out = {}
  walk(text, function(character)
    out[#out + 1] = character
  end, function(byte)
    out[#out + 1] = ("\\x%02x"):format(byte)
  end)
  return out
end

return M
