-- Certificates of those who sign messages. The door of engine.x509.

local engine = require "engine.x509"
local err = require "plumb.err"

local x509 = {}

---@class plumb.Certificate
---@field signed fun(self, digest: "sha1"|"sha256", text: string, signature: string): true|nil  RSA, PKCS #1 v1.5
---@field validity fun(self): integer, integer  from and until when it and all above it are valid, epoch seconds

---Checks a certificate: an RSA key of 2048 bits or more, for that name, valid at that time, issued under a
---trusted root.
---@param options { certificates: string, extra: string?, roots: string?, time: integer, name: string }
---  certificates: PEM, the one itself first; extra: PEM or DER of issuers in between; roots: PEM, the system's when
---  nil; time: epoch seconds; name: a DNS name
---@return plumb.Certificate|nil
---@return plumb.Error? err  kind "garbage": BadCertificate, WeakKey, WrongSubject, CertificateExpired,
---  CertificateNotYetValid, IssuerMissing, UntrustedCertificate
function x509.open(options)
  local certificate, failure = engine.open(options)
  if certificate then return certificate end
  return nil, err.new { kind = "garbage", code = failure.code, message = failure.message }
end

---Where the certificate says that its issuer's can be had; whatever stands there, unchecked.
---@type fun(certificates: string): string|nil
x509.issuer_url = engine.issuer_url

return x509
