-- What an item tells of the finding it was made for: enough, in its operational data, to put the state's
-- record together again when the state has been lost. Pure.

local finding_of = require "plumb.finding"
local group_item = require "plumb.item.group"
local group_of = require "plumb.group"
local item_of = require "plumb.item"
local json = require "plumb.json"

local recall = {}

local RISKS = { HIGH = true, MEDIUM = true }

---The ARN of the workload that an item is about, from its related resources.
---@param fields table<string, string>  operational data
---@return string|nil
---@see https://docs.aws.amazon.com/systems-manager/latest/userguide/OpsCenter-creating-OpsItems.html
function recall.workload_arn(fields)
  local resources = json.decode(fields["/aws/resources"] or "")
  if type(resources) ~= "table" then return nil end
  for _, resource in ipairs(resources) do
    local arn = type(resource) == "table" and resource.arn
    local parts = type(arn) == "string" and finding_of.parse_arn(arn)
    if parts and parts.service == "wellarchitected" and parts.resource:find("^workload/.") then return arn end
  end
end

---Why an item does not stand for sure: plumb closed it, and it is open all the same. The reason on an open record, as
---for a close that was begun.
---@param found table  the sink's item
---@return string|nil
function recall.doubt(found)
  if found.open and found.fields[item_of.CLOSED_FIELD] then return "it was closed, and is open again" end
end

-- AWS's own lenses go by the alias that their ARN ends in; a custom lens has none.
local function alias_of(lens_arn)
  return lens_arn:match("^arn:[^:]+:wellarchitected::aws:lens/(.+)$")
end

---A finding's record, made of what identifies it and of what an item says beside.
---@param found table  the sink's item; its title and fields are taken over
---@param identity { workload_arn: string, lens_arn: string, question_id: string, choice_id: string }
---@param sink_name string
---@param now number
---@return table record  with its key, and status "open" for this item
function recall.record_of(found, identity, sink_name, now)
  local parts = assert(finding_of.parse_arn(identity.workload_arn), "a workload has an ARN")
  local risk = (found.fields["Risk level"] or ""):upper()
  local record = {
    partition = parts.partition, account = parts.account, region = parts.region,
    workload_arn = identity.workload_arn, lens_arn = identity.lens_arn, question_id = identity.question_id,
    choice_id = identity.choice_id, lens_alias = alias_of(identity.lens_arn),
    status = "open", item_id = found.id, sink = sink_name, risk = RISKS[risk] and risk or nil,
    title = found.title, workload_name = found.fields.WorkloadName, first_seen = now, last_seen = now,
    reason = recall.doubt(found),
  }
  record.key = finding_of.key(record)
  return record
end

---Whether an item of ours stands for a group of findings.
---@param found table  the sink's item
---@return boolean
function recall.is_group(found) return found.key ~= nil and found.fields[group_item.MODE_FIELD] ~= nil end

-- The findings that the item of a group lists. Their risks and titles are not on it; the next reading tells.
local function members_of(found, record, sink_name, now)
  local members = {}
  for i, listed in ipairs(group_item.listed(found.fields)) do
    listed.workload_arn = record.workload_arn
    local member = recall.record_of(found, listed, sink_name, now)
    member.group_key, member.risk, member.title, member.reason = record.key, nil, nil, nil
    members[i] = member
  end
  return members
end

---The record of the group that an item of ours was made for, and those of the findings that it lists.
---@param found table  the sink's item
---@param sink_name string
---@param now number
---@return table|nil record   as if nothing were known but this item, open
---@return table[]|string members_or_reason  records of findings, open; or why it cannot be told
function recall.group(found, sink_name, now)
  local f, arn = found.fields, recall.workload_arn(found.fields)
  if not found.key then return nil, "it carries no FindingKey" end
  if not arn then return nil, "its /aws/resources names no workload" end
  local parts, mode = finding_of.parse_arn(arn), f[group_item.MODE_FIELD]
  local record = {
    mode = mode, name = f[group_item.NAME_FIELD] or "", partition = parts.partition, account = parts.account,
    region = parts.region, workload_arn = arn, workload_name = f.WorkloadName, lens_arn = f.LensArn,
    lens_alias = f.LensArn and alias_of(f.LensArn) or nil, pillar = f.Pillar,
    label = mode == "question" and f.Question or mode ~= "workload" and f[group_item.NAME_FIELD] or nil,
    status = "open", item_id = found.id, sink = sink_name, title = found.title, risk = f["Risk level"],
    reason = recall.doubt(found), first_seen = now, last_seen = now,
  }
  record.key = group_of.key(record)
  if record.key ~= found.key then return nil, "its FindingKey is not that of the group it names" end
  return record, members_of(found, record, sink_name, now)
end

---The record of the finding that an item of ours was made for.
---@param found table  the sink's item
---@param sink_name string
---@param now number
---@return table|nil record  as if nothing were known but this item, open
---@return string? reason    why it cannot be told
function recall.record(found, sink_name, now)
  local f = found.fields
  local arn = recall.workload_arn(f)
  if not found.key then return nil, "it carries no FindingKey" end
  if not arn then return nil, "its /aws/resources names no workload" end
  for _, name in ipairs { "LensArn", "QuestionId", "ChoiceId" } do
    if not f[name] then return nil, ("its operational data has no %s"):format(name) end
  end
  local record = recall.record_of(found, {
    workload_arn = arn, question_id = f.QuestionId, choice_id = f.ChoiceId,
    lens_arn = finding_of.lens_identity({ LensArn = f.LensArn }, finding_of.parse_arn(arn).partition),
  }, sink_name, now)
  if record.key ~= found.key then return nil, "its FindingKey is not that of the practice it names" end
  return record
end

return recall
