-- Reads the Well-Architected Tool: workloads, their lenses, their answers. A list is complete or it
-- is an error; nobody downstream ever sees half of one.

local finding = require "plumb.finding"

local reader = {}

---@class plumb.Reader
---@field client table
---@field policy table
---@field only { workloads: string[]?, lenses: string[]? }  globs from the command line
---@field freshness plumb.Freshness|nil  nil reads everything
---@field listed table<string, true|table<string, boolean>>  all workloads there are, by ARN; for one that was read, the
---  identities of all its lenses
---@field complete boolean  whether `listed` is all of them: the list came to its end
---@field named { workload: string[], lens: string[] }     what was offered to policy and command line while they took
---  none of it
---@field wanted { workload: integer, lens: integer }       how many they took, or could not tell of
---@field left table<string, integer>  how many workloads they did not take, by the account that owns them
---@field package lens_sets table<string, table<string, boolean>>  those in `listed`, each once: most workloads have the
---  same lenses as others

local Reader = {}
Reader.__index = Reader

---@param options { client: table, policy: table, only: table?, on_problem: fun(problem: table),
---  matches: fun(text: string?, globs: string[]): boolean, freshness: plumb.Freshness?, log: table,
---  elsewhere: (fun(arn: string): boolean)? }  elsewhere: whether another place of the run reads a workload
---@return plumb.Reader
function reader.new(options)
  return setmetatable({
    client = options.client,
    policy = options.policy,
    only = options.only or {},
    on_problem = options.on_problem,
    matches = options.matches,
    elsewhere = options.elsewhere or function() return false end,
    freshness = options.freshness,
    log = options.log,
    listed = {}, complete = false, lens_sets = {},
    named = { workload = {}, lens = {} }, wanted = { workload = 0, lens = 0 }, left = {},
  }, Reader)
end

-- A hook that fails costs what it was asked about, not the run; and the next run asks it again. nil when it failed:
-- nobody knows whether it is wanted.
local function allowed(self, hook, workload, ...)
  local yes, failure = self.policy:call(hook, workload, ...)
  if failure then
    self.on_problem(failure)
    if self.freshness then self.freshness:keep_due(workload.WorkloadArn) end
    return nil
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

-- Keeps what a look at one came to, for telling when nothing was wanted at all.
local function noted(self, kind, name, wanted)
  if wanted ~= false then
    self.wanted[kind], self.named[kind] = self.wanted[kind] + 1, {}
  elseif self.wanted[kind] == 0 then
    table.insert(self.named[kind], name)
  end
  return wanted
end

-- Which lenses there are, by alias and by ARN: one call tells the version of every one of them.
local function read_catalog(self)
  local catalog, versions = {}, {}
  local lenses, failure = self.client.wellarchitected:all("ListLenses", {})
  if not lenses then
    self.log.info("the list of lenses could not be read; every lens counts as changed", { reason = tostring(failure) })
  end
  for _, lens in ipairs(lenses or {}) do
    for _, name in ipairs { lens.LensAlias or "", lens.LensArn or "" } do
      catalog[name], versions[name] = lens, lens.LensVersion
    end
  end
  self.catalog = catalog
  if self.freshness then self.freshness:know_versions(versions) end
end

---Every workload of the account and Region that policy and command line want, one by one as the
---pages arrive. Waits.
---@return fun(): table?  WorkloadSummary
---@see https://docs.aws.amazon.com/wellarchitected/latest/APIReference/API_ListWorkloads.html
function Reader:workloads()
  local each = self.client.wellarchitected:each("ListWorkloads", {})
  return function()
    for workload in each do
      finding.place_of(workload) -- one without an ARN would be missed where the list says what is gone
      self.listed[workload.WorkloadArn] = self.listed[workload.WorkloadArn] or true
      if not self.catalog then read_catalog(self) end
      local wanted = noted(self, "workload", workload.WorkloadName, wanted_workload(self, workload))
      if wanted == false then
        local owner = workload.Owner or finding.place_of(workload).account
        self.left[owner] = (self.left[owner] or 0) + 1
      end
      local ours = wanted and not self.elsewhere(workload.WorkloadArn)
      if ours and (not self.freshness or self.freshness:workload_due(workload)) then
        return workload
      end
    end
    self.complete = true
  end
