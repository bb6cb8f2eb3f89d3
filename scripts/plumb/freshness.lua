-- Remembers what each workload looked like, so that a run reads only what moved. What was read counts
-- as known when everything that followed from it was carried out, and not before: a run that stops
-- half-way, or was told to look at a part only, leaves the rest due.

local diff = require "plumb.diff"
local finding_of = require "plumb.finding"
local incremental = require "plumb.incremental"

local freshness = {}

---@class plumb.Freshness
---@field unchanged integer    workloads that were not read because nothing moved
---@field package unread table<string, boolean>  which ones, by workload ARN; lenses of others, by both ARNs
---@field package seen table<string, string>     fingerprints of the workloads that were looked at, by ARN. There may be
---  ten thousand of them, so what is kept of each is little
---@field package began number       when the reading began: what falls due while it goes on is for the next run
---@field package names table<string, string>    what these are called, by ARN
---@field package whys table<string, "changed"|"rolling">  why they are read, by ARN; nil for those that are new
---@field package lenses table<string, table<string, string>>  fingerprints of their lenses, by ARN and by both ARNs,
---  where there are several
---@field package recall table<string, fun(key: string): table?>  how the state is asked, by kind
local Freshness = {}
Freshness.__index = Freshness

---Has the next scan read a workload although nothing moves in the Tool: something else happened that only a reading
---answers. Waits.
---@param store plumb.Store
---@param arn string
function freshness.forget(store, arn)
  local record = store:get("workload", arn)
  if record then store:commit { { "delete", "workload", record } } end -- else somebody was quicker with the same
end

---@param options { store: plumb.Store, now: fun(): number, full_check: number, salt: string, full: boolean? }
---  full_check: seconds; salt: stands for the policy; full: read everything now
---@return plumb.Freshness
function freshness.new(options)
  return setmetatable({
    store = options.store, now = options.now, began = options.now(), full_check = options.full_check,
    salt = options.salt, full = options.full or false, versions = {}, unchanged = 0, unread = {},
    seen = {}, names = {}, whys = {}, lenses = {}, recall = {},
  }, Freshness)
end

---Takes over which version each lens has.
---@param versions table<string, string>  LensVersion by alias and ARN
function Freshness:know_versions(versions) self.versions = versions end

local function has_risk(workload)
  local counts = workload.RiskCounts
  return not counts or (counts.HIGH or 0) + (counts.MEDIUM or 0) > 0
end

-- Whether the state knows of anything in a workload that comes to an end when it has no risk.
local function has_open(self, arn)
  for record in self.store:each("finding", { workload_arn = arn }) do
    if diff.follows(record) then return true end
  end
  for risk in self.store:each("risk", { workload_arn = arn }) do
    if risk.status == "open" then return true end
  end
  return false
end

local function known(self, kind, key)
  self.recall[kind] = self.recall[kind] or self.store:lookup(kind)
  return self.recall[kind](key)
end

-- Workloads with a practice that was accepted until a day that has come, by ARN: the last such day.
local function expired(self)
  if not self.expired then
    self.expired = {}
    for record in self.store:each("finding", { status = "accepted" }) do
      local day, arn = record.accepted_until, record.workload_arn
      if day and day <= self.now() then self.expired[arn] = math.max(day, self.expired[arn] or day) end
    end
  end
  return self.expired
end

-- Once is enough: a practice that is not missing any more stays accepted.
local function is_awaited(self, arn, record)
  local day = expired(self)[arn]
  return day ~= nil and day > (record and record.last_full_check or 0)
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
  if self.full or is_awaited(self, arn, record) then due, why = true, record and "rolling" or "new" end
  if not due then
    self.unchanged, self.unread[arn] = self.unchanged + 1, true
    return false
  end
  self.seen[arn], self.names[arn], self.whys[arn] = fingerprint, workload.WorkloadName, why ~= "new" and why or nil
  -- Nothing to find and nothing to close: noting the new fingerprint is all there is to do.
  if why == "changed" and not has_risk(workload) and not has_open(self, arn) then return false end
  return true
end

---Whether a lens of a workload that is being read has to be read as well.
---@param workload table
---@param review table  LensReviewSummary
---@return boolean
function Freshness:lens_due(workload, review)
  local arn = workload.WorkloadArn
  if not self.seen[arn] then return true end
  local id = arn .. " " .. finding_of.lens_identity(review, finding_of.parse_arn(arn).partition)
  local record = known(self, "review", id)
  local fingerprint = incremental.of_lens(review, self.salt)
  self.lenses[arn] = self.lenses[arn] or {}
  self.lenses[arn][id] = fingerprint
  local due = self.whys[arn] ~= "changed" or not record or record.fingerprint ~= fingerprint
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

local function workload_record(self, arn, fingerprint)
  local record, why = known(self, "workload", arn) or { arn = arn }, self.whys[arn]
  if why ~= "changed" then
    record.last_full_check = incremental.checked_at(arn, why == nil, self.began, self.full_check)
  end
  record.fingerprint, record.name = fingerprint, self.names[arn]
  return record
end

---What to commit when the run is over, one by one. What it returns may wait.
---@return fun(): table?  write
function Freshness:writes()
  return coroutine.wrap(function()
    for arn, seen in pairs(self.seen) do
      coroutine.yield { "put", "workload", workload_record(self, arn, seen) }
      for id, fingerprint in pairs(self.lenses[arn] or {}) do
        local review = known(self, "review", id) or { id = id }
        review.fingerprint = fingerprint
        coroutine.yield { "put", "review", review }
      end
    end
  end)
end

return freshness
