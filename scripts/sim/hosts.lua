-- Names that have no address: those of Well-Architected in Regions where there is none. Only in process; on loopback
-- everything goes to one host.

local M = {}

local PRESENT = {}
for region in ([[ap-east-1 ap-northeast-1 ap-northeast-2 ap-south-1 ap-southeast-1 ap-southeast-2 ca-central-1
  eu-central-1 eu-north-1 eu-west-1 eu-west-2 eu-west-3 me-south-1 sa-east-1 us-east-1 us-east-2 us-gov-east-1
  us-gov-west-1 us-west-1 us-west-2]]):gmatch("%S+") do
  PRESENT[region] = true
end

---Whether a host has an address.
---@param host string
---@return boolean
function M.exists(host)
  local region = host:match("^wellarchitected[%w-]*%.([%w-]+)%.")
  return region == nil or PRESENT[region] == true
end

return M
