-- AWS Signature Version 4 as the receiver checks it: the canonical request is rebuilt from what arrived, never taken
-- from the sender, and by code of its own. Both places of a signature are read, the Authorization header and the query.

local clock = require("sim.clock")
local digest = require("plumb.digest")
local fail = require("sim.fail")
local uri = require("sim.uri")

local M = {}

local ALGORITHM = "AWS4-HMAC-SHA256"
local WINDOW = 300 -- seconds a signature's time may be off, either way

local function front(code, message, status)
  fail.raise(code, message, { front = true, status = status })
end

-- Path as sent, `.`, `..` and empty segments resolved, then every segment encoded once more: "%3A" becomes "%253A".
local function canonical_path(path)
  local kept = {}
  for part in path:gmatch("[^/]+") do
    if part == ".." then
      kept[#kept] = nil
    elseif part ~= "." then
      kept[#kept + 1] = uri.encode(part)
    end
  end
  local tail = #kept > 0 and path:find("/$") and "/" or ""
  return "/" .. table.concat(kept, "/") .. tail
end

local function canonical_query(query)
  local parts = {}
  for _, pair in ipairs(uri.query(query)) do
    if pair[1] ~= "X-Amz-Signature" then
      parts[#parts + 1] = { uri.encode(pair[1]), uri.encode(pair[2]) }
    end
  end
  table.sort(parts, function(a, b)
    if a[1] ~= b[1] then
      return a[1] < b[1]
    end
    return a[2] < b[2]
  end)
  for i, part in ipairs(parts) do
    parts[i] = part[1] .. "=" .. part[2]
  end
  return table.concat(parts, "&")
end

---The canonical request of what arrived (style of the first stage of a SigV4 check).
---@param request table          method, path, query, headers, body
---@param signed string[]        names of the signed headers, lower case, in the order given
---@param payload_hash string?   64 hex; absent means that of the body
---@return string
---@see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
function M.canonical(request, signed, payload_hash)
  local lines = { request.method, canonical_path(request.path), canonical_query(request.query) }
  for _, name in ipairs(signed) do
    local value = (request.headers[name] or ""):gsub("^%s+", ""):gsub("%s+$", ""):gsub("%s+", " ")
    lines[#lines + 1] = name .. ":" .. value
  end
  lines[#lines + 1] = ""
  lines[#lines + 1] = table.concat(signed, ";")
  lines[#lines + 1] = payload_hash or digest.hex(digest.sha256(request.body))
  return table.concat(lines, "\n")
end

---The string to sign.
---@param canonical string
---@param time string   "20260102T030405Z"
---@param scope string  "20260102/eu-west-1/ssm/aws4_request"
---@return string
function M.string_to_sign(canonical, time, scope)
  return table.concat({ ALGORITHM, time, scope, digest.hex(digest.sha256(canonical)) }, "\n")
end

-- Signing keys of a day, by secret and scope: four HMACs that would otherwise be done again for every request.
local keys, key_count = {}, 0

local function signing_key(secret, scope)
  local name = secret .. "\0" .. scope
  local key = keys[name]
  if not key then
    key = "AWS4" .. secret
    for part in scope:gmatch("[^/]+") do
      key = digest.hmac_sha256(key, part)
    end
    if key_count >= 256 then
      keys, key_count = {}, 0
    end
    keys[name], key_count = key, key_count + 1
  end
  return key
end

---The signature, 64 hex digits.
---@param secret string
---@param scope string
---@param string_to_sign string
---@return string
function M.sign(secret, scope, string_to_sign)
  return digest.hex(digest.hmac_sha256(signing_key(secret, scope), string_to_sign))
end

local function from_header(request)
  local text = request.headers.authorization
  if text:sub(1, #ALGORITHM) ~= ALGORITHM then
    front("IncompleteSignatureException", "Unsupported signature algorithm in the Authorization header.", 400)
  end
  local claim = {}
  for key, value in text:sub(#ALGORITHM + 1):gmatch("(%w+)=([^,%s]+)") do
    claim[key] = value
  end
  for _, key in ipairs({ "Credential", "SignedHeaders", "Signature" }) do
    if not claim[key] then
      front("IncompleteSignatureException", ("Authorization header requires '%s' parameter."):format(key), 400)
    end
  end
  local date = request.headers["x-amz-date"]
  if not date then
    front("IncompleteSignatureException",
      "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.", 400)
  end
  return { credential = claim.Credential, signed = claim.SignedHeaders, signature = claim.Signature, date = date,
    token = request.headers["x-amz-security-token"] }
end

local function from_query(request)
  local q = {}
  for _, pair in ipairs(uri.query(request.query)) do
    q[pair[1]] = pair[2]
  end
  for _, key in ipairs({ "Credential", "SignedHeaders", "Signature", "Date" }) do
    if not q["X-Amz-" .. key] then
      front("IncompleteSignatureException", ("AWS query-string parameters must include 'X-Amz-%s'."):format(key), 400)
    end
  end
  return { credential = q["X-Amz-Credential"], signed = q["X-Amz-SignedHeaders"], signature = q["X-Amz-Signature"],
    date = q["X-Amz-Date"], token = q["X-Amz-Security-Token"], expires = tonumber(q["X-Amz-Expires"]) or 900,
    presigned = true }
end

---Reads the claim of a request without believing it.
---@param request table
---@return table? claim  key_id, day, region, service, scope, signed (list), signature, date; nil when unsigned
function M.read(request)
  local claim
  if request.headers.authorization then
    claim = from_header(request)
  elseif request.query:find("X%-Amz%-Signature=") then
    claim = from_query(request)
  else
    return nil
  end
  local key_id, day, region, service = claim.credential:match("^([^/]+)/(%d+)/([^/]+)/([^/]+)/aws4_request$")
  if not key_id then
    front("IncompleteSignatureException", "Credential must have 5 slash-delimited elements.", 400)
  end
  claim.key_id, claim.day, claim.region, claim.service = key_id, day, region, service
  claim.scope = claim.credential:sub(#key_id + 2)
  local names = {}
  for name in claim.signed:gmatch("[^;]+") do
    names[#names + 1] = name
  end
  claim.signed = names
  return claim
end

local function check_time(claim, now)
  local at = clock.parse(claim.date)
  if not at or claim.date:sub(1, 8) ~= claim.day then
    front("InvalidSignatureException", ("Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date"
      .. " from HTTP: '%s' != '%s', from '%s'."):format(claim.day, claim.date:sub(1, 8), claim.date))
  elseif claim.presigned and now > at + claim.expires then
    front("RequestExpired", "Request has expired.", 400)
  elseif not claim.presigned and at < now - WINDOW then
    front("InvalidSignatureException", ("Signature expired: %s is now earlier than %s (%s - 5 min.)"):format(claim.date,
      clock.basic(now - WINDOW), clock.basic(now)))
  elseif at > now + WINDOW then
    front("InvalidSignatureException", ("Signature not yet current: %s is still later than %s (%s + 5 min.)"):format(
      claim.date, clock.basic(now + WINDOW), clock.basic(now)))
  end
end

-- What must be signed: the host, and every x-amz-* header that was sent.
local function check_signed_headers(request, claim)
  local signed = {}
  for _, name in ipairs(claim.signed) do
    signed[name] = true
  end
  for name in pairs(request.headers) do
    if not signed[name] and (name == "host" or name:find("^x%-amz%-")) then
      front("InvalidSignatureException", ("'%s' must be a 'SignedHeader' in the AWS Authorization."):format(name))
    end
  end
end

-- A signature for another service or Region than the host's is refused; a host that is no AWS name proves nothing.
local function check_scope(request, claim)
  local service, region = (request.headers.host or ""):match("^([%w-]+)%.([%w-]+)%.amazonaws%.com")
  if service and service:gsub("%-fips$", "") ~= claim.service then
    front("InvalidSignatureException", ("Credential should be scoped to correct service: '%s'."):format(service))
  elseif region and region ~= claim.region then
    front("InvalidSignatureException", ("Credential should be scoped to a valid Region, not '%s'."):format(
      claim.region))
  end
end

local function check_payload(request, payload)
  if payload and payload ~= "UNSIGNED-PAYLOAD" and payload ~= digest.hex(digest.sha256(request.body)) then
    front("InvalidSignatureException", "The provided x-amz-content-sha256 header does not match what was computed.")
  end
end

---Checks a claim against the request and the secret that belongs to its key; raises what the front end answers.
---@param request table  method, path (raw), query (raw), headers (lower-case names), body
---@param claim table    from M.read
---@param credential { secret: string, session_token: string?, expires_at: number? }?  nil: key unknown
---@param now number     epoch seconds by the server's clock
function M.check(request, claim, credential, now)
  if not credential or (credential.session_token or "") ~= (claim.token or "") then
    front("UnrecognizedClientException", "The security token included in the request is invalid.")
  elseif credential.expires_at and now >= credential.expires_at then
    front("ExpiredTokenException", "The security token included in the request is expired")
  end
  check_scope(request, claim)
  check_signed_headers(request, claim)
  check_time(claim, now)
  local payload = request.headers["x-amz-content-sha256"]
  check_payload(request, payload)
  local canonical = M.canonical(request, claim.signed, payload)
  local expected = M.sign(credential.secret, claim.scope, M.string_to_sign(canonical, claim.date, claim.scope))
  if expected ~= claim.signature then
    front("InvalidSignatureException", "The request signature we calculated does not match the signature you provided. "
      .. "Check your AWS Secret Access Key and signing method. Consult the service documentation for details.\n\n"
      .. "The Canonical String for this request should have been\n'" .. canonical .. "'\n\n"
      .. "The String-to-Sign should have been\n'" .. M.string_to_sign(canonical, claim.date, claim.scope) .. "'\n")
  end
end

return M
