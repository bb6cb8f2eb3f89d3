-- Certificates of those who sign messages: fetched once, checked, and kept while they are valid. The
-- addresses given here have been checked by the caller, to the letter.
--
-- SNS hands out its certificate without the one of the authority that issued it. Where that is missing it
-- is fetched from where the certificate says, from Amazon Trust Services only; it is checked up to a trusted
-- root like all else, so it matters little who delivers it.

local err = require "plumb.err"
local task = require "plumb.task"
local transport = require "plumb.transport"
local x509 = require "plumb.x509"

local certificates = {}

local MAX_BYTES = 16 * 1024
local MAX_KEPT = 16
local MAX_FAILED = 8 -- addresses that failed lately; then nobody can make us ask for more of them
local LATELY = 30    -- seconds
local ISSUERS = "^http://crt%.[%l%d-]+%.amazontrust%.com/[%w_-]+%.cer$"

---@class plumb.Certificates
---@field package kept table<string, { certificate: plumb.Certificate, from: integer, until_: integer }>  by address
---@field package failed table<string, { failure: plumb.Error, at: number }>  by address
local Certificates = {}
Certificates.__index = Certificates

-- A gateway's page instead of an answer is refused by its status; redirects are never followed.
local function fetch(url, max_bytes)
  local scheme, host, path = url:match("^(https?)://([^/]+)(/.*)$")
  local response, failure = transport.send { method = "GET", scheme = scheme, host = host, path = path, query = "",
    headers = {}, body = "", timeout = 10, connect_timeout = 5, max_body = max_bytes }
  if not response then return nil, failure end
  if response.status == 200 then return response.body end
  return nil, err.new { kind = "connection", code = "BadResponse", status = response.status,
    message = "no certificate" }
end

-- A network that fails is not the message's fault, so it may come again. A server that knows of no such
-- certificate has answered.
local function not_fetched(url, failure)
  local status = err.is(failure) and failure.status or 500
  return err.new { kind = "connection", code = "CertificateNotFetched", again = status >= 500,
    message = ("the certificate at %s could not be fetched: %s"):format(url, tostring(failure)) }
end

local function get(self, url)
  local bytes, failure = self.fetch(url, MAX_BYTES)
  if not bytes and err.is(failure) and failure.code == "BodyTooLarge" then
    return nil, err.new { kind = "garbage", code = "BadCertificate", message = failure.message }
  elseif not bytes then
    return nil, not_fetched(url, failure)
  elseif #bytes > MAX_BYTES then
    return nil, err.new { kind = "garbage", code = "BadCertificate",
      message = ("the certificate has more than %d bytes"):format(MAX_BYTES) }
  end
  return bytes
end

local function open(self, bytes, name, extra)
  return x509.open { certificates = bytes, extra = extra, roots = self.roots, time = math.floor(self.now()),
    name = name }
end

local function open_with_issuer(self, bytes, name)
  local certificate, failure = open(self, bytes, name)
  if certificate or failure.code ~= "IssuerMissing" then return certificate, failure end
  local url = x509.issuer_url(bytes)
  if not url or not url:find(ISSUERS) then return nil, failure end
  local extra, reason = get(self, url)
  if not extra then return nil, reason end
  return open(self, bytes, name, extra)
end

-- The first name that fits counts; a certificate for none of them is refused for the first.
local function open_for(self, bytes, names)
  local first
  for _, name in ipairs(names) do
    local certificate, failure = open_with_issuer(self, bytes, name)
    if certificate or failure.code ~= "WrongSubject" then return certificate, failure end
    first = first or failure
  end
  return nil, first
end

local function size(map)
  local n = 0
  for _ in pairs(map) do n = n + 1 end
  return n
end

local function forget_old_failures(self)
  local now = self.now()
  for url, entry in pairs(self.failed) do
    if now - entry.at >= LATELY or now < entry.at then self.failed[url] = nil end
  end
end

local function load(self, url, names)
  local bytes, failure = get(self, url)
  local certificate
  if bytes then certificate, failure = open_for(self, bytes, names) end
  if not certificate then
    self.failed[url] = { failure = failure, at = self.now() }
    return nil, failure
  end
  local from, until_ = certificate:validity()
  if size(self.kept) >= MAX_KEPT then self.kept = {} end
  self.kept[url] = { certificate = certificate, from = from, until_ = until_ }
  return certificate
end

---The certificate behind an address, when it is one for a name and valid now. Waits when it is not known.
---@param url string      https, checked by the caller
---@param names string[]  it must be for one of them
---@return plumb.Certificate|nil
---@return plumb.Error? err  those of plumb.x509, CertificateNotFetched or TooManyCertificates; `again` when it may
---  be had later
function Certificates:get(url, names)
  local entry, now = self.kept[url], self.now()
  if entry and entry.from <= now and now <= entry.until_ then return entry.certificate end
  forget_old_failures(self)
  if self.failed[url] then return nil, self.failed[url].failure end
  if size(self.failed) >= MAX_FAILED then
    return nil, err.new { kind = "connection", code = "TooManyCertificates", again = true,
      message = "too many certificates could not be had lately; wait a minute" }
  end
  return task.once(tostring(self) .. url, function() return load(self, url, names) end)
end

---@param options { fetch: function?, roots: string?, now: fun(): number }  fetch(url, max_bytes) -> bytes | nil, err
---@return plumb.Certificates
function certificates.new(options)
  return setmetatable({ fetch = options.fetch or fetch, roots = options.roots, now = options.now, kept = {},
    failed = {} }, Certificates)
end

return certificates
