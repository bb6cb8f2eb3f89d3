-- The command line: which commands there are, what was typed, and the object through which a command
-- talks to whoever typed it. Command files are loaded only when needed, so `plumb version` reads one.

local parse = require("plumb.cli.parse")
local printable = require("plumb.cli.printable")
local problem = require("plumb.problem")
local suggest = require("plumb.suggest")

local M = {}

-- One file in scripts/commands for each, in the order of the help text.
M.names = {
  "scan", "resolve", "apply",
  "status", "report", "workload", "risk", "item", "trend", "diff", "audit", "schedule", "call", "repl", "schema",
  "init", "check", "test", "explain", "run", "eval", "generate",
  "cleanup", "serve", "lambda", "state", "migrate",
  "config", "doctor",
  "sim", "completion", "version", "help",
}

-- Commands that only programs call; no help text lists them.
local UNLISTED = { __complete = true }

---@class plumb.Command
---@field name string
---@field group string       heading in plumb --help
---@field summary string     one line, no full stop
---@field description? string  shown at the end of the long help
---@field examples { [1]: string, [2]: string }[]  command line and why
---@field arguments? plumb.Argument[]
---@field flags? plumb.Flag[]
---@field uses? string[]     groups of shared flags, see plumb.cli.flags
---@field lists? fun(): table<string, plumb.Column[]>  columns of what it lists, by the schema of the JSON document
---@field raw? boolean       everything after the first argument belongs to somebody else, as args.args
---@field run fun(args: table, cli: plumb.Cli): integer|nil  exit code, nil for 0

---@class plumb.Argument
---@field name string        as the help shows it: FILE, OPERATION
---@field help string
---@field optional? boolean
---@field many? boolean
---@field target? string     its name in `args`; the name in small letters unless told
---@field choices? string[]  the words it can be; any other is refused
---@field completes? string  what a shell offers for it, see plumb.cli.complete; by its name unless told

local function is_name(name)
  if UNLISTED[name] then
    return true
  end
  for _, known in ipairs(M.names) do
    if known == name then
      return true
    end
  end
  return false
end

---A command by its name.
---@param name string
---@return plumb.Command
function M.command(name)
  if not is_name(name) then
    local near = suggest.suggest(name, M.names)
    problem.raise({ id = "E101", what = "no command " .. printable.quote(name),
      fix = (near and ("did you mean '%s'?   "):format(near) or "") .. "plumb --help lists all commands" })
  end
  return require("commands." .. name)
end

---All commands, in the order of the help text. Loads every command file.
---@return plumb.Command[]
function M.commands()
  local list = {}
  for i, name in ipairs(M.names) do
    list[i] = require("commands." .. name)
  end
  return list
end

local function as_help(...)
  return { command = require("commands.help"), args = { topic = ..., verbose = 0 } }
end

---Reads a command line. Raises plumb.Problem E101 to E106.
---@param argv string[]  without the program's name
---@return { command: plumb.Command, args: table }
function M.parse(argv)
  local word, rest = parse.command_word(argv)
  if not word then
    if parse.help_wanted(argv) then
      return as_help(nil)
    end
    for i, argument in ipairs(argv) do
      if argument == "--version" or argument == "-V" then
        table.remove(rest, i)
        return { command = M.command("version"), args = parse.arguments(M.command("version"), rest) }
      end
    end
    if #argv == 0 then return { command = require("commands.help"), args = { bare = true, verbose = 0 } } end
    parse.arguments({ uses = { "aws", "policy", "state", "output", "write" } }, argv) -- flags that are wrong come first
    problem.raise({ id = "E104", what = "no command given", fix = "plumb --help lists all commands" })
  end
  local command = M.command(word)
  local wanted = parse.help_wanted(parse.own_part(command, rest))
  if wanted then
    return { command = require("commands.help"),
      args = { topic = word, short = wanted == "short", verbose = 0, flags = rest } }
  end
  return { command = command, args = parse.arguments(command, rest) }
end

---Whether this command line asks for JSON, as far as it can be told when it has errors.
---@param argv string[]
---@return boolean
function M.wants_json(argv)
  local word, rest = parse.command_word(argv)
  local ours = rest
  if word and is_name(word) then
    local ok, command = pcall(require, "commands." .. word)
    ours = ok and parse.own_part(command, rest) or rest
  end
  return parse.wants_json(ours)
end

---The object commands talk through; see plumb.cli.console.
---@param opts table
---@return plumb.Cli
function M.console(opts)
  return require("plumb.cli.console").new(opts)
end

return M
