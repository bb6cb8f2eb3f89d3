-- What people name to narrow a look: a workload by name, id, glob or row, a lens, a pillar, a question, a risk.

local glob = require("plumb.policy.glob")
local problem = require("plumb.problem")
local suggest = require("plumb.suggest")

local M = {}

M.FIELDS = { "workload", "lens", "pillar", "question", "risk" }

local KNOWN = {}
for _, name in ipairs(M.FIELDS) do
  KNOWN[name] = true
end

---Checks the words of a selection; a bare text or a workload stands for the workload.
---@param job string      "risks", for errors
---@param given any       nil, a text, a workload, or a table of FIELDS
---@return table selection
function M.check(job, given)
  if given == nil then
    return {}
  elseif type(given) == "string" or type(given) == "table" and given.WorkloadId then
    return { workload = given }
  elseif type(given) ~= "table" then
    error(("%s takes a table such as { workload = \"shop-prod\" }, not a %s"):format(job, type(given)), 3)
  end
  for key in pairs(given) do
    if not KNOWN[key] then
      local near = suggest.suggest(tostring(key), M.FIELDS)
      error(("%s knows no '%s'%s"):format(job, tostring(key), near and (" (did you mean '%s'?)"):format(near)
        or "; it takes " .. table.concat(M.FIELDS, ", ")), 3)
    end
  end
  return given
end

local function text_of(value)
  return type(value) == "string" and value or nil
end

---The workloads that are meant. Waits; raises a plumb.Error, or a plumb.Problem when a name fits none.
---@param client plumb.aws.Client
---@param wanted any  nil for all, a name, id or glob, or a row with WorkloadId
---@return table[]  WorkloadSummary each
function M.workloads(client, wanted)
  local all = assert(client.wellarchitected:all("ListWorkloads", {}))
  if wanted == nil then
    return all
  end
  local id = type(wanted) == "table" and (wanted.WorkloadId or wanted.workload and wanted.workload.WorkloadId)
  local found, names = {}, {}
  for i, workload in ipairs(all) do
    names[i] = workload.WorkloadName
    local fits = id and workload.WorkloadId == id or not id and text_of(wanted)
      and (workload.WorkloadId == wanted or glob.any(workload.WorkloadName, { wanted }))
    if fits then
      found[#found + 1] = workload
    end
  end
  if #found == 0 then
    local near = text_of(wanted) and suggest.suggest(wanted, names)
    problem.raise({ id = "E103", what = ("no workload '%s'"):format(tostring(id or wanted)),
      fix = near and ("did you mean '%s'?"):format(near) or "workloads() lists them" })
  end
  return found
end

---The lenses of a workload that are meant. Waits; raises a plumb.Error.
---@param client plumb.aws.Client
---@param workload table
---@param wanted any  nil for all, an alias, ARN, name or glob, or a row with one of them
---@return table[]  LensReviewSummary each
function M.lenses(client, workload, wanted)
  local all = assert(client.wellarchitected:all("ListLensReviews", { WorkloadId = workload.WorkloadId }))
  if type(wanted) == "table" then
    wanted = wanted.LensArn or wanted.LensAlias
  end
  local found = {}
  for _, lens in ipairs(all) do
    lens.LensAlias = lens.LensAlias ~= "" and lens.LensAlias or nil -- custom lenses have only an ARN
    local fits = wanted == nil
    for _, name in pairs({ lens.LensAlias, lens.LensArn, lens.LensName }) do
      fits = fits or glob.any(name, { wanted })
    end
    if fits then
      found[#found + 1] = lens
    end
  end
  return found
end

---Whether a question is meant.
---@param answer table  AnswerSummary
---@param selection table
---@return boolean
function M.wants_answer(answer, selection)
  local function fits(wanted, value)
    if wanted == nil then
      return true
    elseif type(wanted) == "table" then
      for _, one in ipairs(wanted) do
        if one == value then return true end
      end
      return false
    end
    return value ~= nil and glob.any(value:lower(), { wanted:lower() })
  end
  return fits(selection.question, answer.QuestionId) and fits(selection.risk, answer.Risk)
    and fits(selection.pillar, answer.PillarId)
end

return M
