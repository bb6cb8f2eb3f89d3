-- Inputs against the shapes of their operation, before anything is sent: unknown
-- members (with "did you mean"), missing ones, wrong types, lengths, ranges,
-- patterns, enums. Shapes are compiled once into checkers; a checker returns
-- nothing when all is well, so the path of a member is only put together for an
-- input that is wrong. Pure but for the idempotency token.

local err = require "plumb.err"
local json = require "plumb.json"
local pattern = require "plumb.aws.pattern"
local random = require "plumb.random"
local suggest = require "plumb.suggest"
local value = require "plumb.aws.protocol.value"
local compile_with = require("plumb.aws.protocol.compile").with

local shape = {}

local null = json.null

-- What a checker says: message, path inside the value (nil for the value itself),
-- and whether it is a slip of the program rather than of the data.
local function wrong_type(expected, v)
  return ("must be %s, not %s"):format(expected, v == null and "null" or type(v)), nil, true
end

local function below(path, name)
  if not path then return name end
  return path:sub(1, 1) == "[" and name .. path or name .. "." .. path
end

local function shown(v)
  local text = tostring(v)
  if #text > 40 then text = text:sub(1, 40) .. "…" end
  return (("%q"):format(text):gsub("\\\n", "\\n"))
end

local function range_message(what, number, min, max)
  if min and max and min == max then return ("%s must be %s, not %s"):format(what, min, number) end
  if min and number < min then return ("%s must be at least %s, not %s"):format(what, min, number) end
  return ("%s must be at most %s, not %s"):format(what, max, number)
end

local function outside(number, min, max)
  return min and number < min or max and number > max
end

local function enum_checker(list)
  local known = {}
  for _, word in ipairs(list) do known[word] = true end
  return function(v)
    if known[v] then return end
    local near = suggest.suggest(v, list)
    if near then return ("must not be %s; did you mean %q?"):format(shown(v), near) end
    return ("must be one of %s, not %s"):format(table.concat(list, ", "), shown(v))
  end
end

local function string_checker(s)
  local check_enum = s.enum and enum_checker(s.enum)
  local matches = s.pattern and pattern.matcher(s.pattern)
  local min, max = s.min, s.max
  return function(v)
    if type(v) ~= "string" then return wrong_type("text", v) end
    local length = utf8.len(v)
    if not length then return "is not valid UTF-8" end
    if outside(length, min, max) then return range_message("length", length, min, max) end
    if check_enum then return check_enum(v) end
    if matches and not matches(v) then return ("does not match %s: %s"):format(s.pattern, shown(v)) end
  end
end

local function number_checker(s)
  local integral = value.INTEGERS[s.type]
  local min, max = s.min, s.max
  return function(v)
    if not integral and value.WORDS_FOR_FLOATS[v] then return end
    if type(v) ~= "number" then return wrong_type("a number", v) end
    if integral and not math.tointeger(v) then return ("must be a whole number, not %s"):format(v) end
    if outside(v, min, max) then return range_message("value", v, min, max) end
  end
end

local function boolean_checker(v)
  if type(v) ~= "boolean" then return wrong_type("true or false", v) end
end

local function timestamp_checker(v)
  if type(v) == "number" then return end
  if type(v) ~= "string" then return wrong_type("epoch seconds or a date", v) end
  if not pcall(value.timestamp, v, "iso8601") then return ("is not a date: %s"):format(shown(v)) end
end

