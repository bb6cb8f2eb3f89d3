-- The reference in Markdown. Pure: from the tables that plumb works with to text.

local annotations = require "docs.annotations"
local catalogue = require "plumb.problem.catalogue"
local cli = require "plumb.cli"
local flags = require "plumb.cli.flags"
local help = require "plumb.cli.help"
local operation = require "plumb.cli.operation"
local topics = require "plumb.cli.topics"

local M = {}

local MARK = "<!-- Made by `./dev docs` from plumb's own tables; do not edit. -->\n\n"

local function sorted_keys(map)
  local names = {}
  for name in pairs(map) do names[#names + 1] = name end
  table.sort(names)
  return names
end

local function cell(text) return (text:gsub("[|\\<]", "\\%0"):gsub("\n", " ")) end

local function code(text) return "`" .. text .. "`" end

-- A table of Markdown; in code, a bar has to be escaped as well.
local function rows_of(headings, rows)
  local lines = { "| " .. table.concat(headings, " | ") .. " |", "|" .. (" --- |"):rep(#headings) }
  for _, row in ipairs(rows) do lines[#lines + 1] = "| " .. table.concat(row, " | ") .. " |" end
  return table.concat(lines, "\n") .. "\n"
end

local function flag_rows(list)
  local rows = {}
  for i, flag in ipairs(list) do
    local names = flag[2] and flag[1] .. ", " .. flag[2] or flag[1]
    rows[i] = { code((names .. (flag.value and " " .. flag.value or "")):gsub("|", "\\|")),
      cell(flag.help .. (flag.many and "; may be given again" or "")) }
  end
  return rows_of({ "flag", "meaning" }, rows)
end

local function anchor(title) return (title:lower():gsub("[^%w%- _]", ""):gsub(" ", "-")) end

-- Prose as it is; what is indented as code.
local function prose(text)
  local out, fenced = {}, false
  for line in (text .. "\n"):gmatch "([^\n]*)\n" do
    local indented = line:find "^  " ~= nil
    if indented ~= fenced and (indented or line:find "%S") then
      out[#out + 1] = indented and "\n```text" or "```\n"
      fenced = indented
    end
    out[#out + 1] = indented and line or cell(line)
  end
  return (table.concat(out, "\n") .. (fenced and "\n```" or "")):gsub("\n\n\n+", "\n\n"):gsub("\n\n```\n", "\n```\n")
end

local function command_text(command)
  local parts = { ("## plumb %s\n"):format(command.name), command.summary .. ".\n",
    ("```text\n%s\n```\n"):format(help.usage(command)) }
  if command.description then parts[#parts + 1] = prose(command.description) .. "\n" end
  local rows = {}
  for i, argument in ipairs(command.arguments or {}) do rows[i] = { code(argument.name), cell(argument.help) } end
  if rows[1] then parts[#parts + 1] = rows_of({ "argument", "meaning" }, rows) end
  if command.flags and command.flags[1] then parts[#parts + 1] = flag_rows(command.flags) end
  local shared = {}
  for i, name in ipairs(flags.used(command)) do
    local title = "Flags: " .. flags.groups[name].title
    shared[i] = ("[%s](#%s)"):format(flags.groups[name].title, anchor(title))
  end
  parts[#parts + 1] = "Shared flags: " .. table.concat(shared, ", ") .. ".\n"
  for _, example in ipairs(command.examples) do
    parts[#parts + 1] = ("- `%s`: %s"):format(example[1], cell(example[2]))
  end
  return table.concat(parts, "\n") .. "\n"
end

local function commands_page()
  local commands = cli.commands()
  local parts = { "# Commands\n", "Every command prints its own with `--help`, and the short form with `-h`.\n" }
  for _, group in ipairs(help.group_order) do
    local rows = {}
    for _, command in ipairs(commands) do
      if command.group == group then
        rows[#rows + 1] = { ("[%s](#%s)"):format(command.name, anchor("plumb " .. command.name)),
          cell(command.summary) }
      end
    end
    parts[#parts + 1] = rows_of({ group:lower(), "" }, rows)
  end
  for _, command in ipairs(commands) do parts[#parts + 1] = command_text(command) end
  for _, name in ipairs(flags.order) do
    parts[#parts + 1] = ("## Flags: %s\n"):format(flags.groups[name].title)
    parts[#parts + 1] = flag_rows(flags.groups[name].flags)
  end
  return table.concat(parts, "\n")
end

local function policy_page()
  local fields = require "docs.policy_fields"
  local parts = { "# Policy\n", prose(fields.introduction()) .. "\n" }
  for _, section in ipairs(fields.sections()) do
    parts[#parts + 1] = ("## %s\n"):format(section.title)
    if section.text then parts[#parts + 1] = prose(section.text) .. "\n" end
    for _, entry in ipairs(section.entries) do
      parts[#parts + 1] = ("### %s\n"):format(entry.name)
      if entry.default then parts[#parts + 1] = ("Default: `%s`\n"):format(entry.default) end
      parts[#parts + 1] = prose(entry.text) .. "\n"
    end
  end
  return table.concat(parts, "\n")
end

local function errors_page()
  local parts = { "# Errors and exit codes\n", ("```text\n%s```\n"):format(topics["exit-codes"]()),
    "An id never changes its meaning. `plumb help E201` prints the same.\n" }
  for _, id in ipairs(sorted_keys(catalogue)) do
    local entry = catalogue[id]
    parts[#parts + 1] = ("## %s\n\n%s (exit code %d)\n\n%s\n"):format(id, cell(entry.title), entry.exit,
      prose((entry.help:gsub("\n+$", ""))))
  end
  return table.concat(parts, "\n")
end

local function topics_page()
  local parts = { "# Topics\n", "What `plumb help TOPIC` prints.\n" }
  for _, name in ipairs(sorted_keys(topics)) do
    if name ~= "errors" and name ~= "exit-codes" then
      parts[#parts + 1] = ("## %s\n\n```text\n%s\n```\n"):format(name, (topics[name]():gsub("\n+$", "")))
    end
  end
  return table.concat(parts, "\n")
end

local function members_text(service, entry)
  local input = entry.input and service.shapes[entry.input]
  local words = {}
  for i, member in ipairs(input and operation.members(service, input) or {}) do
    words[i] = code(member.name) .. (member.required and "\\*" or "")
  end
  return words[1] and table.concat(words, " ") or "none"
end

local function operations_page()
  local reads = require "plumb.aws.reads"
  local parts = { "# AWS operations\n", "For `plumb call SERVICE.OPERATION`, and in Lua as "
    .. "`plumb.aws.SERVICE:OPERATION{...}`. Members with a star are required; `plumb help SERVICE.OPERATION` tells "
    .. "their types and limits. Any other AWS service is called with `--model service-2.json`.\n" }
  for _, name in ipairs(operation.services()) do
    local service, rows = operation.service(name), {}
    for i, op in ipairs(sorted_keys(service.operations)) do
      rows[i] = { op, reads(service, op) and "reads" or "changes", members_text(service, service.operations[op]) }
    end
    parts[#parts + 1] = ("## %s\n"):format(name)
    parts[#parts + 1] = rows_of({ "operation", "", "members" }, rows)
  end
  return table.concat(parts, "\n")
end

-- What scripts and specs are given, in the order in which people need it.
local MODULES = {
  { "plumb.aws", "plumb/aws/init.lua", "Calls to AWS. `plumb.aws.ssm:GetOpsItem{ OpsItemId = id }` is one." },
  { "plumb.task", "plumb/task.lua", "Many things at once, without a callback." },
  { "plumb.json", "plumb/json.lua", "JSON that survives the way there and back." },
  { "plumb.time", "plumb/time.lua", "Times and durations." },
  { "plumb.log", "plumb/log.lua", "Lines for the log, on standard error." },
  { "plumb.test", "plumb/test/init.lua", "What specs of a policy work with; see plumb test." },
  { "a policy in a spec", "plumb/test/policy.lua", "What `plumb.test.load` returns." },
  { "a simulator in a spec", "plumb/test/simulator.lua", "What `plumb.test.simulator` returns." },
}

local function function_text(entry)
  local parts = { ("### `%s`\n"):format(entry.call), entry.text .. "\n" }
  local rows = {}
  for _, parameter in ipairs(entry.parameters) do
    local name, about = parameter:match "^(%S+)%s+(.*)$"
    rows[#rows + 1] = { code(name), cell(about) }
  end
  for _, about in ipairs(entry.returns) do rows[#rows + 1] = { "returns", cell(about) } end
  if rows[1] then parts[#parts + 1] = rows_of({ "", "" }, rows) end
  for _, about in ipairs(entry.see) do parts[#parts + 1] = ("See <%s>.\n"):format(about) end
  return table.concat(parts, "\n")
end

local function lua_page()
  local rows = {}
  for i, field in ipairs(annotations.fields("plumb/context.lua", "plumb.Context")) do
    rows[i] = { code("plumb." .. field.name), cell(field.about) }
  end
  local parts = { "# Lua\n", "Scripts of `plumb run`, workflows and the REPL find the global `plumb`.\n",
    rows_of({ "", "type and meaning" }, rows) }
  for _, module in ipairs(MODULES) do
    parts[#parts + 1] = ("## %s\n\n%s\n"):format(module[1], module[3])
    for _, entry in ipairs(annotations.functions(module[2])) do parts[#parts + 1] = function_text(entry) end
  end
  return table.concat(parts, "\n")
end

local PAGES = {
  { "commands.md", "every command with its flags and examples", commands_page },
  { "policy.md", "every setting and hook of a policy, with its default", policy_page },
  { "lua.md", "what scripts, workflows and specs are given", lua_page },
  { "operations.md", "the AWS operations of the bundled services", operations_page },
  { "errors.md", "error ids and exit codes", errors_page },
  { "topics.md", "environment, files, network, output", topics_page },
}

---Every page by its file name.
---@return table<string, string>
function M.pages()
  local pages, rows = {}, {}
  for i, page in ipairs(PAGES) do
    pages[page[1]] = MARK .. page[3]():gsub("\n+$", "") .. "\n"
    rows[i] = ("- [%s](%s): %s"):format(page[1]:gsub("%.md$", ""), page[1], page[2])
  end
  pages["README.md"] = MARK .. "# Reference\n\n" .. table.concat(rows, "\n") .. "\n"
  return pages
end

return M
