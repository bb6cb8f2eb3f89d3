-- A report as Markdown, for pull requests, $GITHUB_STEP_SUMMARY and wikis: counts, pillars, the ten worst risks, the
-- rest folded away, cut to a budget with a line that says so. Pure.

local markdown = require "plumb.markdown"
local model = require "plumb.report.model"

local WORST = 10

local PILLARS = { { key = "pillar" }, { key = "high" }, { key = "medium" }, { key = "none" },
  { key = "other", title = "not rated" } }

local RISKS = { { key = "risk" }, { key = "label", title = "workload" }, { key = "question" }, { key = "title" },
  { key = "missing" }, { key = "items" }, { key = "days", title = "age, days" } }

local CHANGES = { { key = "change" }, { key = "id", title = "risk" }, { key = "title" }, { key = "was" },
  { key = "now" } }

local function said(report)
  local words = { ("**%d high**"):format(report.high), ("**%d medium**"):format(report.medium),
    ("%d open OpsItems"):format(report.items) }
  for i, level in ipairs { "high", "medium" } do
    local change = model.change(report, level)
    if change then words[i] = words[i] .. " (" .. change .. ")" end
  end
  return table.concat(words, ", ")
end

local function slice(rows, from, to) return table.move(rows, from, math.min(to, #rows), 1, {}) end

local function body(report, limit)
  local parts = { "# " .. markdown.escape(model.title(report)) .. "\n", said(report) .. "\n",
    "## Risks by pillar\n", markdown.table(report.pillars, PILLARS) }
  local function add(text) parts[#parts + 1] = text end
  if report.risks[1] then
    add "## Open risks\n"
    add(markdown.table(slice(report.risks, 1, math.min(WORST, limit)), RISKS))
  end
  if math.min(#report.risks, limit) > WORST then
    add(("<details><summary>%d more</summary>\n"):format(math.min(#report.risks, limit) - WORST))
    add(markdown.table(slice(report.risks, WORST + 1, limit), RISKS))
    add "</details>\n"
  end
  if limit < #report.risks then add(("%d more risks did not fit.\n"):format(#report.risks - limit)) end
  if report.changes[1] and limit > 0 then
    add "## What changed in a month\n"
    add(markdown.table(report.changes, CHANGES))
  end
  return table.concat(parts, "\n")
end

---@param report plumb.Report
---@param about { version: string, command: string }
---@param max_bytes? integer
---@return string markdown
return function(report, about, max_bytes)
  local tail = ("\nRead %s; made by plumb %s with `%s`\n"):format(report.at or "never", about.version,
    (about.command:gsub("`", "'")))
  local low, high = 0, #report.risks
  local text = body(report, high) .. tail
  if not max_bytes or #text <= max_bytes then return text end
  while low < high do -- as many risks as fit
    local middle = (low + high + 1) // 2
    if #body(report, middle) + #tail <= max_bytes then low = middle else high = middle - 1 end
  end
  return body(report, low) .. tail
end
