-- How this run reaches AWS: settings, credentials, endpoints and transport, real or simulated, made
-- from the command line and the environment. Nobody above can tell the simulator from AWS.

local aws = require "plumb.aws"
local caller = require "plumb.aws.caller"
local config = require "plumb.aws.config"
local credentials = require "plumb.aws.credentials"
local digest = require "plumb.digest"
local endpoint = require "plumb.aws.endpoint"
local files = require "plumb.files"
local problem = require "plumb.problem"
local secret = require "plumb.secret"
local term = require "plumb.term"
local transport = require "plumb.transport"

local session = {}

local SIM_REGION, SIM_ACCOUNT = "us-east-1", "111122223333"
local SIM_KEY, SIM_SECRET = "AKIASIMULATOREXAMPLE", "simulated/secret/key/EXAMPLE"

local function or_raise(value, failure)
  if value ~= nil then return value end
  error(problem.from(failure), 0)
end

local function settings_from(args, env)
  return or_raise(config.load {
    env = env,
    profile = args.profile,
    region = args.region,
    endpoint_url = args.endpoint_url,
    read = function(path) return (files.read(path, 1 << 20)) end,
  })
end

-- The simulator in this very process: a world that begins with the run and ends with it.
local function simulated(args)
  local region = args.region or SIM_REGION
  local sim = require("sim").new {
    seed = args.sim_seed or "demo", region = region, account = SIM_ACCOUNT,
    credentials = { [SIM_KEY] = SIM_SECRET },
  }
  local keys = { access_key_id = SIM_KEY, secret = secret.new(SIM_SECRET), source = "simulator" }
  return {
    region = region,
    simulated = true,
    sim = sim,
    credentials = function() return keys end,
    send = function(request) return sim:send(request) end,
    endpoint = function(service, where) return endpoint.resolve(service, where) end,
  }
end

-- Asks the person at the terminal; nil when there is none to ask. The question goes to standard output.
local function asker(args, cli)
  if args.no_input or not (cli.tty and cli.tty.stdin and cli.tty.stdout) then return nil end
  return function(prompt) return (term.read_line(prompt)) end
end

local function real(args, cli)
  local env = cli.env
  local settings = settings_from(args, env)
  local region = or_raise(config.region(settings))
  transport.configure { ca_bundle = args.ca_bundle or env "AWS_CA_BUNDLE" or settings.profile.ca_bundle }
  return {
    region = region,
    settings = settings,
    retry = settings.retry,
    credentials = credentials.source(settings, nil,
      { call = caller(settings, transport.send), ask = asker(args, cli), send = transport.send }),
    send = transport.send,
    endpoint = endpoint.resolver(settings),
  }
end

---@class plumb.Session
---@field client table     plumb.aws client
---@field region string
---@field simulated boolean
---@field access_key_digest fun(): string  names whose keys these are without saying them

---Opens a session. No call is made yet; missing credentials show at the first one.
---@param args table  --profile, --region, --endpoint-url, --ca-bundle, --sim, --sim-seed
---@param cli plumb.Cli
---@return plumb.Session
function session.open(args, cli)
  local parts = args.sim and simulated(args) or real(args, cli)
  local client = aws.new {
    region = parts.region,
    credentials = parts.credentials,
    send = parts.send,
    endpoint = parts.endpoint,
    retry = parts.retry,
  }
  return {
    client = client,
    region = parts.region,
    simulated = parts.simulated or false,
    sim = parts.sim,
    settings = parts.settings,
    credentials = parts.credentials,
    access_key_digest = function()
      local keys = or_raise(parts.credentials())
      return digest.hex(digest.sha256(keys.access_key_id)):sub(1, 16)
    end,
  }
end

---Where state is kept when --state does not say. A simulator inside this process is gone at its end,
---so is what plumb remembers of it.
---@param args table
---@param env? fun(name: string): string?
---@return string path
---@see https://specifications.freedesktop.org/basedir-spec/latest/
function session.state_path(args, env)
  env = env or os.getenv
  if args.sim then return ":memory:" end
  local named = env "PLUMB_STATE"
  if named and named ~= "" then return named end
  local managed = env "STATE_DIRECTORY" -- systemd
  if managed and managed ~= "" then return managed .. "/state.db" end
  local base = env "XDG_STATE_HOME"
  if not base or base == "" then
    local home = env "HOME"
    if not home or home == "" then
      problem.raise { id = "E503", what = "there is no place for the state file",
        because = "neither XDG_STATE_HOME nor HOME is set", fix = "name one with --state FILE" }
    end
    base = home .. "/.local/state"
  end
  return base .. "/plumb/state.db"
end

return session
