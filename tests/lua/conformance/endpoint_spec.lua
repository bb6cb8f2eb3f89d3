-- The endpoint rule tests of the services that plumb calls. URL, signing name and
-- signing Region are compared; for errors, that there is one.

local conformance = require "tests.support.conformance"
local endpoint = require "plumb.aws.endpoint"
local json = require "plumb.json"

-- DynamoDB's account-based hosts (ACCOUNT.ddb.REGION...) are not offered: they need the
-- account of the credentials before the first call, and the Regional host serves every table.
local ACCOUNT_BASED = "account-based DynamoDB hosts are not offered"

local function skip_reason(service_name, case)
  if service_name ~= "dynamodb" then return nil end
  local params, url = case.params or {}, case.expect.endpoint and case.expect.endpoint.url or ""
  if url:find("%.ddb") or url:find("%.search%-ddb") then return ACCOUNT_BASED end
  if params.AccountIdEndpointMode == "required" then return ACCOUNT_BASED end
  -- The rules refuse some ids and ARNs that the Regional host has no use for.
  if case.expect.error and (params.AccountId or params.ResourceArn) then return ACCOUNT_BASED end
end

local function run(service_name, case)
  local params = case.params or {}
  local service = { name = service_name, service_id = service_name, endpoint_prefix = service_name }
  local found, e = endpoint.resolve(service, params.Region, {
    url = params.Endpoint, fips = params.UseFIPS, dual_stack = params.UseDualStack,
    legacy_sts = params.UseGlobalEndpoint, endpoint_id = params.EndpointId, search = params.IsSearchOperation,
  })
  if case.expect.error then
    assert.is_nil(found)
    assert.truthy(e.code)
    return
  end
  assert.is_nil(e)
  assert.equal(case.expect.endpoint.url, ("%s://%s%s"):format(found.scheme, found.host, found.path_prefix))
  local schemes = (case.expect.endpoint.properties or {}).authSchemes
  if schemes then
    assert.equal(schemes[1].name == "sigv4a" and "sigv4a" or nil, found.scheme_name)
    if schemes[1].signingRegion then assert.equal(schemes[1].signingRegion, found.region) end
  elseif not params.Endpoint then
    assert.equal(params.Region, found.region)
  end
end

for _, service_name in ipairs { "wellarchitected", "ssm", "sts", "sqs", "sns", "events", "dynamodb" } do
  describe("endpoint-tests/" .. service_name, function()
    local text, path = conformance.read(("endpoint-tests/%s/endpoint-tests-1.json"):format(service_name))
    if not text then
      pending("no test data at " .. path)
      return
    end
    local skipped = {}
    for number, case in ipairs(json.decode(text).testCases) do
      local why = skip_reason(service_name, case)
      if why then
        skipped[why] = (skipped[why] or 0) + 1
      else
        it(("%03d %s"):format(number, case.documentation or ""), function() run(service_name, case) end)
      end
    end
    for why, count in pairs(skipped) do pending(("%d cases: %s"):format(count, why)) end
  end)
end
