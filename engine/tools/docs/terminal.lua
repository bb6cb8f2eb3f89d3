-- The little of a terminal that plumb's output needs: colours, the carriage return and the erasing of a line with which
-- progress is redrawn. Pure: from bytes to lines of coloured pieces.

local M = {}

local CLASSES = { [1] = "b", [2] = "d", [31] = "r", [32] = "g", [33] = "y", [34] = "u", [35] = "m", [36] = "c" }

-- One character to the cell at the cursor; each cell remembers its class.
local function put(line, character, class)
  line[line.at] = { character, class }
  line.at = line.at + 1
end

local function classes_after(codes, class)
  for number in codes:gmatch "%d+" do
    local found = CLASSES[tonumber(number)]
    if tonumber(number) == 0 then class = "" elseif found then class = class .. found end
  end
  return codes == "" and "" or class
end

-- Neighbours of one class become one piece; two blanks or more end it, so that columns stay where they are.
local function pieces_of(line, width_of)
  local pieces, current, column, blanks = {}, nil, 0, 0
  for i = 1, #line do
    local character, class = line[i][1], line[i][2]
    if character == " " then
      blanks = blanks + 1
      column = column + 1
    else
      if not current or current.class ~= class or blanks > 1 then
        current = { class = class, column = column, text = "" }
        pieces[#pieces + 1] = current
      elseif blanks == 1 then
        current.text = current.text .. " "
      end
      current.text, blanks = current.text .. character, 0
      column = column + width_of(character)
    end
  end
  return pieces
end

---What stands on the terminal after these bytes.
---@param bytes string
---@param width_of fun(character: string): integer  cells that a character takes
---@param columns integer  where a longer line goes on below
---@return { class: string, column: integer, text: string }[][] lines
function M.lines(bytes, width_of, columns)
  local lines, line, class, i = {}, { at = 1 }, "", 1
  while i <= #bytes do
    local codes, mode, after = bytes:match("^\27%[([%d;?]*)(%a)()", i)
    local character = bytes:match("^[%z\1-\127\194-\244][\128-\191]*", i) or bytes:sub(i, i)
    if mode then
      if mode == "m" then class = classes_after(codes, class) end
      if mode == "K" then
        for column = codes == "2" and 1 or line.at, #line do line[column] = nil end
      end
      i = after
    elseif character == "\n" then
      lines[#lines + 1] = pieces_of(line, width_of)
      line, i = { at = 1 }, i + 1
    elseif character == "\r" then
      line.at, i = 1, i + 1
    else
      if line.at > columns then
        lines[#lines + 1] = pieces_of(line, width_of)
        line = { at = 1 }
      end
      put(line, character, class)
      i = i + #character
    end
  end
  if #line > 0 then lines[#lines + 1] = pieces_of(line, width_of) end
  return lines
end

---The same without colours: what somebody would copy from the window.
---@param bytes string
---@param width_of fun(character: string): integer
---@param columns integer
---@return string[]
function M.text(bytes, width_of, columns)
  local texts = {}
  for i, pieces in ipairs(M.lines(bytes, width_of, columns)) do
    local line, column = "", 0
    for _, piece in ipairs(pieces) do
      line = line .. (" "):rep(piece.column - column) .. piece.text
      column = piece.column
      for character in piece.text:gmatch "[%z\1-\127\194-\244][\128-\191]*" do column = column + width_of(character) end
    end
    texts[i] = line
  end
  return texts
end

return M