end

-- With a single lens the workload and the list of lenses say all that is needed, and a call is saved.
local function single(self, name)
  local known = (self.catalog or {})[name] or {}
  if name:find("^arn:") then
    return { LensArn = name, LensName = known.LensName, LensVersion = known.LensVersion }
  end
  return { LensAlias = name, LensArn = known.LensArn, LensName = known.LensName, LensVersion = known.LensVersion }
end

-- The lenses of a workload, each once: one that is listed by alias and by ARN is the same. Notes which they are.
local function note_lenses(self, workload, reviews)
  local partition, set, names, list = finding.place_of(workload).partition, {}, {}, {}
  for _, lens in ipairs(reviews) do
    if lens.LensAlias == "" then lens.LensAlias = nil end -- custom lenses have only an ARN
    local identity = finding.lens_identity(lens, partition)
    if not set[identity] then
      set[identity], names[#names + 1], list[#list + 1] = true, identity, lens
    end
  end
  table.sort(names)
  local name = table.concat(names, " ")
  self.lens_sets[name] = self.lens_sets[name] or set
  self.listed[workload.WorkloadArn] = self.lens_sets[name]
  return list
end

---The identities of all lenses of a workload; nil when it was not read.
---@param arn string
---@return table<string, boolean>?
function Reader:lenses_of(arn)
  local set = self.listed[arn]
  return set ~= true and set or nil
end

local function wanted_lens(self, workload, lens)
  local globs = self.only.lenses
  if globs and not (self.matches(lens.LensAlias, globs) or self.matches(lens.LensArn, globs)) then
    return false
  end
  return allowed(self, "lens", workload, lens)
end

---The lenses of a workload that policy and command line want and that have to be read. Waits; raises a
---plumb.Error.
---@param workload table  WorkloadSummary
---@return table[]  LensReviewSummary each
---@see https://docs.aws.amazon.com/wellarchitected/latest/APIReference/API_ListLensReviews.html
function Reader:lenses(workload)
  local names, reviews = workload.Lenses or {}
  if #names == 1 then
    reviews = { single(self, names[1]) }
  else
    reviews = assert(self.client.wellarchitected:all("ListLensReviews", { WorkloadId = workload.WorkloadId }))
  end
  local wanted = {}
  for _, lens in ipairs(note_lenses(self, workload, reviews)) do
    local due = #names == 1 or not self.freshness or self.freshness:lens_due(workload, lens)
    if noted(self, "lens", lens.LensAlias or lens.LensArn, wanted_lens(self, workload, lens)) and due then
      wanted[#wanted + 1] = lens
    end
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

---Whether a workload that is not on a whole list is gone: one that others leave between two pages may hide another.
---Waits.
---@param arn string
---@return boolean|nil gone
---@return plumb.Error? err  nobody can tell
---@see https://docs.aws.amazon.com/wellarchitected/latest/APIReference/API_ListLensReviews.html
function Reader:is_gone(arn)
  local reply, failure = self.client.wellarchitected:ListLensReviews { WorkloadId = arn:match "workload/(.+)$" }
  if reply then return false end
  if failure.code == "ResourceNotFoundException" then return true end
  return nil, failure
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
  for _, summary in ipairs(summaries) do
    if summary.QuestionId then urls[summary.QuestionId] = summary.ImprovementPlanUrl end
  end
  return urls
end

---The number of the account whose workloads are read, for telling own from shared ones. Waits.
---@return string|nil account
---@return plumb.Error? err
---@return string? arn  the caller's
---@see https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html
function Reader:account()
  local identity, failure = self.client.sts:GetCallerIdentity {}
  return identity and identity.Account, failure, identity and identity.Arn
end

return reader
