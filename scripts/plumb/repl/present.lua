-- Decides how much of a result is shown: lists and listings twenty rows at a time, the next twenty when the same one
-- is asked for again.

local columns = require("plumb.repl.columns")
local listing = require("plumb.repl.listing")
local show = require("plumb.cli.show")
local view = require("plumb.repl.view")

local M = {}

M.ROWS = 20

---@class plumb.repl.Presenter
---@field settings { mode: plumb.repl.Mode, columns: string[]?, width: integer? }  what dot-commands change
local Presenter = {}
Presenter.__index = Presenter

---@param opts { width: (fun(): integer), ascii: boolean?, color: function?, rows: integer?, width_of: function?,
---  mode: plumb.repl.Mode? }  rows at a time, all of them unless told
---@return plumb.repl.Presenter
function M.new(opts)
  return setmetatable({ opts = opts, settings = { mode = opts.mode or "auto" }, shown = {} }, Presenter)
end

function Presenter:view()
  local opts, settings = self.opts, self.settings
  return { mode = settings.mode, width = settings.width or opts.width(), columns = settings.columns,
    ascii = opts.ascii, color = opts.color, width_of = opts.width_of or require("plumb.term").display_width }
end

local function counted(n, word)
  return ("%d %s%s"):format(n, word, n == 1 and "" or "s")
end

-- Rows from where the last look at this very value ended.
local function window(self, value, how)
  local most = not how.whole and self.opts.rows or math.maxinteger
  local from = how.again and rawequal(self.shown.value, value) and self.shown.next or 1
  local rows, more
  if most == math.maxinteger then
    rows, more = listing.is(value) and listing.all(value) or value, false
  elseif listing.is(value) then
    rows, more = listing.window(value, from, most)
  else
    rows = table.move(value, from, math.min(from + most - 1, #value), 1, {})
    more = #value > from + most - 1
  end
  self.shown = { value = value, next = more and from + #rows or 1 }
  return rows, more, from
end

local function footer(self, value, rows, more, from, left_out)
  local words = {}
  if more or from > 1 then
    words[1] = ("rows %d to %d"):format(from, from + #rows - 1)
  else
    words[1] = counted(#rows, "row")
  end
  if listing.is(value) then
    words[2] = counted(listing.pages(value), "page")
  end
  if left_out > 0 then
    words[#words + 1] = counted(left_out, "more column") .. ": .mode vertical"
  end
  words[#words + 1] = more and "more: _ again" or "in _"
  return table.concat(words, self.opts.ascii and " - " or " · ")
end

---A result as text. Waits and raises when it has to ask for a page.
---@param value any
---@param how? { whole: boolean?, again: boolean? }  all rows; or those behind the ones shown last
---@return string text    ends in a newline
---@return string? note   what to say about it: rows, pages, what is left out
function Presenter:text(value, how)
  local v = self:view()
  if columns.is_marked(value) and #value == 0 then
    return "(none)\n"
  elseif not listing.is(value) and not show.is_record_list(value) then
    return view.value(value, v)
  end
  local rows, more, from = window(self, value, how or {})
  if not rows[1] then
    return "(none)\n"
  elseif not show.is_record_list(rows) then
    return view.value(rows, v), footer(self, value, rows, more, from, 0)
  end
  local text, left_out = view.records(value, rows, v, from)
  return text, footer(self, value, rows, more, from, left_out)
end

return M
