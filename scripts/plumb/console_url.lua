-- Addresses in the AWS console, for people who want to see the real thing.

local finding_of = require "plumb.finding"
local partition = require "plumb.aws.partition"

local console_url = {}

-- The console's domain by partition.
-- https://docs.aws.amazon.com/general/latest/gr/aws-arns-and-namespaces.html
local DOMAINS = {
  aws = "console.aws.amazon.com", ["aws-cn"] = "console.amazonaws.cn", ["aws-us-gov"] = "console.amazonaws-us-gov.com",
}

local function base(partition_id, region)
  local domain = DOMAINS[partition_id]
  return domain and (partition_id == "aws" and ("https://%s.%s"):format(region, domain) or "https://" .. domain)
end

---A workload in the Well-Architected Tool.
---@param workload_arn string
---@return string?  nil where the console of the partition is not known
function console_url.workload(workload_arn)
  local arn = finding_of.parse_arn(workload_arn)
  local id, start = arn and arn.resource:match("^workload/(%w+)$"), arn and base(arn.partition, arn.region)
  return id and start and ("%s/wellarchitected/home?region=%s#/workload/%s"):format(start, arn.region, id) or nil
end

---An OpsItem in OpsCenter.
---@param id string
---@param region string
---@return string?  nil when that is no id of one, or the console of the partition is not known
function console_url.item(id, region)
  local start = base(partition.of(region).id, region)
  if not start or not id:find("^oi%-%x+$") then return nil end
  return ("%s/systems-manager/opsitems/%s?region=%s"):format(start, id, region)
end

return console_url
