local err = require "plumb.err"
local finding = require "plumb.finding"
local policies = require "support.finding"

local ACCOUNT = "111122223333"
local ID = ("0123456789abcdef"):rep(2)

local function workload(changes)
  local w = { WorkloadId = ID, WorkloadName = "shop",
    WorkloadArn = ("arn:aws:wellarchitected:eu-west-1:%s:workload/%s"):format(ACCOUNT, ID) }
  for name, value in pairs(changes or {}) do w[name] = value end
  return w
end

local LENS = { LensAlias = "wellarchitected" }

local function question(changes)
  local q = { QuestionId = "backup", PillarId = "reliability", QuestionTitle = "How?", Risk = "HIGH",
    Choices = { { ChoiceId = "backup_all", Title = "All" }, { ChoiceId = "backup_test", Title = "Test" } },
    SelectedChoices = {} }
  for name, value in pairs(changes or {}) do q[name] = value end
  return q
end

local function ids(review)
  local list = {}
  for i, found in ipairs(review.findings) do list[i] = found.choice.ChoiceId end
  return list
end

local function missing(changes, policy_text, lens)
  local policy = policies.policy(policy_text or "return {}")
  return ids(finding.review(workload(), lens or LENS, { question(changes) }, policy))
end

describe("finding.key", function()
  local identity = { partition = "aws", account = ACCOUNT, region = "eu-west-1",
    workload_arn = "arn:aws:wellarchitected:eu-west-1:111122223333:workload/" .. ID,
    lens_arn = "arn:aws:wellarchitected::aws:lens/wellarchitected", question_id = "backup", choice_id = "backup_all" }

  -- The values are for ever: an item in somebody's OpsCenter is known by them. A change here is a second item
  -- for every practice of everybody.
  it("never changes", function()
    assert.equal("69a4eab7236b3bc0c477754f510d6176ef0244149522015824e1710d0dd2bcde", finding.key(identity))
    assert.equal("69a4eab7236b3bc0c477754f510d6176", finding.dedup(finding.key(identity)))
  end)

  it("depends on each part of the identity", function()
    local seen = { [finding.key(identity)] = true }
    for name in pairs(identity) do
      local other = setmetatable({ [name] = identity[name] .. "x" }, { __index = identity })
      local key = finding.key(other)
      assert.is_nil(seen[key], name)
      seen[key] = true
    end
  end)

  it("does not run its parts together", function()
    local a = setmetatable({ question_id = "ab", choice_id = "c" }, { __index = identity })
    local b = setmetatable({ question_id = "a", choice_id = "bc" }, { __index = identity })
    assert.not_equal(finding.key(a), finding.key(b))
  end)

  it("is the golden one for a practice that was read", function()
    local review = finding.review(workload(), LENS, { question() }, policies.policy "return {}")
    assert.equal(finding.key(identity), review.findings[1].key)
  end)

  it("does not know names, titles, risks or lens versions", function()
    local policy = policies.policy "return {}"
    local a = finding.review(workload(), LENS, { question() }, policy).findings[1]
    local b = finding.review(workload { WorkloadName = "other" }, { LensAlias = "wellarchitected", LensVersion = "9" },
      { question { Risk = "MEDIUM", QuestionTitle = "Other?" } }, policy).findings[1]
    assert.equal(a.key, b.key)
  end)
end)

