-- Which missing practices an OpsItem asks for, read from what it shows and without plumb's key: one of its own, or all
-- that it lists as missing.

local cjson = require "cjson"

local asked = {}

---@class proof.Practice
---@field answer string  names the answer: workload, lens and question
---@field choice string

---The name of an answer.
---@param workload string  id
---@param lens string      ARN
---@param question string
---@return string
function asked.answer(workload, lens, question) return workload .. "\0" .. lens .. "\0" .. question end

---@param world sim.World
---@param data table  operational data
---@return table<string, proof.Practice>  by identity
function asked.practices(world, data)
  local function value(name) return data[name] and data[name].Value end
  local list, workload = {}, (value "/aws/resources" or ""):match("workload/(%x+)") or "?"
  local function add(lens, question, choice)
    local known = world.lens[lens]
    local answer = asked.answer(workload, known and known.arn or lens, question)
    list[answer .. "\0" .. choice] = { answer = answer, choice = choice }
  end
  if value "ChoiceId" then
    add(world.lens[value "LensArn"] and value "LensArn" or value "Lens" or "?", value "QuestionId" or "?",
      value "ChoiceId")
  end
  local i = 1
  while value(i == 1 and "Practices" or "Practices " .. i) do
    for lens, questions in pairs(cjson.decode(value(i == 1 and "Practices" or "Practices " .. i))) do
      for question, choices in pairs(questions) do
        for _, choice in ipairs(choices) do add(lens, question, choice) end
      end
    end
    i = i + 1
  end
  return list
end

return asked
