-- Reads the Well-Architected Tool: workloads, their lenses, their answers. A list is complete or it
-- is an error; nobody downstream ever sees half of one.

local finding = require "plumb.finding"

local reader = {}

---@class plumb.Reader
---@field client table
---@field policy table
---@field only { workloads: string[]?, lenses: string[]? }  globs from the command line
---@field skipped table[]  what a hook could not judge: { workload, problem }

local Reader = {}
Reader.__index = Reader

---@param options { client: table, policy: table, only: table?, on_problem: fun(problem: table),
---  matches: fun(text: string?, globs: string[]): boolean }
---@return plumb.Reader
function reader.new(options)
  return setmetatable({
    client = options.client,
    policy = options.policy,
    only = options.only or {},
    on_problem = options.on_problem,
    matches = options.matches,
  }, Reader)
end

-- A hook that fails costs what it was asked about, not the run.
local function allowed(self, hook, ...)
  local yes, failure = self.policy:call(hook, ...)
  if failure then
    self.on_problem(failure)
    return false
  end
  return yes
end

local function wanted_workload(self, workload)
  local globs = self.only.workloads
  if globs and not (self.matches(workload.WorkloadName, globs) or self.matches(workload.WorkloadId, globs)) then
    return false
  end
  return allowed(self, "workload", workload)
end

---Every workload of the account and Region that policy and command line want, one by one as the
---pages arrive. Waits.
---@return fun(): table?  WorkloadSummary
---@see https://docs.aws.amazon.com/wellarchitected/latest/APIReference/API_ListWorkloads.html
function Reader:workloads()
  local each = self.client.wellarchitected:each("ListWorkloads", {})
  return function()
    for workload in each do
      if wanted_workload(self, workload) then return workload end
    end
  end
end

-- With a single lens the workload itself says all that is needed, and a call is saved.
local function single(name)
  if name:find("^arn:") then return { LensArn = name } end
  return { LensAlias = name }
end

local function wanted_lens(self, workload, lens)
  local globs = self.only.lenses
  if globs and not (self.matches(lens.LensAlias, globs) or self.matches(lens.LensArn, globs)) then
    return false
  end
  return allowed(self, "lens", workload, lens)
end

---The lenses of a workload that policy and command line want. Waits; raises a plumb.Error.
---@param workload table  WorkloadSummary
---@return table[]  LensReviewSummary each
---@see https://docs.aws.amazon.com/wellarchitected/latest/APIReference/API_ListLensReviews.html
function Reader:lenses(workload)
  local names, reviews = workload.Lenses or {}
  if #names == 1 then
    reviews = { single(names[1]) }
  else
    reviews = assert(self.client.wellarchitected:all("ListLensReviews", { WorkloadId = workload.WorkloadId }))
  end
  local wanted = {}
  for _, lens in ipairs(reviews) do
    if lens.LensAlias == "" then lens.LensAlias = nil end -- custom lenses have only an ARN
    if wanted_lens(self, workload, lens) then wanted[#wanted + 1] = lens end
  end
  return wanted
end

---What goes into the path for a lens: its alias, or the ARN where it has none.
---@param lens table
---@return string
function reader.lens_name(lens) return lens.LensAlias or lens.LensArn end

---Reads every answer of one lens of one workload. Waits; raises a plumb.Error.
---@param workload table
---@param lens table
---@return plumb.Review
---@see https://docs.aws.amazon.com/wellarchitected/latest/APIReference/API_ListAnswers.html
function Reader:findings(workload, lens)
  local answers = assert(self.client.wellarchitected:all("ListAnswers", {
    WorkloadId = workload.WorkloadId, LensAlias = reader.lens_name(lens),
  }))
  return finding.review(workload, lens, answers, self.policy)
end

---The page about how to improve, by question id, for one of AWS's own lenses. Custom lenses carry
---theirs in each choice. Waits.
---@param workload table
---@param lens table
---@return table<string, string>|nil urls
---@return plumb.Error? err
---@see https://docs.aws.amazon.com/wellarchitected/latest/APIReference/API_ListLensReviewImprovements.html
function Reader:improvements(workload, lens)
  local summaries, failure = self.client.wellarchitected:all("ListLensReviewImprovements", {
    WorkloadId = workload.WorkloadId, LensAlias = reader.lens_name(lens),
  })
  if not summaries then return nil, failure end
  local urls = {}
  for _, summary in ipairs(summaries) do urls[summary.QuestionId] = summary.ImprovementPlanUrl end
  return urls
end

---The number of the account whose workloads are read, for telling own from shared ones. Waits.
---@return string|nil account
---@return plumb.Error? err
---@see https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html
function Reader:account()
  local identity, failure = self.client.sts:GetCallerIdentity {}
  return identity and identity.Account, failure
end

return reader
