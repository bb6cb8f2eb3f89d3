-- An interactive session without a terminal, for specs: what it shows, remarks and complains about is kept. With a
-- world it works on the simulator; it may write there, since a read-only gate would stay shut for all other specs.

local repl = require("plumb.repl")
local present = require("plumb.repl.present")
local talk = require("support.talk")

local M = {}

-- Cells as a terminal counts them, for the characters used in specs.
local function width_of(text)
  local width = 0
  for _, code in utf8.codes(text, true) do
    width = width + ((code >= 0x2E80 and code <= 0x9FFF or code >= 0x1F300) and 2 or 1)
  end
  return width
end
M.width_of = width_of

---@class spec.Session: plumb.Repl
---@field shown string[]     results
---@field notes string[]
---@field failures string[]  one line each

---@param opts? { width: integer?, rows: integer?, lazy: table?, place: table?, timing: boolean? }
---@return spec.Session
function M.new(opts)
  opts = opts or {}
  local shown, notes, failures = {}, {}, {}
  local session = repl.new({
    out = function(text) shown[#shown + 1] = (text:gsub("\n$", "")) end,
    note = function(text) notes[#notes + 1] = text end,
    fail = function(failure) failures[#failures + 1] = repl.error_line(failure) end,
    presenter = present.new({ width = function() return opts.width or 80 end, rows = opts.rows, width_of = width_of }),
    lazy = opts.lazy, place = opts.place, timing = opts.timing,
  })
  session.shown, session.notes, session.failures = shown, notes, failures
  return session
end

---A session on a simulated world of its own.
---@param opts? table  as for new
---@return spec.Session
function M.on_simulator(opts)
  opts = opts or {}
  local place = require("plumb.repl.place").new({ sim = true, write = true, verbose = 0 }, talk.new({}))
  opts.place, opts.lazy = place, { plumb = function() return place:context() end }
  local session = M.new(opts)
  require("plumb.repl.furnish")(session, place)
  return session
end

return M
