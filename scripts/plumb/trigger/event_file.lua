-- Events out of a file or a pipe: one JSON document, several behind one another, one on each line, or plain ids, as
-- archives, queues emptied by hand and other programs hand them on. What is in each is read by plumb.trigger.event;
-- what is not understood is set aside with the line on which it stands.

local event = require "plumb.trigger.event"
local json = require "plumb.json"
local trigger = require "plumb.trigger"

local event_file = {}

---The most bytes that are read.
event_file.MAX_BYTES = 64 * 1024 * 1024

local LIMITS = { max_bytes = event_file.MAX_BYTES }

local function lines_of(text)
  local lines = {}
  for line in (text .. "\n"):gmatch("(.-)\r?\n") do lines[#lines + 1] = line end
  return lines
end

local CLOSING = { ["{"] = "^[}]%s*$", ["["] = "^%]%s*$" }

-- The last line of a document that begins on a line, is spread over several and indented, and closes at the margin;
-- nil when there is none.
local function last_line(lines, first)
  local closing = CLOSING[lines[first]:sub(1, 1)]
  for i = first + 1, closing and #lines or 0 do
    if lines[i]:find(closing) then return i end
    if lines[i]:find("^%S") then return nil end
  end
end

-- What begins on a line: hints, asides, and the line on which it ends.
local function read_one(lines, first)
  local hints, asides = event.read(lines[first])
  if hints[1] then return hints, asides, first end
  local last = json.decode(lines[first], LIMITS) == nil and last_line(lines, first)
  if not last then
    for _, aside in ipairs(asides) do aside.reason = aside.reason:gsub("^not JSON: line 1, ", "not JSON: ") end
    return hints, asides, first
  end
  local body, message = json.decode(table.concat(lines, "\n", first, last), LIMITS)
  if body == nil then return {}, { { reason = "not JSON: " .. message } }, last end
  hints, asides = event.value(body)
  return hints, asides, last
end

local function read_lines(text)
  local lines, all, set_aside, i = lines_of(text), {}, {}, 1
  while i <= #lines do
    if lines[i]:find("%S") then
      local hints, asides, last = read_one(lines, i)
      table.move(hints, 1, #hints, #all + 1, all)
      for _, aside in ipairs(asides) do
        aside.place = ("line %d%s"):format(i, aside.place and ", " .. aside.place or "")
        set_aside[#set_aside + 1] = aside
      end
      i = last
    end
    i = i + 1
  end
  return all, set_aside
end

---Reads all events of a text. Never raises.
---@param text string
---@return string[] ids      of the OpsItems that they name, each once
---@return plumb.Aside[] asides  with `place`, such as "line 3" or "entry 2, record 1"
function event_file.read(text)
  text = text:gsub("^\239\187\191", "") -- a byte order mark
  local body = json.decode(text, LIMITS)
  local hints, asides
  if body ~= nil then
    hints, asides = event.value(body, { max_hints = math.huge })
  else
    hints, asides = read_lines(text)
  end
  local ids = {}
  for i, hint in ipairs(trigger.unique(hints)) do ids[i] = hint.id end
  return ids, asides
end

return event_file
