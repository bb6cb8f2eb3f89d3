-- Short names for what people do in a session: workloads(), answers{...}, risks{...}, findings{...}, items{...} and
-- plan(). They show what is there, whatever the policy leaves out; only plan() is what a scan would do.

local columns = require("plumb.repl.columns")
local finding = require("plumb.finding")
local select_ = require("plumb.repl.select")

local M = {}

---@class plumb.repl.Job
---@field call function
---@field usage string
---@field help string
---@field fields string[]?  what its table may hold

local RISKS = { HIGH = true, MEDIUM = true }

-- Reviews of all that is meant: one for each lens of each workload, read side by side.
local function reviews(place, selection)
  local client, policy = place:client(), place:context().policy
  local wanted = {}
  for _, workload in ipairs(select_.workloads(client, selection.workload)) do
    for _, lens in ipairs(select_.lenses(client, workload, selection.lens)) do
      wanted[#wanted + 1] = { workload, lens }
    end
  end
  return require("plumb.task").map(wanted, function(pair)
    local workload, lens = pair[1], pair[2]
    local answers = assert(client.wellarchitected:all("ListAnswers", { WorkloadId = workload.WorkloadId,
      LensAlias = lens.LensAlias or lens.LensArn }))
    return finding.review(workload, lens, answers, policy)
  end, { limit = policy.parallel })
end

local function answer_row(review, answer)
  local row = {}
  for key, value in pairs(answer) do
    row[key] = value
  end
  row.WorkloadName, row.WorkloadId = review.workload.WorkloadName, review.workload.WorkloadId
  row.LensAlias, row.LensArn, row.LensVersion = review.lens.LensAlias, review.lens.LensArn, review.lens.LensVersion
  return row
end

local function answers(place, given)
  local selection, rows = select_.check("answers", given), {}
  for _, review in ipairs(reviews(place, selection)) do
    for _, answer in ipairs(review.answers) do
      if select_.wants_answer(answer, selection) then
        rows[#rows + 1] = answer_row(review, answer)
      end
    end
  end
  return columns.mark(rows, "answer")
end

local function found_of(review, answer)
  local found, titles = {}, {}
  for _, one in ipairs(review.findings) do
    if one.question == answer then
      found[#found + 1] = one
      titles[#titles + 1] = one.choice.Title or one.choice.ChoiceId
    end
  end
  return found, titles
end

local RANK = { HIGH = 1, MEDIUM = 2 }

-- HIGH first, otherwise as they were read.
local function by_risk(rows, risk_of)
  local order = {}
  for i, row in ipairs(rows) do
    order[row] = i
  end
  table.sort(rows, function(a, b)
    local ra, rb = RANK[risk_of(a)], RANK[risk_of(b)]
    if ra ~= rb then
      return ra < rb
    end
    return order[a] < order[b]
  end)
  return rows
end

local function risks(place, given)
  local selection, rows = select_.check("risks", given), {}
  for _, review in ipairs(reviews(place, selection)) do
    for _, answer in ipairs(review.answers) do
      if RISKS[answer.Risk] and select_.wants_answer(answer, selection) then
        local row = answer_row(review, answer)
        row.findings, row.Missing = found_of(review, answer)
        rows[#rows + 1] = row
      end
    end
  end
  return columns.mark(by_risk(rows, function(row) return row.Risk end), "risk")
end

local function findings(place, given)
  local selection, rows = select_.check("findings", given), {}
  for _, review in ipairs(reviews(place, selection)) do
    for _, one in ipairs(review.findings) do
      if select_.wants_answer(one.question, selection) then
        rows[#rows + 1] = one
      end
    end
  end
  return columns.mark(by_risk(rows, function(one) return one.risk end), "finding")
end

local function workloads(place, wanted)
  return columns.mark(select_.workloads(place:client(), wanted), "workload")
end

local ITEM_FIELDS = { all = true, workload = true, status = true }

local function item_row(found)
  return { id = found.id, status = found.status, severity = found.severity, title = found.title, key = found.key,
    risk = found.fields["Risk level"], workload = found.fields.WorkloadName, question = found.fields.QuestionId,
    choice = found.fields.ChoiceId, fields = found.fields,
    outcome_field = found.fields[require("plumb.item").OUTCOME_FIELD] }
end

local function items(place, given)
  given = given or {}
  for key in pairs(given) do
    if not ITEM_FIELDS[key] then
      error(("items knows no '%s'; it takes all, workload, status"):format(tostring(key)), 2)
    end
  end
  local rows, glob = {}, require("plumb.policy.glob")
  local only = not (given.all or given.status) and "open" or nil
  for found in place:fresh().sink:each(only) do
    local row = found.key and item_row(found)
    local wanted = row and (not given.status or row.status:lower() == given.status:lower())
      and (not given.workload or glob.any(row.workload, { given.workload }))
    if wanted then
      rows[#rows + 1] = row
    end
  end
  return columns.mark(rows, "item")
end

local function step_row(step)
  local of = step.finding or {}
  local record = step.record or {}
  return { action = step.kind, risk = of.risk or record.risk, item = record.item_id,
    workload = of.workload and of.workload.WorkloadName or record.workload_name,
    question = of.question and of.question.QuestionId or record.question_id,
    title = step.item and step.item.title or record.title, reason = step.reason, finding = step.finding }
end

-- What plumb scan would do now; nothing is written.
local function plan(place)
  local context = require("plumb.context")
  local drawn = {}
  for i, one in ipairs(context.places(place:fresh())) do
    drawn[i] = require("plumb.draft").draw_up(one, "scan")
  end
  local whole = require("plumb.plan").join(drawn)
  whole:finish({ budget = place:context().policy.budget })
  for _, failure in ipairs(whole.problems) do
    place.cli.warn(failure)
  end
  local rows = {}
  for i, step in ipairs(whole.steps) do
    rows[i] = step_row(step)
  end
  return columns.mark(rows, "step")
end

local SELECTION = '{ workload = "shop*", lens = "serverless", pillar = "security", risk = "HIGH" }'

---The jobs of a session.
---@type table<string, plumb.repl.Job>
M.jobs = {
  workloads = { call = workloads, usage = "workloads(), workloads \"shop*\"", help = "workloads, all or those named" },
  answers = { call = answers, usage = "answers" .. SELECTION, help = "questions with their answers",
    fields = select_.FIELDS },
  risks = { call = risks, usage = "risks" .. SELECTION, help = "questions rated HIGH or MEDIUM, and what is missing",
    fields = select_.FIELDS },
  findings = { call = findings, usage = "findings" .. SELECTION, help = "missing practices, as policy hooks get them",
    fields = select_.FIELDS },
  items = { call = items, usage = "items{ workload = \"shop*\", status = \"Open\", all = true }",
    help = "OpsItems that plumb made, the open ones unless told", fields = { "all", "status", "workload" } },
  plan = { call = plan, usage = "plan()", help = "what plumb scan would do now; writes nothing" },
}

return M
