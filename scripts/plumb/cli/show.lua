-- Lua values for eyes, as the REPL prints them: a list of records as a table, a record as lines of
-- "name  value", anything else as Lua would write it. Never endless: rows, depth and cells have limits.

local printable = require("plumb.cli.printable")
local table_view = require("plumb.table_view")

local M = {}

local ROWS = 20      -- of a table
local ITEMS = 40     -- of any other list or map
local DEPTH = 6
local CELL = 40      -- cells of a column
local STRING = 2000  -- bytes of a string inside something else

local function has_tostring(value)
  local meta = getmetatable(value)
  return type(meta) == "table" and meta.__tostring ~= nil
end

local function is_scalar(value)
  return type(value) ~= "table" or has_tostring(value)
end

local function is_record(value)
  return type(value) == "table" and not has_tostring(value) and next(value) ~= nil and value[1] == nil
end

---Whether a value is a list of records, which a table shows best.
---@param value any
---@return boolean
function M.is_record_list(value)
  if type(value) ~= "table" or has_tostring(value) or #value == 0 then
    return false
  end
  for _, row in ipairs(value) do
    if not is_record(row) then
      return false
    end
  end
  return true
end

local function quoted(text)
  return '"' .. printable.line(text):gsub('"', '\\"') .. '"'
end

local function scalar(value)
  if type(value) == "string" then
    return quoted(#value > STRING and value:sub(1, STRING) .. "…" or value)
  end
  return printable.line(tostring(value))
end

local function sorted_keys(map)
  local keys = {}
  for key in pairs(map) do
    keys[#keys + 1] = key
  end
  table.sort(keys, function(a, b)
    if type(a) ~= type(b) then
      return type(a) == "number"
    elseif type(a) == "number" or type(a) == "string" then
      return a < b
    end
    return tostring(a) < tostring(b)
  end)
  return keys
end

local literal

local function entries(value, depth, seen)
  local parts, shown = {}, 0
  local length = #value
  for _, key in ipairs(sorted_keys(value)) do
    shown = shown + 1
    if shown > ITEMS then
      parts[#parts + 1] = "…"
      break
    end
    local text = literal(value[key], depth + 1, seen)
    if not (math.type(key) == "integer" and key >= 1 and key <= length) then
      local name = type(key) == "string" and key:find("^[%a_][%w_]*$") and key or "[" .. scalar(key) .. "]"
      text = name .. " = " .. text
    end
    parts[#parts + 1] = text
  end
  return parts
end

-- As Lua source, on one line where that is readable.
function literal(value, depth, seen)
  if is_scalar(value) then
    return scalar(value)
  elseif next(value) == nil then
    return "{}"
  elseif seen[value] then
    return "{ … } -- itself again"
  elseif depth >= DEPTH then
    return "{ … }"
  end
  seen[value] = true
  local parts = entries(value, depth, seen)
  seen[value] = nil
  local line = "{ " .. table.concat(parts, ", ") .. " }"
  if #line <= 80 and not line:find("\n") then
    return line
  end
  local indent = ("  "):rep(depth + 1)
  return "{\n" .. indent .. table.concat(parts, ",\n" .. indent) .. ",\n" .. ("  "):rep(depth) .. "}"
end

-- A nested record lends its scalars to the row above: RiskCounts.HIGH. Anything deeper stays out.
local function flatten(record)
  local flat = {}
  for key, value in pairs(record) do
    if is_scalar(value) then
      flat[tostring(key)] = value
    elseif is_record(value) then
      for inner, nested in pairs(value) do
        if is_scalar(nested) then
          flat[key .. "." .. tostring(inner)] = nested
        end
      end
    end
  end
  return flat
end

-- What people tell records apart by comes first, and long ARNs last.
local function rank(name)
  if name:find("Name$") or name:find("Title$") then
    return 1
  elseif name:find("Id$") then
    return 2
  elseif name:find("Arn$") or name:find("Url$") then
    return 4
  end
  return 3
end

local function column_names(rows)
  local seen, names = {}, {}
  for _, row in ipairs(rows) do
    for name in pairs(row) do
      if not seen[name] then
        seen[name] = true
        names[#names + 1] = name
      end
    end
  end
  table.sort(names, function(a, b)
    local ra, rb = rank(a), rank(b)
    if ra ~= rb then
      return ra < rb
    end
    return a < b
  end)
  return names
end

local function widest(rows, name, width_of)
  local width = width_of(name)
  for _, row in ipairs(rows) do
    width = math.max(width, width_of(printable.line(table_view.cell(row[name]))))
  end
  return width
end

-- Whole columns or none: a table of slivers tells nobody anything.
local function columns_that_fit(rows, names, view)
  local columns, used = {}, 4
  for i, name in ipairs(names) do
    local width = math.min(CELL, widest(rows, name, view.width_of)) + 2
    if i > 1 and used + width > view.width then
      return columns, #names - #columns
    end
    used = used + width
    columns[i] = { key = name, cut = true }
  end
  return columns, 0
end

local function cut_cells(rows, columns, view)
  local out = {}
  for i, row in ipairs(rows) do
    out[i] = { ["#"] = i }
    for _, column in ipairs(columns) do
      local value = row[column.key]
      out[i][column.key] = type(value) == "string"
        and table_view.shorten(printable.line(value), CELL, view) or value
    end
  end
  return out
end

local function records(list, view)
  local rows = {}
  for i = 1, math.min(#list, ROWS) do
    rows[i] = flatten(list[i])
  end
  local columns, left_out = columns_that_fit(rows, column_names(rows), view)
  local cells = cut_cells(rows, columns, view)
  table.insert(columns, 1, { key = "#" })
  local text = table_view.text(cells, columns, view)
  local notes = {}
  if #list > ROWS then
    notes[1] = ("%d more rows"):format(#list - ROWS)
  end
  if left_out > 0 then
    notes[#notes + 1] = ("%d more columns; index one row to see all"):format(left_out)
  end
  return #notes > 0 and text .. "  … " .. table.concat(notes, ", ") .. "\n" or text
end

local function record(value, view)
  local lines, tables, width = {}, {}, 0
  local keys = sorted_keys(value)
  for _, key in ipairs(keys) do
    width = math.max(width, view.width_of(printable.line(tostring(key))))
  end
  for _, key in ipairs(keys) do
    local name = printable.line(tostring(key))
    if M.is_record_list(value[key]) then
      tables[#tables + 1] = ("%s (%d)\n%s"):format(name, #value[key], records(value[key], view))
    else
      lines[#lines + 1] = "  " .. name .. (" "):rep(width + 2 - view.width_of(name))
        .. literal(value[key], 1, {}) .. "\n"
    end
  end
  return table.concat(lines) .. table.concat(tables)
end

M.flatten, M.column_names = flatten, column_names

---A value as text that ends in a newline.
---@param value any
---@param opts? { width: integer?, ascii: boolean?, width_of: function? }  width in cells, 80 unless told
---@return string
function M.show(value, opts)
  opts = opts or {}
  local view = { width = opts.width or 80, ascii = opts.ascii,
    width_of = opts.width_of or require("plumb.term").display_width }
  if M.is_record_list(value) then
    return records(value, view)
  elseif is_record(value) and not getmetatable(value) then
    return record(value, view)
  elseif type(value) == "string" then
    return quoted(value) .. "\n"
  end
  return literal(value, 0, {}) .. "\n"
end

return M
