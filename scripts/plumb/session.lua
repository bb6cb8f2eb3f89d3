-- How this run reaches AWS: settings, credentials, endpoints and transport, real or simulated, made
-- from the command line and the environment. Nobody above can tell the simulator from AWS.

local aws = require "plumb.aws"
local caller = require "plumb.aws.caller"
local config = require "plumb.aws.config"
local credentials = require "plumb.aws.credentials"
local digest = require "plumb.digest"
local endpoint = require "plumb.aws.endpoint"
local endpoints = require "plumb.endpoint_flags"
local files = require "plumb.files"
local problem = require "plumb.problem"
local secret = require "plumb.secret"
local term = require "plumb.term"
local trace = require "plumb.aws.trace"
local transport = require "plumb.transport"

local session = {}

local SIM_REGION, SIM_ACCOUNT = "us-east-1", "111122223333"
local SIM_KEY, SIM_SECRET = "AKIASIMULATOREXAMPLE", "simulated/secret/key/EXAMPLE"

local function or_raise(value, failure)
  if value ~= nil then return value end
  error(problem.from(failure), 0)
end

---What the command line, the environment and the shared files say about reaching AWS. Raises a plumb.Problem.
---@param args table
---@param env fun(name: string): string?
---@return plumb.aws.Settings
function session.settings(args, env)
  local url, by_service = endpoints.read(args.endpoint_url, { allow_http = args.allow_http })
  return or_raise(config.load {
    env = env,
    profile = args.profile,
    region = args.region,
    endpoint_url = url,
    endpoint_urls = by_service,
    allow_http = args.allow_http,
    max_attempts = args.max_attempts,
    read = function(path) return (files.read(path, 1 << 20)) end,
  })
end

---The file of trusted certificates, and who named it; nil for the system's. Raises a plumb.Problem when it cannot
---be read: without it every connection would fail later, and less clearly.
---@param args table
---@param settings plumb.aws.Settings
---@return string|nil path
---@return string? origin
function session.ca_bundle(args, settings)
  local from_env = settings.env "AWS_CA_BUNDLE"
  if from_env == "" then from_env = nil end
  local path, origin = args.ca_bundle, "--ca-bundle"
  if not path and from_env then path, origin = from_env, "AWS_CA_BUNDLE" end
  if not path then path, origin = settings.profile.ca_bundle, "profile " .. settings.profile_name end
  if not path then return nil end
  local text, why = files.read(path, 16 << 20)
  if not text then
    problem.raise { id = "E111", what = "the file of trusted certificates cannot be read", where = origin,
      because = why, fix = "name a PEM file with --ca-bundle" }
  end
  return path, origin
end

-- Somebody should set the clock, although everything went well.
local function clock_warning(info)
  local far = math.floor(math.abs(info.offset) + 0.5)
  return problem.new {
    id = "E312",
    what = ("this computer's clock is %d min %d s %s"):format(far // 60, far % 60,
      info.offset > 0 and "behind" or "ahead"),
    because = info.refused and ("%s; AWS refused a signature over it"):format(info.refused.code) or nil,
    tried = "corrected for it and signed again: accepted. The run went on.",
    fix = "set the clock (timedatectl set-ntp true); plumb warns until it is under 4 minutes",
  }
end

-- People see enough of an access key id to tell keys apart, wherever it turns up.
local function hiding_ids(source)
  local last
  return function(refused)
    local found, e = source(refused)
    if found and found ~= last then
      last = found
      secret.hide(found.access_key_id, trace.short_id(found.access_key_id, "…"))
    end
    return found, e
  end
end

-- What --debug shows; nil when nobody asked for it.
local function tracer(args, cli)
  if not args.debug then return nil end
  return trace.new { write = function(text) io.stderr:write(text) end, ascii = not cli.utf8 }
end

-- The simulator in this very process: a world that begins with the run and ends with it.
local function simulated(args, cli)
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
    trace = tracer(args, cli),
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
  local settings = session.settings(args, env)
  local region = or_raise(config.region(settings))
  transport.configure {
    ca_bundle = (session.ca_bundle(args, settings)), connect_timeout = args.connect_timeout,
    read_timeout = args.read_timeout, env = env,
  }
  local shown = tracer(args, cli)
  return {
    region = region,
    settings = settings,
    retry = settings.retry,
    trace = shown,
    credentials = hiding_ids(credentials.source(settings, nil,
      { call = caller(settings, transport.send, shown), ask = asker(args, cli), send = transport.send })),
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
---@param args table  the group "aws" of plumb.cli.flags, and --debug
---@param cli plumb.Cli
---@param on_call? fun(info: table)  told of every request, as in plumb.aws
---@return plumb.Session
function session.open(args, cli, on_call)
  local parts = args.sim and simulated(args, cli) or real(args, cli)
  local fence = {} -- `fence.gate`, once there is one, judges every changing call by the time of its signature
  local client = aws.new {
    gate = function(signed_at)
      if fence.gate then return fence.gate(signed_at) end
      return true
    end,
    region = parts.region,
    credentials = parts.credentials,
    send = parts.send,
    endpoint = parts.endpoint,
    retry = parts.retry,
    trace = parts.trace,
    on_call = on_call,
    on_clock = function(info) cli.warn(clock_warning(info)) end,
  }
  return {
    client = client,
    fence = fence,
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

session.state_path = require "plumb.store.usual_path"

return session
