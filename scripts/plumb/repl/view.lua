-- Results for eyes. A list of records becomes a table as wide as the window, or blocks of lines where the window is too
-- narrow for a table; on request anything becomes JSON, CSV, TSV or Markdown. A text in, nothing printed.

local columns = require("plumb.repl.columns")
local printable = require("plumb.cli.printable")
local show = require("plumb.cli.show")
local table_view = require("plumb.table_view")
local time = require("plumb.time")

local M = {}

---@alias plumb.repl.Mode "auto"|"table"|"vertical"|"json"|"csv"|"tsv"|"markdown"
M.MODES = { "auto", "csv", "json", "markdown", "table", "tsv", "vertical" }

local GAP = 2
local INDENT = 2
local LEAST = { { "[Tt]itle$", 28 }, { "Missing$", 24 }, { "Name$", 16 }, { "", 14 } } -- cells that a cut one keeps
local MOST = 60     -- cells that a column gets of itself
local LEAST_VALUE = 12 -- cells beside a name in a block
local TELLING = 3   -- a table with fewer of the columns that were wanted tells too little

---@class plumb.repl.View
---@field mode plumb.repl.Mode
---@field width integer         cells
---@field ascii? boolean        no characters beyond ASCII of our own
---@field columns? string[]     paths; the most telling ones unless told
---@field color? fun(name: string, text: string): string
---@field width_of? fun(text: string): integer

local function least(path)
  for _, entry in ipairs(LEAST) do
    if path:find(entry[1]) then
      return entry[2]
    end
  end
end

-- The world counts seconds; people read dates.
local function is_moment(path, value)
  return math.type(value) ~= nil and value > 1e8 and value < 1e11
    and (path:find("At$") or path:find("Time$") or path:find("Date$") or path:find("Timestamp$")) ~= nil
end

local function cell(row, path, short)
  local value = columns.at(row, path)
  if is_moment(path, value) then
    local moment = time.iso(value)
    return short and moment:sub(1, 10) or moment
  elseif type(value) == "table" and #value == 0 and next(value) ~= nil then
    return "{…}"
  end
  return value
end

local RISK_COLORS = { HIGH = "red", MEDIUM = "yellow" }

local function color_of(value)
  return RISK_COLORS[value]
end

local function natural(rows, path, title, width_of)
  local width = width_of(title)
  for _, row in ipairs(rows) do
    width = math.max(width, width_of(printable.line(table_view.cell(cell(row, path, true)))))
  end
  return math.min(width, MOST)
end

-- As many columns as fit when the wide ones are cut.
local function choose(rows, paths, titles, view)
  local used = INDENT + #tostring(#rows)
  for i, path in ipairs(paths) do
    local wanted = natural(rows, path, titles[i], view.width_of)
    used = used + GAP + math.min(wanted, math.max(least(path), view.width_of(titles[i])))
    if used > view.width then
      return i - 1
    end
  end
  return #paths
end

local function as_table(rows, paths, count, view, first)
  local titles, cells, specs = columns.titles(paths), {}, { { key = "#" } }
  for i = 1, count do
    specs[i + 1] = { key = paths[i], title = titles[i], cut = true, color = color_of }
  end
  for r, row in ipairs(rows) do
    cells[r] = { ["#"] = first + r - 1 }
    for i = 1, count do
      cells[r][paths[i]] = cell(row, paths[i], true)
    end
  end
  return table_view.text(cells, specs, { width = view.width, ascii = view.ascii, color = view.color,
    width_of = view.width_of })
end

-- The words of a line under each other, each line begun by `indent` blanks.
local function wrapped(text, width, indent, width_of)
  local rows = table_view.text({ { text } }, { { key = 1, title = "" } },
    { width = math.max(10, width - indent), indent = "", no_header = true, width_of = width_of })
  return (rows:gsub("\n$", ""):gsub("\n", "\n" .. (" "):rep(indent)))
end

-- The cells that names take in a block; names stand on lines of their own where nothing would be left for values.
local function name_width(titles, view)
  local widest = 0
  for _, title in ipairs(titles) do
    widest = math.max(widest, view.width_of(title))
  end
  return view.width - widest - GAP >= LEAST_VALUE and widest + GAP or GAP
