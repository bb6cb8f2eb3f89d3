-- The chart of an HTML report as a picture of its own: the same SVG, with the colours of the light scheme written out,
-- since a picture has no page around it.

local M = {}

local MARGIN, HEAD = 24, 76

local function quote(word) return "'" .. word:gsub("'", "'\\''") .. "'" end

-- The report of the simulator's demo world, by this very plumb.
local function report_of(program)
  local pipe = assert(io.popen(("env -u PLUMB_POLICY -u PLUMB_STATE %s report --sim --live --format html 2>/dev/null")
    :format(quote(program))))
  local html = pipe:read "a"
  assert(pipe:close(), "plumb report failed")
  return html
end

-- "--high" -> "#b3261e", as the page defines them first.
local function colours_of(html)
  local colours = {}
  for name, value in html:match(":root (%b{})"):gmatch "%-%-(%l+): ([#%x]+)" do colours[name] = value end
  return colours
end

local function card(x, number, words, fill)
  return ('<text x="%d" y="58" style="font:600 26px system-ui,sans-serif;fill:%s">%s</text>'
    .. '<text x="%d" y="58" style="font:14px system-ui,sans-serif;fill:#525b66">%s</text>'):format(x, fill, number,
    x + 18 + 15 * #number, words)
end

---Draws it.
---@param program string  path of plumb
---@return string svg
function M.draw(program)
  local html = report_of(program)
  local colours = colours_of(html)
  local width, height = html:match '<svg[^>]*viewBox="0 0 (%d+) (%d+)"'
  local chart = html:match "<svg[^>]*>(.-)</svg>":gsub("var%(%-%-(%l+)%)", colours)
  local high = html:match '<b class="high">(%d+)</b>'
  local medium = html:match '<b class="medium">(%d+)</b>'
  return table.concat({
    ('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" role="img" aria-labelledby="pillars-t pillars-d">')
      :format(width + 2 * MARGIN, height + HEAD + MARGIN),
    ("<style>text{fill:%s;font:13px system-ui,sans-serif}</style>"):format(colours.text),
    ('<rect width="100%%" height="100%%" rx="8" fill="%s"/>'):format(colours.back),
    card(MARGIN, high, "high risks", colours.high), card(MARGIN + 180, medium, "medium risks", colours.medium),
    ('<g transform="translate(%d %d)">'):format(MARGIN, HEAD), chart, "</g></svg>" }, "\n") .. "\n"
end

return M
