-- Signature Version 4: a request and credentials become a signed request. The
-- work is done in C, where secrets stay; the door of engine.sign.

local engine = require "engine.sign"
local err = require "plumb.err"

local signer = {}

local function failure(reason)
  local read_only = reason.code == "ReadOnly"
  return nil, err.new {
    code = reason.code, message = reason.message, kind = read_only and "readonly" or "credentials", executed = "no",
  }
end

local function options_of(credentials, options)
  return {
    access_key_id = credentials.access_key_id, secret = credentials.secret, session_token = credentials.session_token,
    region = options.region, service = options.service, time = options.time, presign_expires = options.presign_expires,
  }
end

---Signs a request. From here on nobody may touch it: path, query, signed headers
---and body are what was signed.
---@param request plumb.Request
---@param credentials plumb.aws.Credentials
---@param options { service: string, region: string, time: number }  signing name, Region, epoch seconds
---@return plumb.Request|nil signed  a new table
---@return plumb.Error? err  kind "readonly" in a read-only run, for what is not known to read
---@see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html
function signer.sign(request, credentials, options)
  local added, reason = engine.sign(request, options_of(credentials, options))
  if not added then return failure(reason) end
  local signed, headers = {}, {}
  for key, value in pairs(request) do signed[key] = value end
  for name, value in pairs(request.headers) do headers[name] = value end
  for name, value in pairs(added) do headers[name] = value end
  signed.headers = headers
  return signed
end

-- The options of the last signature for each set of credentials, since calls of one service follow each other.
local last_options = setmetatable({}, { __mode = "k" })

---Signs a request that nobody else holds, by adding to its own headers; what an earlier signature left there is
---replaced.
---@param request plumb.Request
---@param credentials plumb.aws.Credentials
---@param service string  signing name
---@param region string
---@param now number      epoch seconds
---@return boolean|nil done
---@return plumb.Error? err  as for sign
function signer.sign_in_place(request, credentials, service, region, now)
  local options = last_options[credentials]
  if not options or options.service ~= service or options.region ~= region then
    options = options_of(credentials, { service = service, region = region })
    last_options[credentials] = options
  end
  options.time = now
  local added, reason = engine.sign(request, options)
  if not added then return failure(reason) end
  local headers = request.headers
  for name, value in next, added do headers[name] = value end
  return true
end

---Makes a query that carries its own signature, for somebody else to use.
---@param request plumb.Request
---@param credentials plumb.aws.Credentials
---@param options { service: string, region: string, time: number, presign_expires: integer }  seconds of validity
---@return string|nil query  handle it like a secret
---@return plumb.Error? err
function signer.presign(request, credentials, options)
  local query, reason = engine.presign(request, options_of(credentials, options))
  if not query then return failure(reason) end
  return query
end

---Switches the whole process to read-only, for good: sign refuses everything that
---is not known to read.
function signer.read_only()
  engine.read_only()
end

---Switches the process to read-only until the person at the terminal types `.write on`: the engine listens to the line
---itself, so no script can do it in that person's place. Does nothing where it is read-only for good.
function signer.hold()
  engine.hold()
end

---@return boolean
function signer.is_read_only()
  return engine.is_read_only()
end

return signer
