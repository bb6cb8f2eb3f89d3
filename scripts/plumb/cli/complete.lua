-- What a shell offers for the word at the cursor. It is read from the tables that the parser and the help read, so a
-- command, a flag or a word that is new is offered without another list. Knows no shell and asks no network.

local cli = require("plumb.cli")
local flags = require("plumb.cli.flags")
local parse = require("plumb.cli.parse")
local sources = require("plumb.cli.complete.sources")

local M = {}

---@class plumb.Candidate
---@field [1] string   the whole word
---@field [2]? string  what it means

---@alias plumb.CompleteWay "files"|"folders"|"nospace"|nil  paths are the shell's own affair

-- What a flag's name, or the word that stands for a value in the help text, says about it where its table has no
-- `completes`.
local BY_NAME = {
  ["--workload"] = "workloads", ["--lens"] = "lenses", ["--pillar"] = "pillars", ["--risk"] = "risks",
  ["--region"] = "regions", ["--profile"] = "profiles", ["--set"] = "settings", ["--sim-seed"] = "seeds",
  FILE = "files", PATH = "files", FOLDER = "folders", DIR = "folders", OI = "items", OPERATION = "operations",
  TOPIC = "topics", WORKLOAD = "workloads", ["KEY=VALUE"] = "members",
}

local SHELL_OWN = { files = true, folders = true }

local function beginning_with(list, text, before)
  local kept = {}
  for _, candidate in ipairs(list) do
    if candidate[1]:sub(1, #text) == text then
      kept[#kept + 1] = { before .. candidate[1], candidate[2] }
    end
  end
  return kept
end

-- A word that ends in "=" or "." is only half of one.
local function way_of(list)
  for _, candidate in ipairs(list) do
    if not candidate[1]:find("[=.]$") then return nil end
  end
  return list[1] and "nospace" or nil
end

-- Candidates for one value: of a flag, or an argument.
local function for_value(thing, text, before, at)
  if thing.choices then
    local list = {}
    for i, choice in ipairs(thing.choices) do list[i] = { choice } end
    return beginning_with(list, text, before)
  end
  local kind = thing.completes or thing.value and BY_NAME[flags.long(thing)] or BY_NAME[thing.value or thing.name]
  if SHELL_OWN[kind] then
    return {}, kind
  end
  local list = kind and beginning_with(sources[kind](at, text), text, before) or {}
  return list, way_of(list)
end

-- Each flag once, but for those that may be given again; short forms only where there is no long one.
local function for_flags(list, text, used)
  local found = {}
  for _, flag in ipairs(list) do
    local name = flags.long(flag)
    if not used[flag] or flag.many or flag.count then
      found[#found + 1] = { name, flag.help }
    end
  end
  return beginning_with(found, text, "")
end

-- What the words before the cursor have said so far.
local function take_stock(words, by_name)
  local stock = { used = {}, given = {}, positional = {}, pending = nil, only_words = false }
  for _, word in ipairs(words) do
    local name, value = word:match("^(%-%-[^=]+)=(.*)$")
    local flag = not stock.only_words and by_name[name or word]
    if stock.pending then
      stock.given[flags.target(stock.pending)], stock.pending = word, nil
    elseif flag then
      stock.used[flag] = true
      stock.given[flags.target(flag)] = value or true
      stock.pending = flag.value and not value and flag or nil
    elseif word == "--" then
      stock.only_words = true
    elseif stock.only_words or word:sub(1, 1) ~= "-" then
      table.insert(stock.positional, word)
    end
  end
  return stock
end

-- Candidates where a flag may stand; nil where a plain word has to be found.
local function flag_or_its_value(list, by_name, stock, current)
  if stock.pending then
    return for_value(stock.pending, current, "", stock)
  elseif stock.only_words or current:sub(1, 1) ~= "-" then
    return nil
  end
  local name, value = current:match("^(%-%-[^=]+)=(.*)$")
  if name then
    if not by_name[name] or not by_name[name].value then return {} end
    return for_value(by_name[name], value, name .. "=", stock)
  end
  return for_flags(list, current, stock.used)
end

local function argument_at(command, n)
  local list = command.arguments or {}
  local last = list[#list]
  return list[n] or (last and last.many and last) or nil
end

local function within(command, words, current)
  local list = flags.of(command)
  local by_name = flags.by_name(list)
  local stock = take_stock(words, by_name)
  stock.command = command
  if command.raw and stock.positional[1] then
    return {}, "files" -- the words of somebody else's program
  end
  local found, way = flag_or_its_value(list, by_name, stock, current)
  if found then return found, way end
  local argument = argument_at(command, #stock.positional + 1)
  found, way = {}, nil
  if argument then
    found, way = for_value(argument, current, "", stock)
  end
  if not found[1] and not way and current == "" then
    found = for_flags(list, "", stock.used)
  end
  return found, way
end

local function before_the_command(words, current)
  local list = parse.shared_flags()
  local by_name = flags.by_name(list)
  local found, way = flag_or_its_value(list, by_name, take_stock(words, by_name), current)
  if found then return found, way end
  return beginning_with(sources.commands({}, current), current, "")
end

---What could stand at the cursor.
---@param words string[]   the words before it, without the program's name
---@param current string   the beginning of the word at the cursor, "" between two words
---@return plumb.Candidate[]
---@return plumb.CompleteWay way  "files" or "folders": let the shell complete a path; "nospace": the word goes on
function M.at(words, current)
  local name, rest = parse.command_word(words)
  if not name then
    return before_the_command(words, current)
  end
  local known, command = pcall(cli.command, name)
  if not known then
    return {}
  end
  return within(command, rest, current)
end

return M
