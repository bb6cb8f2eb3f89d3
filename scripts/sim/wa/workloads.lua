-- Workloads, their tags, the account's settings and the consolidated report.

local digest = require("plumb.digest")
local find = require("sim.wa.find")
local json = require("plumb.json")
local page = require("sim.page")
local review_of = require("sim.review")
local view = require("sim.wa.view")

local M = {}

local function sequence(workload)
  return workload.seq
end

---Own and shared workloads of the account and Region.
---@param ctx sim.Context
---@param input table
---@return table
function M.ListWorkloads(ctx, input)
  local list, prefix = ctx.world.workloads, input.WorkloadNamePrefix
  if prefix and prefix ~= "" then
    list = {}
    for _, workload in ipairs(ctx.world.workloads) do
      if workload.name:sub(1, #prefix):lower() == prefix:lower() then
        list[#list + 1] = workload
      end
    end
  end
  local items, token = page.cut(ctx, input, list, 10, sequence)
  for i, workload in ipairs(items) do
    items[i] = view.workload_summary(workload)
  end
  return { WorkloadSummaries = items, NextToken = token or json.null }
end

---@param ctx sim.Context
---@param input table
---@return table
function M.GetWorkload(ctx, input)
  local workload = find.workload(ctx, input.WorkloadId)
  return { Workload = view.workload(workload, ctx.world.tags[workload.arn]) }
end

local function check_name(ctx, name, except)
  for _, workload in ipairs(ctx.world.workloads) do
    if workload ~= except and workload.name == name and workload.owner == ctx.world.account then
      find.conflict("WORKLOAD", workload.id, ("A workload named %s exists already."):format(name))
    end
  end
end

local function create(ctx, input)
  local world = ctx.world
  check_name(ctx, input.WorkloadName)
  if #world.workloads >= ctx.sim.limits.workloads then
    find.quota("WORKLOAD", "The number of workloads of this account is exhausted.")
  end
  local id = world:id(32)
  local workload = { id = id, name = input.WorkloadName, owner = world.account, reviews = {}, plain = {},
    arn = world:arn("wellarchitected", "workload/" .. id) }
  for _, name in ipairs(view.PLAIN) do
    workload.plain[name] = input[name]
  end
  local seen = {}
  -- The framework lens comes with every workload that the API creates, asked for or not.
  for _, alias in ipairs({ "wellarchitected", table.unpack(input.Lenses) }) do
    local lens = world.lens[alias] or alias ~= "wellarchitected" and find.lens(ctx, alias)
    if lens and not seen[lens] then
      seen[lens] = true
      table.insert(workload.reviews, world:review(lens))
    end
  end
  world.tags[workload.arn] = input.Tags
  return world:add_workload(workload)
end

---Members the model calls optional and the service does not.
---@param ctx sim.Context
---@param input table
---@return table
---@see https://docs.aws.amazon.com/wellarchitected/latest/APIReference/API_CreateWorkload.html
function M.CreateWorkload(ctx, input)
  if not input.ReviewOwner then
    find.invalid("ReviewOwner is required.", { { Name = "reviewOwner", Message = "ReviewOwner is required." } })
  elseif not (input.AwsRegions and input.AwsRegions[1] or input.NonAwsRegions and input.NonAwsRegions[1]) then
    find.invalid("At least one of AwsRegions and NonAwsRegions is required.",
      { { Name = "awsRegions", Message = "At least one Region is required." } })
  end
  local workload, conflict = ctx.world:once(ctx.operation, input.ClientRequestToken, input.WorkloadName, function()
    return create(ctx, input)
  end)
  if conflict then
    find.conflict("WORKLOAD", workload.id, "The ClientRequestToken was used with other parameters.")
  end
  return { WorkloadId = workload.id, WorkloadArn = workload.arn }
end

---@param ctx sim.Context
---@param input table
---@return table
function M.UpdateWorkload(ctx, input)
  local workload = find.writable(ctx, input.WorkloadId)
  if input.WorkloadName then
    check_name(ctx, input.WorkloadName, workload)
    workload.name = input.WorkloadName
  end
  local plain = review_of.copy(workload.plain) -- milestones keep the old one
  for _, name in ipairs(view.PLAIN) do
    if input[name] ~= nil then
      plain[name] = input[name]
    end
  end
  workload.plain = plain
  workload.improvement_status = input.ImprovementStatus or workload.improvement_status
  if input.IsReviewOwnerUpdateAcknowledged then
    workload.acknowledged = true
  end
  ctx.world:touch(workload)
  return { Workload = view.workload(workload, ctx.world.tags[workload.arn]) }
end

---@param ctx sim.Context
---@param input table
---@return table
function M.DeleteWorkload(ctx, input)
  ctx.world:once(ctx.operation, input.ClientRequestToken, input.WorkloadId, function()
    local workload = find.writable(ctx, input.WorkloadId)
    ctx.world:remove_workload(workload)
    ctx.world.tags[workload.arn] = nil
    return true
  end)
  return {}
end

local function taggable(ctx, arn)
  local id = arn:match(":workload/(%x+)$")
  local found = id and ctx.world.workload[id] or ctx.world.lens[arn]
  return found and found.arn == arn and arn or find.missing("WORKLOAD", arn)
end

---@param ctx sim.Context
---@param input table
---@return table
function M.TagResource(ctx, input)
  local arn = taggable(ctx, input.WorkloadArn)
  local tags = review_of.copy(ctx.world.tags[arn])
  for key, value in pairs(input.Tags) do
    if key:lower():find("^aws:") then
      find.invalid("Tag keys must not begin with aws:.")
    end
    tags[key] = value
  end
  ctx.world.tags[arn] = tags
  return {}
end

---@param ctx sim.Context
---@param input table
---@return table
function M.UntagResource(ctx, input)
  local arn = taggable(ctx, input.WorkloadArn)
  local tags = review_of.copy(ctx.world.tags[arn])
  for _, key in ipairs(input.TagKeys) do
    tags[key] = nil
  end
  ctx.world.tags[arn] = tags
  return {}
end

---@param ctx sim.Context
---@param input table
---@return table
function M.ListTagsForResource(ctx, input)
  return { Tags = ctx.world.tags[taggable(ctx, input.WorkloadArn)] or {} }
end

---@param ctx sim.Context
---@return table
function M.GetGlobalSettings(ctx)
  local settings = ctx.world.settings
  return { OrganizationSharingStatus = settings.OrganizationSharingStatus or "DISABLED",
    DiscoveryIntegrationStatus = settings.DiscoveryIntegrationStatus or "DISABLED",
    JiraConfiguration = settings.JiraConfiguration }
end

---@param ctx sim.Context
---@param input table
---@return table
function M.UpdateGlobalSettings(ctx, input)
  for key, value in pairs(input) do
    ctx.world.settings[key] = value
  end
  return {}
end

local function question_metrics(review, pillar_id)
  local list = {}
  for _, question in ipairs(review.document.questions) do
    local answer = review.answers[question.id]
    local word = review_of.risk(question, answer)
    if question.pillar_id == pillar_id and (word == "HIGH" or word == "MEDIUM") then
      local practices = {}
      for i, choice in ipairs(review_of.missing(question, answer)) do
        practices[i] = { ChoiceId = choice.id, ChoiceTitle = choice.title }
      end
      list[#list + 1] = { QuestionId = question.id, Risk = word, BestPractices = practices }
    end
  end
  return list
end

-- The breakdown holds the framework lens only, while the counts of the workload hold all of them.
local function lens_metrics(workload)
  local list = {}
  for _, review in ipairs(workload.reviews) do
    if review.lens.alias == "wellarchitected" then
      local pillars = {}
      for i, pillar in ipairs(review.document.pillars) do
        pillars[i] = { PillarId = pillar.id, Questions = question_metrics(review, pillar.id),
          RiskCounts = review_of.counts(review.document, review.answers, pillar.id) }
      end
      list[1] = { LensArn = review.lens.arn, Pillars = pillars,
        RiskCounts = review_of.counts(review.document, review.answers) }
    end
  end
  return list
end

local PDF = "%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\n"
  .. "trailer<</Root 1 0 R>>\n%%EOF\n"

---@param ctx sim.Context
---@param input table
---@return table
function M.GetConsolidatedReport(ctx, input)
  if input.Format == "PDF" then
    return { Base64String = digest.base64(PDF) }
  end
  local list = {}
  for _, workload in ipairs(ctx.world.workloads) do
    if workload.owner == ctx.world.account or input.IncludeSharedResources then
      list[#list + 1] = workload
    end
  end
  local items, token = page.cut(ctx, input, list, 15, sequence)
  for i, workload in ipairs(items) do
    items[i] = { MetricType = "WORKLOAD", WorkloadId = workload.id, WorkloadName = workload.name,
      WorkloadArn = workload.arn, UpdatedAt = workload.updated_at, RiskCounts = review_of.total(workload.reviews),
      LensesAppliedCount = #workload.reviews, Lenses = lens_metrics(workload) }
  end
  return { Metrics = items, NextToken = token or json.null }
end

return M
