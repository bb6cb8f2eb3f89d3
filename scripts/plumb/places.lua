-- Where a run looks: accounts times Regions. Each place is a context of its own, with its own client,
-- reader and sink, sharing state and policy; what goes wrong in one stays there.

local credentials = require "plumb.aws.credentials"
local err = require "plumb.err"
local files = require "plumb.files"
local finding_of = require "plumb.finding"
local json = require "plumb.json"
local partition = require "plumb.aws.partition"
local problem = require "plumb.problem"
local role = require "plumb.aws.credentials.role"
local secret = require "plumb.secret"
local time = require "plumb.time"

local places = {}

local ACCOUNTS_LIMIT = 4 * 1024 * 1024 -- bytes of an accounts file

---@class plumb.Account
---@field name string
---@field role? string         ARN of the role to assume; nil for the caller's own account
---@field external_id? string
---@field regions? string[]    instead of the run's
---@field tags? table<string, string>  for its OpsItems, beside those of the policy

local ACCOUNT_KEYS = { name = true, role = true, external_id = true, regions = true, tags = true }

-- What is wrong with the form of an account's settings; nil when nothing is.
local function wrong_form(account)
  for key in pairs(account) do
    if not ACCOUNT_KEYS[key] then return ("'%s' is not a setting of an account"):format(tostring(key)) end
  end
  if type(account.name) ~= "string" or account.name == "" then return "it has no name" end
  for _, name in ipairs { "role", "external_id" } do
    if account[name] ~= nil and type(account[name]) ~= "string" then return ("its %s is not a text"):format(name) end
  end
  for name, of in pairs { tags = "table of texts", regions = "list of Regions" } do
    if account[name] ~= nil and type(account[name]) ~= "table" then return ("its %s are no %s"):format(name, of) end
  end
  for name, value in pairs(account.tags or {}) do
    if type(name) ~= "string" or type(value) ~= "string" then return "its tags are not texts by name" end
  end
  for key, region in pairs(account.regions or {}) do
    if math.type(key) ~= "integer" or not partition.is_region(region) then
      return ("'%s' is not the name of a Region"):format(tostring(region))
    end
  end
end

local function check_account(account, where)
  local function refuse(because)
    problem.raise { id = "E111", what = "an account cannot be used", where = where, because = because,
      fix = '{ "name": "shop", "role": "arn:aws:iam::111122223333:role/plumb", "regions": ["eu-west-1"] }' }
  end
  if type(account) ~= "table" then refuse "it is not a table of settings" end
  local wrong = wrong_form(account)
  if wrong then refuse(wrong) end
  if account.role then
    local _, failure = role.input { where = account.name, role_arn = account.role, external_id = account.external_id }
    if failure then refuse(failure.message) end
  end
  return account
end

---Accounts from a file: a JSON list of { name, role, external_id?, regions?, tags? }.
---@param path string
---@return plumb.Account[]
function places.read_accounts(path)
  local text, failure = files.read(path, ACCOUNTS_LIMIT)
  local list, message = nil, tostring(failure)
  if text then list, message = json.decode(text) end
  local is_list = type(list) == "table" and json.is_list(list)
  if not is_list or not list[1] then
    problem.raise { id = "E111", what = "the accounts file cannot be used", where = path,
      because = is_list and "it names no account" or message or "it is not a JSON list" }
  end
  for i, account in ipairs(list) do check_account(account, ("%s, entry %d"):format(path, i)) end
  return list
end

-- Regions that are known to have the Tool. The list grows, so others are tried all the same.
local WITH_TOOL = {}
for region in ([[us-east-1 us-east-2 us-west-1 us-west-2 ap-east-1 ap-south-1 ap-northeast-1 ap-northeast-2
  ap-southeast-1 ap-southeast-2 ca-central-1 eu-central-1 eu-west-1 eu-west-2 eu-west-3 eu-north-1 me-south-1 sa-east-1
  us-gov-east-1 us-gov-west-1]]):gmatch "%S+" do
  WITH_TOOL[region] = true
end

---Whether a Region could not be read because it has no Well-Architected Tool: nobody knows of one, and its host has no
---address.
---@param region string
---@param failure any  what reading it raised
---@return boolean
---@see https://docs.aws.amazon.com/general/latest/gr/wellarchitected.html
function places.lacks_tool(region, failure)
  return not WITH_TOOL[region] and err.is(failure) and failure.code == "NameNotResolved"
    and failure.service == "wellarchitected"
end

