-- Addresses in the AWS console, for people who want to see the real thing.

local finding_of = require "plumb.finding"

local console_url = {}

-- The console's domain by partition.
-- https://docs.aws.amazon.com/general/latest/gr/aws-arns-and-namespaces.html
local DOMAINS = {
  aws = "console.aws.amazon.com", ["aws-cn"] = "console.amazonaws.cn", ["aws-us-gov"] = "console.amazonaws-us-gov.com",
}

local function base(partition, region)
  local domain = DOMAINS[partition] or DOMAINS.aws
  return partition == "aws" and ("https://%s.%s"):format(region, domain) or "https://" .. domain
end

---A workload in the Well-Architected Tool.
---@param workload_arn string
---@return string?
function console_url.workload(workload_arn)
  local arn = finding_of.parse_arn(workload_arn)
  local id = arn and arn.resource:match("^workload/(%w+)$")
  if not id then return nil end
  return ("%s/wellarchitected/home?region=%s#/workload/%s"):format(base(arn.partition, arn.region), arn.region, id)
end

---An OpsItem in OpsCenter.
---@param id string
---@param region string
---@param partition? string  "aws" unless told
---@return string?
function console_url.item(id, region, partition)
  if not id:find("^oi%-%x+$") then return nil end
  return ("%s/systems-manager/opsitems/%s?region=%s"):format(base(partition or "aws", region), id, region)
end

return console_url
