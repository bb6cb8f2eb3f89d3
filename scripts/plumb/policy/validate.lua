-- A value against its description in schema.lua, to any depth. It answers a plain copy of what is
-- right and reports each thing that is not, so that one look at a policy finds all its mistakes.

local suggest = require("plumb.suggest")
local time = require("plumb.time")
local literal = require("plumb.policy.literal")
local schema = require("plumb.policy.schema")

local check -- by type; set below, since types nest

local function extended(keys, key)
  local copy = table.move(keys, 1, #keys, 1, {})
  copy[#copy + 1] = key
  return copy
end

-- What would have been right, in words and as an example.
local EXPECTS = {
  list = function(spec)
    return "a list", spec.example
  end,
  map = function(spec)
    return "a table", spec.example
  end,
  record = function(spec)
    local names = {}
    for _, field in ipairs(spec.fields) do
      names[#names + 1] = field[1]
    end
    return "a table with " .. table.concat(names, ", ")
  end,
  text = function(spec)
    if spec.enum then
      local words = {}
      for _, word in ipairs(spec.enum) do
        words[#words + 1] = ('"%s"'):format(word)
      end
      return table.concat(words, " or ") .. (spec.hook and " or a function" or ""), words[1]
    end
    local words = spec.check and "an allowed text" or "a text"
    return spec.off and words .. ", or false for none" or words
  end,
  flag = function()
    return "true or false", "true"
  end,
  integer = function(spec)
    local range = spec.max and ("a whole number from %d to %d"):format(spec.min, spec.max)
      or ("a whole number from %d on"):format(spec.min)
    return spec.off and range .. ", or false for no limit" or range, tostring(spec.max or 100)
  end,
  duration = function(spec)
    return 'a time such as "90s", "20m" or "2h"' .. (spec.off and ", or false for never" or ""), '"20m"'
  end,
  hook = function(spec)
    return "a function", ("function(%s, default) return ... end"):format(table.concat(spec.args, ", "))
  end,
}

local DATA = { lens = "lenses", workload = "workloads", severity = "severities" } -- what a hook's name is taken for

-- A value as a few words on one line.
local function shown(value)
  local text = type(value) == "function" and "a function" or literal.text(value, 8)
  return #text > 60 and text:sub(1, (utf8.offset(text, 0, 58) or 58) - 1) .. "..." or text
end

local function refuse(report, spec, value, keys, because)
  local words, example = EXPECTS[spec.type](spec)
  local name = keys[#keys]
  if spec.type == "hook" and type(value) == "table" and DATA[name] then
    example = ("%s;   or did you mean '%s'?"):format(example, DATA[name])
  end
  report { id = "value", keys = keys, expects = words, shown = shown(value), because = because,
    fix = example and (math.type(name) == "integer" and example or ("%s = %s"):format(name, example)) }
  return nil
end

local function enum_word(spec, value, keys, report)
  for _, word in ipairs(spec.enum) do
    if word == value then
      return value
    end
  end
  local near = suggest.suggest(value, spec.enum)
  report { id = "value", keys = keys, expects = (EXPECTS.text(spec)), shown = shown(value),
    fix = near and ("did you mean '%s'?"):format(near) }
  return nil
end

local CHECKS = {}

function CHECKS.text(spec, value, keys, report)
  if spec.hook and type(value) == "function" then
    return value
  elseif spec.off and value == false then
    return false
  elseif spec.number_too and math.type(value) == "integer" then
    value = tostring(value)
  end
  if type(value) ~= "string" or not (spec.blank or value:find("%S")) then
    return refuse(report, spec, value, keys)
  elseif spec.enum then
    return enum_word(spec, value, keys, report)
  end
  local length = utf8.len(value)
  if not length then
    return refuse(report, spec, value, keys, "it is not valid UTF-8; save the file as UTF-8")
  elseif spec.max and length > spec.max then
    return refuse(report, spec, value, keys,
      ("it has %d characters; at most %d are allowed"):format(length, spec.max))
  end
  local because = spec.check and spec.check(value)
  if because then
    return refuse(report, spec, value, keys, because)
  end
  return value
end

function CHECKS.flag(spec, value, keys, report)
  if type(value) ~= "boolean" then
    return refuse(report, spec, value, keys)
  end
  return value
end

function CHECKS.integer(spec, value, keys, report)
  if spec.off and value == false then
    return false
  end
  local whole = math.type(value) and math.tointeger(value)
  if not whole or whole < spec.min or (spec.max and whole > spec.max) then
    return refuse(report, spec, value, keys)
  end
  return whole
end

function CHECKS.duration(spec, value, keys, report)
  if spec.off and value == false then
    return false
  end
  local seconds = type(value) == "string" and time.duration(value)
  if not seconds or seconds < 0 then
    return refuse(report, spec, value, keys)
  elseif spec.min and seconds < spec.min then
    return refuse(report, spec, value, keys, ("less than %d seconds"):format(spec.min))
  end
  return value
end

function CHECKS.hook(spec, value, keys, report)
  if type(value) ~= "function" then
    return refuse(report, spec, value, keys)
  end
  return value
end

-- { "a", nil, "b" } or { "a", x = "b" } is a slip of the pen, not a shorter list.
local function is_list(value)
  local count = 0
  for _ in pairs(value) do
    count = count + 1
  end
  return count == #value
end

function CHECKS.list(spec, value, keys, report)
  if type(value) ~= "table" then
    return refuse(report, spec, value, keys)
  elseif not is_list(value) then
    return refuse(report, spec, value, keys, "some of its elements have a name, or are missing")
  end
  local result = {}
  for i, element in ipairs(value) do
    result[#result + 1] = check(spec.of, element, extended(keys, i), report)
  end
  return result
end

function CHECKS.map(spec, value, keys, report)
  if type(value) ~= "table" or #value > 0 then
    return refuse(report, spec, value, keys)
  end
  local result, count = {}, 0
  for key, element in pairs(value) do
    local path = extended(keys, key)
    if check(spec.key, key, path, report) ~= nil then
      result[key] = check(spec.of, element, path, report)
      count = count + 1
    end
  end
  if spec.most and count > spec.most then
    return refuse(report, spec, value, keys, ("it has %d entries; AWS takes at most %d"):format(count, spec.most))
  end
  return result
end

function CHECKS.record(spec, value, keys, report)
  if type(value) ~= "table" then
    return refuse(report, spec, value, keys)
  end
  local specs, names, result = {}, {}, {}
  for _, field in ipairs(spec.fields) do
    specs[field[1]], names[#names + 1] = field[2], field[1]
  end
  for key, element in pairs(value) do
    local path = extended(keys, key)
    if specs[key] then
      result[key] = check(specs[key], element, path, report)
    else
      report { id = "unknown", keys = path, near = type(key) == "string" and suggest.suggest(key, names) or nil,
        names = names }
    end
  end
  return result
end

function check(spec, value, keys, report)
  return CHECKS[spec.type](spec, value, keys, report)
end

local M = {}

---What a setting may be.
---@param spec table  of plumb.policy.schema
---@return string words
---@return string|nil example
function M.expects(spec)
  return EXPECTS[spec.type](spec)
end

---@class plumb.policy.Complaint
---@field id "unknown"|"value"
---@field keys (string|integer)[]  the path of the field
---@field near string|nil  of an unknown field: the known one that was probably meant
---@field names string[]|nil  of an unknown field: those there are
---@field expects string|nil  of a wrong value: what would be right, in words
---@field shown string|nil  of a wrong value: what it is
---@field because string|nil  of a wrong value: what else is wrong with it
---@field fix string|nil  a line to write instead

---Checks a table that a policy file returned; what is wrong is left out of the copy.
---@param value table
---@param report fun(complaint: plumb.policy.Complaint)
---@return table copy
function M.policy(value, report)
  return check(schema.policy(), value, {}, report) or {}
end

return M
