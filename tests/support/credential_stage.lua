-- A machine with credentials in every place where AWS's tools look for them: the shared files, programs, the single
-- sign-on cache, a container's and an instance's service; and a simulator of AWS that knows whose they are. The servers
-- live in this process, so other programs are started without blocking it.

local digest = require("plumb.digest")
local files = require("plumb.files")
local json = require("plumb.json")
local local_service = require("support.local_service")
local process = require("plumb.process")
local server = require("plumb.server")
local sim = require("sim")
local support = require("support.process")

local M = {}

---The keys that are written down somewhere.
M.KEY, M.SECRET = "AKIAWRITTENEXAMPLE01", "written/down/secret/00000000000000000000"
-- Those that a service hands out.
local TEMPORARY, SESSION = "ASIAHANDEDOUTEXAMPLE", "handed-out-session-token"
local ROLE = "arn:aws:iam::444455556666:role/"
---Whose they are.
M.USER = "arn:aws:iam::111122223333:user/plumb"
M.HANDED_OUT = "arn:aws:sts::111122223333:assumed-role/instance/i-1"

M.BINARY = os.getenv("PLUMB_BINARY") or "build/plumb"

local CONFIG = ([[
[default]
region = eu-west-1
[profile written]
region = eu-west-1
aws_access_key_id = %KEY%
aws_secret_access_key = %SECRET%
[profile "in quotes"]
region=eu-west-1
aws_access_key_id=%KEY%
aws_secret_access_key=%SECRET%
[profile tool]
region = eu-west-1
credential_process = sh -c 'printf "%s" "$0"' '{"Version":1,"AccessKeyId":"%KEY%","SecretAccessKey":"%SECRET%"}'
[profile tool-first]
region = eu-west-1
credential_process = sh -c 'printf "%s" "$0"' '{"Version":1,"AccessKeyId":"%KEY%","SecretAccessKey":"%SECRET%"}'
aws_access_key_id = AKIAUNKNOWNEXAMPLE01
aws_secret_access_key = unknown
[profile shared-first]
region = eu-west-1
credential_process = false
[profile role]
region = eu-west-1
role_arn = %ROLE%one
source_profile = shared
role_session_name = session
[profile role-over-keys]
region = eu-west-1
role_arn = %ROLE%over
source_profile = role-over-keys
role_session_name = session
[profile chain]
region = eu-west-1
role_arn = %ROLE%two
source_profile = role
role_session_name = chained
external_id = handshake
[profile from-tool]
region = eu-west-1
role_arn = %ROLE%three
source_profile = tool
role_session_name = session
duration_seconds = 900
[profile from-environment]
region = eu-west-1
role_arn = %ROLE%four
credential_source = Environment
role_session_name = session
[profile mfa]
region = eu-west-1
role_arn = %ROLE%six
source_profile = shared
role_session_name = session
mfa_serial = arn:aws:iam::111122223333:mfa/somebody
[profile web]
region = eu-west-1
role_arn = %ROLE%web
web_identity_token_file = %FOLDER%/token
role_session_name = session
[profile from-web]
region = eu-west-1
role_arn = %ROLE%five
source_profile = web
role_session_name = session
[profile machine]
region = eu-west-1
[profile from-container]
region = eu-west-1
role_arn = %ROLE%seven
credential_source = EcsContainer
role_session_name = session
[profile from-instance]
region = eu-west-1
role_arn = %ROLE%eight
credential_source = Ec2InstanceMetadata
role_session_name = session
[profile sso]
region = eu-west-1
sso_session = corp
sso_account_id = 111122223333
sso_role_name = ReadOnly
[profile sso-alone]
region = eu-west-1
sso_start_url = https://corp.example.com/start
sso_region = eu-west-1
sso_account_id = 111122223333
sso_role_name = ReadOnly
[profile from-sso]
region = eu-west-1
role_arn = %ROLE%nine
source_profile = sso-alone
role_session_name = session
[sso-session corp]
sso_region = eu-west-1
sso_start_url = https://corp.example.com/start
]])
local CREDENTIALS = [[
[shared]
aws_access_key_id = %KEY%
aws_secret_access_key = %SECRET%
[shared-first]
aws_access_key_id = %KEY%
aws_secret_access_key = %SECRET%
[role-over-keys]
aws_access_key_id = %KEY%
aws_secret_access_key = %SECRET%
]]


local METADATA = "/latest/meta-data/iam/security-credentials/"
local DOCUMENT = json.encode({ Code = "Success", AccessKeyId = TEMPORARY, SecretAccessKey = M.SECRET, Token = SESSION,
  Expiration = "2999-01-01T00:00:00Z" })

---@class spec.CredentialStage
---@field folder string
---@field world table    the simulator
---@field url string     where it listens
local Stage = {}
Stage.__index = Stage

