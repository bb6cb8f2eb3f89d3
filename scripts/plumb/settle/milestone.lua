-- A milestone of a workload before the first of its answers is changed in a run, for a policy that asks for one: the
-- review as it was can be looked up and compared ever after. Nothing is written to a workload without it.

local err = require "plumb.err"
local task = require "plumb.task"
local time = require "plumb.time"

local milestone = {}

---@class plumb.Milestones  those of one run
---@field client table
---@field words string    what their names begin with
---@field run string
---@field now fun(): number
---@field taken table<string, { name: string, failure: plumb.Error? }>  by workload id
local Milestones = {}
Milestones.__index = Milestones

---@param options { client: table, words: string, run: string, now: fun(): number }
---@return plumb.Milestones
function milestone.new(options)
  return setmetatable({ client = options.client, words = options.words, run = options.run, now = options.now,
    taken = {} }, Milestones)
end

-- "Milestone names must be unique within a workload" (CreateMilestone), so the run is part of it.
local function name_of(self) return ("%s %s %s"):format(self.words, time.iso(self.now()), self.run) end

-- Whether a milestone is there although nobody answered for it.
local function is_there(self, workload_id, name)
  local list = self.client.wellarchitected:all("ListMilestones", { WorkloadId = workload_id })
  for _, found in ipairs(list or {}) do
    if found.MilestoneName == name then return true end
  end
  return false
end

local function refused(failure)
  return err.with(failure, { message = "the policy wants a milestone before the first change, and it could not be "
    .. "made: " .. tostring(failure.message) })
end

-- The same token makes the same milestone, so what the client repeats makes no second one; what is still not known
-- after that is looked up.
local function take(self, workload_id)
  local name = name_of(self)
  local made, failure = self.client.wellarchitected:CreateMilestone { WorkloadId = workload_id, MilestoneName = name,
    ClientRequestToken = self.run .. "-" .. workload_id }
  if made or failure.executed ~= "no" and is_there(self, workload_id, name) then return { name = name } end
  return { name = name, failure = refused(failure) }
end

---Makes sure that a workload has its milestone of this run. Waits.
---@param workload_id string
---@return string|nil name   of the milestone
---@return plumb.Error? err  nothing may be written to the workload then; the next run tries again
---@see https://docs.aws.amazon.com/wellarchitected/latest/APIReference/API_CreateMilestone.html
function Milestones:before_writing(workload_id)
  -- The questions of a workload are written at the same time; one of them makes the milestone, all wait for it.
  local taken = self.taken[workload_id] or task.once(self.run .. " milestone " .. workload_id, function()
    self.taken[workload_id] = take(self, workload_id)
    return self.taken[workload_id]
  end)
  if taken.failure then return nil, taken.failure end
  return taken.name
end

return milestone
