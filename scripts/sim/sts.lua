-- Security Token Service: who am I, and keys for a role. A key handed out belongs to the account of its role, so that a
-- caller who uses it finds that account's world.

local digest = require("plumb.digest")
local fail = require("sim.fail")
local json = require("plumb.json")

local M = { operations = {} }
local op = M.operations

local ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"

local function key_id(sim)
  local text = sim:bytes(16):gsub(".", function(char)
    local i = char:byte() % 32 + 1
    return ALPHABET:sub(i, i)
  end)
  return "ASIA" .. text
end

local function issue(ctx, account, arn, user_id, seconds)
  local sim = ctx.sim
  local id = key_id(sim)
  local credential = { secret = digest.base64(sim:bytes(30)), session_token = digest.base64(sim:bytes(96)),
    account = account, arn = arn, user_id = user_id, expires_at = sim.now() + seconds, temporary = true }
  sim.credentials[id] = credential
  return { AccessKeyId = id, SecretAccessKey = credential.secret, SessionToken = credential.session_token,
    Expiration = math.floor(credential.expires_at) }
end

---@param ctx sim.Context
---@return table
function op.GetCallerIdentity(ctx)
  return { UserId = ctx.caller.user_id, Account = ctx.caller.account, Arn = ctx.caller.arn }
end

local function assumed(ctx, input, default)
  local partition, account, path = input.RoleArn:match("^arn:([%w-]+):iam::(%d%d%d%d%d%d%d%d%d%d%d%d):role/(.+)$")
  if not account then
    fail.raise("ValidationError", ("%s is invalid"):format(input.RoleArn))
  end
  local name = path:match("[^/]+$")
  local role_id = "AROA" .. digest.hex(digest.sha256(input.RoleArn)):sub(1, 16):upper()
  local arn = ("arn:%s:sts::%s:assumed-role/%s/%s"):format(partition, account, name, input.RoleSessionName)
  local user_id = role_id .. ":" .. input.RoleSessionName
  return { Credentials = issue(ctx, account, arn, user_id, input.DurationSeconds or default),
    AssumedRoleUser = { AssumedRoleId = user_id, Arn = arn }, SourceIdentity = input.SourceIdentity }
end

local function denied(ctx, input)
  fail.raise("AccessDenied", ("User: %s is not authorized to perform: sts:%s on resource: %s"):format(
    ctx.caller and ctx.caller.arn or "anonymous", ctx.operation, input.RoleArn), { status = 403 })
end

---Roles are all there unless the seed lists `roles`; then only those, with their `external_id` if they have one.
---@param ctx sim.Context
---@param input table
---@return table
---@see https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
function op.AssumeRole(ctx, input)
  local roles = ctx.sim.roles
  local role = not roles and {} or roles[input.RoleArn]
  if not role or (role.external_id and role.external_id ~= input.ExternalId) then
    denied(ctx, input)
  elseif ctx.caller.temporary and (input.DurationSeconds or 3600) > 3600 then
    fail.raise("ValidationError", "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by"
      .. " role chaining")
  end
  return assumed(ctx, input, 3600)
end

---Unsigned; the token is a JWT whose claims are read and whose signature nobody could check here.
---@param ctx sim.Context
---@param input table
---@return table
function op.AssumeRoleWithWebIdentity(ctx, input)
  local claims_text = input.WebIdentityToken:match("^[^.]+%.([^.]+)%.[^.]*$")
  local claims = {}
  if claims_text then
    local padded = claims_text:gsub("-", "+"):gsub("_", "/") .. ("="):rep(-#claims_text % 4)
    claims = json.decode(digest.unbase64(padded) or "") or {}
  elseif input.WebIdentityToken:find("%s") then
    fail.raise("InvalidIdentityTokenException", "The ID Token provided is not a valid JWT.")
  end
  if type(claims.exp) == "number" and claims.exp < ctx.sim.now() then
    fail.raise("ExpiredTokenException", "The ID Token provided is expired.")
  end
  local output = assumed(ctx, input, 3600)
  output.SubjectFromWebIdentityToken = claims.sub or "system:serviceaccount:default:plumb"
  output.Audience, output.Provider = claims.aud or "sts.amazonaws.com", claims.iss or "https://oidc.example.com"
  return output
end

---@param ctx sim.Context
---@param input table
---@return table
function op.GetSessionToken(ctx, input)
  if ctx.caller.temporary then
    fail.raise("AccessDenied", "Cannot call GetSessionToken with session credentials", { status = 403 })
  end
  return { Credentials = issue(ctx, ctx.caller.account, ctx.caller.arn, ctx.caller.user_id,
    input.DurationSeconds or 43200) }
end

return M