---@return spec.CredentialStage
function M.start()
  local self = setmetatable({ folder = support.folder(), services = {} }, Stage)
  self.world = sim.new({ seed = "demo", region = "eu-west-1", credentials = { [M.KEY] = M.SECRET,
    [TEMPORARY] = { secret = M.SECRET, session_token = SESSION, arn = M.HANDED_OUT } } })
  self.listening = assert(server.serve({ max_body = 1 << 20,
    handler = function(request) return self.world:handle(request) end }))
  self.url = "http://127.0.0.1:" .. self.listening.port
  local values = { KEY = M.KEY, SECRET = M.SECRET, ROLE = ROLE, FOLDER = self.folder }
  support.write(self.folder .. "/config", (CONFIG:gsub("%%(%u+)%%", values)))
  support.write(self.folder .. "/credentials", (CREDENTIALS:gsub("%%(%u+)%%", values)))
  support.write(self.folder .. "/token", "h.e30.s")
  return self
end

function Stage:stop()
  self.listening.close()
  for _, service in ipairs(self.services) do service.close() end
  support.remove(self.folder)
end

---A service on loopback, as support.local_service; ended with the stage.
---@param answers table
---@return table
function Stage:serve(answers)
  local service = local_service.start(answers)
  self.services[#self.services + 1] = service
  return service
end

---An instance's metadata service.
function Stage:metadata()
  return self:serve({ ["PUT /latest/api/token"] = "session", ["GET " .. METADATA] = "instance",
    ["GET " .. METADATA .. "instance"] = DOCUMENT })
end

---A container's service, at /c.
function Stage:container() return self:serve({ ["GET /c"] = DOCUMENT }) end

---The portal of single sign-on, which renews tokens too.
function Stage:portal()
  return self:serve({
    ["POST /token"] = json.encode({ accessToken = "new", refreshToken = "next", expiresIn = 28800 }),
    ["GET /federation/credentials"] = json.encode({ roleCredentials = { accessKeyId = TEMPORARY,
      secretAccessKey = M.SECRET, sessionToken = SESSION, expiration = 32472144000000 } }),
  })
end

---What `aws sso login` leaves behind below a home.
---@param home string
---@param name string        of the session, or the start URL in the older form
---@param expires_at string
---@return string path
function Stage.log_in(_, home, name, expires_at)
  local folder = home .. "/.aws/sso/cache"
  local path = ("%s/%s.json"):format(folder, digest.hex(digest.sha1(name)))
  assert(files.mkdir_all(folder))
  assert(files.write_atomic(path, json.encode({ accessToken = "old", expiresAt = expires_at, region = "eu-west-1",
    startUrl = "https://corp.example.com/start", clientId = "c", clientSecret = "s", refreshToken = "r",
    registrationExpiresAt = "2999-01-01T00:00:00Z" })))
  return path
end

---What a program gets: all it needs to be taken for a user of this machine.
---@param more? table<string, string|false>  false takes a variable away
---@return table<string, string>
function Stage:environment(more)
  local env = { HOME = self.folder, PATH = os.getenv("PATH"), LANG = "C.UTF-8",
    AWS_CONFIG_FILE = self.folder .. "/config", AWS_SHARED_CREDENTIALS_FILE = self.folder .. "/credentials",
    AWS_ENDPOINT_URL = self.url, AWS_PAGER = "", AWS_REGION = "eu-west-1", AWS_DEFAULT_REGION = "eu-west-1",
    AWS_EC2_METADATA_DISABLED = "true", PLUMB_SCRIPTS = os.getenv("PLUMB_SCRIPTS"),
    ASAN_OPTIONS = os.getenv("ASAN_OPTIONS"), LSAN_OPTIONS = os.getenv("LSAN_OPTIONS"),
    UBSAN_OPTIONS = os.getenv("UBSAN_OPTIONS") }
  for name, value in pairs(more or {}) do env[name] = value or nil end
  return env
end

---Runs a program to its end; the servers go on meanwhile.
---@param argv string[]
---@param env? table<string, string|false>
---@return { code: integer, output: string }
function Stage:run(argv, env)
  return assert(process.run({ argv = argv, env = self:environment(env), timeout = 120, max_output = 1 << 20 }))
end

---Whom AWS takes plumb for.
---@param arguments string[]
---@param env? table<string, string|false>
---@return string|integer  the ARN of the caller, or plumb's exit code
function Stage:identity(arguments, env)
  local argv = { M.BINARY, "call", "--json", "sts.GetCallerIdentity" }
  table.move(arguments, 1, #arguments, #argv + 1, argv)
  local result = self:run(argv, env)
  return result.code == 0 and assert(json.decode(result.output)).Arn or result.code
end

return M
