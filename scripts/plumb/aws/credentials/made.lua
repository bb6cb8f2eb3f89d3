-- What every provider makes: a triple of keys from somebody's document, or an error.
-- Neither ever shows a value: what was read may be a secret, whatever its name says.

local err = require "plumb.err"
local json = require "plumb.json"
local secret = require "plumb.secret"
local time = require "plumb.time"

local made = {}

---The error of a provider; it ends the chain.
---@param code string
---@param message string
---@param extra? table  more fields
---@return nil
---@return plumb.Error
function made.failure(code, message, extra)
  local fields = { code = code, message = message, kind = "credentials", executed = "no" }
  for key, value in pairs(extra or {}) do fields[key] = value end
  return nil, err.new(fields)
end

-- Whoever echoes a request echoes its token: signed ones by their dots, the others by their length.
local function scrub(text, secrets)
  for _, word in ipairs(secrets) do
    local from, to = text:find(word, 1, true)
    while from and word ~= "" do
      text = text:sub(1, from - 1) .. "***" .. text:sub(to + 1)
      from, to = text:find(word, from + 3, true)
    end
  end
  text = text:gsub("eyJ[%w_%-]+%.[%w_%-]+%.?[%w_%-]*", "***")
  return (text:gsub("[%w+/=_%-]+", function(run) return #run >= 100 and "***" or nil end))
end

-- Ours, about where to send; they hold nothing of the input.
local ABOUT_PLACE = { NoRegion = true, BadRegion = true, BadEndpoint = true }

---The error of a provider whose call was refused: AWS's code stays, what it says is scrubbed.
---@param failure plumb.Error
---@param what string      what was tried, in words
---@param secrets? string[]  what the request carried and nobody may see
---@return nil
---@return plumb.Error
function made.refused(failure, what, secrets)
  if ABOUT_PLACE[failure.code] then return nil, failure end
  local message = ("%s: %s"):format(what, scrub(failure.message, secrets or {}))
  if failure.kind == "input" then message = what .. ": the profile holds a value that AWS does not accept" end
  return nil, err.with(failure, { kind = "credentials", message = message, members = false })
end

local function is_text(value, most)
  return type(value) == "string" and value ~= "" and #value <= most and not value:find("%c")
end

---Makes credentials of plain values.
---@param keys { id: any, secret: any, token: any, expires_at: number?, account: any, source: string }
---@return plumb.aws.Credentials|nil
---@return string? why  which value cannot be used
function made.credentials(keys)
  if not is_text(keys.id, 128) or keys.id:find("[^%w_%-]") then return nil, "there is no usable access key id" end
  if not is_text(keys.secret, 1024) then return nil, "there is no usable secret access key" end
  if keys.token ~= nil and not is_text(keys.token, 16384) then return nil, "there is no usable session token" end
  return {
    access_key_id = keys.id, secret = secret.new(keys.secret),
    session_token = keys.token and secret.new(keys.token) or nil,
    expires_at = keys.expires_at, account = type(keys.account) == "string" and keys.account or nil,
    source = keys.source,
  }
end

-- When it ends; false when that cannot be read.
local function expiration(value)
  if value == nil or value == json.null then return nil end
  return type(value) == "string" and time.parse(value) or false
end

---Reads the JSON in which containers, instances and programs hand out keys.
---@param text string
---@param names { token: string, source: string }  how they call the session token
---@return plumb.aws.Credentials|nil
---@return string? why
---@return table? document  what was read, when it was an object
function made.from_json(text, names)
  local document = json.decode(text)
  if type(document) ~= "table" or json.is_list(document) then return nil, "it is not a JSON object" end
  local expires_at = expiration(document.Expiration)
  if expires_at == false then return nil, "its Expiration is not a date", document end
  local token = document[names.token]
  local found, why = made.credentials {
    id = document.AccessKeyId, secret = document.SecretAccessKey, token = token ~= json.null and token or nil,
    expires_at = expires_at, account = document.AccountId, source = names.source,
  }
  return found, why, document
end

---Makes credentials of what STS answered.
---@param output table  of an operation that hands out Credentials
---@param source string
---@return plumb.aws.Credentials|nil
---@return plumb.Error? err
function made.from_sts(output, source)
  local keys = output.Credentials or {}
  local found, why = made.credentials {
    id = keys.AccessKeyId, secret = keys.SecretAccessKey, token = keys.SessionToken, expires_at = keys.Expiration,
    account = output.AssumedRoleUser and tostring(output.AssumedRoleUser.Arn):match("^arn:[^:]*:sts::(%d+):"),
    source = source,
  }
  if found and not found.session_token then found, why = nil, "there is no session token" end
  if not found then return made.failure("BadCredentialReply", ("%s: STS answered, but %s"):format(source, why)) end
  return found
end

return made
