-- The partitions of AWS: which Regions belong together, and what their host names
-- end in. A Region that nobody has heard of yet is placed by its name, and at last
-- in the commercial partition, as the SDKs do.

local partition = {}

---@class plumb.aws.Partition
---@field id string          "aws", also the second field of every ARN
---@field suffix string      "amazonaws.com"
---@field dual_suffix string suffix of hosts that answer on IPv6 too
---@field global string      the Region that the partition's global services sign with
local LIST = {
  { id = "aws", suffix = "amazonaws.com", dual_suffix = "api.aws", global = "us-east-1" },
  { id = "aws-cn", suffix = "amazonaws.com.cn", dual_suffix = "api.amazonwebservices.com.cn",
    global = "cn-northwest-1" },
  { id = "aws-eusc", suffix = "amazonaws.eu", dual_suffix = "api.amazonwebservices.eu", global = "eusc-de-east-1" },
  { id = "aws-iso", suffix = "c2s.ic.gov", dual_suffix = "api.aws.ic.gov", global = "us-iso-east-1" },
  { id = "aws-iso-b", suffix = "sc2s.sgov.gov", dual_suffix = "api.aws.scloud", global = "us-isob-east-1" },
  { id = "aws-iso-e", suffix = "cloud.adc-e.uk", dual_suffix = "api.cloud-aws.adc-e.uk", global = "eu-isoe-west-1" },
  { id = "aws-iso-f", suffix = "csp.hci.ic.gov", dual_suffix = "api.aws.hci.ic.gov", global = "us-isof-south-1" },
  { id = "aws-us-gov", suffix = "amazonaws.com", dual_suffix = "api.aws", global = "us-gov-west-1" },
}

-- What a Region's name begins with, longest first: "us-gov-west-1" is not a "us-" Region.
local BEGINNINGS = {
  { "us-gov-", "aws-us-gov" }, { "us-isob-", "aws-iso-b" }, { "us-isof-", "aws-iso-f" }, { "us-iso-", "aws-iso" },
  { "eu-isoe-", "aws-iso-e" }, { "eusc-de-", "aws-eusc" }, { "cn-", "aws-cn" },
}

local BY_ID = {}
for _, entry in ipairs(LIST) do BY_ID[entry.id] = entry end

---Whether a text can be a Region: "eu-west-1", "us-gov-east-1", or a partition's
---"aws-global". Checked before a host name is made of it.
---@param region any
---@return boolean
function partition.is_region(region)
  if type(region) ~= "string" or #region > 32 then return false end
  local whole = region:match("^(.*)%-global$")
  if whole then return BY_ID[whole] ~= nil end
  if not region:find("^%l%l%l?%l?%-[%l%-]*%l%-%d%d?$") then return false end
  return not region:find("--", 1, true)
end

---The partition of a Region.
---@param region string  one that is_region accepts
---@return plumb.aws.Partition
function partition.of(region)
  local whole = region:match("^(.*)%-global$")
  if whole then return BY_ID[whole] end
  for _, beginning in ipairs(BEGINNINGS) do
    if region:sub(1, #beginning[1]) == beginning[1] then return BY_ID[beginning[2]] end
  end
  return BY_ID.aws
end

return partition
