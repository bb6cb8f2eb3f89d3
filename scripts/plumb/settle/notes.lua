-- The line that plumb adds to the notes of an answer, for a policy that asks for it: when, for which item, what. What
-- people wrote stays as it is, to the letter; where there is no room the line is cut, or left out. Pure.

local item_of = require "plumb.item"
local time = require "plumb.time"

local notes = {}

-- The model allows 2,084 characters, the service was seen to take about 2,048.
-- https://docs.aws.amazon.com/wellarchitected/latest/APIReference/API_UpdateAnswer.html
notes.LIMIT = 2048

-- By this a line is known again, whenever it was written.
local function mark_of(step)
  local r = step.resolved
  return ("%s %s %s"):format(r.id, r.record.choice_id, step.outcome.outcome)
end

local function title_of(answer, choice_id)
  for _, choice in ipairs(answer.Choices or {}) do
    if choice.ChoiceId == choice_id and choice.Title then return ": " .. choice.Title:gsub("%s+", " ") end
  end
  return ""
end

local function characters(text) return utf8.len(text) or #text end

---The notes of an answer with a line for each step that it does not have yet.
---@param answer table   Answer as it is, with its Notes
---@param steps table[]  settle steps that are about to be written
---@param now number     epoch seconds
---@return string|nil text  nil when nothing is added
---@return table[] left_out steps for whose line there is no room
function notes.with_lines(answer, steps, now)
  local before = answer.Notes or ""
  local text, left_out = before, {}
  for _, step in ipairs(steps) do
    local mark = mark_of(step)
    if not before:find(mark, 1, true) then
      local separator = (text == "" or text:sub(-1) == "\n") and "" or "\n"
      local line = ("%splumb %s %s"):format(separator, time.iso(now):sub(1, 10), mark)
      local room = notes.LIMIT - characters(text)
      if characters(line) <= room then
        text = text .. (item_of.cut_characters(line .. title_of(answer, step.resolved.record.choice_id), room))
      else
        left_out[#left_out + 1] = step
      end
    end
  end
  return text ~= before and text or nil, left_out
end

return notes
