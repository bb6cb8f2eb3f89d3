-- A raw request, signed by hand: for what no operation of a service model covers, such as a URL of your own
-- behind API Gateway. Here it is "who am I?", put together without the client.
--
--   plumb run --sim examples/workflows/sign_request.lua

local signer = require "plumb.aws.signer"
local sts = require "plumb.aws.service.sts"

local place = assert(plumb.aws:place_of(sts))     -- where the service is, by Region, flags and profile
local keys = assert(plumb.session.credentials())  -- whose request it is; the secret in it cannot be printed

local request = {
  method = "POST", scheme = place.scheme, host = place.host, path = place.path_prefix .. "/", query = "",
  headers = { ["content-type"] = "application/x-www-form-urlencoded; charset=utf-8" },
  body = "Action=GetCallerIdentity&Version=2011-06-15",
}
local signed = assert(signer.sign(request, keys, {
  service = sts.signing_name, region = place.region or plumb.region, time = plumb.time.now(),
}))

local names = {}
for name in pairs(signed.headers) do names[#names + 1] = name end
table.sort(names)
print("signed at " .. signed.headers["x-amz-date"] .. " with " .. table.concat(names, ", "))

local response = assert(plumb.aws.send(signed))
print(response.status, response.body:match("<Arn>(.-)</Arn>"))
