-- From the list of arguments to a command and a table of values. argparse does the splitting; words,
-- ids and exit codes of the errors are ours, and nothing here prints or exits.

local flags = require("plumb.cli.flags")
local printable = require("plumb.cli.printable")
local problem = require("plumb.problem")
local suggest = require("plumb.suggest")

local M = {}

local LONGEST_NAME = 64 -- argparse looks for typos in quadratic time; no flag is longer

local function title(command)
  return command.name and "plumb " .. command.name or "plumb"
end

local function fail(id, what, fix)
  problem.raise({ id = id, what = what, fix = fix })
end

local function no_such_flag(name, command, list)
  local names = {}
  for spelling in pairs(flags.by_name(list)) do
    if #spelling > 2 then -- any two short flags are one letter apart
      names[#names + 1] = spelling
    end
  end
  local near = #name > 2 and suggest.suggest(name, names)
  fail("E102", ("%s has no flag %s"):format(title(command), printable.quote(name)),
    (near and ("did you mean '%s'?   "):format(near) or "") .. title(command) .. " --help lists all flags")
end

-- Whether this argument is a flag whose value is the next one.
local function wants_value(argument, by_name)
  local flag = by_name[argument]
  return flag ~= nil and flag.value ~= nil
end

---The flags that may stand before the command, since several commands know them.
---@return plumb.Flag[]
function M.shared_flags()
  local list = {}
  for _, name in ipairs(flags.order) do
    local group = flags.groups[name].flags
    table.move(group, 1, #group, #list + 1, list)
  end
  return list
end

-- The position of the first argument that is no flag and no value of one; nil when there is none.
local function first_word(argv, by_name)
  local i = 1
  while i <= #argv do
    local argument = argv[i]
    if argument == "--" then
      return argv[i + 1] and i + 1
    elseif argument:sub(1, 1) ~= "-" or argument == "-" then
      return i
    end
    i = i + (wants_value(argument, by_name) and 2 or 1)
  end
  return nil
end

---Finds the command among the arguments; shared flags may come before it.
---@param argv string[]
---@return string|nil name  nil when there is no word at all
---@return string[] rest    the arguments without it
function M.command_word(argv)
  local at = first_word(argv, flags.by_name(M.shared_flags()))
  local rest = table.move(argv, 1, #argv, 1, {})
  return at and table.remove(rest, at) or nil, rest
end

-- A command that runs somebody else's program (run) leaves everything after its first word alone.
local function split_raw(argv, command, by_name)
  if not command.raw then
    return argv, nil
  end
  local at = first_word(argv, by_name) or #argv
  local tail = table.move(argv, at + 1, #argv, 1, {})
  if tail[1] == "--" then
    table.remove(tail, 1)
  end
  return table.move(argv, 1, at, 1, {}), tail
end

-- argparse takes "-5" for a flag; after a flag that wants a value it is one.
local function join_negative_numbers(argv, by_name)
  local out = {}
  for _, argument in ipairs(argv) do
    local last = out[#out]
    if argument:find("^%-%.?%d") and last and wants_value(last, by_name) then
      out[#out] = last .. (last:sub(1, 2) == "--" and "=" or "") .. argument
    else
      out[#out + 1] = argument
    end
  end
  return out
end

-- Takes off a word that a flag may have and that says nothing more: --debug=http is --debug.
local function drop_words(argv, by_name)
  local out = {}
  for i, argument in ipairs(argv) do
    local name, word = argument:match("^(%-%-[^=]+)=(.*)$")
    for _, known in ipairs(by_name[name] and by_name[name].words or {}) do
      if word == known then argument = name end
    end
    out[i] = argument
  end
  return out
end

-- --json=workload,risk is --json --columns=workload,risk, for a command that has columns.
local function split_fields(argv, by_name)
  if not by_name["--columns"] then return argv end
  local out = {}
  for _, argument in ipairs(argv) do
    local names = argument:match("^%-%-json=(.*)$")
    out[#out + 1] = names and "--json" or argument
    if names then out[#out + 1] = "--columns=" .. names end
  end
  return out
end

---Whether help was asked for, and how much of it.
---@param argv string[]
---@return "short"|"long"|nil
function M.help_wanted(argv)
  for _, argument in ipairs(argv) do
    if argument == "--" then
      return nil
    elseif argument == "-h" then
      return "short"
    elseif argument == "--help" then
      return "long"
    end
  end
  return nil
end

local function check_spelling(argv, command, list, by_name)
  for _, argument in ipairs(argv) do
    if argument == "--" then
      return
    end
    local name = argument:match("^(%-%-[^=]+)")
    if name and (#name > LONGEST_NAME or not by_name[name]) then
      no_such_flag(name, command, list)
    end
  end
end

local function argument_target(argument)
  return argument.target or (argument.name:lower():gsub("%W+", "_"):gsub("^_+", ""):gsub("_+$", ""))
end

local function argument_count(argument)
  if argument.many then
    return argument.optional and "*" or "+"
  end
  return argument.optional and "?" or 1
end

local function build(command, list)
  local parser = require("argparse")(title(command)):add_help(false)
  for _, argument in ipairs(command.arguments or {}) do
    parser:argument(argument.name):target(argument_target(argument)):args(argument_count(argument))
  end
  for _, flag in ipairs(list) do
    local names = flag[2] and flag[1] .. " " .. flag[2] or flag[1]
    if flag.value then
      local option = parser:option(names):target(flags.target(flag)):args(1)
      if flag.many then
        option:count("*")
      end
    else
      local option = parser:flag(names):target(flags.target(flag))
      if flag.count then
        option:count("*")
      end
    end
  end
  return parser
end

-- What argparse makes of words with no flag among them; reading its 2,000 lines for that would take a third of the
-- time of `plumb version`. Nil where words are missing or too many, which it knows how to tell.
local function plain_words(command, list, words)
  for _, word in ipairs(words) do
    if word:sub(1, 1) == "-" then return nil end
  end
  local values, at = {}, 1
  for _, flag in ipairs(list) do
    values[flags.target(flag)] = flag.many and {} or flag.count and 0 or nil
  end
  for _, argument in ipairs(command.arguments or {}) do
    if not argument.optional and not words[at] then return nil end
    local target = argument_target(argument)
    if argument.many then
      values[target], at = table.move(words, at, #words, 1, {}), #words + 1
    else
      values[target], at = words[at], at + 1
    end
  end
  return not words[at] and values or nil
end

-- How to go on without a word that has to be there: the words there are, when they can be listed.
local function usage_of(command, name)
  for _, argument in ipairs(command.arguments or {}) do
    if argument.name == name and argument.choices then
      return ("%s %s   --help says more"):format(title(command), table.concat(argument.choices, "|"))
    end
  end
  return title(command) .. " --help shows the usage"
end

local function explain(message, command, list)
  local name = message:match("^unknown option '(.-)'")
  if name then
    no_such_flag(name, command, list)
  end
  name = message:match("^option '(.-)' requires an argument")
  if name then
    fail("E104", ("flag '%s' needs a value"):format(name), title(command) .. " --help shows which")
  end
  name = message:match("^missing argument '(.-)'") or message:match("^argument '(.-)' requires")
  if name then
    fail("E104", ("%s needs %s"):format(title(command), name), usage_of(command, name))
  end
  if message:find("^too many arguments") then
    local most = #(command.arguments or {})
    fail("E106", most == 0 and title(command) .. " takes no arguments"
      or ("%s takes at most %d argument%s"):format(title(command), most, most == 1 and "" or "s"),
      "a value with spaces needs quotes; " .. title(command) .. " --help shows the usage")
  end
  name = message:match("^option '(.-)' does not take arguments")
  if name then
    fail("E103", ("flag '%s' takes no value"):format(name), "leave out the = and what follows it")
  end
  fail("E103", printable.line(message), title(command) .. " --help shows the usage")
end

-- A first word that is none of those there are explains more than what is missing behind it.
local function check_first_word(head, command, by_name)
  local at, argument = first_word(head, by_name), (command.arguments or {})[1]
  if at and argument then
    require("plumb.cli.values").check_arguments({ [argument_target(argument)] = head[at] }, command, argument_target)
  end
end

-- Only commands that read several places take several Regions; elsewhere the second would be passed over.
local function one_region(values, command)
  local list = values.region
  if type(list) ~= "table" then return end
  if #list > 1 and not command.places then
    problem.raise({ id = "E103", what = "--region is given twice", fix = "name one Region" })
  end
  values.region_list, values.region = list, list[1]
end

---Reads the arguments of one command.
---@param command table   as a file in scripts/commands returns it
---@param argv string[]   without the command's own name
---@return table args     by long flag name with _ for -, arguments by their lower-case name
function M.arguments(command, argv)
  local list = flags.of(command)
  local by_name = flags.by_name(list)
  local head, tail = split_raw(argv, command, by_name)
  head = split_fields(drop_words(join_negative_numbers(head, by_name), by_name), by_name)
  check_spelling(head, command, list, by_name)
  local values = plain_words(command, list, head)
  if not values then
    local ok
    ok, values = build(command, list):pparse(head)
    if not ok then
      check_first_word(head, command, by_name)
      explain(values, command, list)
    end
  end
  local check = require("plumb.cli.values")
  check.convert(values, list)
  check.check_arguments(values, command, argument_target)
  if values.output == "json" or values.json then
    values.output, values.json = "json", true
  end
  values.args = tail or values.args
  one_region(values, command)
  return values
end

---Whether the arguments ask for JSON; works on a command line that has errors too, since the errors
---must be JSON then.
---@param argv string[]
---@return boolean
function M.wants_json(argv)
  for i, argument in ipairs(argv) do
    if argument == "--" then
      return false
    end
    local format = argument:match("^%-%-output=(.*)$") or argument:match("^%-o(.+)$")
      or (argument == "-o" or argument == "--output") and argv[i + 1]
    if argument == "--json" or argument:find("^%-%-json=") or format == "json" or format == "jsonl" then
      return true
    end
  end
  return false
end

---The part of the command line that is plumb's own: without what a script run by it will read.
---@param command table
---@param argv string[]
---@return string[]
function M.own_part(command, argv)
  return (split_raw(argv, command, flags.by_name(flags.of(command))))
end

return M
