-- The risks of one workload as one of its milestones keeps them. Reads only.

local finding = require "plumb.finding"
local history = require "plumb.history"
local problem = require "plumb.problem"
local reader = require "plumb.reader"
local suggest = require "plumb.suggest"

local milestone = {}

---The milestone that somebody means by its number or its name. Waits; raises E103 or a plumb.Error.
---@param client table      plumb.aws client
---@param workload table    WorkloadSummary
---@param text string
---@return integer number
---@return string name
---@see https://docs.aws.amazon.com/wellarchitected/latest/APIReference/API_ListMilestones.html
function milestone.find(client, workload, text)
  local names = {}
  for found in client.wellarchitected:each("ListMilestones", { WorkloadId = workload.WorkloadId }) do
    if found.MilestoneName == text or tostring(found.MilestoneNumber) == text then
      return found.MilestoneNumber, found.MilestoneName
    end
    names[#names + 1] = found.MilestoneName
  end
  local near = suggest.suggest(text, names)
  problem.raise { id = "E103", what = ("workload '%s' has no milestone %s"):format(workload.WorkloadName,
    require("plumb.cli.printable").quote(text)),
    fix = near and ("did you mean '%s'?"):format(near) or names[1] and "one of: " .. table.concat(names, ", ")
      or "it has none at all; examples/workflows/milestone.lua makes one" }
end

---Its risks then. Waits; raises a plumb.Error.
---@param client table
---@param workload table
---@param number integer
---@param policy table
---@return plumb.RiskRow[]
---@see https://docs.aws.amazon.com/wellarchitected/latest/APIReference/API_ListAnswers.html
function milestone.risks(client, workload, number, policy)
  local rows = {}
  local lenses = assert(client.wellarchitected:all("ListLensReviews",
    { WorkloadId = workload.WorkloadId, MilestoneNumber = number }))
  for _, lens in ipairs(lenses) do
    if lens.LensAlias == "" then lens.LensAlias = nil end -- custom lenses have only an ARN
    local answers = assert(client.wellarchitected:all("ListAnswers", { WorkloadId = workload.WorkloadId,
      LensAlias = reader.lens_name(lens), MilestoneNumber = number }))
    for _, row in ipairs(history.risks(finding.review(workload, lens, answers, policy))) do rows[#rows + 1] = row end
  end
  return rows
end

return milestone
