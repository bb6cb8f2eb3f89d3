-- Lens reviews and milestones of a workload.

local answers = require("sim.wa.answers")
local find = require("sim.wa.find")
local json = require("plumb.json")
local page = require("sim.page")
local review_of = require("sim.review")
local view = require("sim.wa.view")

local M = {}

---@param ctx sim.Context
---@param input table
---@return table
function M.ListLensReviews(ctx, input)
  local workload = find.workload(ctx, input.WorkloadId)
  local items, token = page.cut(ctx, input, find.reviews(workload, input.MilestoneNumber), 5)
  for i, review in ipairs(items) do
    items[i] = view.review_summary(review)
  end
  return { WorkloadId = workload.id, MilestoneNumber = input.MilestoneNumber, LensReviewSummaries = items,
    NextToken = token or json.null }
end

---@param ctx sim.Context
---@param input table
---@return table
function M.GetLensReview(ctx, input)
  local workload = find.workload(ctx, input.WorkloadId)
  local review = find.review(ctx, workload, input.LensAlias, input.MilestoneNumber)
  return { WorkloadId = workload.id, MilestoneNumber = input.MilestoneNumber, LensReview = view.review(review) }
end

---@param ctx sim.Context
---@param input table
---@return table
function M.UpdateLensReview(ctx, input)
  local workload = find.writable(ctx, input.WorkloadId)
  local review = find.review(ctx, workload, input.LensAlias)
  for pillar_id, text in pairs(input.PillarNotes or {}) do
    find.check_pillar(review, workload, pillar_id)
    review.pillar_notes[pillar_id] = text
  end
  review.notes = input.LensNotes or review.notes
  review.jira = input.JiraConfiguration or review.jira
  ctx.world:touch(workload, review)
  return { WorkloadId = workload.id, LensReview = view.review(review) }
end

-- A milestone is a read-only copy; answers are shared with it because they never change in place.
local function record(ctx, workload, name)
  local number = #workload.milestones + 1
  if number > 100 then
    find.quota("MILESTONE", "A workload can have 100 milestones.")
  end
  for _, milestone in ipairs(workload.milestones) do
    if milestone.name == name then
      find.conflict("MILESTONE", name, ("A milestone named %s exists already."):format(name))
    end
  end
  local frozen = review_of.copy(workload)
  frozen.reviews, frozen.milestones = {}, {}
  for i, review in ipairs(workload.reviews) do
    frozen.reviews[i] = review_of.copy(review)
  end
  workload.milestones[number] = { number = number, name = name, at = ctx.world:now(), workload = frozen }
  return number
end

---@param ctx sim.Context
---@param input table
---@return table
function M.CreateMilestone(ctx, input)
  local workload = find.writable(ctx, input.WorkloadId)
  local print = workload.id .. "\0" .. input.MilestoneName
  local number, conflict = ctx.world:once(ctx.operation, input.ClientRequestToken, print, function()
    return record(ctx, workload, input.MilestoneName)
  end)
  if conflict then
    find.conflict("MILESTONE", workload.id, "The ClientRequestToken was used with other parameters.")
  end
  return { WorkloadId = workload.id, MilestoneNumber = number }
end

---@param ctx sim.Context
---@param input table
---@return table
function M.ListMilestones(ctx, input)
  local workload = find.workload(ctx, input.WorkloadId)
  local items, token = page.cut(ctx, input, workload.milestones, 10)
  for i, milestone in ipairs(items) do
    items[i] = { MilestoneNumber = milestone.number, MilestoneName = milestone.name, RecordedAt = milestone.at,
      WorkloadSummary = view.workload_summary(milestone.workload) }
  end
  return { WorkloadId = workload.id, MilestoneSummaries = items, NextToken = token or json.null }
end

---@param ctx sim.Context
---@param input table
---@return table
function M.GetMilestone(ctx, input)
  local workload = find.workload(ctx, input.WorkloadId)
  local milestone = workload.milestones[input.MilestoneNumber]
    or find.missing("MILESTONE", tostring(input.MilestoneNumber))
  return { WorkloadId = workload.id, Milestone = { MilestoneNumber = milestone.number, MilestoneName = milestone.name,
    RecordedAt = milestone.at, Workload = view.workload(milestone.workload) } }
end

---Takes a milestone, then moves the review to the newest version of its lens.
---@param ctx sim.Context
---@param input table
---@return table
function M.UpgradeLensReview(ctx, input)
  local workload = find.writable(ctx, input.WorkloadId)
  local review = find.review(ctx, workload, input.LensAlias)
  local print = workload.id .. "\0" .. review.lens.arn .. "\0" .. input.MilestoneName
  ctx.world:once(ctx.operation, input.ClientRequestToken, print, function()
    if view.lens_status(review) == "CURRENT" then
      find.conflict("LENS_REVIEW", review.lens.arn, "The lens review is on the newest version already.")
    end
    record(ctx, workload, input.MilestoneName)
    answers.upgrade(review)
    ctx.world:touch(workload, review)
    return true
  end)
  return {}
end

---@param ctx sim.Context
---@param input table
---@return table
function M.AssociateLenses(ctx, input)
  local workload = find.writable(ctx, input.WorkloadId)
  local lenses = {}
  for i, alias in ipairs(input.LensAliases) do
    lenses[i] = find.lens(ctx, alias)
    if not lenses[i].versions[1] then
      find.invalid(("Lens %s has no published version."):format(alias))
    end
  end
  if #lenses > 10 or #workload.reviews + #lenses > 20 then
    find.quota("LENS", "A workload can have 20 lenses, 10 of them associated in one call.")
  end
  for _, lens in ipairs(lenses) do
    local known = false
    for _, review in ipairs(workload.reviews) do
      known = known or review.lens == lens
    end
    if not known then
      table.insert(workload.reviews, ctx.world:review(lens))
    end
  end
  ctx.world:touch(workload)
  return {}
end

---@param ctx sim.Context
---@param input table
---@return table
function M.DisassociateLenses(ctx, input)
  local workload = find.writable(ctx, input.WorkloadId)
  local leaving = {}
  for _, alias in ipairs(input.LensAliases) do
    local review = find.review(ctx, workload, alias)
    if review.lens.alias == "wellarchitected" then
      find.invalid("The AWS Well-Architected Framework lens cannot be removed from a workload.")
    end
    leaving[review] = true
  end
  local kept = {}
  for _, review in ipairs(workload.reviews) do
    if not leaving[review] then
      kept[#kept + 1] = review
    end
  end
  workload.reviews = kept
  ctx.world:touch(workload)
  return {}
end

---Reviews whose lens has a newer version.
---@param ctx sim.Context
---@param input table
---@return table
function M.ListNotifications(ctx, input)
  local list = {}
  for _, workload in ipairs(ctx.world.workloads) do
    for _, review in ipairs(workload.reviews) do
      if view.lens_status(review) == "NOT_CURRENT" and (input.WorkloadId or workload.id) == workload.id then
        list[#list + 1] = { Type = "LENS_VERSION_UPGRADED", LensUpgradeSummary = { WorkloadId = workload.id,
          WorkloadName = workload.name, LensAlias = review.lens.alias, LensArn = review.lens.arn,
          CurrentLensVersion = review.version, LatestLensVersion = review.lens.versions[#review.lens.versions].version,
          ResourceArn = workload.arn, ResourceName = workload.name } }
      end
    end
  end
  local items, token = page.cut(ctx, input, list, 10)
  return { NotificationSummaries = items, NextToken = token or json.null }
end

return M
