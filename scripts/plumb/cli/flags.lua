-- The flags that several commands share, in groups. A command names the groups it heeds in `uses`, and
-- only those are accepted: a flag without effect would be a lie, above all --dry-run.

---@class plumb.Flag
---@field [1] string       "-n" or "--dry-run"
---@field [2]? string      "--dry-run" when [1] is the short form
---@field value? string    name of the value in the help text; without it the flag takes none
---@field type? "string"|"integer"|"number"|"duration"|"seconds"|"names"  string unless told
---@field min? number      0 unless told, for numbers
---@field max? number
---@field choices? string[]
---@field many? boolean    may be given several times; always a list
---@field count? boolean   how often it was given; always an integer
---@field topic? string     it has no line of its own in the help of a command but is explained in this topic
---@field words? string[]   of a flag without a value: what may be written behind it all the same, --debug=http
---@field completes? string what a shell offers for its value, see plumb.cli.complete; by `value` unless told
---@field help string

local M = {}

M.order = { "aws", "policy", "state", "output", "rows", "write", "all" }

M.groups = {
  aws = { title = "AWS", flags = {
    { "--profile", value = "NAME", help = "profile of ~/.aws/config to use" },
    { "--region", value = "NAME", many = true, help = "Region, such as eu-west-1" },
    { "--endpoint-url", value = "URL", many = true,
      help = "send requests there, not to AWS; SERVICE=URL for one" },
    { "--allow-http", topic = "network", help = "plain http to other hosts than this one" },
    { "--ca-bundle", value = "FILE", topic = "network", help = "certificates to trust, PEM" },
    { "--connect-timeout", value = "TIME", topic = "network", type = "seconds", min = 0.001, max = 3600,
      help = "longest wait for a connection, 5s unless told" },
    { "--read-timeout", value = "TIME", topic = "network", type = "seconds", min = 1, max = 3600,
      help = "longest silence of a server, 30s unless told" },
    { "--max-attempts", value = "N", topic = "network", type = "integer", min = 1, max = 100,
      help = "how often a call is tried at most" },
    { "--sim", help = "work on the built-in simulator, offline" },
    { "--sim-seed", value = "NAME", help = "world of the simulator: demo, empty, large or FILE" },
  } },
  policy = { title = "Policy", flags = {
    { "--policy", value = "FILE", help = "policy to use" },
    { "--set", value = "KEY=VALUE", many = true, help = "change one policy setting for this run" },
  } },
  state = { title = "State", flags = {
    { "--state", value = "FILE", help = "state file to use, or dynamodb:TABLE" },
  } },
  output = { title = "Output", flags = {
    { "-o", "--output", value = "FORMAT", choices = { "table", "json", "jsonl", "csv", "tsv", "markdown" },
      help = "table, json, jsonl, csv, tsv or markdown" },
    { "--json", help = "same as -o json" },
    { "--no-color", topic = "formatting", help = "never use colours (also NO_COLOR=1)" },
    { "--color", value = "WHEN", choices = { "auto", "always", "never" }, topic = "formatting",
      help = "colours: auto, which is on a terminal, always or never" },
    { "--progress", value = "WHEN", choices = { "auto", "always", "never" }, topic = "formatting",
      help = "a line that says how far it is: auto, which is on a terminal, always or never" },
    { "--width", value = "N", type = "integer", min = 20, max = 10000, topic = "formatting",
      help = "cells that a table may take, the terminal's unless told" },
  } },
  rows = { title = "Rows", flags = {
    { "--columns", value = "NAMES", type = "names",
      help = "show these, in this order: --columns workload,risk; --json=NAMES too" },
    { "--no-header", help = "no line of headings in a table or CSV" },
  } },
  write = { title = "Writing", flags = {
    { "-n", "--dry-run", help = "show what would be done, write nothing" },
    { "-y", "--yes", help = "write without asking" },
    { "--limit", value = "N", type = "integer", help = "write at most N times" },
  } },
  all = { title = "Every command", flags = {
    { "-h", "--help", help = "short help; --help shows examples and every flag" },
    { "-q", "--quiet", help = "no notes on standard error" },
    { "-v", "--verbose", count = true, help = "say more; twice says all" },
    { "--debug", words = { "http" }, help = "show every request, without secrets" },
    { "--no-input", help = "never ask" },
    { "--scripts", value = "DIR", help = "take plumb's own Lua files from DIR" },
  } },
}

---@param flag plumb.Flag
---@return string
function M.long(flag)
  return flag[2] or flag[1]
end

---The name under which a command finds the flag in its `args`.
---@param flag plumb.Flag
---@return string  "dry_run" for --dry-run
function M.target(flag)
  return (M.long(flag):gsub("^%-+", ""):gsub("%-", "_"))
end

---The groups a command heeds, in the order of the help text.
---@param command table
---@return string[]
function M.used(command)
  local wanted = { all = true }
  for _, name in ipairs(command.uses or {}) do
    if not M.groups[name] then
      error(("command '%s' uses the unknown flag group '%s'"):format(command.name, name))
    end
    wanted[name] = true
  end
  local names = {}
  for _, name in ipairs(M.order) do
    if wanted[name] then
      names[#names + 1] = name
    end
  end
  return names
end

---Every flag a command accepts: its own first, then those of its groups.
---@param command table
---@return plumb.Flag[]
function M.of(command)
  local list = table.move(command.flags or {}, 1, #(command.flags or {}), 1, {})
  for _, name in ipairs(M.used(command)) do
    local flags = M.groups[name].flags
    table.move(flags, 1, #flags, #list + 1, list)
  end
  return list
end

---Flags by every spelling, "-n" and "--dry-run".
---@param list plumb.Flag[]
---@return table<string, plumb.Flag>
function M.by_name(list)
  local map = {}
  for _, flag in ipairs(list) do
    map[flag[1]] = flag
    if flag[2] then
      map[flag[2]] = flag
    end
  end
  return map
end

return M
