-- whatif(risk): which selections would change the risk of a question in a custom lens, and the fewest practices that
-- bring it down. The rules come from ExportLens; AWS does not publish those of its own lenses.

local columns = require("plumb.repl.columns")
local finding = require("plumb.finding")
local problem = require("plumb.problem")
local questions = require("plumb.lens.question")
local select_ = require("plumb.repl.select")
local what_if = require("plumb.lens.what_if")

local M = {}

M.usage = 'whatif(risks{ lens = "House*" }[1]), whatif(_[1], { "practice_id" })'
M.help = "what would change the risk of a question in a custom lens"

-- Workload, lens and question of a row of risks, answers, findings or plan(), or of a table that names them.
local function subject(place, given)
  if type(given) ~= "table" then
    error("whatif takes a risk or a finding: whatif(risks{ workload = \"shop-prod\" }[1])", 3)
  end
  given = given.finding or given
  if given.choice then
    return given.workload, given.lens, given.question.QuestionId
  elseif given.WorkloadId and given.QuestionId then
    return given, given, given.QuestionId
  end
  local selection = select_.check("whatif", given)
  if not selection.question or not selection.lens then
    error("whatif needs workload, lens and question, or a row of risks{...}", 3)
  end
  local client = place:client()
  local workload = select_.workloads(client, selection.workload)[1]
  local lens = select_.lenses(client, workload, selection.lens)[1]
  if not lens then
    problem.raise({ id = "E103", what = ("workload '%s' has no such lens"):format(workload.WorkloadName),
      fix = "wa.ListLensReviews{ WorkloadId = \"" .. workload.WorkloadId .. "\" } lists them" })
  end
  return workload, lens, selection.question
end

local function is_custom(arn)
  return arn ~= nil and arn:find("^arn:[^:]+:wellarchitected:[^:]*:%d+:lens/") ~= nil
end

local function read_question(client, lens, id)
  if not is_custom(lens.LensArn) then
    problem.raise({ id = "E103", what = "the risk rules of this lens are not published", where = lens.LensAlias,
      because = "AWS rates the answers of its own lenses; only custom lenses tell their rules",
      fix = 'whatif(risks{ lens = "NAME*" }[1]) with a custom lens\n'
        .. 'wa.ListLenses{ LensType = "CUSTOM_SELF" } lists yours' })
  end
  local exported = assert(client.wellarchitected:ExportLens({ LensAlias = lens.LensArn,
    LensVersion = lens.LensVersion }))
  local question, message = questions.find(exported.LensJSON, id)
  if not question then
    problem.raise({ id = "E103", what = ("question '%s' cannot be tried"):format(id), because = message,
      fix = "look at the lens: wa.ExportLens{ LensAlias = \"" .. lens.LensArn .. "\" }" })
  end
  return question
end

local function read_status(client, workload, lens, question)
  local reply = assert(client.wellarchitected:GetAnswer({ WorkloadId = workload.WorkloadId,
    LensAlias = lens.LensArn, QuestionId = question.id }))
  local status = {}
  for _, choice in ipairs(question.choices) do
    status[choice.id] = finding.choice_status(reply.Answer, choice.id)
  end
  return status, reply.Answer
end

local function none_choices(policy, lens, question)
  local none = {}
  for _, choice in ipairs(question.choices) do
    none[choice.id] = policy:is_none_choice(lens, { ChoiceId = choice.id, Title = choice.title }) or nil
  end
  return none
end

local function check_choices(question, selected)
  local known, names = {}, {}
  for i, choice in ipairs(question.choices) do
    known[choice.id], names[i] = true, choice.id
  end
  for _, id in ipairs(selected) do
    if not known[id] then
      local near = require("plumb.suggest").suggest(tostring(id), names)
      problem.raise({ id = "E103", what = ("question '%s' has no practice '%s'"):format(question.id, tostring(id)),
        fix = near and ("did you mean '%s'?"):format(near) or "it has " .. table.concat(names, ", ") })
    end
  end
end

local function joined(sets)
  local texts = {}
  for i, set in ipairs(sets) do
    texts[i] = table.concat(set, " + ")
  end
  return texts
end

-- Sets of ids as texts people read: { "a + b", "a + c" }; "nothing" where no selection helps.
local function fewest_texts(fewest)
  local out = {}
  for word, sets in pairs(fewest) do
    out[word] = #sets > 0 and joined(sets) or "no selection reaches it"
  end
  return out
end

-- Something is worth a word: no rule said anything, or AWS says something else than its rules as they are read here.
local function note_of(result, answer)
  if answer.Risk and answer.Risk ~= result.risk then
    return ("AWS rates it %s, the lens's rules as read here %s: was the lens changed since?"):format(answer.Risk,
      result.risk)
  end
  return result.note
end

---Tries out practices on one question. Waits; raises a plumb.Error or plumb.Problem.
---@param place plumb.repl.Place
---@param given table            a row of risks{}, answers{}, findings{} or plan(), or { workload=, lens=, question= }
---@param selected? string[]     practices to select
---@return table|string result   { Risk, Choices, Fewest = { MEDIUM, NONE } }; with `selected` the risk they would leave
function M.try(place, given, selected)
  local workload, lens, id = subject(place, given)
  local client, policy = place:client(), place:context().policy
  local question = read_question(client, lens, id)
  local status, answer = read_status(client, workload, lens, question)
  local none = none_choices(policy, lens, question)
  if selected then
    check_choices(question, selected)
    return (what_if.risk(question, status, selected, none))
  end
  local result, message = what_if.of(question, status, none)
  if not result then
    problem.raise({ id = "E103", what = ("question '%s' cannot be tried"):format(id), because = message })
  end
  return { QuestionId = id, Risk = answer.Risk or result.risk, Note = note_of(result, answer),
    Choices = columns.mark(result.choices, "choice"), Fewest = fewest_texts(result.fewest) }
end

return M
