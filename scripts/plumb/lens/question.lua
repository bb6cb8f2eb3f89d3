-- One question of a custom lens, out of the file that ExportLens gives: its choices and the rules that rate an answer.
-- Only what rating needs is read; what else a lens may have wrong is not looked at.

local json = require("plumb.json")
local risk = require("plumb.lens.risk")

local M = {}

local RISKS = { NO_RISK = "NONE", MEDIUM_RISK = "MEDIUM", HIGH_RISK = "HIGH" }

---@class plumb.lens.Question
---@field id string
---@field title string?
---@field choices { id: string, title: string }[]
---@field rules { condition: plumb.lens.Condition, risk: string, text: string }[]

local function each_question(lens)
  return coroutine.wrap(function()
    for _, pillar in ipairs(type(lens.pillars) == "table" and lens.pillars or {}) do
      for _, question in ipairs(type(pillar.questions) == "table" and pillar.questions or {}) do
        coroutine.yield(question)
      end
    end
  end)
end

local function read_rules(question)
  local rules = {}
  for i, rule in ipairs(question.riskRules or {}) do
    local condition, message = risk.parse(tostring(rule.condition))
    if not condition then
      return nil, ("rule %d, %q: %s"):format(i, tostring(rule.condition), message)
    elseif not RISKS[rule.risk] then
      return nil, ("rule %d: %q is none of NO_RISK, MEDIUM_RISK, HIGH_RISK"):format(i, tostring(rule.risk))
    end
    rules[i] = { condition = condition, risk = RISKS[rule.risk], text = rule.condition }
  end
  return rules
end

local function read(question)
  local choices = {}
  for i, choice in ipairs(question.choices or {}) do
    choices[i] = { id = choice.id, title = choice.title or choice.id }
  end
  local rules, message = read_rules(question)
  if not rules then
    return nil, message
  end
  return { id = question.id, title = question.title, choices = choices, rules = rules }
end

---Finds a question in a lens.
---@param text string  LensJSON
---@param id string    QuestionId
---@return plumb.lens.Question? question
---@return string? message  why not: no JSON, no such question, a rule that cannot be read
---@see https://docs.aws.amazon.com/wellarchitected/latest/userguide/lenses-format-specification.html
function M.find(text, id)
  local lens, message = json.decode(text)
  if type(lens) ~= "table" then
    return nil, "the lens is not a JSON object" .. (message and ": " .. message or "")
  end
  for question in each_question(lens) do
    if question.id == id then
      return read(question)
    end
  end
  return nil, ("the lens has no question %q"):format(id)
end

return M
