local client = require("lua.sim.client")
local json = require("plumb.json")

local c, shop, billing

before_each(function()
  c = client.new()
  shop, billing = c:workload("shop-prod"), c:workload("billing")
end)

local function house()
  return billing.reviews[2].lens.arn
end

local function update(fields, workload, lens)
  local input = { WorkloadId = (workload or shop).id, LensAlias = lens or "wellarchitected" }
  for key, value in pairs(fields) do
    input[key] = value
  end
  return c:ok("wellarchitected.UpdateAnswer", input).Answer
end

local function get(question, workload, lens)
  return c:ok("wellarchitected.GetAnswer", { WorkloadId = (workload or shop).id, LensAlias = lens or "wellarchitected",
    QuestionId = question }).Answer
end

describe("ListWorkloads", function()
  it("leaves out the counts that are zero, and adds up all lenses", function()
    local list = c:ok("wellarchitected.ListWorkloads", {}).WorkloadSummaries
    assert.same({ NONE = 6, NOT_APPLICABLE = 1, UNANSWERED = 13 }, list[3].RiskCounts)
    assert.same({ HIGH = 5, MEDIUM = 4, NONE = 13, NOT_APPLICABLE = 1, UNANSWERED = 4 }, list[1].RiskCounts)
  end)

  it("names official lenses by alias and custom ones by ARN", function()
    local list = c:ok("wellarchitected.ListWorkloads", { WorkloadNamePrefix = "bill" }).WorkloadSummaries
    assert.equal("wellarchitected", list[1].Lenses[1])
    assert.is_truthy(list[1].Lenses[2]:find("^arn:aws:wellarchitected:us%-east%-1:111122223333:lens/%x+$"))
  end)

  it("holds workloads that others share", function()
    local list = c:ok("wellarchitected.ListWorkloads", { WorkloadNamePrefix = "partner" }).WorkloadSummaries
    assert.equal("444455556666", list[1].Owner)
    assert.is_string(c:ok("wellarchitected.GetWorkload",
      { WorkloadId = list[1].WorkloadId }).Workload.ShareInvitationId)
  end)

  it("pages with an opaque token that is bound to the other parameters", function()
    local first = c:ok("wellarchitected.ListWorkloads", { MaxResults = 2 })
    assert.is_truthy(first.NextToken:find("=$"))
    local second = c:ok("wellarchitected.ListWorkloads", { MaxResults = 3, NextToken = first.NextToken })
    assert.equal(3, #second.WorkloadSummaries)
    assert.equal("ValidationException", (c:refused("wellarchitected.ListWorkloads", { NextToken = first.NextToken,
      WorkloadNamePrefix = "s" })))
    assert.equal("ValidationException", (c:refused("wellarchitected.ListLenses", { NextToken = first.NextToken })))
  end)
end)

describe("ListAnswers", function()
  it("gives ten rows unless told, and a token that survives the query", function()
    local seen, token, pages = {}, nil, 0
    repeat
      local page = c:ok("wellarchitected.ListAnswers", { WorkloadId = shop.id, LensAlias = "wellarchitected",
        NextToken = token })
      for _, row in ipairs(page.AnswerSummaries) do
        seen[#seen + 1] = row.QuestionId
      end
      token, pages = page.NextToken, pages + 1
    until not token
    assert.same({ 20, 2 }, { #seen, pages })
  end)

  it("has null for the alias of a custom lens, which GetAnswer leaves out", function()
    local _, _, response = c:call("wellarchitected.ListAnswers", { WorkloadId = billing.id, LensAlias = house() })
    assert.is_truthy(response.body:find("\"LensAlias\":null", 1, true))
    _, _, response = c:call("wellarchitected.GetAnswer", { WorkloadId = billing.id, LensAlias = house(),
      QuestionId = "house_logs" })
    assert.is_nil(response.body:find("LensAlias", 1, true))
  end)

  it("shows improvement plans with the choices of custom lenses only", function()
    local custom = c:ok("wellarchitected.ListAnswers", { WorkloadId = billing.id, LensAlias = house() })
    assert.is_string(custom.AnswerSummaries[1].Choices[1].ImprovementPlan.Url)
    assert.equal("The service catalogue", custom.AnswerSummaries[1].Choices[1].HelpfulResource.DisplayText)
    local official = c:ok("wellarchitected.ListAnswers", { WorkloadId = billing.id, LensAlias = "wellarchitected" })
    assert.is_nil(official.AnswerSummaries[1].Choices[1].ImprovementPlan)
  end)

  it("has status entries for answered choices only", function()
    local rows = c:ok("wellarchitected.ListAnswers", { WorkloadId = shop.id, LensAlias = "wellarchitected",
      PillarId = "security" }).AnswerSummaries
    assert.equal(4, #rows)
    assert.same({ { ChoiceId = "sec_identity_federation", Status = "SELECTED", Reason = "NONE" },
      { ChoiceId = "sec_identity_offboarding", Status = "NOT_APPLICABLE", Reason = "NONE" },
      { ChoiceId = "sec_identity_no", Status = "SELECTED", Reason = "NONE" } }, rows[1].ChoiceAnswerSummaries)
    assert.same({ "sec_identity_federation", "sec_identity_no" }, rows[1].SelectedChoices)
    assert.same({ "HIGH", true }, { rows[1].Risk, rows[1].IsApplicable })
  end)

  it("refuses a pillar nobody knows", function()
    local code, body = c:refused("wellarchitected.ListAnswers", { WorkloadId = shop.id, LensAlias = "wellarchitected",
      PillarId = "performanceEfficiency" })
    assert.equal("ValidationException", code)
    assert.is_truthy(body.Message:find("No pillar with ID performanceEfficiency was found", 1, true))
  end)
end)

describe("GetAnswer", function()
  it("refuses an unknown question as a validation error, and an unknown lens as not found", function()
    assert.equal("ValidationException", (c:refused("wellarchitected.GetAnswer", { WorkloadId = shop.id,
      LensAlias = "wellarchitected", QuestionId = "nothing" })))
    assert.equal("ResourceNotFoundException", (c:refused("wellarchitected.GetAnswer", { WorkloadId = shop.id,
      LensAlias = "nothing", QuestionId = "ops_goals" })))
  end)

  it("shows notes and, for an answered question of an official lens, a page", function()
    local answer = get("rel_recovery")
    assert.equal("Drill planned for spring.", answer.Notes)
    assert.equal("4 h / 15 min, agreed with the shop team", answer.ChoiceAnswers[1].Notes)
    assert.is_truthy(answer.ImprovementPlanUrl:find("^https://"))
    assert.is_nil(get("cost_waste").ImprovementPlanUrl)
    assert.is_nil(get("house_logs", billing, house()).ImprovementPlanUrl)
  end)
end)

describe("UpdateAnswer", function()
  it("keeps the choices that ChoiceUpdates does not name, and notes", function()
    local answer = update({ QuestionId = "ops_observe",
      ChoiceUpdates = { ops_observe_alarms = { Status = "SELECTED" } } })
    assert.same({ "ops_observe_logs", "ops_observe_alarms" }, answer.SelectedChoices)
    assert.same({ "MEDIUM", "Dashboards are being rebuilt, see the wiki." }, { answer.Risk, answer.Notes })
    assert.same(answer, get("ops_observe"))
  end)

  it("replaces the selection by SelectedChoices, down to nothing", function()
    local answer = update({ QuestionId = "ops_deploy", SelectedChoices = { "ops_deploy_tests" } })
    assert.same({ "ops_deploy_tests" }, answer.SelectedChoices)
    answer = update({ QuestionId = "ops_deploy", SelectedChoices = {} })
    assert.same({ {}, "UNANSWERED" }, { answer.SelectedChoices, answer.Risk })
  end)

  it("takes both, the list first", function()
    local answer = update({ QuestionId = "sec_data", SelectedChoices = { "sec_data_encrypt" },
      ChoiceUpdates = { sec_data_access = { Status = "NOT_APPLICABLE", Reason = "OUT_OF_SCOPE" } } })
    assert.same({ "sec_data_encrypt" }, answer.SelectedChoices)
    assert.same({ ChoiceId = "sec_data_access", Status = "NOT_APPLICABLE", Reason = "OUT_OF_SCOPE" },
      answer.ChoiceAnswers[2])
  end)

  it("lets the none-choice stay selected beside others until somebody unselects it", function()
    local answer = update({ QuestionId = "sec_response",
      ChoiceUpdates = { sec_response_plan = { Status = "SELECTED" } } })
    assert.same({ "sec_response_plan", "sec_response_no" }, answer.SelectedChoices)
    answer = update({ QuestionId = "sec_response", ChoiceUpdates = { sec_response_no = { Status = "UNSELECTED" } } })
    assert.same({ "sec_response_plan" }, answer.SelectedChoices)
  end)

  it("does not mark the none-choice as not applicable", function()
    assert.equal("ValidationException", (c:refused("wellarchitected.UpdateAnswer", { WorkloadId = shop.id,
      LensAlias = "wellarchitected", QuestionId = "sec_data",
      ChoiceUpdates = { sec_data_no = { Status = "NOT_APPLICABLE" } } })))
  end)

  it("takes a question out and back, keeping its selection and its reason", function()
    local answer = update({ QuestionId = "rel_backup", IsApplicable = false, Reason = "BUSINESS_PRIORITIES" })
    assert.same({ "NOT_APPLICABLE", false }, { answer.Risk, answer.IsApplicable })
    answer = update({ QuestionId = "rel_backup", IsApplicable = true })
    assert.same({ "MEDIUM", "BUSINESS_PRIORITIES", 2 }, { answer.Risk, answer.Reason, #answer.SelectedChoices })
  end)

  it("refuses unknown questions, choices and statuses", function()
    for _, fields in ipairs({ { QuestionId = "nothing" }, { QuestionId = "ops_goals", SelectedChoices = { "nothing" } },
      { QuestionId = "ops_goals", ChoiceUpdates = { nothing = { Status = "SELECTED" } } },
      { QuestionId = "ops_goals", ChoiceUpdates = { ops_goals_duties = { Status = "DONE" } } },
      { QuestionId = "ops_goals", Notes = ("x"):rep(2085) } }) do
      fields.WorkloadId, fields.LensAlias = shop.id, "wellarchitected"
      assert.equal("ValidationException", (c:refused("wellarchitected.UpdateAnswer", fields)))
    end
    assert.equal("SELECTED", get("ops_goals").ChoiceAnswers[2].Status)
  end)

  it("is denied on a workload that is shared for reading", function()
    local partner = c:workload("partner-gateway")
    local status, _, response = c:call("wellarchitected.UpdateAnswer", { WorkloadId = partner.id,
      LensAlias = "wellarchitected", QuestionId = "rel_backup", SelectedChoices = {} })
    assert.equal(403, status)
    assert.is_truthy(response.headers["x-amzn-errortype"]:find("^AccessDeniedException"))
  end)

  it("moves UpdatedAt, or leaves it, as the simulator was told", function()
    c.time = c.time + 60
    update({ QuestionId = "ops_goals", Notes = "x" })
    assert.equal(c.time, c:ok("wellarchitected.ListWorkloads", {}).WorkloadSummaries[1].UpdatedAt)
    c = client.new({ updated_at_moves = false })
    local before = c:ok("wellarchitected.ListWorkloads", {}).WorkloadSummaries[1].UpdatedAt
    update({ QuestionId = "ops_goals", Notes = "x" })
    assert.equal(before, c:ok("wellarchitected.ListWorkloads", {}).WorkloadSummaries[1].UpdatedAt)
  end)
end)

describe("ListLensReviewImprovements", function()
  it("lists HIGH and MEDIUM questions only, with a page for official lenses", function()
    local list = c:ok("wellarchitected.ListLensReviewImprovements", { WorkloadId = shop.id,
      LensAlias = "wellarchitected",
      MaxResults = 100 }).ImprovementSummaries
    assert.equal(6, #list)
    for _, row in ipairs(list) do
      assert.is_truthy(row.Risk == "HIGH" or row.Risk == "MEDIUM")
      assert.is_string(row.ImprovementPlanUrl)
      assert.is_nil(row.ImprovementPlans)
    end
  end)

  it("has plans instead for custom lenses, and nulls for alias and token", function()
    local _, body, response = c:call("wellarchitected.ListLensReviewImprovements", { WorkloadId = billing.id,
      LensAlias = house() })
    assert.is_truthy(response.body:find("\"LensAlias\":null", 1, true))
    assert.is_truthy(response.body:find("\"NextToken\":null", 1, true))
    assert.is_nil(body.ImprovementSummaries[1].ImprovementPlanUrl)
    assert.is_string(body.ImprovementSummaries[1].ImprovementPlans[1].ImprovementPlanUrl)
  end)
end)

describe("GetConsolidatedReport", function()
  it("counts all lenses but breaks down the framework lens only", function()
    local report = c:ok("wellarchitected.GetConsolidatedReport", { Format = "JSON" })
    assert.equal(4, #report.Metrics)
    local metric = report.Metrics[1]
    assert.same({ 5, 2, 1 }, { metric.RiskCounts.HIGH, metric.LensesAppliedCount, #metric.Lenses })
    assert.equal(4, metric.Lenses[1].RiskCounts.HIGH)
    assert.equal(5, #c:ok("wellarchitected.GetConsolidatedReport", { Format = "JSON",
      IncludeSharedResources = true }).Metrics)
    assert.is_string(c:ok("wellarchitected.GetConsolidatedReport", { Format = "PDF" }).Base64String)
  end)
end)

describe("milestones", function()
  it("keep what was, and are made once per token", function()
    local input = { WorkloadId = shop.id, MilestoneName = "before", ClientRequestToken = "token-1" }
    assert.equal(1, c:ok("wellarchitected.CreateMilestone", input).MilestoneNumber)
    assert.equal(1, c:ok("wellarchitected.CreateMilestone", input).MilestoneNumber)
    update({ QuestionId = "sec_response", SelectedChoices = { "sec_response_plan" } })
    local old = c:ok("wellarchitected.GetAnswer", { WorkloadId = shop.id, LensAlias = "wellarchitected",
      QuestionId = "sec_response", MilestoneNumber = 1 }).Answer
    assert.same({ "HIGH", "MEDIUM" }, { old.Risk, get("sec_response").Risk })
    assert.equal(5, c:ok("wellarchitected.GetMilestone", { WorkloadId = shop.id,
      MilestoneNumber = 1 }).Milestone.Workload
      .RiskCounts.HIGH)
    assert.equal(1, #c:ok("wellarchitected.ListMilestones", { WorkloadId = shop.id }).MilestoneSummaries)
    assert.equal("ConflictException", (c:refused("wellarchitected.CreateMilestone", { WorkloadId = shop.id,
      MilestoneName = "other", ClientRequestToken = "token-1" })))
    assert.equal("ResourceNotFoundException", (c:refused("wellarchitected.GetMilestone", { WorkloadId = shop.id,
      MilestoneNumber = 2 })))
  end)
end)

describe("workloads", function()
  local function new(fields)
    local input = { WorkloadName = "new one", Description = "abc", Environment = "PRODUCTION",
      Lenses = { "serverless" },
      ReviewOwner = "me@example.com", AwsRegions = { "eu-west-1" }, ClientRequestToken = "t1" }
    for key, value in pairs(fields or {}) do
      input[key] = value
    end
    return input
  end

  it("are created with the framework lens, once per token", function()
    local output = c:ok("wellarchitected.CreateWorkload", new())
    assert.equal(output.WorkloadId, c:ok("wellarchitected.CreateWorkload", new()).WorkloadId)
    local workload = c:ok("wellarchitected.GetWorkload", { WorkloadId = output.WorkloadId }).Workload
    assert.same({ "wellarchitected", "serverless" }, workload.Lenses)
    assert.same({ UNANSWERED = 27 }, workload.RiskCounts)
    assert.equal("ConflictException", (c:refused("wellarchitected.CreateWorkload", new({ ClientRequestToken = "t2" }))))
  end)

  it("need an owner and a Region, whatever the model says", function()
    local input = new()
    input.ReviewOwner = nil
    assert.equal("ValidationException", (c:refused("wellarchitected.CreateWorkload", input)))
    input = new()
    input.AwsRegions = nil
    assert.equal("ValidationException", (c:refused("wellarchitected.CreateWorkload", input)))
  end)

  it("are limited, with status 402", function()
    c.sim.limits.workloads = 5
    local status, body = c:call("wellarchitected.CreateWorkload", new())
    assert.same({ 402, "wellarchitected" }, { status, body.ServiceCode })
  end)

  it("are updated, tagged and deleted", function()
    c:ok("wellarchitected.UpdateWorkload", { WorkloadId = shop.id, Notes = "n",
      ImprovementStatus = "RISK_ACKNOWLEDGED" })
    c:ok("wellarchitected.TagResource", { WorkloadArn = shop.arn, Tags = { a = "b" } })
    c:ok("wellarchitected.UntagResource", { WorkloadArn = shop.arn, TagKeys = { "team", "stage" } })
    assert.same({ a = "b" }, c:ok("wellarchitected.ListTagsForResource", { WorkloadArn = shop.arn }).Tags)
    local workload = c:ok("wellarchitected.GetWorkload", { WorkloadId = shop.id }).Workload
    assert.same({ "n", "RISK_ACKNOWLEDGED", "The web shop", "b" }, { workload.Notes, workload.ImprovementStatus,
      workload.Description, workload.Tags.a })
    local gone = { WorkloadId = shop.id, ClientRequestToken = "d" }
    c:ok("wellarchitected.DeleteWorkload", gone)
    c:ok("wellarchitected.DeleteWorkload", gone)
    assert.equal("ResourceNotFoundException", (c:refused("wellarchitected.GetWorkload", { WorkloadId = shop.id })))
  end)

  it("gain and lose lenses, never the framework", function()
    local intranet = c:workload("intranet")
    c:ok("wellarchitected.AssociateLenses", { WorkloadId = intranet.id, LensAliases = { house(), "serverless" } })
    assert.equal(3, #c:ok("wellarchitected.ListLensReviews", { WorkloadId = intranet.id }).LensReviewSummaries)
    c:ok("wellarchitected.DisassociateLenses", { WorkloadId = intranet.id, LensAliases = { house() } })
    assert.equal(2, #c:ok("wellarchitected.ListLensReviews", { WorkloadId = intranet.id }).LensReviewSummaries)
    assert.equal("ValidationException", (c:refused("wellarchitected.DisassociateLenses", { WorkloadId = intranet.id,
      LensAliases = { "wellarchitected" } })))
  end)
end)

describe("a lens review", function()
  it("counts per pillar and takes notes", function()
    local review = c:ok("wellarchitected.UpdateLensReview", { WorkloadId = shop.id, LensAlias = "wellarchitected",
      LensNotes = "n", PillarNotes = { security = "s" } }).LensReview
    assert.same({ "n", "security", "s" }, { review.Notes, review.PillarReviewSummaries[2].PillarId,
      review.PillarReviewSummaries[2].Notes })
    assert.same({ HIGH = 2, NONE = 2 }, review.PillarReviewSummaries[2].RiskCounts)
    assert.equal("CURRENT", review.LensStatus)
  end)
end)

describe("the life of a custom lens", function()
  local function text(change)
    local file = json.decode(c:ok("wellarchitected.ExportLens", { LensAlias = house() }).LensJSON)
    if change then
      change(file)
    end
    return json.encode(file)
  end

  local function import(change, alias, token)
    return c:ok("wellarchitected.ImportLens", { LensAlias = alias, JSONString = text(change),
      ClientRequestToken = token or "i1" })
  end

  local function publish(version, major)
    c:ok("wellarchitected.CreateLensVersion", { LensAlias = house(), LensVersion = version, IsMajorVersion = major,
      ClientRequestToken = "v" .. version })
  end

  local function drop_choice(file)
    table.remove(file.pillars[1].questions[1].choices, 3)
    file.pillars[1].questions[1].riskRules[1].condition = "house_owner_team && house_owner_page"
    table.remove(file.pillars[2].questions, 3)
  end

  it("begins as a draft that no published list shows, and answers no status", function()
    local output = import(function(file) file.name = "New rules" end)
    assert.is_nil(output.Status)
    local function names(status)
      local list = {}
      for i, lens in ipairs(c:ok("wellarchitected.ListLenses", { LensStatus = status,
        LensType = "CUSTOM_SELF" }).LensSummaries) do
        list[i] = lens.LensName .. " " .. lens.LensStatus
      end
      return list
    end
    assert.same({ "House Rules PUBLISHED" }, names(nil))
    assert.same({ "New rules DRAFT" }, names("DRAFT"))
    assert.same({ "House Rules PUBLISHED", "New rules DRAFT" }, names("ALL"))
  end)

  it("refuses a second lens of the same name, a renamed one and a broken one", function()
    assert.equal("ConflictException", (c:refused("wellarchitected.ImportLens", { ClientRequestToken = "i2",
      JSONString = text(function(file) file.name = "house-RULES" end) })))
    assert.equal("ValidationException", (c:refused("wellarchitected.ImportLens", { ClientRequestToken = "i3",
      LensAlias = house(), JSONString = text(function(file) file.name = "Renamed" end) })))
    local _, body = c:refused("wellarchitected.ImportLens", { ClientRequestToken = "i4",
      JSONString = text(function(file) file.name, file.pillars[1].questions[1].riskRules[1].condition = "X",
        "a &&" end) })
    assert.is_truthy(body.Message:find("pillars[1].questions[1].riskRules[1].condition", 1, true))
  end)

  it("reaches every review at once with a minor version, clearing what changed and dropping what is gone", function()
    c:ok("wellarchitected.UpdateAnswer", { WorkloadId = billing.id, LensAlias = house(), QuestionId = "house_owner",
      Notes = "kept" })
    import(drop_choice, house())
    publish("1.3", false)
    local answer = get("house_owner", billing, house())
    assert.same({ {}, "UNANSWERED", "kept" }, { answer.SelectedChoices, answer.Risk, answer.Notes })
    assert.same({ "house_change_calendar" }, get("house_change", billing, house()).SelectedChoices)
    assert.equal("ValidationException", (c:refused("wellarchitected.GetAnswer", { WorkloadId = billing.id,
      LensAlias = house(), QuestionId = "house_cost" })))
    local row = c:ok("wellarchitected.ListLensReviews", { WorkloadId = billing.id }).LensReviewSummaries[2]
    assert.same({ "1.3", "CURRENT" }, { row.LensVersion, row.LensStatus })
  end)

  it("waits for UpgradeLensReview with a major version, which takes a milestone", function()
    import(drop_choice, house())
    publish("2.0", true)
    local function row()
      return c:ok("wellarchitected.ListLensReviews", { WorkloadId = billing.id }).LensReviewSummaries[2]
    end
    assert.same({ "1.2", "NOT_CURRENT" }, { row().LensVersion, row().LensStatus })
    local note = c:ok("wellarchitected.ListNotifications", {}).NotificationSummaries[1]
    assert.same({ "LENS_VERSION_UPGRADED", "1.2", "2.0" }, { note.Type, note.LensUpgradeSummary.CurrentLensVersion,
      note.LensUpgradeSummary.LatestLensVersion })
    local changes = c:ok("wellarchitected.GetLensVersionDifference",
      { LensAlias = house() }).VersionDifferences.PillarDifferences
    assert.same({ "UPDATED", "house_owner" }, { changes[1].QuestionDifferences[1].DifferenceStatus,
      changes[1].QuestionDifferences[1].QuestionId })
    assert.same({ "DELETED", "house_cost" }, { changes[2].QuestionDifferences[1].DifferenceStatus,
      changes[2].QuestionDifferences[1].QuestionId })
    c:ok("wellarchitected.UpgradeLensReview", { WorkloadId = billing.id, LensAlias = house(), MilestoneName = "old" })
    assert.same({ "2.0", "CURRENT" }, { row().LensVersion, row().LensStatus })
    assert.equal(1, #c:ok("wellarchitected.ListMilestones", { WorkloadId = billing.id }).MilestoneSummaries)
  end)

  it("is exported by its owner only, and not for official lenses", function()
    assert.equal("ValidationException", (c:refused("wellarchitected.ExportLens", { LensAlias = "serverless" })))
  end)

  it("ends with DeleteLens; its reviews say so", function()
    c:ok("wellarchitected.DeleteLens", { LensAlias = house(), LensStatus = "ALL", ClientRequestToken = "d" })
    assert.equal("DELETED", c:ok("wellarchitected.ListLensReviews", { WorkloadId = billing.id }).LensReviewSummaries[2]
      .LensStatus)
    assert.equal(0, #c:ok("wellarchitected.ListLenses", { LensType = "CUSTOM_SELF" }).LensSummaries)
  end)
end)

describe("lenses", function()
  it("have Region-less ARNs when official, and are found by the documented form too", function()
    local list = c:ok("wellarchitected.ListLenses", { LensType = "AWS_OFFICIAL" }).LensSummaries
    assert.equal("arn:aws:wellarchitected::aws:lens/wellarchitected", list[1].LensArn)
    for _, name in ipairs({ "serverless", "arn:aws:wellarchitected::aws:lens/serverless",
      "arn:aws:wellarchitected:us-east-1::lens/serverless" }) do
      assert.equal("2025-11-10", c:ok("wellarchitected.GetLens", { LensAlias = name }).Lens.LensVersion)
    end
  end)
end)

describe("the global settings", function()
  it("are kept", function()
    c:ok("wellarchitected.UpdateGlobalSettings", { OrganizationSharingStatus = "ENABLED" })
    assert.equal("ENABLED", c:ok("wellarchitected.GetGlobalSettings").OrganizationSharingStatus)
  end)
end)
