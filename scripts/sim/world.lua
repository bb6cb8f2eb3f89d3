-- The state of one account in one Region: lenses, workloads with their reviews, OpsItems, queues. Handlers change it,
-- seeds fill it. Answers are never changed in place: an update makes a new answer and a new map of answers, so that a
-- milestone is a reference, thousands of seeded workloads may share their answers, and results can be cached by
-- identity.

local digest = require("plumb.digest")

---@class sim.World
---@field sim sim.Simulator
---@field account string
---@field region string
---@field partition string
---@field lenses table[]      in order of appearance; also by alias and by ARN in `lens`
---@field lens table<string, table>
---@field workloads table[]   in order; also by id in `workload`
---@field workload table<string, table>
---@field opsitems table[]    records in order of creation; also by id in `opsitem`
---@field opsitem table<string, table>
---@field queues table<string, table>   by name
---@field routes table[]      where OpsItem notifications go: { queue, form = "sns"|"eventbridge", topic? }
---@field notifications table[]  what OpsCenter published: { at, topic, subject, message }
---@field events table[]      EventBridge events of OpsItems
---@field tags table<string, table<string, string>>  by resource ARN or id
---@field settings table      global settings of the Well-Architected Tool
local World = {}
World.__index = World

local M = {}

---@param region string
---@return string partition
function M.partition(region)
  return region:find("^cn%-") and "aws-cn" or region:find("^us%-gov%-") and "aws-us-gov"
    or region:find("^eusc%-") and "aws-eusc" or "aws"
end

---An empty world.
---@param sim sim.Simulator
---@param account string
---@param region string
---@return sim.World
function M.new(sim, account, region)
  return setmetatable({ sim = sim, account = account, region = region, partition = M.partition(region), lenses = {},
    lens = {}, workloads = {}, workload = {}, opsitems = {}, opsitem = {}, queues = {}, routes = {}, notifications = {},
    events = {}, tags = {}, settings = {}, done = {}, sequence = 0 }, World)
end

---@return number  epoch seconds by the simulator's clock
function World:now()
  return self.sim.now()
end

---A number that grows with every object made; pages remember it.
---@return integer
function World:next()
  self.sequence = self.sequence + 1
  return self.sequence
end

---A fresh id of `digits` hex digits.
---@param digits integer
---@return string
function World:id(digits)
  return self.sim:hex(digits)
end

---An id that is the same in every world: ids of seeded objects collide between Regions and accounts, as real ones may.
---@param name string
---@param digits integer
---@return string
function M.stable_id(name, digits)
  return digest.hex(digest.sha256("plumb-sim\0" .. name)):sub(1, digits)
end

---An ARN of this world.
---@param service string
---@param resource string  "workload/0123…"
---@param account string?  default the world's
---@return string
function World:arn(service, resource, account)
  return ("arn:%s:%s:%s:%s:%s"):format(self.partition, service, self.region, account or self.account, resource)
end

---Adds a lens and its first version.
---@param lens { alias: string?, arn: string, type: string, owner: string?, tags: table? }
---@param document sim.LensDocument?  nil: nothing published yet
---@param version string?
---@return table lens
function World:add_lens(lens, document, version)
  local now = self:now()
  lens.versions, lens.created_at, lens.updated_at, lens.seq = {}, now, now, self:next()
  self.lenses[#self.lenses + 1] = lens
  self.lens[lens.arn] = lens
  if lens.alias then
    self.lens[lens.alias] = lens
  end
  if document then
    self:publish(lens, document, version or "1.0")
  end
  return lens
end

---Publishes a version of a lens; reviews are not touched.
---@param lens table
---@param document sim.LensDocument
---@param version string
function World:publish(lens, document, version)
  lens.versions[#lens.versions + 1] = { version = version, document = document, at = self:now() }
  lens.name, lens.description, lens.updated_at = document.name, document.description, self:now()
end

---The newest published version.
---@param lens table
---@return { version: string, document: sim.LensDocument, at: number }?
function M.current(lens)
  return lens.versions[#lens.versions]
end

---A published version by its name; nil name means the newest.
---@param lens table
---@param version string?
---@return table?
function M.version(lens, version)
  if not version then
    return M.current(lens)
  end
  for _, entry in ipairs(lens.versions) do
    if entry.version == version then
      return entry
    end
  end
end

---A review of a lens for a workload, unanswered unless `answers` is given.
---@param lens table
---@param answers table<string, table>?
---@return table review
function World:review(lens, answers)
  local current = M.current(lens)
  return { lens = lens, version = current.version, document = current.document, answers = answers or {}, notes = nil,
    pillar_notes = {}, updated_at = self:now() }
end

---Adds a workload.
---@param workload table  id, name, owner, arn, reviews and what UpdateWorkload may set
---@return table workload
function World:add_workload(workload)
  workload.seq, workload.milestones = self:next(), workload.milestones or {}
  workload.updated_at = workload.updated_at or self:now()
  self.workloads[#self.workloads + 1] = workload
  self.workload[workload.id] = workload
  return workload
end

---Takes a workload out.
---@param workload table
function World:remove_workload(workload)
  self.workload[workload.id] = nil
  for i, entry in ipairs(self.workloads) do
    if entry == workload then
      table.remove(self.workloads, i)
      return
    end
  end
end

---Marks a workload and a review as changed now, unless the simulator was told that UpdatedAt does not move: nobody
---documents whether it does.
---@param workload table
---@param review table?
function World:touch(workload, review)
  if self.sim.updated_at_moves then
    workload.updated_at = self:now()
    if review then
      review.updated_at = self:now()
    end
  end
end

---Runs `make` once per ClientRequestToken; the same token again gets the same result without doing it again.
---@param operation string
---@param token string?
---@param fingerprint string  what was asked for; the same token with another one is a conflict
---@param make fun(): any
---@return any result, boolean? conflict
function World:once(operation, token, fingerprint, make)
  if not token then
    return make()
  end
  local key = operation .. "\0" .. token
  local earlier = self.done[key]
  if earlier then
    return earlier.result, earlier.fingerprint ~= fingerprint
  end
  local result = make()
  self.done[key] = { result = result, fingerprint = fingerprint }
  return result
end

return M
