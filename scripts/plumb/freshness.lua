-- Remembers what each workload looked like, so that a run reads only what moved. What was read counts
-- as known when everything that followed from it was carried out, and not before: a run that stops
-- half-way, or was told to look at a part only, leaves the rest due.

local diff = require "plumb.diff"
local finding_of = require "plumb.finding"
local incremental = require "plumb.incremental"

local freshness = {}

local KEYS = { workload = "arn", review = "id" }

---@class plumb.Freshness
---@field unchanged integer    workloads that were not read because nothing moved
---@field package unread table<string, boolean>  which ones, by workload ARN; lenses of others, by both ARNs
---@field seen table<string, table>  what was looked at in this run, by workload ARN
---@field package known table<string, table<string, table>>  what the state remembers, by kind and key
local Freshness = {}
Freshness.__index = Freshness

---@param options { store: plumb.Store, now: fun(): number, full_check: number, salt: string, full: boolean? }
---  full_check: seconds; salt: stands for the policy; full: read everything now
---@return plumb.Freshness
function freshness.new(options)
  return setmetatable({
    store = options.store, now = options.now, full_check = options.full_check, salt = options.salt,
    full = options.full or false, versions = {}, unchanged = 0, unread = {}, seen = {}, known = {},
  }, Freshness)
end

---Takes over which version each lens has.
---@param versions table<string, string>  LensVersion by alias and ARN
function Freshness:know_versions(versions) self.versions = versions end

local function has_risk(workload)
  local counts = workload.RiskCounts
  return not counts or (counts.HIGH or 0) + (counts.MEDIUM or 0) > 0
end

local function has_open(self, arn)
  for record in self.store:each("finding", { workload_arn = arn }) do
    if diff.follows(record) then return true end
  end
  return false
end

-- Workloads with a practice that was accepted until a day that has come.
local function expired(self)
  if not self.expired then
    self.expired = {}
    for record in self.store:each("finding", { status = "accepted" }) do
      if record.accepted_until and record.accepted_until <= self.now() then self.expired[record.workload_arn] = true end
    end
  end
  return self.expired
end

-- Every record of a kind by its key, read once: one by one, a thousand workloads in a table would be a thousand calls.
local function known(self, kind, key)
  local by_key = self.known[kind]
  if not by_key then
    by_key = {}
    for record in self.store:each(kind) do by_key[record[KEYS[kind]]] = record end
    self.known[kind] = by_key
  end
  return by_key[key]
end

---Whether a workload has to be read.
---@param workload table  WorkloadSummary
---@return boolean
function Freshness:workload_due(workload)
  local arn = workload.WorkloadArn
  local record = known(self, "workload", arn)
  local fingerprint = incremental.of_workload(workload, self.versions, self.salt)
  local due, why = incremental.due(record, fingerprint, self.now(), self.full_check)
  -- Which lens the acceptance belongs to need not have moved, so all of them are read.
  if self.full or expired(self)[arn] then due, why = true, record and "rolling" or "new" end
  if not due then
    self.unchanged, self.unread[arn] = self.unchanged + 1, true
    return false
  end
  self.seen[arn] = { record = record, fingerprint = fingerprint, why = why, name = workload.WorkloadName, lenses = {} }
  -- Nothing to find and nothing to close: noting the new fingerprint is all there is to do.
  if why == "changed" and not has_risk(workload) and not has_open(self, arn) then return false end
  return true
end

---Whether a lens of a workload that is being read has to be read as well.
---@param workload table
---@param review table  LensReviewSummary
---@return boolean
function Freshness:lens_due(workload, review)
  local seen = self.seen[workload.WorkloadArn]
  if not seen then return true end
  local arn = finding_of.parse_arn(workload.WorkloadArn)
  local id = workload.WorkloadArn .. " " .. finding_of.lens_identity(review, arn.partition)
  local record = known(self, "review", id)
  local fingerprint = incremental.of_lens(review, self.salt)
  seen.lenses[id] = { record = record, fingerprint = fingerprint }
  local due = seen.why ~= "changed" or not record or record.fingerprint ~= fingerprint
  self.unread[id] = not due or nil
  return due
end

---Whether nothing moved in a lens of a workload, so that it was not read and is as the state says.
---@param record { workload_arn: string, lens_arn: string }
---@return boolean
function Freshness:is_unread(record)
  return self.unread[record.workload_arn] or self.unread[record.workload_arn .. " " .. record.lens_arn] or false
end

---Something about a workload did not come to its end in this run: it stays due.
---@param arn string
function Freshness:keep_due(arn) self.seen[arn] = nil end

---What to commit when the run is over.
---@return table[] writes
function Freshness:writes()
  local writes = {}
  for arn, seen in pairs(self.seen) do
    local record = seen.record or { arn = arn }
    if seen.why ~= "changed" then
      record.last_full_check = incremental.checked_at(arn, seen.why == "new", self.now(), self.full_check)
    end
    record.fingerprint, record.name = seen.fingerprint, seen.name
    writes[#writes + 1] = { "put", "workload", record }
    for id, lens in pairs(seen.lenses) do
      local review = lens.record or { id = id }
      review.fingerprint = lens.fingerprint
      writes[#writes + 1] = { "put", "review", review }
    end
  end
  return writes
end

return freshness