local function blob_checker(s)
  return function(v)
    if type(v) ~= "string" then return wrong_type("a byte string", v) end
    if outside(#v, s.min, s.max) then return range_message("size", #v, s.min, s.max) end
  end
end

local function jsonvalue_checker(v)
  if v == null then return wrong_type("JSON", v) end
end

local function list_checker(s, compile)
  local check = compile(s.member)
  return function(v)
    if type(v) ~= "table" then return wrong_type("a list", v) end
    local n = #v
    if n == 0 and next(v) ~= nil then return "must be a list, not a table with names", nil, true end
    if outside(n, s.min, s.max) then return range_message("number of entries", n, s.min, s.max) end
    for i = 1, n do
      local message, path, bug = check(v[i])
      if message then return message, below(path, ("[%d]"):format(i)), bug end
    end
  end
end

local function map_checker(s, compile)
  local check_key, check = compile(s.key), compile(s.value)
  return function(v)
    if type(v) ~= "table" then return wrong_type("a table with names", v) end
    local n = 0
    for key, item in pairs(v) do
      n = n + 1
      local message, path, bug = check_key(key)
      if message then return ("key %s %s"):format(shown(key), message), path, bug end
      message, path, bug = check(item)
      if message then return message, below(path, tostring(key)), bug end
    end
    if outside(n, s.min, s.max) then return range_message("number of entries", n, s.min, s.max) end
  end
end

-- What would change the request around the value instead of being part of it.
local function place_checker(reference)
  if reference.location == "uri" then
    return function(v)
      local text = tostring(v)
      if text == "" or text == "." or text == ".." then return ("cannot be %q in a path"):format(text) end
    end
  elseif reference.location == "header" then
    return function(v)
      if type(v) == "string" and v:find("[%c]") then return "holds a control character" end
    end
  elseif reference.hostLabel then
    return function(v)
      if not tostring(v):find("^%w[%w%-]*$") then return "cannot be part of a host name" end
    end
  end
end

local function unknown_member(name, members, own_name)
  local names = {}
  for known in pairs(members) do names[#names + 1] = known end
  table.sort(names)
  local near = suggest.suggest(tostring(name), names)
  local hint = near and ("did you mean %q?"):format(near)
    or #names == 0 and "it takes none"
    or #names <= 12 and "there are " .. table.concat(names, ", ")
    or "see the members of " .. own_name
  return ("is not a member; %s"):format(hint), tostring(name), true
end

local function structure_checker(s, own_name, compile)
  if s.document then return function() end end
  local required, checks, places = s.required or {}, {}, {}
  for name, reference in pairs(s.members) do
    checks[name], places[name] = compile(reference), place_checker(reference)
  end
  return function(v)
    if type(v) ~= "table" then return wrong_type("a table with names", v) end
    for name, member in pairs(v) do
      local check = checks[name]
      if not check then return unknown_member(name, s.members, own_name) end
      if member ~= null then
        local message, path, bug = check(member)
        if not message and places[name] then message = places[name](member) end
        if message then return message, below(path, name), bug end
      end
    end
    for i = 1, #required do
      local member = v[required[i]]
      if member == nil or member == null then return "is required", required[i] end
    end
    if s.union then
      local first = next(v)
      if first == nil or next(v, first) ~= nil then return "must have exactly one member" end
    end
  end
end

local function make_checker(s, reference, compile)
  local kind = s.type
  if kind == "structure" then return structure_checker(s, reference.shape, compile) end
  if kind == "list" then return list_checker(s, compile) end
  if kind == "map" then return map_checker(s, compile) end
  if kind == "timestamp" then return timestamp_checker end
  if kind == "blob" then return blob_checker(s) end
  if kind == "boolean" then return boolean_checker end
  if reference.jsonvalue or s.jsonvalue then return jsonvalue_checker end
  if value.INTEGERS[kind] or value.FLOATS[kind] then return number_checker(s) end
  return string_checker(s)
end

local checkers = setmetatable({}, { __mode = "k" }) -- service -> operation name -> checker
local tokens = setmetatable({}, { __mode = "k" })   -- service -> operation name -> member name or false

local function no_input(v)
  local name = next(v)
  if name ~= nil then return unknown_member(name, {}, "the operation") end
end

local function checker_of(service, operation_name)
  local of_service = checkers[service]
  if not of_service then
    of_service = {}
    checkers[service] = of_service
  end
  local check = of_service[operation_name]
  if not check then
    local input = service.operations[operation_name].input
    check = input and compile_with(service.shapes, make_checker) { shape = input } or no_input
    of_service[operation_name] = check
  end
  return check
end

---Checks an input against its operation.
---@param service plumb.aws.Service
---@param operation_name string
---@param input table
---@return plumb.Error|nil err  nil when all is well; kind "input", code "InvalidInput", with `member` the
---  path of what is wrong and `bug` true for an unknown member or a wrong type
function shape.check(service, operation_name, input)
  local message, path, bug = checker_of(service, operation_name)(input)
  if not message then return nil end
  return err.new {
    code = "InvalidInput", kind = "input", executed = "no", service = service.name, operation = operation_name,
    message = ("%s: %s %s"):format(operation_name, path or "the input", message), member = path, bug = bug or nil,
  }
end

local function token_member(service, operation_name)
  local of_service = tokens[service]
  if not of_service then
    of_service = {}
    tokens[service] = of_service
  end
  local name = of_service[operation_name]
  if name == nil then
    local input = service.shapes[service.operations[operation_name].input]
    name = false
    for member, reference in pairs(input and input.members or {}) do
      if reference.idempotencyToken then name = member end
    end
    of_service[operation_name] = name
  end
  return name
end

---The input with its idempotency token, when the operation has one and the caller
---gave none. Filled in once per call, so that a repeat is recognised as one.
---@param service plumb.aws.Service
---@param operation_name string
---@param input table
---@param uuid? fun(): string  makes the token; plumb.random.uuid by default
---@return table  the same table, or a copy with the token
---@see https://smithy.io/2.0/spec/behavior-traits.html#idempotencytoken-trait
function shape.fill(service, operation_name, input, uuid)
  local name = token_member(service, operation_name)
  if not name or input[name] ~= nil then return input end
  local copy = {}
  for key, v in pairs(input) do copy[key] = v end
  copy[name] = (uuid or random.uuid)()
  return copy
end

return shape