-- Every active account of the organization, through a role of the same name in each.
local function from_organization(session, role_name)
  local accounts, failure = session.client.organizations:all("ListAccounts", {})
  if not accounts then error(problem.from(failure), 0) end
  local own = assert(session.client.sts:GetCallerIdentity {})
  local list = {}
  for _, account in ipairs(accounts) do
    if (account.State or account.Status) == "ACTIVE" then -- Status is on its way out
      local arn = ("arn:%s:iam::%s:role/%s"):format(own.Arn:match("^arn:([^:]+)"), account.Id, role_name)
      list[#list + 1] = { name = account.Name, role = account.Id ~= own.Account and arn or nil }
    end
  end
  return list
end

local function accounts_of(plumb)
  local policy = plumb.policy
  if plumb.args.accounts then return places.read_accounts(plumb.args.accounts) end
  if policy.organization_role then
    return from_organization(plumb.session, policy.organization_role)
  end
  for i, account in ipairs(policy.accounts) do
    check_account(account, ("%s, entry %d"):format(policy:origin("accounts"), i))
  end
  return policy.accounts[1] and policy.accounts or { { name = "" } }
end

-- Credentials of a role in another account, renewed before they expire.
local function assumed(session, account)
  local provider = { name = "role " .. account.name }
  function provider.try()
    local input = role.input { where = account.name, role_arn = account.role, external_id = account.external_id }
    local reply, failure = session.client.sts:AssumeRole(input)
    if not reply then return nil, err.with(failure, { kind = "place" }) end
    local keys = reply.Credentials
    return {
      access_key_id = keys.AccessKeyId, secret = secret.new(keys.SecretAccessKey),
      session_token = secret.new(keys.SessionToken),
      expires_at = type(keys.Expiration) == "number" and keys.Expiration or time.parse(keys.Expiration),
      source = provider.name,
    }
  end
  return credentials.source(session.settings or {}, { provider })
end

---A session for another Region, another account, or both.
---@param session plumb.Session
---@param account plumb.Account
---@param region string
---@return plumb.Session
function places.session_at(session, account, region)
  local options = { region = region }
  if account.role then options.credentials = assumed(session, account) end
  local other = setmetatable({ region = region }, { __index = session })
  other.client = session.client:with(options)
  if account.role then
    other.credentials = options.credentials
    function other.access_key_digest() return "role " .. account.role end
  end
  return other
end

---Whether workloads that other accounts share are wanted, as far as anybody can tell.
---@param policy plumb.Policy
---@return boolean
function places.wants_shared(policy) return policy.shared or policy:is_own "workload" end

-- Whose workloads are read in places of their own, by "ACCOUNT/REGION", as far as it matters: a workload that one of
-- them owns is dealt with there, also where it is shared with others.
local function owners_of(plumb, accounts, regions_for)
  local owners = {}
  for _, account in ipairs(places.wants_shared(plumb.policy) and accounts or {}) do
    local number = account.role and account.role:match "^arn:[^:]*:iam::(%d+):" or plumb.account
    for _, region in ipairs(number and regions_for(account) or {}) do owners[number .. "/" .. region] = true end
  end
  return owners
end

---Whether a workload that a place lists is read in another place of its run: in its owner's if that is one of them,
---else in the first that asks. Waits.
---@param place plumb.Context
---@param arn string  the workload's
---@return boolean
function places.is_read_elsewhere(place, arn)
  local owner = finding_of.parse_arn(arn)
  if not place.claims then return false end -- the only one
  local foreign = place.account and place.account ~= owner.account
  if foreign and place.owners[owner.account .. "/" .. owner.region] then return true end
  place.claims[arn] = place.claims[arn] or place
  return place.claims[arn] ~= place
end

-- The Regions of a run: those of the command line, of the policy, or the one where it is.
local function regions_of(plumb)
  local named = plumb.args.region_list or {}
  for _, region in ipairs(named) do
    if not partition.is_region(region) then
      problem.raise { id = "E103", what = ("%s is not the name of a Region, such as eu-west-1"):format(
        require("plumb.cli.printable").quote(region)), fix = "--region eu-west-1" }
    end
  end
  local policy = plumb.policy
  return #named > 0 and named or #policy.regions > 0 and policy.regions or { plumb.region }
end

---Whether policy or command line name places, so that a run is not just where plumb itself is.
---@param args table
---@param policy plumb.Policy
---@return boolean
function places.are_several(args, policy)
  return args.accounts ~= nil or #(args.region_list or {}) > 1 or #policy.regions > 0 or #policy.accounts > 0
    or (policy.organization_role or false) ~= false
end

---The places of a run, the caller's own first. A run with one place is that context itself.
---@param plumb plumb.Context
---@param child fun(parent: plumb.Context, fields: table): plumb.Context
---@return plumb.Context[]
function places.of(plumb, child)
  local regions, list, seen = regions_of(plumb), {}, {}
  local function regions_for(account)
    local own = account.regions or {}
    return own[1] and own or regions
  end
  local accounts, claims = accounts_of(plumb), {}
  local owners = owners_of(plumb, accounts, regions_for)
  local function add(account, region)
    local whereabouts = (account.role or "") .. " " .. region
    if seen[whereabouts] then return end -- named twice, read once
    seen[whereabouts] = true
    local name = account.name ~= "" and ("%s, %s"):format(account.name, region) or region
    list[#list + 1] = child(plumb, { place = name, home = plumb.session, item_tags = account.tags,
      owners = owners, claims = claims, session = places.session_at(plumb.session, account, region) })
  end
  for _, account in ipairs(accounts) do
    for _, region in ipairs(regions_for(account)) do add(account, region) end
  end
  return list
end

return places
