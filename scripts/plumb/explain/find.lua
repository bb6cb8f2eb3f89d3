-- Which practices a person means: by key, by item, or by words such as billing/cost4/decommission. It reads AWS, all
-- workloads and lenses, also those that the policy leaves out: why they are left out may be the question.

local finding_of = require "plumb.finding"
local problem = require "plumb.problem"
local reader_of = require "plumb.reader"

local M = {}

local MOST = 12 -- practices that one command explains

local function parts(text)
  local list = {}
  for part in text:gmatch "[^/]+" do list[#list + 1] = part:lower() end
  return list
end

local function has(text, words) return text ~= nil and text:lower():find(words, 1, true) ~= nil end

local function is_workload(workload, words)
  return has(workload.WorkloadName, words) or (workload.WorkloadId or ""):lower() == words
end

local function is_lens(lens, words)
  return has(lens.LensAlias, words) or has(lens.LensName, words) or (lens.LensArn or ""):lower() == words
end

local function is_question(answer, words) return has(answer.QuestionId, words) or has(answer.QuestionTitle, words) end

local function is_choice(choice, words) return has(choice.ChoiceId, words) or has(choice.Title, words) end

-- Whether words in the order workload, lens, question, choice mean this practice; each may be left out but the last
-- that was written, so three words are tried in both ways.
local function means(wanted, workload, lens, answer, choice)
  local a, b, c, d = table.unpack(wanted)
  if #wanted == 1 then return is_question(answer, a) or is_choice(choice, a) end
  if not is_workload(workload, a) then return false end
  if #wanted == 2 then return is_question(answer, b) or is_choice(choice, b) end
  if #wanted == 3 then
    return is_question(answer, b) and is_choice(choice, c) or is_lens(lens, b) and is_question(answer, c)
  end
  return is_lens(lens, b) and is_question(answer, c) and is_choice(choice, d)
end

local function by_key(prefix)
  return function(subject) return subject.key:sub(1, #prefix) == prefix end, function() return true end
end

local function by_words(text)
  local wanted = parts(text)
  return function(subject) return means(wanted, subject.workload, subject.lens, subject.answer, subject.choice) end,
    function(workload) return #wanted == 1 or is_workload(workload, wanted[1]) end
end

-- An item may stand for several practices. One that the state does not know says itself what it was made for.
local function by_item(plumb, id)
  local keys, workloads = {}, {}
  for record in plumb.store:each "finding" do
    if record.item_id == id then keys[record.key], workloads[record.workload_arn] = true, true end
  end
  if next(keys) then
    return function(subject) return keys[subject.key] or false end,
      function(workload) return workloads[workload.WorkloadArn] or false end
  end
  local found, failure = plumb.sink:get(id)
  if not found then error(failure, 0) end
  if not found.key then
    problem.raise { id = "E103", what = ("%s is not an item of plumb's"):format(id),
      fix = "plumb item list   shows them" }
  end
  return by_key(found.key)
end

local function tests(plumb, text)
  if text:find "^oi%-%x+$" then
    return by_item(plumb, text)
  elseif text:find "^%x+$" and #text >= 8 then
    return by_key(text:lower())
  end
  return by_words(text)
end

-- Reads whatever the policy says of workloads and lenses.
local function open_reader(plumb)
  return reader_of.new { client = plumb.aws, log = plumb.log, matches = require("plumb.policy.glob").any,
    on_problem = function() end,
    policy = { call = function() return true end,
      is_none_choice = function(_, ...) return plumb.policy:is_none_choice(...) end } }
end

local function key_of(review, answer, choice)
  return finding_of.key { partition = review.partition, account = review.account, region = review.region,
    workload_arn = review.workload.WorkloadArn, lens_arn = review.lens_arn, question_id = answer.QuestionId,
    choice_id = choice.ChoiceId }
end

local function collect(plumb, review, is_meant, list)
  for _, answer in ipairs(review.answers) do
    for _, choice in ipairs(answer.Choices or {}) do
      local subject = { workload = review.workload, lens = review.lens, answer = answer, choice = choice,
        review = review, key = key_of(review, answer, choice) }
      if is_meant(subject) then
        subject.record = plumb.store:get("finding", subject.key)
        list[#list + 1] = subject
      end
    end
  end
end

---A practice as a person can name it.
---@param subject plumb.explain.Subject
---@return string
function M.name(subject)
  return ("%s/%s/%s/%s"):format(subject.workload.WorkloadName, subject.lens.LensAlias or subject.lens.LensName
    or subject.lens.LensArn, subject.answer.QuestionId, subject.choice.ChoiceId)
end

-- The nearest first word, or, where that is a workload, the nearest second one among its questions.
local function near(text, names, questions)
  local suggest = require("plumb.suggest").suggest
  local first, rest = text:match "^([^/]+)(.*)$"
  local name = suggest(first, names)
  if name and name:lower() ~= first:lower() then return name .. rest end
  local second, last = rest:match "^/([^/]+)(.*)$"
  local question = second and suggest(second, questions)
  return question and ("%s/%s%s"):format(first, question, last)
end

local function none(text, names, questions)
  local meant = text:find "[^/]" and near(text, names, questions)
  problem.raise { id = "E103", what = ("no practice is called %s"):format(require("plumb.cli.printable").quote(text)),
    because = "it is WORKLOAD/QUESTION/CHOICE (or words of their titles), the id of an item, or a key",
    fix = (meant and ("did you mean '%s'?   "):format(meant) or "")
      .. "plumb risk list   shows workloads and questions" }
end

local function too_many(text, list)
  local lines = {}
  for i = 1, math.min(#list, MOST) do lines[i] = M.name(list[i]) end
  local quoted = require("plumb.cli.printable").quote(text)
  problem.raise { id = "E103", what = ("%s means %d practices"):format(quoted, #list),
    fix = ("name fewer, for example\n%s"):format(table.concat(lines, "\n")) }
end

-- A practice as the state remembers it, in AWS's words.
local function remembered(record)
  return {
    workload = { WorkloadName = record.workload_name, WorkloadId = (record.workload_arn or ""):match "workload/(.+)$" },
    lens = { LensAlias = record.lens_alias, LensArn = record.lens_arn },
    answer = { QuestionId = record.question_id, Risk = record.risk },
    choice = { ChoiceId = record.choice_id, Title = record.title },
    key = record.key, record = record,
  }
end

---The practices that a text means among those that the state knows. Asks nobody; raises a plumb.Problem when there is
---none, or too many to explain.
---@param plumb plumb.Context
---@param text string
---@return plumb.explain.Subject[]
function M.stored(plumb, text)
  local is_meant = text:find "^%x+$" and #text >= 8 and by_key(text:lower()) or by_words(text)
  local list, names = {}, {}
  for record in plumb.store:each "finding" do
    local subject = remembered(record)
    names[#names + 1] = record.workload_name
    if record.item_id == text or is_meant(subject) then list[#list + 1] = subject end
  end
  if #list == 0 then none(text, names, {}) end
  if #list > MOST then too_many(text, list) end
  return list
end

---The practices that a text means. Waits; raises a plumb.Problem when there is none, or too many to explain.
---@param plumb plumb.Context
---@param text string
---@return plumb.explain.Subject[]
function M.subjects(plumb, text)
  local is_meant, is_near = tests(plumb, text)
  local reader, list, names, questions = open_reader(plumb), {}, {}, {}
  for workload in reader:workloads() do
    names[#names + 1] = workload.WorkloadName
    for _, lens in ipairs(is_near(workload) and reader:lenses(workload) or {}) do
      local review = reader:findings(workload, lens)
      for _, answer in ipairs(review.answers) do questions[#questions + 1] = answer.QuestionId end
      collect(plumb, review, is_meant, list)
    end
  end
  if #list == 0 then none(text, names, questions) end
  if #list > MOST then too_many(text, list) end
  return list
end

return M
