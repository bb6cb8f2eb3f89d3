-- From a plumb.Error (what AWS, the network, the credentials or the state said) to the fields of a
-- problem. AWS's own code, message and request id are kept verbatim under "because"; the headline says
-- the same in the user's words, and every answer ends with what to do.

local function set(...)
  local s = {}
  for _, name in ipairs({ ... }) do
    s[name] = true
  end
  return s
end

-- Codes differ between services and protocols for one and the same thing; botocore and the services'
-- own error lists agree on these.
local REFUSED = set("UnrecognizedClientException", "InvalidClientTokenId", "InvalidSignatureException",
  "SignatureDoesNotMatch", "IncompleteSignature", "IncompleteSignatureException", "InvalidAccessKeyId",
  "MissingAuthenticationToken", "MissingAuthenticationTokenException", "AuthFailure", "InvalidToken")
local EXPIRED = set("ExpiredToken", "ExpiredTokenException", "TokenRefreshRequired", "ExpiredCredentials")
local DENIED = set("AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "NotAuthorized",
  "AuthorizationError", "AuthorizationErrorException", "OptInRequired")
local SKEWED = set("RequestTimeTooSkewed", "RequestExpired", "RequestInTheFuture")
local THROTTLED = set("Throttling", "ThrottlingException", "ThrottledException", "TooManyRequestsException",
  "RequestThrottled", "RequestThrottledException", "RequestLimitExceeded", "BandwidthLimitExceeded",
  "SlowDown", "PriorRequestNotComplete", "ProvisionedThroughputExceededException", "LimitExceededRate",
  "RequestThrottledByClient", "RetryQuotaExceeded")
local GARBAGE = set("BadResponse", "BodyTooLarge", "PageLoop", "GarbageReply", "NotJson", "NotXml",
  "BadReply", "UnparsableReply")
local MISSING = set("ResourceNotFoundException", "OpsItemNotFoundException", "ResourceNotFound",
  "QueueDoesNotExist", "AWS.SimpleQueueService.NonExistentQueue", "NotFound", "NotFoundException")
local INPUT = set("UnknownMember", "MissingMember", "WrongType", "OutOfRange", "BadInput", "InvalidInput")

local STATE = {
  NotPlumbState = { "E501", "name another file with --state FILE; this one was not touched" },
  StateUnsafe = { "E501", "name another file with --state FILE; this one was not touched" },
  StateLocked = { "E502", "wait for the other plumb to end, or name another file with --state FILE" },
  StateReadOnly = { "E503", "make the folder writable, or name another file with --state FILE" },
  StateDamaged = { "E504", "keep the file, and start a new one with --state FILE: a scan finds the items that exist" },
  StateTooNew = { "E505", "use the plumb that wrote it, or a newer one" },
  StateFull = { "E509", "make room and run the same command again: it goes on with what is left" },
  StateIo = { "E509", "look after the disk and run the same command again: it goes on with what is left" },
  FileExists = { "E111", "name a file that is not there yet" },
  BackupFailed = { "E509", "make room there, or name another file" },
  LeaseHeld = { "E502", "wait for the other instance to end; its lease ends by itself when it is gone" },
  LeaseLost = { "E502", "run the same command again: it goes on with what is left" },
  LeaseFenced = { "E502", "run the same command again in a few minutes: it goes on with what is left" },
  NoStateTable = { "E501", "plumb state init makes it; or name another one with --state dynamodb:TABLE" },
  StateUnreachable = { "E509", "run the same command again when the table can be reached" },
  StateUnknown = { "E509", "run the same command again: it goes on with what is left" },
  StateBusy = { "E509", "run the same command again: it goes on with what is left" },
  CommitTooLarge = { "E509", "report this: a commit has to fit into one transaction" },
  Conflict = { "E509", "run the same command again: it goes on with what is left" },
}
local STATE_FAILED = { "E509", "name another file with --state FILE" }

local function operation_of(err)
  if err.service and err.operation then
    return err.service .. "." .. err.operation
  end
  return err.operation or err.service
end

-- When a signature does not match, services append the request they signed, its session token
-- included; a blank line comes before it.
local function message_of(err)
  local message = tostring(err.message or "no message")
  return REFUSED[err.code] and message:match("^(.-)%s*\n%s*\n") or message
end

-- "AccessDeniedException: User: ... (request id 5f0c...)"
local function because(err)
  local text = ("%s: %s"):format(tostring(err.code), message_of(err))
  if err.status then
    text = text .. (" (HTTP %d"):format(err.status)
      .. (err.request_id and (", request id " .. err.request_id .. ")") or ")")
  elseif err.request_id then
    text = text .. (" (request id %s)"):format(err.request_id)
  end
  return text
end

local function host_of(err)
  return err.host or (type(err.request) == "table" and err.request.host)
    or (err.service and err.service .. (err.region and (" in " .. err.region) or "")) or "AWS"
end