end

local function block_lines(lines, name, value, indent, view)
  local texts = type(value) == "table" and #value > 0 and value or { value }
  if view.width_of(name) >= indent then
    lines[#lines + 1], name = name, ""
  end
  for _, text in ipairs(texts) do
    lines[#lines + 1] = name .. (" "):rep(indent - view.width_of(name))
      .. wrapped(printable.line(table_view.cell(text)), view.width, indent, view.width_of)
    name = ""
  end
end

local function block(row, paths, number, view)
  local rule = view.ascii and "-" or "─"
  local head = ("%s[ %d ]"):format(rule, number)
  local lines = { head .. rule:rep(math.max(0, math.min(view.width, 60) - view.width_of(head))) }
  local titles = columns.titles(paths)
  local indent = name_width(titles, view)
  for i, path in ipairs(paths) do
    local value = cell(row, path)
    if value ~= nil then
      block_lines(lines, titles[i], value, indent, view)
    end
  end
  return table.concat(lines, "\n") .. "\n"
end

local function blocks(rows, paths, view, first)
  local out = {}
  for i, row in ipairs(rows) do
    out[i] = block(row, paths, first + i - 1, view)
  end
  return table.concat(out)
end

local function specs_of(paths)
  local specs, titles = {}, columns.titles(paths)
  for i, path in ipairs(paths) do
    specs[i] = { key = path, title = titles[i] }
  end
  return specs
end

-- Every cell under its path, for the formats that programs read.
local function flat(rows, paths)
  local out = {}
  for r, row in ipairs(rows) do
    out[r] = {}
    for _, path in ipairs(paths) do
      out[r][path] = cell(row, path)
    end
  end
  return out
end

local PROGRAMS = {}

function PROGRAMS.csv(rows, paths)
  return table_view.csv(flat(rows, paths), specs_of(paths))
end

function PROGRAMS.tsv(rows, paths)
  return table_view.tsv(flat(rows, paths), specs_of(paths))
end

function PROGRAMS.markdown(rows, paths)
  return require("plumb.markdown").table(flat(rows, paths), specs_of(paths))
end

---Anything as JSON.
---@param value any
---@return string text    ends in a newline
function M.json(value)
  local json = require("plumb.json")
  local ok, text = pcall(json.encode_pretty, value == nil and json.null or value)
  return ok and text .. "\n" or show.show(value)
end

---A list of records.
---@param list any       what the rows are of, for choosing columns
---@param rows table[]   its records, or some of them
---@param view plumb.repl.View
---@param first? integer the number of the first row
---@return string text
---@return integer left_out  columns that did not fit
function M.records(list, rows, view, first)
  local paths = columns.chosen(view.columns, rows) or columns.of(list, rows)
  if view.mode == "json" then
    return M.json(require("plumb.json").list(table.move(rows, 1, #rows, 1, {}))), 0
  elseif PROGRAMS[view.mode] then
    return PROGRAMS[view.mode](rows, paths), 0
  end
  local count = choose(rows, paths, columns.titles(paths), view)
  local too_narrow = count < math.min(TELLING, #paths)
  if view.mode == "vertical" or view.mode == "auto" and too_narrow then
    return blocks(rows, paths, view, first or 1), 0
  end
  return as_table(rows, paths, math.max(1, count), view, first or 1), #paths - math.max(1, count)
end

---Any other value.
---@param value any
---@param view plumb.repl.View
---@return string text
function M.value(value, view)
  local is_record = type(value) == "table" and next(value) ~= nil and #value == 0 and not getmetatable(value)
  if view.mode == "json" then
    return M.json(value)
  elseif is_record and PROGRAMS[view.mode] then
    return PROGRAMS[view.mode]({ value }, columns.chosen(view.columns, { value }) or columns.of(value, { value }))
  elseif is_record and view.mode == "vertical" then
    return block(value, columns.chosen(view.columns, { value }) or columns.of(value, { value }), 1, view)
  end
  return show.show(value, view)
end

return M
