-- Who carries out a run, for the audit trail: written once, before the first change, so that the chain covers it.

local digest = require "plumb.digest"
local files = require "plumb.files"

local actor = {}

local POLICY_LIMIT = 1 << 20 -- bytes

local function mark(access_key_digest) return "caller/" .. access_key_digest end

---Writes down what AWS said of the caller. Another instance that begins at the same moment writes the same, and then
---its word stays.
---@param store plumb.Store
---@param name string   of a mark that is not there
---@param value string
function actor.note(store, name, value)
  local done, failure = store:commit { { "put", "mark", { name = name, value = value } } }
  if not done and failure.code ~= "Conflict" then error(failure, 0) end
end

---Keeps the caller's ARN, learnt when AWS was asked for the account anyway.
---@param store plumb.Store
---@param access_key_digest string  names the keys without saying them
---@param arn string|nil
function actor.remember(store, access_key_digest, arn)
  local name = mark(access_key_digest)
  if not arn or store:get("mark", name) then return end
  actor.note(store, name, arn)
end

-- The caller's ARN where it is known; otherwise enough of the access key to tell it, and where it came from. Costs no
-- call.
local function name_of(plumb)
  local known = plumb.store:get("mark", mark(plumb.session.access_key_digest()))
  if known then return known.value end
  local keys = plumb.session.credentials and plumb.session.credentials()
  if not keys then return nil end
  local id = require("plumb.aws.trace").short_id(keys.access_key_id, "...")
  return ("key %s (%s)%s"):format(id, keys.source, keys.account and " of " .. keys.account or "")
end

-- Which policy decided: the beginning of its SHA-256; nil for the defaults.
local function policy_hash(policy)
  local text = policy and policy.path and files.read(policy.path, POLICY_LIMIT)
  return text and digest.hex(digest.sha256(text)):sub(1, 16) or nil
end

---Writes down who is about to change something, and by which policy.
---@param plumb plumb.Context
---@param command string  "scan"
function actor.begin(plumb, command)
  assert(plumb.store:commit({}, { { at = plumb.time.now(), run = plumb.run_id, operation = "begin", resource = command,
    detail = { actor = name_of(plumb), policy = policy_hash(plumb.policy) } } }))
end

return actor