describe("finding.lens_identity", function()
  local CANONICAL = "arn:aws:wellarchitected::aws:lens/serverless"

  it("is one for all the ways in which AWS names its own lens", function()
    for _, lens in ipairs {
      { LensAlias = "serverless" },
      { LensArn = CANONICAL },
      { LensAlias = "serverless", LensArn = CANONICAL },
      { LensArn = "arn:aws:wellarchitected:us-east-1:aws:lens/serverless" },
      { LensArn = "arn:aws:wellarchitected:eu-west-1::lens/serverless", LensAlias = "serverless" },
      { LensAlias = CANONICAL },
    } do
      assert.equal(CANONICAL, finding.lens_identity(lens, "aws"))
    end
  end)

  it("is its ARN for a custom lens, with or without something in LensAlias", function()
    local arn = ("arn:aws:wellarchitected:eu-west-1:%s:lens/%s"):format(ACCOUNT, ID)
    assert.equal(arn, finding.lens_identity({ LensArn = arn }, "aws"))
    assert.equal(arn, finding.lens_identity({ LensArn = arn, LensAlias = "" }, "aws"))
    assert.equal(arn, finding.lens_identity({ LensAlias = arn }, "aws"))
  end)

  it("tells two custom lenses apart that differ in the Region only", function()
    local arn = "arn:aws:wellarchitected:%s:%s:lens/%s"
    assert.not_equal(finding.lens_identity({ LensArn = arn:format("eu-west-1", ACCOUNT, ID) }, "aws"),
      finding.lens_identity({ LensArn = arn:format("us-east-1", ACCOUNT, ID) }, "aws"))
  end)

  it("stays in its partition", function()
    assert.equal("arn:aws-cn:wellarchitected::aws:lens/serverless",
      finding.lens_identity({ LensAlias = "serverless" }, "aws-cn"))
    local review = finding.review(workload { WorkloadArn = ("arn:aws-cn:wellarchitected:cn-north-1:%s:workload/%s")
      :format(ACCOUNT, ID) }, LENS, { question() }, policies.policy "return {}")
    assert.equal("aws-cn", review.partition)
    assert.equal("arn:aws-cn:wellarchitected::aws:lens/wellarchitected", review.lens_arn)
    assert.equal("aws-cn", review.findings[1].partition)
  end)
end)

describe("finding.parse_arn", function()
  it("keeps colons and slashes in the resource", function()
    assert.same({ partition = "aws", service = "s", region = "", account = "", resource = "a:b/c" },
      finding.parse_arn "arn:aws:s:::a:b/c")
  end)

  it("is nil for what is no ARN", function()
    for _, text in ipairs { "", "wellarchitected", "arn:aws:s", "arn:aws:s::" } do
      assert.is_nil(finding.parse_arn(text))
    end
  end)
end)

