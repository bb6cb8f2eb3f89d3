-- The charts of an HTML report as SVG: told apart by pattern, marker and dash as well as by colour, with a sentence for
-- those who cannot see them. The table beside each has every number. Pure.

local node = require "plumb.report.node"

local charts = {}

local el = node.of

local LABEL, UNIT_WIDTH, ROW, BAR = 190, 560, 30, 22

local function svg(id, title, description, width, height, shapes)
  return el("svg", { role = "img", ["aria-labelledby"] = id .. "-t " .. id .. "-d",
    viewBox = ("0 0 %d %d"):format(width, height),
    el("title", { id = id .. "-t", title }), el("desc", { id = id .. "-d", description }), shapes.defs or {},
    el("g", { ["aria-hidden"] = "true", shapes }) })
end

-- Stripes for high, dots for medium.
local function patterns()
  return el("defs", {
    el("pattern", { id = "stripes", width = 6, height = 6, patternUnits = "userSpaceOnUse",
      patternTransform = "rotate(45)", el("rect", { width = 6, height = 6, fill = "var(--high)" }),
      el("line", { x1 = 0, y1 = 0, x2 = 0, y2 = 6, stroke = "var(--back)", ["stroke-width"] = 2 }) }),
    el("pattern", { id = "dots", width = 6, height = 6, patternUnits = "userSpaceOnUse",
      el("rect", { width = 6, height = 6, fill = "var(--medium)" }),
      el("circle", { cx = 3, cy = 3, r = 1.2, fill = "var(--back)" }) }),
  })
end

local SEGMENTS = { { "high", "url(#stripes)", "High" }, { "medium", "url(#dots)", "Medium" },
  { "none", "var(--line)", "No improvement needed" } }

local function legend(y)
  local list = {}
  for i, segment in ipairs(SEGMENTS) do
    local x = LABEL + (i - 1) * 90
    list[i] = { el("rect", { x = x, y = y, width = 14, height = 14, fill = segment[2] }),
      el("text", { x = x + 20, y = y + 12, segment[3] }) }
  end
  return list
end

local function worst_of(pillars)
  local worst = pillars[1]
  if not worst or worst.high == 0 then return "There are no high risks. The table below has every number." end
  return ("%s has the most high risks, %d. The table below has every number."):format(worst.pillar, worst.high)
end

---Stacked bars, a row for each pillar.
---@param pillars table[]  of a plumb.Report, the one with most high risks first
---@return table node
function charts.pillars(pillars)
  local top = 1
  for _, row in ipairs(pillars) do top = math.max(top, row.high + row.medium + row.none) end
  local shapes = { defs = patterns() }
  for i, row in ipairs(pillars) do
    local x, y = LABEL, (i - 1) * ROW + 2
    shapes[#shapes + 1] = el("text", { x = LABEL - 10, y = y + 16, ["text-anchor"] = "end", row.pillar })
    for _, segment in ipairs(SEGMENTS) do
      local width = row[segment[1]] / top * UNIT_WIDTH
      if width > 0 then
        shapes[#shapes + 1] = el("rect", { x = x, y = y, width = math.max(1.0, width - 2), height = BAR,
          fill = segment[2] })
      end
      x = x + width
    end
    shapes[#shapes + 1] = el("text", { x = x + 8, y = y + 16, ("%d high, %d medium"):format(row.high, row.medium) })
  end
  local bottom = #pillars * ROW + 8
  shapes[#shapes + 1] = legend(bottom)
  return svg("pillars", "Risks by pillar", worst_of(pillars), 900, bottom + 18, shapes)
end

local WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 900, 200, 40, 790, 16, 160

-- End labels keep apart where the lines meet.
local function dodge(y, other)
  if math.abs(y - other) >= 16 then return y end
  return y <= other and y - (16 - math.abs(y - other)) / 2 or y + (16 - math.abs(y - other)) / 2
end

local function line_of(points, level, place)
  local parts = {}
  for i, point in ipairs(points) do
    parts[i] = ("%s%.1f %.1f"):format(i == 1 and "M" or "L", place.x(i), place.y(point[level]))
  end
  return table.concat(parts)
end

local function marker(level, x, y)
  if level == "high" then return el("circle", { cx = x, cy = y, r = 4, fill = "var(--high)" }) end
  return el("rect", { x = x - 4, y = y - 4, width = 8, height = 8, fill = "var(--medium)" })
end

---Two lines over time.
---@param points table[]  `trend` of a plumb.Report, two or more
---@return table node
function charts.trend(points)
  local top, first, last = 1, points[1], points[#points]
  for _, point in ipairs(points) do top = math.max(top, point.high, point.medium) end
  local place = {
    x = function(i) return LEFT + (i - 1) / (#points - 1) * (RIGHT - LEFT) end,
    y = function(n) return BOTTOM - n / top * (BOTTOM - TOP) end,
  }
  local shapes = {}
  for _, level in ipairs { "high", "medium" } do
    local other = level == "high" and "medium" or "high"
    shapes[#shapes + 1] = el("path", { d = line_of(points, level, place), fill = "none",
      stroke = ("var(--%s)"):format(level), ["stroke-width"] = 2.5,
      ["stroke-dasharray"] = level == "medium" and "6 4" or nil })
    for i, point in ipairs(points) do shapes[#shapes + 1] = marker(level, place.x(i), place.y(point[level])) end
    local y = dodge(place.y(last[level]), place.y(last[other]) + (level == "medium" and -0.1 or 0.1))
    shapes[#shapes + 1] = el("text", { x = RIGHT + 10, y = y + 5.0, ("%d %s"):format(last[level], level) })
  end
  local every = math.max(1, math.ceil(#points / 8))
  for i = 1, #points, every do
    shapes[#shapes + 1] = el("text", { x = place.x(i), y = HEIGHT - 12, ["text-anchor"] = "middle",
      points[i].at:sub(1, 10) })
  end
  return svg("trend", "High and medium risks over time", ("High risks went from %d to %d, medium from %d to %d.")
    :format(first.high, last.high, first.medium, last.medium), WIDTH, HEIGHT, shapes)
end

return charts
