-- Text from anywhere as Markdown that says just that text: what Markdown or HTML would obey is escaped. Tables are
-- those of GitHub, GitLab and most wikis.

local printable = require("plumb.cli.printable")
local table_view = require("plumb.table_view")

local markdown = {}

local ENTITIES = { ["&"] = "&amp;", ["<"] = "&lt;", [">"] = "&gt;" }

local function escape_line(text)
  text = printable.line(text):gsub("[\\`*%[%]|~]", "\\%0"):gsub("[&<>]", ENTITIES)
  return (text:gsub("%f[%w_]_+", "\\%0"):gsub("_+%f[^%w_]", "\\%0"))
end

---Text on one line, safe in a table cell too; line ends become <br>. An underscore between letters, as in an id,
---means nothing to Markdown and stays as it is.
---@param text string
---@return string
---@see https://github.github.com/gfm/ 2.4 backslash escapes, 4.10 tables
function markdown.escape(text)
  local lines = {}
  for line in (text:gsub("\r\n?", "\n") .. "\n"):gmatch("(.-)\n") do lines[#lines + 1] = escape_line(line) end
  return table.concat(lines, "<br>")
end

local RULES = { left = "---", right = "---:" }

local function is_number(rows, key)
  local numbers = false
  for _, row in ipairs(rows) do
    local value = row[key]
    if value ~= nil and type(value) ~= "number" then return false end
    numbers = numbers or value ~= nil
  end
  return numbers
end

---A table with its heading, which Markdown cannot do without.
---@param rows table[]
---@param columns (plumb.Column|string)[]
---@return string text  ends in a newline
function markdown.table(rows, columns)
  columns = table_view.normalize(columns)
  local titles, rules, out = {}, {}, {}
  for i, column in ipairs(columns) do
    titles[i] = markdown.escape(column.title)
    rules[i] = RULES[column.align or (is_number(rows, column.key) and "right" or "left")]
  end
  for r, row in ipairs(rows) do
    local cells = {}
    for i, column in ipairs(columns) do cells[i] = markdown.escape(table_view.shown(column, row)) end
    out[r] = "| " .. table.concat(cells, " | ") .. " |\n"
  end
  return ("| %s |\n| %s |\n"):format(table.concat(titles, " | "), table.concat(rules, " | ")) .. table.concat(out)
end

return markdown
