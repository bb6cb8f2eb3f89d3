-- From the text of a flag's value to the value: whole numbers, numbers, durations, words from a list.

local flags = require("plumb.cli.flags")
local printable = require("plumb.cli.printable")
local problem = require("plumb.problem")
local suggest = require("plumb.suggest")

local M = {}

local function refuse(what, fix)
  problem.raise({ id = "E103", what = what, fix = fix })
end

local function bad_value(flag, text, expected)
  refuse(("%s is not a value for %s"):format(printable.quote(text), flags.long(flag)), expected)
end

local CONVERT = {}

function CONVERT.string(text)
  return text
end

function CONVERT.integer(text, flag)
  local number = text:find("^[+-]?%d+$") and math.tointeger(tonumber(text))
  if not number then
    bad_value(flag, text, "a whole number, for example " .. flags.long(flag) .. " 10")
  end
  return number
end

function CONVERT.number(text, flag)
  local number = text:find("^[+-]?[%d.]+$") and tonumber(text)
  if not number then
    bad_value(flag, text, "a number, for example " .. flags.long(flag) .. " 0.5")
  end
  return number
end

function CONVERT.duration(text, flag)
  local seconds = require("plumb.time").duration(text)
  if not seconds then
    bad_value(flag, text, "a duration such as 500ms, 30s, 20m, 2h or 7d")
  end
  return seconds
end

-- A time as the AWS CLI takes it, a number of seconds, or a duration.
function CONVERT.seconds(text, flag)
  return text:find("^%d+%.?%d*$") and tonumber(text) or CONVERT.duration(text, flag)
end

-- Words with commas between them, as --columns takes them.
function CONVERT.names(text, flag)
  local names = {}
  for name in text:gmatch("[^,%s]+") do
    names[#names + 1] = name
  end
  if not names[1] then
    bad_value(flag, text, "names with commas between them, such as workload,risk")
  end
  return names
end

local function listed(choices, text)
  for _, choice in ipairs(choices) do
    if choice == text then
      return true
    end
  end
  return false
end

local function one_of(choices, text)
  local near = suggest.suggest(text, choices)
  return (near and ("did you mean '%s'?   "):format(near) or "") .. "one of: " .. table.concat(choices, ", ")
end

local function article(name)
  return (name:find("^[AEIOU]") and "an " or "a ") .. name
end

local function check_choice(flag, text)
  if not listed(flag.choices, text) then
    bad_value(flag, text, one_of(flag.choices, text))
  end
end

local function convert(flag, text)
  if text == "" then
    refuse(("the value of %s is empty"):format(flags.long(flag)), "give it a value, or leave the flag out")
  end
  if flag.choices then
    check_choice(flag, text)
  end
  local value = CONVERT[flag.type or "string"](text, flag)
  if type(value) == "number" then
    local low = flag.min or 0
    if value < low or value > (flag.max or math.huge) then
      bad_value(flag, text, flag.max and ("from %s to %s"):format(low, flag.max) or ("%s or more"):format(low))
    end
  end
  return value
end

---Checks the arguments that are a word from a list; raises E103.
---@param values table    by target
---@param command table
---@param target_of fun(argument: table): string
function M.check_arguments(values, command, target_of)
  for _, argument in ipairs(command.arguments or {}) do
    local word = values[target_of(argument)]
    if argument.choices and word and not listed(argument.choices, word) then
      refuse(("%s is not %s of plumb %s"):format(printable.quote(word), article(argument.name), command.name),
        one_of(argument.choices, word))
    end
  end
end

---Converts what was typed, in place; raises E103.
---@param values table        by target, as argparse leaves them: texts, or lists of texts
---@param list plumb.Flag[]
function M.convert(values, list)
  for _, flag in ipairs(list) do
    local target = flags.target(flag)
    local value = values[target]
    if flag.value and flag.many then
      for i, text in ipairs(value) do
        value[i] = convert(flag, text)
      end
    elseif flag.value and value then
      values[target] = convert(flag, value)
    end
  end
end

return M
