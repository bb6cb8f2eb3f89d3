-- Tables for eyes and for programs: aligned columns that fit a terminal, and plain tab- or
-- comma-separated lines that never lose a byte. Widths are those of a terminal cell, not bytes:
-- é is one, 漢 and 🔥 are two.

local printable = require("plumb.cli.printable")

---@class plumb.Column
---@field key string|integer   which member of a row
---@field title? string        heading, the key unless told
---@field align? "left"|"right"  right for a column of numbers unless told
---@field cut? boolean         shortened with … instead of wrapped at words when the table is too wide
---@field whole? boolean       neither: others give way first, as half an id helps nobody
---@field color? fun(value: any, row: table): string|nil  name of a colour for the cell
---@field text? fun(value: any, row: table): string|nil  the cell for eyes, where programs get the value as it is

local M = {}

local GAP = 2
local NARROWEST = 6

local function normalize(columns)
  local out = {}
  for i, column in ipairs(columns) do
    if type(column) ~= "table" then
      column = { key = column }
    end
    out[i] = { key = column.key or column[1], title = column.title or tostring(column.key or column[1]),
      align = column.align, cut = column.cut, whole = column.whole, color = column.color, text = column.text }
  end
  return out
end
M.normalize = normalize

---A value as one cell: integral numbers without ".0", lists joined by commas, nil as nothing.
---@param value any
---@return string  may hold control characters; see `plumb.cli.printable`
function M.cell(value)
  if value == nil then
    return ""
  elseif math.type(value) == "float" and value == math.floor(value) and math.abs(value) < 2 ^ 53 then
    return ("%d"):format(value)
  elseif type(value) == "table" and not (getmetatable(value) or {}).__tostring then
    local parts = {}
    for i, part in ipairs(value) do
      parts[i] = M.cell(part)
    end
    return table.concat(parts, ", ")
  end
  return tostring(value)
end

---A value as a cell for eyes.
---@param column plumb.Column
---@param row table
---@return string
function M.shown(column, row)
  local value = row[column.key]
  if column.text and value ~= nil then
    return M.cell(column.text(value, row))
  end
  return M.cell(value)
end

local function default_width(text)
  return require("plumb.term").display_width(text)
end

-- The longest head of `text` within `width` cells, and what is left.
local function split_at(text, width, width_of)
  local used, bytes = 0, 0
  for _, character in ipairs(printable.characters(text)) do
    local w = width_of(character)
    if used + w > width and bytes > 0 then
      break
    end
    used, bytes = used + w, bytes + #character
  end
  return text:sub(1, bytes), text:sub(bytes + 1)
end

local function shorten(text, width, width_of, dots)
  if width_of(text) <= width then
    return text
  end
  local head = split_at(text, width - width_of(dots), width_of)
  return (head:gsub("%s+$", "")) .. dots
end

