-- What has to be read again: workloads and lenses whose fingerprint moved, and those whose rolling full
-- check is due. Pure. It is right whether or not AWS moves UpdatedAt when an answer changes, because a
-- fingerprint is made of several fields and everything is read once in a while anyway.

local digest = require "plumb.digest"
local json = require "plumb.json"

local incremental = {}

local function sorted(list)
  local copy = table.move(list or {}, 1, #(list or {}), 1, {})
  table.sort(copy)
  return json.list(copy)
end

local function hash(value) return digest.hex(digest.sha256(json.encode(value))):sub(1, 32) end

-- Counts that are zero are left out by AWS, or not: both are the same count.
local function counts(map)
  local out = {}
  for risk, n in pairs(map or {}) do
    if n ~= 0 then out[risk] = n end
  end
  return out
end

local function profiles(list)
  local ids = {}
  for i, profile in ipairs(list or {}) do
    ids[i] = (profile.ProfileArn or "") .. " " .. (profile.ProfileVersion or "")
  end
  return sorted(ids)
end

---The fingerprint of a workload: it moves when anything moves that ListWorkloads and ListLenses can
---tell, and when the policy does.
---@param workload table  WorkloadSummary
---@param versions table<string, string>  LensVersion by alias and ARN
---@param salt string     stands for the policy
---@return string
---@see https://docs.aws.amazon.com/wellarchitected/latest/APIReference/API_WorkloadSummary.html
function incremental.of_workload(workload, versions, salt)
  local lenses = {}
  for i, name in ipairs(workload.Lenses or {}) do lenses[i] = name .. " " .. (versions[name] or "?") end
  return hash {
    name = workload.WorkloadName, updated = workload.UpdatedAt, status = workload.ImprovementStatus,
    risks = counts(workload.RiskCounts), prioritized = counts(workload.PrioritizedRiskCounts),
    lenses = sorted(lenses), profiles = profiles(workload.Profiles), salt = salt,
  }
end

---The fingerprint of one lens of a workload.
---@param review table  LensReviewSummary
---@param salt string
---@return string
---@see https://docs.aws.amazon.com/wellarchitected/latest/APIReference/API_LensReviewSummary.html
function incremental.of_lens(review, salt)
  return hash {
    version = review.LensVersion, status = review.LensStatus, updated = review.UpdatedAt,
    risks = counts(review.RiskCounts), prioritized = counts(review.PrioritizedRiskCounts),
    profiles = profiles(review.Profiles), salt = salt,
  }
end

---Whether something has to be read.
---@param record { fingerprint: string?, last_full_check: number? }|nil  what the state remembers
---@param fingerprint string  as it is now
---@param now number          epoch seconds
---@param full_check number   seconds after which it is read even if nothing moved
---@return boolean due
---@return "new"|"changed"|"rolling"|nil why
function incremental.due(record, fingerprint, now, full_check)
  if not record or not record.fingerprint then return true, "new" end
  if record.fingerprint ~= fingerprint then return true, "changed" end
  if now >= (record.last_full_check or 0) + full_check then return true, "rolling" end
  return false
end

---When a full check that was made now counts as made. The first one is dated back by a part of the
---period that depends on the workload, so that a thousand of them do not all fall due in one run.
---@param arn string
---@param is_first boolean
---@param now number
---@param full_check number  seconds
---@return number  epoch seconds
function incremental.checked_at(arn, is_first, now, full_check)
  if not is_first then return now end
  local part = tonumber(digest.hex(digest.sha256(arn)):sub(1, 8), 16) / 2 ^ 32
  return now - part * full_check
end

return incremental
