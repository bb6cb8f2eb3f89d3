-- The problems of a policy, in the shape that everything in plumb reports (plumb.problem): what, where with
-- the line of the file and a caret, why, and the line to write instead.

local problem = require("plumb.problem")
local locate = require("plumb.policy.locate")

local M = {}

-- The ids of plumb.problem.catalogue by what went wrong.
local IDS = { file = "E401", unknown = "E402", value = "E403", syntax = "E404", failed = "E405",
  no_table = "E406", set = "E407", result = "E408", budget = "E409", hook = "E411", dead = "E412", outcome = "E331" }

local WIDEST = 80 -- characters of a source line

---@param kind string  a key of IDS
---@param fields table  the rest of a plumb.Problem
---@return plumb.Problem
function M.problem(kind, fields)
  fields.id = IDS[kind]
  return problem.new(fields)
end

---@class plumb.policy.Source
---@field shown string  the path as people say it
---@field chunk string  the name that Lua uses in its messages
---@field text string
---@field lines string[]
---@field places table<string, plumb.policy.Place>  by path; read when first needed

---A policy's text, ready to be pointed at.
---@param shown string
---@param chunk string
---@param text string
---@return plumb.policy.Source
function M.source(shown, chunk, text)
  local lines = {}
  for line in (text .. "\n"):gmatch("(.-)\r?\n") do
    lines[#lines + 1] = line
  end
  return setmetatable({ shown = shown, chunk = chunk, text = text, lines = lines }, {
    __index = function(self, key)
      if key == "places" then
        local places = locate.places(text)
        rawset(self, "places", places)
        return places
      end
    end,
  })
end

-- The part of a source line around a column, without its indentation, and the caret's distance in it.
local function window(line, col)
  local indent = #line:match("^%s*")
  local from = math.max(indent + 1, col - WIDEST + 20)
  local text = line:sub(from, from + WIDEST - 1)
  -- A cut inside a character would not be valid text any more.
  text = text:gsub("^[\x80-\xBF]+", ""):gsub("[\xC0-\xFF][\x80-\xBF]*$", function(tail)
    return utf8.len(tail) and tail or ""
  end):gsub("%c", " ")
  local before = line:sub(from, col - 1)
  return text, utf8.len(before) or #before
end

---"policy.lua:4    titel = ..." and, with a column, a line of carets below.
---@param source plumb.policy.Source
---@param line integer|nil
---@param col integer|nil  in bytes
---@param width integer|nil
---@return string
function M.place(source, line, col, width)
  if not line then
    return source.shown
  end
  local at = ("%s:%d"):format(source.shown, line)
  local written = source.lines[line]
  if not written or not written:find("%S") then
    return at
  end
  local text, distance = window(written, col or 1)
  local head = at .. "    "
  if not col then
    return head .. text
  end
  return ("%s%s\n%s%s"):format(head, text, (" "):rep(utf8.len(head) or #head) .. (" "):rep(distance),
    ("^"):rep(math.max(1, width or 1)))
end

---The place of a message: its line, and under it carets where the line has the name that it quotes.
---@param source plumb.policy.Source
---@param line integer|nil
---@param message string
---@return string
function M.place_of(source, line, message)
  local written = line and source.lines[line]
  for name in message:gmatch("'([%a_][%w_]*)'") do
    local col = written and written:find("%f[%w_]" .. name .. "%f[^%w_]")
    if col then
      return M.place(source, line, col, #name)
    end
  end
  return M.place(source, line)
end

local function token_place(source, token)
  if not token then
    return source.shown
  end
  return M.place(source, token.line, token.col, token.width)
end

local function reason(complaint)
  local value = "it is " .. complaint.shown
  return complaint.because and ("%s: %s"):format(value, complaint.because) or value
end

---What validate.lua found, as a problem with its place in the file.
---@param source plumb.policy.Source
---@param complaint plumb.policy.Complaint
---@return plumb.Problem
function M.about_field(source, complaint)
  local path = locate.path(complaint.keys)
  local place = source.places[path]
  local result
  if complaint.id == "unknown" then
    result = M.problem("unknown", { what = ("unknown policy field '%s'"):format(path),
      where = token_place(source, place and place.key),
      fix = complaint.near and ("did you mean '%s'?   plumb schema policy lists every field"):format(
        complaint.near) or "fields here: " .. table.concat(complaint.names, ", ") })
  else
    result = M.problem("value", { what = ("policy field '%s' must be %s"):format(path, complaint.expects),
      where = token_place(source, place and place.value), because = reason(complaint), fix = complaint.fix })
  end
  result.line, result.col = place and place.key.line, place and place.key.col
  result.field = path
  return result
end

-- "policy.lua:3: unexpected symbol near 'x'" -> 3, "unexpected symbol near 'x'"
local function split(message, chunk)
  local head = chunk .. ":"
  if message:sub(1, #head) == head then
    local line, rest = message:sub(#head + 1):match("^(%d+): (.*)$")
    return tonumber(line), rest or message
  end
  return nil, message
end
M.split = split

---A file that Lua cannot read.
---@param source plumb.policy.Source
---@param message string  from load
---@return plumb.Problem
function M.syntax(source, message)
  local line, rest = split(message, source.chunk)
  local near = rest:match("near '(.*)'$")
  local written = line and source.lines[line]
  local col = near and written and written:find(near, 1, true)
  local opened = rest:match("to close '.-' at line (%d+)")
  local fix = "look at this line and the one above: is a comma, a quote or an 'end' missing?"
  if opened then
    fix = ("what was opened in line %s is not closed"):format(opened)
  elseif rest:find("'=' expected") or rest:find("'}' expected") then
    fix = "is a comma missing at the end of the line above?"
  end
  local result = M.problem("syntax", { what = ("%s is not valid Lua"):format(source.shown),
    where = M.place(source, line, col, near and col and #near), because = rest, fix = fix })
  result.line = line
  return result
end

---A setting given with --set that does not fit.
---@param written string  "budget.rum=5"
---@param complaint plumb.policy.Complaint
---@return plumb.Problem
function M.about_set(written, complaint)
  local path = locate.path(complaint.keys)
  if complaint.id == "unknown" then
    return M.problem("set", { what = ("unknown policy field '%s'"):format(path), where = "--set " .. written,
      fix = complaint.near and ("did you mean '%s'?"):format(complaint.near)
        or "fields here: " .. table.concat(complaint.names, ", ") })
  end
  return M.problem("set", { what = ("policy field '%s' must be %s"):format(path, complaint.expects),
    where = "--set " .. written, because = reason(complaint), fix = complaint.fix })
end

return M