-- Lines of at most `width` cells, broken at spaces; a longer word is broken where it must be.
local function wrap(text, width, width_of)
  if width_of(text) <= width then
    return { text }
  end
  local lines, current = {}, ""
  for word in text:gmatch("%S+") do
    if current ~= "" and width_of(current) + 1 + width_of(word) <= width then
      current = current .. " " .. word
    else
      if current ~= "" then
        lines[#lines + 1] = current
      end
      while width_of(word) > width do
        lines[#lines + 1], word = split_at(word, width, width_of)
      end
      current = word
    end
  end
  lines[#lines + 1] = current
  return lines
end

-- Takes cells away from the widest columns until the table fits.
local function fit(widths, floor, available)
  local total = (#widths - 1) * GAP
  for _, w in ipairs(widths) do
    total = total + w
  end
  while total > available do
    local widest
    for i, w in ipairs(widths) do
      if w > floor[i] and (not widest or w > widths[widest]) then
        widest = i
      end
    end
    if not widest then
      return -- as narrow as it gets: the terminal will wrap
    end
    widths[widest] = widths[widest] - 1
    total = total - 1
  end
end

local function pad(text, width, align, width_of)
  local space = (" "):rep(math.max(0, width - width_of(text)))
  return align == "right" and space .. text or text .. space
end

local function measure(cells, rows, columns, width_of)
  local widths, floor, whole = {}, {}, {}
  for i, column in ipairs(columns) do
    widths[i] = width_of(column.title)
    local numbers, others = false, false
    for r, row in ipairs(rows) do
      local value = row[column.key]
      widths[i] = math.max(widths[i], width_of(cells[r][i]))
      numbers = numbers or type(value) == "number"
      others = others or (value ~= nil and type(value) ~= "number")
    end
    floor[i] = math.min(widths[i], math.max(NARROWEST, width_of(column.title)))
    whole[i] = column.whole and widths[i] or floor[i]
    column.align = column.align or (numbers and not others and "right" or "left")
  end
  return widths, floor, whole
end

-- One row may take several lines: each column brings its own list of lines.
local function emit(out, pieces, widths, columns, view)
  local height = 1
  for _, lines in ipairs(pieces) do
    height = math.max(height, #lines)
  end
  for h = 1, height do
    local parts = {}
    for i, column in ipairs(columns) do
      local text = pad(pieces[i][h] or "", widths[i], column.align, view.width_of)
      local paint = pieces[i].color
      parts[i] = paint and view.color and view.color(paint, text) or text
    end
    out[#out + 1] = ((view.indent .. table.concat(parts, (" "):rep(GAP))):gsub("%s+$", ""))
  end
end

---An aligned table with a header and a rule under it.
---@param rows table[]  records, or lists when columns have integer keys
---@param columns (plumb.Column|string)[]
---@param opts? { width: integer?, ascii: boolean?, indent: string?, color: function?, width_of: function?,
---  no_header: boolean? }  width in cells, no limit unless told
---@return string text  ends in a newline
function M.text(rows, columns, opts)
  opts = opts or {}
  columns = normalize(columns)
  local view = { width_of = opts.width_of or default_width, color = opts.color, indent = opts.indent or "  " }
  local dots, rule = opts.ascii and "..." or "…", opts.ascii and "-" or "─"
  local cells = {}
  for r, row in ipairs(rows) do
    cells[r] = {}
    for i, column in ipairs(columns) do
      cells[r][i] = printable.line(M.shown(column, row))
    end
  end
  local widths, floor, whole = measure(cells, rows, columns, view.width_of)
  local available = (opts.width or math.huge) - #view.indent
  fit(widths, whole, available)
  fit(widths, floor, available)
  local out, titles, rules = {}, {}, {}
  for i, column in ipairs(columns) do
    titles[i], rules[i] = { column.title }, { rule:rep(widths[i]) }
  end
  if not opts.no_header then
    emit(out, titles, widths, columns, view)
    emit(out, rules, widths, columns, view)
  end
  for r, row in ipairs(rows) do
    local pieces = {}
    for i, column in ipairs(columns) do
      local text = cells[r][i]
      pieces[i] = column.cut and { shorten(text, widths[i], view.width_of, dots) }
        or wrap(text, widths[i], view.width_of)
      pieces[i].color = column.color and column.color(row[column.key], row) or nil
    end
    emit(out, pieces, widths, columns, view)
  end
  return out[1] and table.concat(out, "\n") .. "\n" or ""
end

---Tab-separated lines without a header; tabs, line ends and other controls in a value are shown escaped.
---@param rows table[]
---@param columns (plumb.Column|string)[]
---@return string
function M.tsv(rows, columns)
  columns = normalize(columns)
  local out = {}
  for _, row in ipairs(rows) do
    local parts = {}
    for i, column in ipairs(columns) do
      parts[i] = printable.line(M.cell(row[column.key]))
    end
    out[#out + 1] = table.concat(parts, "\t") .. "\n"
  end
  return table.concat(out)
end

local function csv_field(value)
  local text = M.cell(value)
  -- A spreadsheet runs a cell that starts like a formula; a leading quote makes it text. Numbers are safe.
  if type(value) ~= "number" and text:find("^[=+%-@\t\r]") then
    text = "'" .. text
  end
  if text:find('[",\r\n]') then
    text = '"' .. text:gsub('"', '""') .. '"'
  end
  return text
end

---Comma-separated records with a header.
---@param rows table[]
---@param columns (plumb.Column|string)[]
---@param opts? { no_header: boolean? }
---@return string
---@see https://www.rfc-editor.org/rfc/rfc4180 section 2
function M.csv(rows, columns, opts)
  columns = normalize(columns)
  local out, header = {}, {}
  for i, column in ipairs(columns) do
    header[i] = csv_field(column.title)
  end
  if not (opts and opts.no_header) then
    out[1] = table.concat(header, ",") .. "\r\n"
  end
  for _, row in ipairs(rows) do
    local parts = {}
    for i, column in ipairs(columns) do
      parts[i] = csv_field(row[column.key])
    end
    out[#out + 1] = table.concat(parts, ",") .. "\r\n"
  end
  return table.concat(out)
end

M.shorten = function(text, width, opts)
  opts = opts or {}
  return shorten(text, width, opts.width_of or default_width, opts.ascii and "..." or "…")
end

return M
