-- Tries the hooks of a policy on two made-up findings, so that `plumb check` finds a misspelt field or a
-- missing `return` before a run does. One finding is as full as AWS makes them, the other as bare. What is
-- wrong whatever the finding is a problem; what may only be due to the made-up values is a warning.

local complain = require("plumb.policy.complain")
local schema = require("plumb.policy.schema")

local M = {}

local ACCOUNT = "111122223333"

local FULL = {
  key = ("0"):rep(64), risk = "HIGH", partition = "aws", account = ACCOUNT, region = "eu-west-1",
  workload = { WorkloadId = ("a"):rep(32), WorkloadName = "sample-shop", Owner = ACCOUNT,
    WorkloadArn = "arn:aws:wellarchitected:eu-west-1:" .. ACCOUNT .. ":workload/" .. ("a"):rep(32),
    Lenses = { "wellarchitected" }, RiskCounts = { HIGH = 1, MEDIUM = 1 }, UpdatedAt = 1750000000 },
  lens = { LensAlias = "wellarchitected", LensName = "AWS Well-Architected Framework", LensVersion = "2025-02-25",
    LensArn = "arn:aws:wellarchitected::aws:lens/wellarchitected", LensStatus = "CURRENT" },
  question = { QuestionId = "sample-question", PillarId = "security", QuestionTitle = "How do you try a policy?",
    Risk = "HIGH", IsApplicable = true, SelectedChoices = {} },
  choice = { ChoiceId = "sample_practice", Title = "Try it on a sample",
    Description = "A sample finds typing mistakes.",
    ImprovementPlan = { DisplayText = "Try it", Url = "https://example.com/plan" } },
  plan_url = "https://example.com/plan",
}

-- A custom lens known by ARN alone, one lens on the workload, nothing that AWS may leave out.
local BARE = {
  key = ("1"):rep(64), risk = "MEDIUM", partition = "aws", account = ACCOUNT, region = "eu-west-1",
  workload = { WorkloadId = ("b"):rep(32), WorkloadName = "sample", Owner = ACCOUNT,
    WorkloadArn = "arn:aws:wellarchitected:eu-west-1:" .. ACCOUNT .. ":workload/" .. ("b"):rep(32) },
  lens = { LensArn = "arn:aws:wellarchitected:eu-west-1:" .. ACCOUNT .. ":lens/" .. ("c"):rep(32) },
  question = { QuestionId = "sample-question-2", PillarId = "samplePillar", QuestionTitle = "How else?",
    Risk = "MEDIUM" },
  choice = { ChoiceId = "sample_practice_2", Title = "Try it twice" },
}

-- What the texts are made of where an item stands for several practices.
local GROUPED = {
  group = { mode = "question", name = "sample-question", title = "How do you try a policy?", pillar = "security",
    question_id = "sample-question", count = 2, total = 3, practices = {
      { title = "Try it on a sample", choice_id = "sample_practice", question_id = "sample-question", risk = "HIGH",
        url = "https://example.com/plan", done = false },
      { title = "Try it twice", choice_id = "sample_practice_2", question_id = "sample-question", risk = "MEDIUM",
        done = false },
      { title = "Try it at home", choice_id = "sample_practice_3", question_id = "sample-question", done = true },
    } },
}
for name, value in pairs(FULL) do
  GROUPED[name] = value
end

local ON_GROUPS = { title = true, describe = true, severity = true, fields = true, on_resolve = true }

local function samples(policy, name)
  local grouping = policy.group ~= "practice" or policy:is_own("group")
  return grouping and ON_GROUPS[name] and { FULL, BARE, GROUPED } or { FULL, BARE }
end

local function new_item(finding)
  return { key = finding.key, title = "A sample item", description = "Made up by plumb check.", severity = "2",
    source = "Well-Architected", fields = { WorkloadName = finding.workload.WorkloadName }, notifications = {},
    tags = {}, related = {}, cuts = {} }
end

local function resolved_item(finding)
  return { id = "oi-0123456789ab", status = "Resolved", title = "A sample item", finding = finding,
    fields = { WorkloadName = finding.workload.WorkloadName, QuestionId = finding.question.QuestionId } }
end

local ARGUMENTS = {
  workload = function(finding)
    return finding.workload
  end,
  lens = function(finding)
    return finding.workload, finding.lens
  end,
  before_create = new_item,
  on_resolve = resolved_item,
}

local function itself(finding)
  return finding
end

-- Longer texts are cut when an item is made; a hook that makes one for a short sample always will.
local LIMITS = {
  title = { 1024, "a title has at most 1,024 characters; longer ones are cut" },
  describe = { 2048, "a description has at most 2,048 characters; longer ones are cut" },
}

local function too_long(policy, name, value)
  local limit = LIMITS[name]
  local length = limit and (utf8.len(value) or #value)
  if limit and length > limit[1] then
    return complain.problem("result", { what = ("policy function '%s' makes %d characters"):format(name, length),
      where = policy:origin(name), because = limit[2], fix = "make it shorter" })
  end
end

-- What a waiting hook raises when it meets the call that it cannot make here.
local function needs_aws(failure)
  return failure.because:find("aws is not available here", 1, true) ~= nil
end

---Tries every hook that is the user's own. Makes no call to anybody.
---@param policy plumb.Policy  not used for anything else afterwards
---@return plumb.Problem[] problems
---@return plumb.Problem[] warnings
function M.run(policy)
  local problems, warnings, seen = {}, {}, {}
  policy:bind({ account = ACCOUNT, region = "eu-west-1" })
  local function add(list, failure)
    local same = ("%s %s %s"):format(failure.what, failure.line, failure.because)
    if not seen[same] then
      seen[same] = true
      list[#list + 1] = failure
    end
  end
  for _, name in ipairs({ "group", table.unpack(schema.hook_order) }) do
    if policy:is_own(name) then
      policy.hooks[name].at_once = true
      for _, finding in ipairs(samples(policy, name)) do
        local value, failure = policy:call(name, (ARGUMENTS[name] or itself)(finding))
        if not failure then
          failure = too_long(policy, name, value)
        elseif needs_aws(failure) then
          failure = nil
        end
        if failure then
          add(failure.certain and problems or warnings, failure)
        end
      end
    end
  end
  return problems, warnings
end

return M
