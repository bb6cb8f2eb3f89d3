-- How one question is answered: each choice, and whether it is selected.
--
--   plumb run examples/workflows/answer.lua WORKLOAD LENS QUESTION

local name, lens, question = ...
if not question then
  print("usage: plumb run answer.lua WORKLOAD LENS QUESTION")
  return 2
end

local id
for workload in plumb.aws.wellarchitected:each("ListWorkloads", { WorkloadNamePrefix = name }) do
  if workload.WorkloadName == name then id = workload.WorkloadId end
end
if not id then
  print(("there is no workload '%s'"):format(name))
  return 1
end

local answer = assert(plumb.aws.wellarchitected:GetAnswer {
  WorkloadId = id, LensAlias = lens, QuestionId = question,
}).Answer

local status = {}
for _, choice in ipairs(answer.ChoiceAnswers or {}) do status[choice.ChoiceId] = choice.Status end
for _, choice_id in ipairs(answer.SelectedChoices or {}) do status[choice_id] = "SELECTED" end

print(("%s  (%s)"):format(answer.QuestionTitle, answer.Risk))
for _, choice in ipairs(answer.Choices) do
  local mark = { SELECTED = "x", NOT_APPLICABLE = "-" }
  print(("  [%s] %s"):format(mark[status[choice.ChoiceId]] or " ", choice.Title))
end
