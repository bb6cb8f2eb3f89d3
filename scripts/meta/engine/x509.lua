---@meta engine.x509

-- engine/lua/lua_x509.c; use plumb.x509

---@class engine.x509.Certificate
---@field validity fun(self: engine.x509.Certificate): integer, integer  from and until, epoch seconds
---@field signed fun(self: engine.x509.Certificate, digest: "sha1"|"sha256", text: string, sig: string): true?, table?

---@class engine.x509.Options
---@field certificates string  PEM, the one to check first
---@field extra? string        more on the way to a root, PEM or one in DER
---@field roots? string        PEM, instead of the system's
---@field time integer         epoch seconds at which they must be valid
---@field name string          the host that the first one must be for

-- Codes: BadCertificate, WeakKey, WrongSubject, CertificateExpired, CertificateNotYetValid, IssuerMissing,
-- UntrustedCertificate, BadSignature.

---@class engine.x509
---@field open fun(options: engine.x509.Options): engine.x509.Certificate|nil, { code: string, message: string }?
---@field issuer_url fun(certificates: string): string|nil  where the next certificate of the chain can be fetched
local x509 = {}

return x509
