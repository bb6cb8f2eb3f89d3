-- Made-up findings, for trying a policy where there is no AWS: `plumb check` calls every hook with them, and specs
-- change them to what they are about. One is as full as AWS makes them, one as bare, one stands for a group.

local M = {}

M.ACCOUNT, M.REGION = "111122223333", "eu-west-1"

local function workload(name, digit)
  local id = digit:rep(32)
  return { WorkloadId = id, WorkloadName = name, Owner = M.ACCOUNT,
    WorkloadArn = ("arn:aws:wellarchitected:%s:%s:workload/%s"):format(M.REGION, M.ACCOUNT, id) }
end

---A finding of AWS's own lens with everything that AWS ever says about one.
---@return table finding  a new one each time
function M.full()
  local finding = {
    key = ("0"):rep(64), risk = "HIGH", partition = "aws", account = M.ACCOUNT, region = M.REGION,
    lens_arn = "arn:aws:wellarchitected::aws:lens/wellarchitected", none_selected = {},
    workload = workload("sample-shop", "a"),
    lens = { LensAlias = "wellarchitected", LensName = "AWS Well-Architected Framework", LensVersion = "2025-02-25",
      LensArn = "arn:aws:wellarchitected::aws:lens/wellarchitected", LensStatus = "CURRENT" },
    question = { QuestionId = "sample-question", PillarId = "security", QuestionTitle = "How do you try a policy?",
      Risk = "HIGH", IsApplicable = true, SelectedChoices = {} },
    choice = { ChoiceId = "sample_practice", Title = "Try it on a sample",
      Description = "A sample finds typing mistakes.",
      ImprovementPlan = { DisplayText = "Try it", Url = "https://example.com/plan" } },
    plan_url = "https://example.com/plan", console_url = "https://example.com/console",
  }
  finding.workload.Lenses = { "wellarchitected" }
  finding.workload.RiskCounts = { HIGH = 1, MEDIUM = 1 }
  finding.workload.UpdatedAt = 1750000000
  return finding
end

---A finding of a custom lens known by ARN alone, with nothing that AWS may leave out.
---@return table finding  a new one each time
function M.bare()
  local arn = ("arn:aws:wellarchitected:%s:%s:lens/%s"):format(M.REGION, M.ACCOUNT, ("c"):rep(32))
  return {
    key = ("1"):rep(64), risk = "MEDIUM", partition = "aws", account = M.ACCOUNT, region = M.REGION,
    lens_arn = arn, none_selected = {},
    workload = workload("sample", "b"),
    lens = { LensArn = arn },
    question = { QuestionId = "sample-question-2", PillarId = "samplePillar", QuestionTitle = "How else?",
      Risk = "MEDIUM" },
    choice = { ChoiceId = "sample_practice_2", Title = "Try it twice" },
  }
end

---What the texts of an item that stands for several practices are made of.
---@return table finding  a new one each time
function M.grouped()
  local finding = M.full()
  finding.group = { mode = "question", name = "sample-question", title = "How do you try a policy?",
    pillar = "security", question_id = "sample-question", count = 2, total = 3, practices = {
      { title = "Try it on a sample", choice_id = "sample_practice", question_id = "sample-question", risk = "HIGH",
        url = "https://example.com/plan", done = false },
      { title = "Try it twice", choice_id = "sample_practice_2", question_id = "sample-question", risk = "MEDIUM",
        done = false },
      { title = "Try it at home", choice_id = "sample_practice_3", question_id = "sample-question", done = true },
    } }
  return finding
end

---An item before it is made.
---@param finding table
---@return table
function M.new_item(finding)
  return { key = finding.key, title = "A sample item", description = "Made up by plumb check.", severity = "2",
    source = "Well-Architected", fields = { WorkloadName = finding.workload.WorkloadName }, notifications = {},
    tags = {}, related = {}, cuts = {} }
end

---An item that somebody resolved.
---@param finding table
---@return table
function M.resolved_item(finding)
  return { id = "oi-0123456789ab", status = "Resolved", title = "A sample item", finding = finding,
    fields = { WorkloadName = finding.workload.WorkloadName, QuestionId = finding.question.QuestionId } }
end

return M
