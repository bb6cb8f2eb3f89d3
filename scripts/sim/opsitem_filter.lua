-- The filters of DescribeOpsItems: which key takes which operator, and what they compare. Values of one filter are
-- alternatives, filters all have to hold.

local clock = require("sim.clock")
local fail = require("sim.fail")
local json = require("plumb.json")

local M = {}

local EQUAL, TEXT, TIME = { Equal = true }, { Equal = true, Contains = true }, { GreaterThan = true, LessThan = true }

local OPERATORS = {
  Status = EQUAL, Priority = EQUAL, OpsItemId = EQUAL, OperationalDataKey = EQUAL, AutomationId = EQUAL,
  AccountId = EQUAL, OperationalData = EQUAL, Category = EQUAL, Severity = EQUAL, OpsItemType = EQUAL,
  CreatedBy = EQUAL, Source = TEXT, OperationalDataValue = TEXT, Title = TEXT,
  ResourceId = { Contains = true }, CreatedTime = TIME, LastModifiedTime = TIME, ActualStartTime = TIME,
  ActualEndTime = TIME, PlannedStartTime = TIME, PlannedEndTime = TIME,
}

local function invalid(message)
  fail.raise("ValidationException", message)
end

local function compare(have, operator, want)
  if have == nil then
    return false
  elseif operator == "Contains" then
    return tostring(have):find(want, 1, true) ~= nil
  end
  return tostring(have) == want
end

local function searchable(item)
  local entries = {}
  for key, entry in pairs(item.OperationalData or {}) do
    if entry.Type == "SearchableString" then
      entries[key] = entry.Value
    end
  end
  return entries
end

local SPECIAL = {}

-- Only the first 100 characters of a title are compared, and a longer value is an error (see `prepare`).
function SPECIAL.Title(item, operator, want)
  if operator == "Contains" then
    return compare(item.Title, operator, want)
  end
  local cut = utf8.offset(item.Title, 101)
  return (cut and item.Title:sub(1, cut - 1) or item.Title) == want
end

function SPECIAL.OperationalData(item, _, want)
  return searchable(item)[want.key] == want.value
end

function SPECIAL.OperationalDataKey(item, _, want)
  return searchable(item)[want] ~= nil
end

function SPECIAL.OperationalDataValue(item, operator, want)
  for _, value in pairs(searchable(item)) do
    if compare(value, operator, want) then
      return true
    end
  end
  return false
end

function SPECIAL.ResourceId(item, operator, want)
  return compare(searchable(item)["/aws/resources"], operator, want)
end

function SPECIAL.AutomationId(item, _, want)
  return compare(searchable(item)["/aws/automations"], "Contains", want)
end

local function by_time(key)
  return function(item, operator, want)
    local have = item[key]
    if not have then
      return false
    end
    return operator == "GreaterThan" and have > want or operator == "LessThan" and have < want
  end
end

for _, key in ipairs({ "CreatedTime", "LastModifiedTime", "ActualStartTime", "ActualEndTime", "PlannedStartTime",
  "PlannedEndTime" }) do
  SPECIAL[key] = by_time(key)
end

-- A filter's value, read once.
local function prepare(key, operator, value)
  if OPERATORS[key] == TIME then
    return clock.parse(value) or invalid(("%s is not a time for filter %s."):format(value, key))
  elseif key == "Title" and operator == "Equal" and (utf8.len(value) or #value) > 100 then
    invalid("The value of a Title filter has more than 100 characters.")
  elseif key == "OperationalData" then
    local pair = json.decode(value)
    if type(pair) ~= "table" or type(pair.key) ~= "string" or type(pair.value) ~= "string" then
      invalid("The value of an OperationalData filter is {\"key\":\"...\",\"value\":\"...\"}.")
    end
    return pair
  end
  return value
end

---Reads the filters of a request; raises ValidationException for a key, operator or value that does not go.
---@param filters table[]?
---@param account string
---@return fun(item: table): boolean matches
function M.compile(filters, account)
  local tests = {}
  for i, filter in ipairs(filters or {}) do
    local key, operator = filter.Key, filter.Operator
    if not OPERATORS[key] then
      invalid(("The filter key %s is not supported for OpsItems of this type."):format(key))
    elseif not OPERATORS[key][operator] then
      invalid(("The operator %s is not supported for filter key %s."):format(operator, key))
    elseif #filter.Values == 0 then
      invalid(("The filter %s has no values."):format(key))
    end
    local wants, test = {}, SPECIAL[key]
    for j, value in ipairs(filter.Values) do
      wants[j] = prepare(key, operator, value)
    end
    test = test or function(item, op, want)
      local have = item[key]
      if key == "AccountId" then
        have = account
      end
      return compare(have, op, want)
    end
    tests[i] = function(item)
      for _, want in ipairs(wants) do
        if test(item, operator, want) then
          return true
        end
      end
      return false
    end
  end
  return function(item)
    for _, test in ipairs(tests) do
      if not test(item) then
        return false
      end
    end
    return true
  end
end

return M