-- `tried` arrives as text, as lines, or as pairs of a place and why it had nothing.
local function tried(err)
  if type(err.tried) ~= "table" then
    return err.tried
  end
  local lines = {}
  for _, entry in ipairs(err.tried) do
    lines[#lines + 1] = type(entry) == "table"
      and ("%-20s %s"):format(entry.name or entry.source or entry[1] or "", entry.why or entry.reason or entry[2] or "")
      or tostring(entry)
  end
  return table.concat(lines, "\n")
end

local function attempts(err)
  local n = tonumber(err.attempts)
  return n and n > 1 and ("%d attempts"):format(n) or nil
end

local function credentials(err)
  if err.code == "NoSuchProfile" then
    return { id = "E202", what = err.message,
      fix = "aws configure list-profiles shows the profiles there are" }
  elseif EXPIRED[err.code] then
    return { id = "E204", what = "the credentials expired", because = because(err),
      fix = "aws sso login, or get a new session token" }
  elseif err.code == "SsoSessionExpired" or err.code == "SsoLoginNeeded" then
    return { id = "E204", what = err.message, fix = err.fix }
  elseif err.code == "NoCredentials" or err.code == "CredentialsNotFound" then
    return { id = "E201", what = "no AWS credentials found", tried = tried(err),
      fix = "aws configure, or AWS_PROFILE=NAME, or try it offline: add --sim" }
  end
  return { id = "E205", what = err.message or "the credentials cannot be read", tried = tried(err),
    fix = err.fix or "correct the setting named above, or choose another profile with --profile" }
end

-- The engine says all in one line: what; advice (SQLite: why).
local function state(err)
  local entry = STATE[err.code] or STATE_FAILED
  local text, why = err.message:match("^(.*) %(SQLite: (.*)%)$")
  return { id = entry[1], what = (text or err.message):match("^(.-); ") or text or err.message,
    because = why and ("SQLite: " .. why), fix = entry[2] }
end

local UNREACHABLE = {
  AddressRefused = "look in /etc/hosts and at the name server; for a stand-in of AWS set AWS_ENDPOINT_URL",
  NameNotResolved = "check the Region, AWS_ENDPOINT_URL and the name server, then run the same command again",
  TlsFailed = "if a proxy of yours opens what is sent, name its certificate: --ca-bundle FILE; check the clock too",
}

local function unreachable(err)
  return { id = "E320", what = "could not reach " .. host_of(err), because = because(err), tried = attempts(err),
    fix = UNREACHABLE[err.code]
      or "check the network, the Region and AWS_ENDPOINT_URL, then run the same command again" }
end

local function denied(err)
  local operation = operation_of(err) or "this operation"
  return { id = "E310",
    what = ("not allowed to call %s%s"):format(operation, err.region and (" in " .. err.region) or ""),
    because = because(err),
    fix = ("add %s to the IAM policy of the caller, or use another --profile"):format(operation:gsub("%.", ":", 1)) }
end

local function throttled(err)
  return { id = "E321", what = ("throttled by %s past the retry budget"):format(host_of(err)),
    because = because(err), tried = attempts(err), fix = "run the same command again in a few minutes" }
end

local function garbage(err)
  return { id = "E322", what = ("the reply of %s makes no sense"):format(host_of(err)),
    because = because(err), tried = attempts(err),
    fix = "is a proxy or a wrong endpoint in the way? see AWS_ENDPOINT_URL and --endpoint-url" }
end

-- The first that applies, in this order: a kind is surer than a code, a code surer than a status.
local RULES = {
  { function(e) return e.code == "NoRegion" end, function()
    return { id = "E105", what = "no AWS Region chosen", fix = "AWS_REGION=eu-west-1, or --region eu-west-1" }
  end },
  { function(e) return e.code == "BadRegion" end, function(e)
    return { id = "E103", what = e.message, fix = "AWS_REGION=eu-west-1, or --region eu-west-1" }
  end },
  { function(e) return e.kind == "readonly" or e.code == "ReadOnly" end, function(e)
    return { id = "E107",
      what = ("this session is read-only, so %s was not sent"):format(operation_of(e) or "the call"),
      fix = "leave out --dry-run; in the REPL: .write on, or plumb repl --write" }
  end },
  { function(e) return e.kind == "credentials" end, credentials },
  { function(e) return e.kind == "state" or STATE[e.code] end, state },
  { function(e) return e.kind == "garbage" or GARBAGE[e.code] end, garbage },
  { function(e) return e.kind == "connection" end, unreachable },
  { function(e) return e.kind == "input" or (INPUT[e.code] and not e.status) end, function(e)
    local about_call = e.operation and e.code ~= "BadEndpoint"
    return { id = about_call and "E110" or "E103", what = e.message, fix = "correct it; nothing was sent" }
  end },
  { function(e) return EXPIRED[e.code] end, credentials },
  { function(e) return SKEWED[e.code] end, function(e)
    return { id = "E312", what = "AWS refused the signature: this computer's clock is wrong", because = because(e),
      fix = "set the clock (timedatectl set-ntp true)" }
  end },
  { function(e) return REFUSED[e.code] end, function(e)
    return { id = "E203", what = "AWS refused these credentials", because = because(e),
      fix = "check AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or choose another profile with --profile" }
  end },
  { function(e) return DENIED[e.code] end, denied },
  { function(e) return THROTTLED[e.code] or e.status == 429 end, throttled },
  { function(e) return MISSING[e.code] end, function(e)
    return { id = "E324", what = "AWS does not know what was asked for", because = because(e),
      fix = "check the name or id, the account and the Region" }
  end },
  { function(e) return (tonumber(e.status) or 0) >= 500 end, function(e)
    return { id = "E323", what = ("%s failed on its side"):format(host_of(e)), because = because(e),
      tried = attempts(e), fix = "run the same command again later" }
  end },
  { function() return true end, function(e)
    return { id = "E300", what = "AWS refused the request", because = because(e),
      fix = "the message above is AWS's own; correct what it names and run the command again" }
  end },
}

---@param err plumb.Error
---@return table fields  for problem.new
return function(err)
  for _, rule in ipairs(RULES) do
    if rule[1](err) then
      local fields = rule[2](err)
      fields.where = fields.where or err.where or operation_of(err)
      fields.aws = fields.id:sub(1, 2) ~= "E5" and { code = err.code, message = message_of(err), service = err.service,
        operation = err.operation, status = err.status, request_id = err.request_id } or nil
      return fields
    end
  end
end
