-- A report as one HTML file: no script, nothing loaded from anywhere, light and dark, readable by everybody and fit for
-- print. Pure.

local charts = require "plumb.report.charts"
local model = require "plumb.report.model"
local node = require "plumb.report.node"

local el = node.of

local POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"

local STYLE = [[
:root { --back: #fff; --text: #1b2027; --soft: #525b66; --line: #d3d9de; --high: #b3261e; --medium: #875800;
  --card: #f5f7f8 }
@media (prefers-color-scheme: dark) { :root { --back: #11161c; --text: #e8ecf0; --soft: #aab4be; --line: #3a434e;
  --high: #ff8f85; --medium: #ffc670; --card: #1a2129 } }
body { margin: 0; background: var(--back); color: var(--text); font: 15px/1.5 system-ui, sans-serif }
main { max-width: 1000px; margin: 0 auto; padding: 24px }
h1 { font-size: 24px; margin: 0 0 4px; overflow-wrap: anywhere }
h2 { font-size: 18px; margin: 32px 0 8px }
.soft { color: var(--soft) }
.cards { display: grid; grid-template-columns: repeat(auto-fit, minmax(150px, 1fr)); gap: 12px; margin: 20px 0;
  padding: 0; list-style: none }
.cards li { background: var(--card); border: 1px solid var(--line); border-radius: 6px; padding: 12px }
.cards b { display: block; font-size: 28px }
.wide { overflow-x: auto }
table { border-collapse: collapse; width: 100% }
th, td { text-align: left; vertical-align: top; padding: 6px 10px; border-bottom: 1px solid var(--line);
  overflow-wrap: anywhere; min-width: 120px }
th:first-child { min-width: 75px }
.n { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; min-width: 0 }
td ul { margin: 0; padding-left: 18px }
code { font: 13px ui-monospace, monospace; overflow-wrap: anywhere } td code { white-space: nowrap }
.high { color: var(--high); font-weight: 600 } .medium { color: var(--medium); font-weight: 600 }
.skip { position: absolute; left: -999px } .skip:focus { left: 8px }
svg { min-width: 640px; max-width: 100%; height: auto } svg text { fill: var(--text); font: 13px system-ui, sans-serif }
@media print { main { max-width: none } .wide { overflow: visible } th, th:first-child, td, svg { min-width: 0 } }
]]

local LEVELS = { HIGH = { "high", "▲ High" }, MEDIUM = { "medium", "● Medium" } }

local function tag(risk)
  local level = LEVELS[risk] or { "soft", risk or "None" }
  return el("span", { class = level[1], level[2] })
end

local function card(name, value, class, remark)
  return el("li", { el("span", { name }), el("b", { class = class, value }), remark and
    el("span", { class = "soft", remark }) or {} })
end

local function cards(report)
  local list = {
    card("High risk", report.high, "high", model.change(report, "high")),
    card("Medium risk", report.medium, "medium", model.change(report, "medium")),
    card("Open OpsItems", report.items, nil, nil),
  }
  if report.median_days then
    list[4] = card("Median days to resolve", ("%.0f"):format(report.median_days), nil, "all items so far")
  end
  return el("ul", { class = "cards", list })
end

-- What may be wider than a small screen, to be scrolled sideways, with the arrow keys too.
local function wide(name, content)
  return el("div", { class = "wide", role = "region", tabindex = 0, ["aria-label"] = name, content })
end

-- A table with headings that screen readers know; `heads` are texts, those of numbers in a list.
local function table_of(caption, heads, rows)
  local cells, body = {}, {}
  for i, head in ipairs(heads) do
    cells[i] = el("th", { scope = "col", class = type(head) == "table" and "n" or nil,
      type(head) == "table" and head[1] or head })
  end
  for r, row in ipairs(rows) do
    local line = {}
    for i, value in ipairs(row) do
      local numeric = type(heads[i]) == "table"
      line[i] = el(i == 1 and "th" or "td", { scope = i == 1 and "row" or nil, class = numeric and "n" or nil, value })
    end
    body[r] = el("tr", line)
  end
  return wide(caption, el("table", { el("caption", { class = "skip", caption }), el("thead", { el("tr", cells) }),
    el("tbody", body) }))
end

local function numbers(caption, heads, rows)
  return el("details", { el("summary", { "Numbers" }), table_of(caption, heads, rows) })
end

local function pillar_part(report)
  local rows = {}
  for i, row in ipairs(report.pillars) do rows[i] = { row.pillar, row.high, row.medium, row.none, row.other } end
  return { el("h2", { "Risks by pillar" }), wide("Chart of the risks by pillar", charts.pillars(report.pillars)),
    numbers("Questions by pillar and rating", { "Pillar", { "High" }, { "Medium" }, { "None" }, { "Not rated" } },
      rows) }
end

local function trend_part(report)
  if #report.trend < 2 then return {} end
  local rows = {}
  for i, point in ipairs(report.trend) do rows[i] = { point.at, point.high, point.medium } end
  return { el("h2", { "Trend" }), wide("Chart of the risks over time", charts.trend(report.trend)),
    numbers("Risks over time", { "When", { "High" }, { "Medium" } }, rows) }
end

local function codes(ids)
  local list = {}
  for i, id in ipairs(ids) do list[i] = { i > 1 and " " or "", el("code", { id }) } end
  return list
end

local function practices(row)
  local list = {}
  for i, practice in ipairs(row.practices) do list[i] = el("li", { practice }) end
  return { row.title or row.question, list[1] and el("ul", list) or {} }
end

local function risk_part(report)
  local rows = {}
  for i, row in ipairs(report.risks) do
    rows[i] = { tag(row.risk), row.label, row.pillar or "", practices(row), codes(row.items),
      row.days or "" }
  end
  local heads = { "Risk", "Workload", "Pillar", "Question and missing practices", "OpsItems", { "Age, days" } }
  return { el("h2", { id = "risks", "Open risks" }),
    rows[1] and table_of("Open risks, worst first, with their missing practices", heads, rows)
      or el("p", { "There are none." }) }
end

local function change_part(report)
  if not report.changes[1] then return {} end
  local rows = {}
  for i, row in ipairs(report.changes) do
    rows[i] = { row.change, row.id, row.title or "", tag(row.was), tag(row.now) }
  end
  return { el("h2", { "What changed in a month" }), table_of("Risks that changed in a month",
    { "Change", "Risk", "Question", "Was", "Now" }, rows) }
end

local function accepted_part(report)
  if not report.accepted[1] then return {} end
  local rows = {}
  for i, row in ipairs(report.accepted) do
    rows[i] = { row.workload or "", row.question, el("code", { row.choice }), row.reason or "", row["until"] or "" }
  end
  return { el("h2", { "Accepted" }), table_of("Missing practices that were accepted",
    { "Workload", "Question", "Practice", "Reason", "Until" }, rows) }
end

local function facts_line(report, about)
  local places = {}
  for i, place in ipairs(report.places) do places[i] = ("%s, %s"):format(place.account, place.region) end
  return ("%s · %s · read %s · generated %s by plumb %s%s"):format(table.concat(places, "; "),
    table.concat(report.lenses, ", "), report.at or "never", report.generated, about.version,
    about.policy and (" (policy sha256 %s…)"):format(about.policy) or "")
end

---@param report plumb.Report
---@param about { version: string, policy: string?, command: string }
---@return string html
return function(report, about)
  local title = model.title(report)
  local page = el("html", { lang = "en",
    el("head", { el("meta", { charset = "utf-8" }),
      el("meta", { name = "viewport", content = "width=device-width, initial-scale=1" }),
      el("meta", { ["http-equiv"] = "Content-Security-Policy", content = POLICY }),
      el("title", { title }), el("style", { node.trusted(STYLE) }) }),
    el("body", { el("a", { class = "skip", href = "#risks", "Skip to the risks" }),
      el("main", { el("h1", { title }), el("p", { class = "soft", facts_line(report, about) }), cards(report),
        pillar_part(report), trend_part(report), risk_part(report), change_part(report), accepted_part(report),
        el("p", { class = "soft", "Made again with: ", el("code", { about.command }) }) }) }) })
  return "<!doctype html>\n" .. node.text(page) .. "\n"
end
