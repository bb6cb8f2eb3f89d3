-- The lens catalogue: reading, importing, publishing, comparing.

local answers = require("sim.wa.answers")
local find = require("sim.wa.find")
local json = require("plumb.json")
local lens_of = require("sim.lens")
local page = require("sim.page")
local view = require("sim.wa.view")
local world_of = require("sim.world")

local M = {}

local function summary(lens, draft)
  local current = world_of.current(lens)
  local document = draft and lens.draft or current.document
  return { LensArn = lens.arn, LensAlias = lens.alias, LensName = document.name, LensType = lens.type,
    Description = document.description, CreatedAt = lens.created_at, UpdatedAt = lens.updated_at,
    LensVersion = not draft and current.version or nil, Owner = lens.owner,
    -- Values that the model's enum does not list; the live service answers them.
    LensStatus = draft and "DRAFT" or "PUBLISHED" }
end

---@param ctx sim.Context
---@param input table
---@return table
function M.ListLenses(ctx, input)
  local list, status = {}, input.LensStatus or "PUBLISHED"
  local function add(lens, draft)
    local row = summary(lens, draft)
    if (not input.LensType or input.LensType == lens.type)
      and (not input.LensName or row.LensName:sub(1, #input.LensName) == input.LensName) then
      list[#list + 1] = row
    end
  end
  for _, lens in ipairs(ctx.world.lenses) do
    if not lens.deleted and status ~= "DRAFT" and lens.versions[1] then
      add(lens, false)
    end
    if not lens.deleted and status ~= "PUBLISHED" and lens.draft then
      add(lens, true)
    end
  end
  local items, token = page.cut(ctx, input, list, 10)
  return { LensSummaries = items, NextToken = token or json.null }
end

local function published(lens, name)
  return world_of.version(lens, name) or find.invalid(("No version %s of lens %s was found."):format(name or "",
    lens.arn))
end

---@param ctx sim.Context
---@param input table
---@return table
function M.GetLens(ctx, input)
  local lens = find.lens(ctx, input.LensAlias)
  local entry = published(lens, input.LensVersion)
  return { Lens = { LensArn = lens.arn, LensVersion = entry.version, Name = entry.document.name,
    Description = entry.document.description, Owner = lens.owner or "aws", Tags = ctx.world.tags[lens.arn] } }
end

local function own(ctx, alias)
  local lens = find.lens(ctx, alias)
  if not view.is_custom(lens) or lens.owner ~= ctx.world.account then
    find.invalid("Only the owner of a custom lens can do this.")
  end
  return lens
end

local function normalized(name)
  return (name:lower():gsub("[^%w]", ""))
end

local function check_name(ctx, document, except)
  for _, lens in ipairs(ctx.world.lenses) do
    if lens ~= except and not lens.deleted and view.is_custom(lens)
      and normalized((lens.draft or world_of.current(lens).document).name) == normalized(document.name) then
      find.conflict("LENS", lens.arn, "A lens with this name exists already.")
    end
  end
end

local function import(ctx, input)
  local document, message = lens_of.load(input.JSONString, { import = true })
  if not document then
    find.invalid(message)
  end
  local lens = input.LensAlias and own(ctx, input.LensAlias)
  check_name(ctx, document, lens)
  if lens and lens.versions[1] and lens.name ~= document.name then
    find.invalid("Lens name must match published name.")
  elseif not lens then
    local custom = 0
    for _, entry in ipairs(ctx.world.lenses) do
      custom = custom + (view.is_custom(entry) and not entry.deleted and 1 or 0)
    end
    if custom >= ctx.sim.limits.custom_lenses then
      find.quota("LENS", "The number of custom lenses of this account is exhausted.")
    end
    lens = ctx.world:add_lens({ type = "CUSTOM_SELF", owner = ctx.world.account,
      arn = ctx.world:arn("wellarchitected", "lens/" .. ctx.world:id(32)) })
    ctx.world.tags[lens.arn] = input.Tags
  end
  lens.draft, lens.updated_at = document, ctx.world:now()
  return lens
end

---Makes or replaces a draft. The reply has no Status, whatever the model says.
---@param ctx sim.Context
---@param input table
---@return table
function M.ImportLens(ctx, input)
  local print = (input.LensAlias or "") .. "\0" .. input.JSONString
  local lens, conflict = ctx.world:once(ctx.operation, input.ClientRequestToken, print, function()
    return import(ctx, input)
  end)
  if conflict then
    find.conflict("LENS", lens.arn, "The ClientRequestToken was used with other parameters.")
  end
  return { LensArn = lens.arn }
end

local function publish(ctx, lens, input)
  if not lens.draft then
    find.invalid("The lens has no draft.")
  elseif world_of.version(lens, input.LensVersion) then
    find.conflict("LENS", lens.arn, ("Version %s exists already."):format(input.LensVersion))
  elseif #lens.versions >= 100 then
    find.quota("LENS", "A lens can have 100 versions.")
  end
  local major = input.IsMajorVersion or not lens.versions[1]
  ctx.world:publish(lens, lens.draft, input.LensVersion)
  lens.draft = nil
  -- A minor version reaches every review at once; a major one waits for UpgradeLensReview.
  for _, workload in ipairs(major and {} or ctx.world.workloads) do
    for _, review in ipairs(workload.reviews) do
      if review.lens == lens then
        answers.upgrade(review)
      end
    end
  end
end

---@param ctx sim.Context
---@param input table
---@return table
function M.CreateLensVersion(ctx, input)
  local lens = own(ctx, input.LensAlias)
  ctx.world:once(ctx.operation, input.ClientRequestToken, lens.arn .. "\0" .. input.LensVersion, function()
    publish(ctx, lens, input)
    return true
  end)
  return { LensArn = lens.arn, LensVersion = input.LensVersion }
end

---@param ctx sim.Context
---@param input table
---@return table
function M.ExportLens(ctx, input)
  local lens = own(ctx, input.LensAlias)
  local document = not input.LensVersion and not lens.versions[1] and lens.draft
    or published(lens, input.LensVersion).document
  return { LensJSON = json.encode(document.source) }
end

---@param ctx sim.Context
---@param input table
---@return table
function M.DeleteLens(ctx, input)
  ctx.world:once(ctx.operation, input.ClientRequestToken, input.LensAlias .. "\0" .. input.LensStatus, function()
    local lens = own(ctx, input.LensAlias)
    if input.LensStatus ~= "PUBLISHED" then
      lens.draft = nil
    end
    lens.deleted = input.LensStatus ~= "DRAFT" or not lens.versions[1]
    return true
  end)
  return {}
end

---@param ctx sim.Context
---@param input table
---@return table
function M.GetLensVersionDifference(ctx, input)
  local lens = find.lens(ctx, input.LensAlias)
  local latest = world_of.current(lens)
  local target = published(lens, input.TargetLensVersion)
  local base = input.BaseLensVersion and published(lens, input.BaseLensVersion) or lens.versions[#lens.versions - 1]
    or latest
  return { LensAlias = lens.alias, LensArn = lens.arn, BaseLensVersion = base.version,
    LatestLensVersion = latest.version, TargetLensVersion = target.version,
    VersionDifferences = { PillarDifferences = lens_of.difference(base.document, target.document) } }
end

return M
