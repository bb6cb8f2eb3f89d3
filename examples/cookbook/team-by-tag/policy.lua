-- I want each item to carry the team that the workload's tag names.
--
-- Tags belong to the workload in the Well-Architected Tool. They are asked for once for each workload, and put into
-- the operational data, by which OpsCenter can search.

local tags = {}

local function tags_of(arn)
  if not tags[arn] then
    local reply, failure = aws.wellarchitected:ListTagsForResource { WorkloadArn = arn }
    if not reply then error("cannot read the tags: " .. tostring(failure)) end
    tags[arn] = reply.Tags or {}
  end
  return tags[arn]
end

return {
  fields = function(finding, default)
    local fields = default(finding)
    fields.WorkloadArn = finding.workload.WorkloadArn
    return fields
  end,

  before_create = function(item)
    item.fields.Team = tags_of(item.fields.WorkloadArn).team or "unknown"
    return item
  end,
}
