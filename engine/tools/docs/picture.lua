-- A session on a terminal as a moving picture: SVG and CSS alone, no script, nothing fetched. Whoever asks their system
-- for less motion gets the end of it, standing still.

local session = require "docs.session"
local term = require "plumb.term"
local terminal = require "docs.terminal"

local M = {}

local CELL, LINE, ROWS, MARGIN, BAR = 8.4, 19, 25, 18, 36
local WIDTH = math.ceil(session.COLUMNS * CELL + 2 * MARGIN)
local HEIGHT = BAR + ROWS * LINE + MARGIN

-- Seconds: what people need to read, and what makes typing look like typing.
local PAUSE = { start = 0.6, remark = 2.2, word = 0.16, run = 0.5, line = 0.03, answer = 1.0, output = 1.6, hold = 6 }

local STYLE = [[
text{font:14px ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;fill:#d8dee9;white-space:pre}
.b{font-weight:bold;fill:#fff}.d{fill:#8b97a8}.r{fill:#ff8f85}.g{fill:#9ad67f}.y{fill:#f0c674}.u{fill:#8ab4ff}
.m{fill:#d7a6f0}.c{fill:#7fd6d6}.p{fill:#7fd6d6;font-weight:bold}.i{fill:#8b97a8;font-style:italic}
@media (prefers-reduced-motion:reduce){*{animation:none!important}}
]]

local function escape(text)
  return (text:gsub("[&<>]", { ["&"] = "&amp;", ["<"] = "&lt;", [">"] = "&gt;" }):gsub("%c", ""))
end

---@class docs.Film
---@field events { at: number, row: integer, pieces: table[] }[]
---@field clock number
---@field row integer  the next free one
local Film = {}
Film.__index = Film

local function new_film()
  return setmetatable({ events = {}, clock = PAUSE.start, row = 0 }, Film)
end

function Film:wait(seconds) self.clock = self.clock + seconds end

-- Pieces that come into sight now.
function Film:show(pieces) table.insert(self.events, { at = self.clock, row = self.row, pieces = pieces }) end

function Film:next_line() self.row = self.row + 1 end

function Film:remark(text)
  if self.row > 0 then self:next_line() end
  self:show { { class = "i", column = 0, text = "# " .. text } }
  self:next_line()
  self:wait(PAUSE.remark)
end

function Film:type(text)
  local column = 2
  self:show { { class = "p", column = 0, text = "$" } }
  for word in text:gmatch "%S+" do
    self:wait(PAUSE.word)
    self:show { { class = "b", column = column, text = word } }
    column = column + term.display_width(word) + 1
  end
  self:next_line()
  self:wait(PAUSE.run)
end

local function width_of(character) return term.display_width(character) end

-- The answer is typed by a person, who reads the question first.
local function with_answer(step)
  return (step.output:gsub("%[y/N%] ", "[y/N] " .. step.answer:gsub("%%", "%%%%") .. "\n", 1))
end

function Film:output(step)
  for _, pieces in ipairs(terminal.lines(with_answer(step), width_of, session.COLUMNS)) do
    self:show(pieces)
    self:next_line()
    local last = pieces[#pieces]
    self:wait(last and last.text:find "%[y/N%]" and PAUSE.answer or PAUSE.line)
  end
  self:wait(PAUSE.output)
end

local function percent(at, duration) return ("%.2f%%"):format(100 * at / duration) end

local function y_of(row) return BAR + (row + 1) * LINE - 4 end

local function text_of(piece, row)
  return ('<text class="%s" x="%.1f" y="%d">%s</text>'):format(piece.class, MARGIN + piece.column * CELL, y_of(row),
    escape(piece.text))
end

-- One group for each moment, and the rule that shows it then.
local function draw_events(film, duration)
  local rules, groups, last = {}, {}, nil
  for _, event in ipairs(film.events) do
    local at = percent(event.at, duration)
    if at ~= last then
      if last then groups[#groups + 1] = "</g>" end
      local name = "k" .. #rules
      local rule = "@keyframes %s{0%%{opacity:0}%s{opacity:1}}.%s{animation:%s %.2fs step-end infinite}"
      rules[#rules + 1] = rule:format(name, at, name, name, duration)
      groups[#groups + 1] = ('<g class="%s">'):format(name)
      last = at
    end
    for _, piece in ipairs(event.pieces) do groups[#groups + 1] = text_of(piece, event.row) end
  end
  groups[#groups + 1] = "</g>"
  return rules, groups
end

-- The text moves up when the window is full.
local function draw_scroll(film, duration)
  local steps, offset = { "0%{transform:translateY(0)}" }, 0
  for _, event in ipairs(film.events) do
    local wanted = math.max(0, event.row + 1 - ROWS) * LINE
    if wanted > offset then
      offset = wanted
      steps[#steps + 1] = ("%s{transform:translateY(-%dpx)}"):format(percent(event.at, duration), offset)
    end
  end
  return ("@keyframes s{%s}#s{transform:translateY(-%dpx);animation:s %.2fs step-end infinite}"):format(
    table.concat(steps), offset, duration)
end

local function frame(title, description)
  return { ('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%d" height="%d" role="img" '
    .. 'aria-labelledby="t d">'):format(WIDTH, HEIGHT, WIDTH, HEIGHT),
    ('<title id="t">%s</title>'):format(escape(title)), ('<desc id="d">%s</desc>'):format(escape(description)) }
end

local function window()
  return { ('<rect width="%d" height="%d" rx="9" fill="#1b2230"/>'):format(WIDTH, HEIGHT),
    '<g fill="#3a4558"><circle cx="22" cy="18" r="6"/><circle cx="42" cy="18" r="6"/>'
      .. '<circle cx="62" cy="18" r="6"/></g>',
    ('<clipPath id="w"><rect x="0" y="%d" width="%d" height="%d"/></clipPath>'):format(BAR, WIDTH, ROWS * LINE + 8) }
end

local function film_of(steps)
  local film = new_film()
  for _, step in ipairs(steps) do
    if step.kind == "remark" then
      film:remark(step.text)
    elseif step.kind == "typed" then
      film:type(step.text)
      film:output(step)
    end
  end
  return film
end

local function described(steps)
  local words = {}
  for _, step in ipairs(steps) do
    if step.kind ~= "hidden" then words[#words + 1] = step.text:gsub("%.$", "") .. "." end
  end
  return table.concat(words, " ")
end

---Plays a script with this very plumb, and draws what was on the terminal.
---@param source string   see examples/picture/session.txt
---@param program string  path of plumb
---@return string svg
function M.draw(source, program)
  local steps = session.parse(source)
  session.play(steps, program)
  local film = film_of(steps)
  local duration = film.clock + PAUSE.hold
  local rules, groups = draw_events(film, duration)
  local out = frame("plumb on a terminal", described(steps))
  out[#out + 1] = "<style>" .. STYLE .. table.concat(rules, "\n") .. "\n" .. draw_scroll(film, duration) .. "</style>"
  table.move(window(), 1, 9, #out + 1, out)
  out[#out + 1] = '<g clip-path="url(#w)" aria-hidden="true"><g id="s">'
  table.move(groups, 1, #groups, #out + 1, out)
  out[#out + 1] = "</g></g></svg>"
  return table.concat(out, "\n") .. "\n"
end

return M
