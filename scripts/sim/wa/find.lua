-- Looking things up for the handlers of the Well-Architected Tool, with the refusals of the real service.

local fail = require("sim.fail")

local M = {}

---@param message string
---@param fields { Name: string, Message: string }[]?
function M.invalid(message, fields)
  fail.raise("ValidationException", "[Validation] " .. message,
    { members = { Reason = fields and "FIELD_VALIDATION_FAILED" or "OTHER", Fields = fields } })
end

---@param kind string  "WORKLOAD", "LENS", "MILESTONE"
---@param id string
function M.missing(kind, id)
  fail.raise("ResourceNotFoundException", ("[ResourceNotFound] No %s with ID %s was found."):format(kind:lower(), id),
    { members = { ResourceId = id, ResourceType = kind } })
end

---@param kind string
---@param id string
---@param message string
function M.conflict(kind, id, message)
  fail.raise("ConflictException", "[Conflict] " .. message, { members = { ResourceId = id, ResourceType = kind } })
end

---@param kind string
---@param message string
function M.quota(kind, message)
  fail.raise("ServiceQuotaExceededException", "[ServiceQuotaExceeded] " .. message, { members = { ResourceType = kind,
    QuotaCode = "L-00000000", ServiceCode = "wellarchitected" } })
end

---@param ctx sim.Context
---@param id string
---@return table workload
function M.workload(ctx, id)
  return ctx.world.workload[id] or M.missing("WORKLOAD", id)
end

---A workload that may be changed; one that is shared for reading may not.
---@param ctx sim.Context
---@param id string
---@return table workload
function M.writable(ctx, id)
  local workload = M.workload(ctx, id)
  if workload.share and workload.share.permission == "READONLY" then
    fail.raise("AccessDeniedException", ("User: %s is not authorized to perform: wellarchitected:%s on resource: %s")
      :format(ctx.caller.arn, ctx.operation, workload.arn))
  end
  return workload
end

---A lens by alias or ARN; the documented ARN of an official lens, with a Region in it, is taken too.
---@param ctx sim.Context
---@param alias string
---@return table lens
function M.lens(ctx, alias)
  local official = alias:match("^arn:[%w-]+:wellarchitected:[%w-]*:a?w?s?:lens/(%w+)$")
  return ctx.world.lens[alias] or official and ctx.world.lens[official] or M.missing("LENS", alias)
end

---The reviews of a workload, now or as a milestone recorded them.
---@param workload table
---@param number integer?
---@return table[] reviews
function M.reviews(workload, number)
  if not number then
    return workload.reviews
  end
  local milestone = workload.milestones[number] or M.missing("MILESTONE", tostring(number))
  return milestone.workload.reviews
end

---The review of one lens.
---@param ctx sim.Context
---@param workload table
---@param alias string
---@param number integer?  of a milestone
---@return table review
function M.review(ctx, workload, alias, number)
  local lens = M.lens(ctx, alias)
  for _, review in ipairs(M.reviews(workload, number)) do
    if review.lens == lens then
      return review
    end
  end
  M.missing("LENS_REVIEW", alias)
end

---@param review table
---@param workload table
---@param id string
---@return table question
function M.question(review, workload, id)
  return review.document.question[id]
    or M.invalid(("No question with ID %s was found in workload %s."):format(id, workload.id))
end

---@param review table
---@param workload table
---@param id string?
function M.check_pillar(review, workload, id)
  if not id then
    return
  end
  for _, pillar in ipairs(review.document.pillars) do
    if pillar.id == id then
      return
    end
  end
  M.invalid(("No pillar with ID %s was found in workload %s."):format(id, workload.id))
end

return M
