-- What Tab offers: dot-commands and their words, operations, their members and enum values, words of jobs, fields of
-- the policy, members of tables, names. Looks only at what is there already: calls nobody and runs nothing.

local dot = require("plumb.repl.dot")
local environment = require("plumb.repl.environment")
local jobs = require("plumb.repl.jobs")
local operations = require("plumb.repl.operations")
local scan = require("plumb.repl.scan")
local try_policy = require("plumb.repl.try_policy")

local M = {}

local function sorted_keys(map)
  local keys = {}
  for key in next, map do
    if type(key) == "string" and key:find("^[%a_][%w_]*$") then
      keys[#keys + 1] = key
    end
  end
  table.sort(keys)
  return keys
end

local function starting_with(list, start)
  local out = {}
  for _, word in ipairs(list) do
    if word:sub(1, #start) == start then
      out[#out + 1] = word
    end
  end
  return out
end

-- The value of "a.b.c" without calling anything: metamethods are left alone.
local function peek_path(env, path)
  local value
  for name in path:gmatch("[%a_][%w_]*") do
    if value == nil then
      value = environment.peek(env, name)
    elseif operations.describe(value) then
      value = operations.describe(value).service.operations[name] and value[name] or nil
    elseif type(value) == "table" then
      value = rawget(value, name)
    end
    if value == nil then
      return nil
    end
  end
  return value
end

-- The names behind "path." or "path:".
local function members_of(value)
  local of = operations.describe(value)
  if of and not of.operation then
    return sorted_keys(of.service.operations)
  elseif try_policy.is(value) then
    return sorted_keys(try_policy.fields())
  elseif type(value) == "string" then
    return sorted_keys(string)
  elseif type(value) == "table" then
    return sorted_keys(value)
  end
  return {}
end

-- The shape of the table at the cursor: down from the input of the operation through the tables around it.
local function shape_at(of, frames, from)
  local shapes = of.service.shapes
  local shape = shapes[of.service.operations[of.operation].input]
  for i = from + 1, #frames do
    if not shape then
      return nil
    elseif shape.type == "structure" then
      local member = frames[i].key and shape.members[frames[i].key]
      shape = member and shapes[member.shape]
    elseif shape.type == "list" then
      shape = shapes[shape.member.shape]
    elseif shape.type == "map" then
      shape = shapes[shape.value.shape]
    end
  end
  return shape, shapes
end

-- The innermost call whose table the cursor is in.
local function call_at(env, frames)
  for i = #frames, 1, -1 do
    local frame = frames[i]
    if frame.open == "(" or frame.open == "[" then
      return nil
    elseif frame.callee then
      return peek_path(env, frame.callee), i, frame.callee
    end
  end
end

local function unused(names, frame)
  local out = {}
  for _, name in ipairs(names) do
    if not frame.used[name] then
      out[#out + 1] = name
    end
  end
  return out
end

-- The keys that the table at the cursor may have: those of an operation's input, or the words of a job.
local function keys_at(env, cursor)
  local value, at, name = call_at(env, cursor.frames)
  local frame = cursor.frames[#cursor.frames]
  local of = value and operations.describe(value)
  if of and of.operation then
    local shape = shape_at(of, cursor.frames, at)
    return shape and shape.type == "structure" and unused(sorted_keys(shape.members), frame) or {}
  end
  local job = name and jobs.jobs[name]
  return job and job.fields and at == #cursor.frames and unused(job.fields, frame) or nil
end

local JOB_VALUES = { risk = { "HIGH", "MEDIUM" }, status = { "InProgress", "Open", "Resolved" } }

-- The words that the value behind KEY = may be.
local function values_at(env, cursor, key)
  local value, at, name = call_at(env, cursor.frames)
  local of = value and operations.describe(value)
  if of and of.operation then
    local shape, shapes = shape_at(of, cursor.frames, at)
    local member = shape and shape.type == "structure" and shape.members[key]
    shape = member and shapes[member.shape]
    if shape and shape.type == "list" then
      shape = shapes[shape.member.shape]
    end
    if shape and shape.type == "boolean" then
      return { "false", "true" }, false
    end
    return shape and shape.enum, true
  end
  return name and jobs.jobs[name] and JOB_VALUES[key], true
end

-- Inside a text: the rest of an enum value and the closing quote.
local function in_text(env, cursor, head)
  local quote_at = #head - #cursor.text
  local before = scan.scan(head:sub(1, quote_at - 1))
  local key = before.key
  if before.at_key or not key then -- { "SELECTED", ... behind KEY =
    local top = before.frames[#before.frames]
    key = top and top.key
    table.remove(before.frames)
  end
  local values = key and values_at(env, before, key)
  local found, closed = starting_with(values or {}, cursor.text), {}
  for i, word in ipairs(found) do
    closed[i] = word .. head:sub(quote_at, quote_at)
  end
  return found, cursor.text, closed
end

local function globals(env, word)
  local names = environment.names(env)
  for keyword in pairs(scan.KEYWORDS) do
    names[#names + 1] = keyword
  end
  table.sort(names)
  return starting_with(names, word), word
end

local function quoted(words)
  local out = {}
  for i, word in ipairs(words) do
    out[i] = '"' .. word .. '"'
  end
  return out
end

local function with_equals(names)
  local out = {}
  for i, name in ipairs(names) do
    out[i] = name .. " = "
  end
  return out
end

-- Candidates, what of them is typed already, and what to insert for a single one instead of it.
local function in_code(env, head)
  local cursor = scan.scan(head)
  if cursor.comment then
    return {}, ""
  elseif cursor.text then
    return in_text(env, cursor, head)
  end
  local path, last = cursor.word:match("^(.*)[.:]([%w_]*)$")
  if path then
    return starting_with(members_of(peek_path(env, path)), last), last
  end
  local keys = cursor.at_key and keys_at(env, cursor)
  if keys then
    local found = starting_with(keys, cursor.word)
    return found, cursor.word, with_equals(found)
  end
  local values, is_text = nil, false
  if cursor.key and cursor.word == "" then
    values, is_text = values_at(env, cursor, cursor.key)
  end
  if values then
    return is_text and quoted(values) or values, ""
  elseif cursor.word == "" then
    return {}, ""
  end
  return globals(env, cursor.word)
end

local function in_command(session, head)
  local name = head:match("^%s*%.(%a*)$")
  if name then
    local names = {}
    for i, command in ipairs(dot.list()) do
      names[i] = command[1]
    end
    table.sort(names)
    return starting_with(names, name), name
  end
  local command, last = head:match("^%s*%.(%a+)%s+.-([^%s,]*)$")
  command = command and dot.find(command)
  local words = command and command.words or {}
  if type(words) == "function" then
    local ok, list = pcall(words, session, last)
    words = ok and list or {}
  end
  return starting_with(words, last or ""), last or ""
end

local function common_start(words)
  local start = words[1] or ""
  for _, word in ipairs(words) do
    while word:sub(1, #start) ~= start do
      start = start:sub(1, -2)
    end
  end
  return start
end

---What can stand at the cursor.
---@param session plumb.Repl
---@param head string  everything typed up to the cursor, unfinished lines before this one included
---@return string insertion  "" when there is nothing that all candidates share
---@return string[] candidates
function M.complete(session, head)
  local found, typed, whole
  if head:find("^%s*%.%a*$") or head:find("^%s*%.%a+%s[^\n]*$") then
    found, typed = in_command(session, head)
  elseif head:match("[^\n]*$"):find("^%s*$") then
    return "  ", {}
  else
    found, typed, whole = in_code(session.env, head)
  end
  if #found == 1 then
    return (whole and whole[1] or found[1]):sub(#typed + 1), found
  end
  return common_start(found):sub(#typed + 1), found
end

---Words in columns under each other, as many as fit beside each other.
---@param words string[]
---@param width integer
---@return string text  ends in a newline
function M.columns(words, width)
  local widest = 0
  for _, word in ipairs(words) do
    widest = math.max(widest, #word)
  end
  local across = math.max(1, (width - 2) // (widest + 3))
  local down = math.ceil(#words / across)
  local lines = {}
  for row = 1, down do
    local cells = {}
    for column = 0, across - 1 do
      cells[#cells + 1] = words[column * down + row]
    end
    for i = 1, #cells - 1 do
      cells[i] = cells[i] .. (" "):rep(widest + 3 - #cells[i])
    end
    lines[row] = "  " .. table.concat(cells)
  end
  return table.concat(lines, "\n") .. "\n"
end

return M