describe("a missing practice", function()
  it("is one that nobody selected, behind a HIGH or MEDIUM risk", function()
    assert.same({ "backup_all", "backup_test" }, missing())
    assert.same({ "backup_all", "backup_test" }, missing { Risk = "MEDIUM" })
  end)

  it("is none when it is selected, by either of the two lists", function()
    assert.same({ "backup_test" }, missing { SelectedChoices = { "backup_all" } })
    assert.same({ "backup_test" }, missing {
      ChoiceAnswerSummaries = { { ChoiceId = "backup_all", Status = "SELECTED" } } })
  end)

  it("is one when a summary calls it unselected, or says nothing", function()
    assert.same({ "backup_all", "backup_test" }, missing {
      ChoiceAnswerSummaries = { { ChoiceId = "backup_all", Status = "UNSELECTED" }, { ChoiceId = "backup_test" } } })
  end)

  it("is none when it is not applicable", function()
    assert.same({ "backup_test" }, missing {
      ChoiceAnswerSummaries = { { ChoiceId = "backup_all", Status = "NOT_APPLICABLE", Reason = "OUT_OF_SCOPE" } } })
  end)

  it("is none when its question is not applicable", function()
    assert.same({}, missing { IsApplicable = false })
    assert.same({ "backup_all", "backup_test" }, missing { IsApplicable = true })
  end)

  it("is none without a risk: unanswered, none, not applicable, or a word nobody knows", function()
    for _, risk in ipairs { "UNANSWERED", "NONE", "NOT_APPLICABLE", "SEVERE" } do
      assert.same({}, missing { Risk = risk })
    end
    local silent = question()
    silent.Risk = nil
    assert.same({}, ids(finding.review(workload(), LENS, { silent }, policies.policy "return {}")))
  end)

  it("is found whatever the workload's RiskCounts say, or leave out", function()
    local policy = policies.policy "return {}"
    for _, counts in ipairs { {}, { HIGH = 0, MEDIUM = 0 }, { UNANSWERED = 3 } } do
      assert.equal(2, #finding.review(workload { RiskCounts = counts }, LENS, { question() }, policy).findings)
    end
  end)

  it("is not the none-choice, known by its id", function()
    assert.same({ "backup_all" }, missing { Choices = { { ChoiceId = "backup_all" },
      { ChoiceId = "backup_no", Title = "Something else" } } })
  end)

  it("is not the none-choice, known by its title", function()
    for _, title in ipairs { "None of these", "none of the above.", "  NONE OF THESE APPLY " } do
      assert.same({ "backup_all" }, missing { Choices = { { ChoiceId = "backup_all" },
        { ChoiceId = "skip", Title = title } } })
    end
  end)

  it("is what the policy says of a lens whose ids mislead", function()
    local lens = { LensArn = policies.CUSTOM_LENS }
    local choices = { { ChoiceId = "consumers_say_no", Title = "Consumers can say no" },
      { ChoiceId = "skip_all", Title = "Nothing" } }
    assert.same({ "skip_all" }, missing({ Choices = choices }, nil, lens))
    local text = [[return { none_choices = { lenses = { ["%s"] = {
      practices = { "consumers_say_no" }, none = { "skip_all" } } } } }]]
    assert.same({ "consumers_say_no" }, missing({ Choices = choices }, text:format(policies.CUSTOM_LENS), lens))
  end)

  it("knows the none-choices that are selected beside it", function()
    local review = finding.review(workload(), LENS, { question { SelectedChoices = { "backup_no", "backup_all" },
      Choices = { { ChoiceId = "backup_all" }, { ChoiceId = "backup_test" }, { ChoiceId = "backup_no" } } } },
      policies.policy "return {}")
    assert.same({ "backup_test" }, ids(review))
    assert.same({ "backup_no" }, review.findings[1].none_selected)
  end)

  it("brings the link of a custom lens along", function()
    local review = finding.review(workload(), { LensArn = policies.CUSTOM_LENS }, { question { Choices = {
      { ChoiceId = "a", ImprovementPlan = { DisplayText = "do", Url = "https://example.com/a" } }, { ChoiceId = "b" },
    } } }, policies.policy "return {}")
    assert.equal("https://example.com/a", review.findings[1].plan_url)
    assert.is_nil(review.findings[2].plan_url)
  end)

  it("brings the address of its workload in the console along, where that is known", function()
    local function url_in(partition)
      local home = workload { WorkloadArn = ("arn:%s:wellarchitected:eu-west-1:111122223333:workload/%s"):format(
        partition, ("0f"):rep(16)) }
      local answer = question { Choices = { { ChoiceId = "a" } } }
      return finding.review(home, LENS, { answer }, policies.policy "return {}").findings[1].console_url
    end
    assert.equal("https://eu-west-1.console.aws.amazon.com/wellarchitected/home?region=eu-west-1#/workload/"
      .. ("0f"):rep(16), url_in "aws")
    assert.is_nil(url_in "aws-iso")
  end)

  it("has none without choices", function()
    local silent = question()
    silent.Choices, silent.SelectedChoices = nil, nil
    assert.same({}, ids(finding.review(workload(), LENS, { silent }, policies.policy "return {}")))
  end)
end)

describe("a reply that names nothing", function()
  local function failure_of(...)
    local ok, failure = pcall(finding.review, ...)
    assert.is_false(ok)
    return failure
  end

  -- finding.lua: a raised string would be taken for a bug and end the run; an error costs this workload.
  it("is an error of the world, not a bug", function()
    local policy = policies.policy "return {}"
    for _, failure in ipairs {
      failure_of({ WorkloadId = "w" }, LENS, {}, policy),
      failure_of(workload(), {}, {}, policy),
      failure_of(workload(), LENS, { { PillarId = "p", Risk = "NONE" } }, policy),
      failure_of(workload(), LENS, { question { Choices = { { ChoiceId = "a" }, { Title = "b" } } } }, policy),
    } do
      assert.is_true(err.is(failure))
      assert.equal("garbage", failure.kind)
    end
  end)
end)
