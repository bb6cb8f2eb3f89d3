-- What would change the risk of a question in a custom lens: what each practice alone would do, and the fewest
-- practices that bring the risk down. Pure: a question's rules and an answer in, ratings out.

local risk = require("plumb.lens.risk")

local M = {}

local RANK = { NONE = 0, MEDIUM = 1, HIGH = 2 }
local MOST_CHOICES = 20 -- a question has at most 15; beyond this the number of combinations grows out of hand
local MOST_SETS = 5     -- of equally few practices, shown

-- The statuses after some practices were selected. Whoever implements one unselects "None of these", which says the
-- opposite; plumb resolve does the same.
local function after(status, selected, none)
  local copy = {}
  for id, word in pairs(status) do
    copy[id] = word
  end
  for _, id in ipairs(selected) do
    copy[id] = "SELECTED"
  end
  if #selected > 0 then
    for id in pairs(none) do
      copy[id] = copy[id] == "SELECTED" and "UNSELECTED" or copy[id]
    end
  end
  return copy
end

---The risk of a question once some more practices are selected.
---@param question plumb.lens.Question
---@param status table<string, string>  choice id -> "SELECTED", "NOT_APPLICABLE" or "UNSELECTED"
---@param selected string[]             choice ids
---@param none? table<string, boolean>  ids of none-choices
---@return string risk  "NONE", "MEDIUM", "HIGH" or "UNANSWERED"
---@return string? note "no rule matched" when the lens leaves the answer open
function M.risk(question, status, selected, none)
  return risk.of(question, { status = after(status, selected, none or {}) })
end

local function open_choices(question, status, none)
  local open = {}
  for _, choice in ipairs(question.choices) do
    if not none[choice.id] and status[choice.id] ~= "SELECTED" and status[choice.id] ~= "NOT_APPLICABLE" then
      open[#open + 1] = choice
    end
  end
  return open
end

-- Calls visit with every set of `size` ids, in the order of the question; visit says true to stop.
local function each_set(ids, size, visit)
  local chosen = {}
  local function choose(from)
    if #chosen == size then
      return visit(chosen)
    end
    for i = from, #ids - (size - #chosen) + 1 do
      chosen[#chosen + 1] = ids[i]
      if choose(i + 1) then
        return true
      end
      chosen[#chosen] = nil
    end
  end
  choose(1)
end

---The smallest sets of practices that bring the risk to `wanted` or below.
---@param question plumb.lens.Question
---@param status table<string, string>
---@param wanted "NONE"|"MEDIUM"
---@param none? table<string, boolean>
---@return string[][] sets  of choice ids, all of the same size, at most five; {} when no selection reaches it, and
---  { {} } when the risk is there already
function M.fewest(question, status, wanted, none)
  none = none or {}
  local ids, sets = {}, {}
  for _, choice in ipairs(open_choices(question, status, none)) do
    ids[#ids + 1] = choice.id
  end
  for size = 0, #ids do
    each_set(ids, size, function(set)
      local rank = RANK[M.risk(question, status, set, none)]
      if rank and rank <= RANK[wanted] then
        sets[#sets + 1] = table.move(set, 1, #set, 1, {})
      end
      return #sets == MOST_SETS
    end)
    if #sets > 0 then
      break
    end
  end
  return sets
end

---@class plumb.lens.WhatIf
---@field risk string     now
---@field note string?    "no rule matched"
---@field choices { ChoiceId: string, Title: string, Risk: string, Changes: boolean }[]  each practice that is not
---  selected, and the risk with it alone
---@field fewest table<string, string[][]>  "MEDIUM" and "NONE", where better than now -> smallest sets of choice ids

---Everything at once.
---@param question plumb.lens.Question
---@param status table<string, string>
---@param none? table<string, boolean>
---@return plumb.lens.WhatIf? result
---@return string? message  when the question has too many choices
function M.of(question, status, none)
  none = none or {}
  if #question.choices > MOST_CHOICES then
    return nil, ("the question has %d choices; up to %d can be tried"):format(#question.choices, MOST_CHOICES)
  end
  local now, note = M.risk(question, status, {}, none)
  local result = { risk = now, note = note, choices = {}, fewest = {} }
  for i, choice in ipairs(open_choices(question, status, none)) do
    local with = M.risk(question, status, { choice.id }, none)
    result.choices[i] = { ChoiceId = choice.id, Title = choice.title, Risk = with, Changes = with ~= now }
  end
  for _, wanted in ipairs({ "MEDIUM", "NONE" }) do
    if not RANK[now] or RANK[wanted] < RANK[now] then
      result.fewest[wanted] = M.fewest(question, status, wanted, none)
    end
  end
  return result
end

return M
