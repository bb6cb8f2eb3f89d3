-- What plumb serve is to do, from the policy and the command line, which goes before. Raises a plumb.Problem for what
-- cannot be: each text alone has been checked with the policy, but not how they go together.

local problem = require "plumb.problem"
local schedule_of = require "plumb.trigger.schedule"
local serve_policy = require "plumb.policy.serve"
local time = require "plumb.time"

local settings = {}

---@class plumb.ServeSettings
---@field schedule? plumb.Schedule
---@field jitter { part: number?, seconds: number? }
---@field poll? number     seconds
---@field queue? string    URL
---@field webhook? { address: string, port: integer, path: string, topics: string[], confirm: boolean, public: boolean }
---@field health? { address: string, port: integer }

local function refuse(policy, key, what, fix)
  problem.raise { id = "E403", what = what, where = ("serve.%s, %s"):format(key, policy:origin("serve." .. key)),
    fix = fix }
end

local function schedule(policy, args)
  local text, zone = args.schedule or policy.serve.schedule, policy.serve.time_zone
  if not text then return nil end
  local found, failure = schedule_of.parse(text, { zone = zone })
  if found then return found end
  if args.schedule then
    problem.raise { id = "E103", what = failure.message, where = "--schedule " .. text,
      fix = "plumb schedule next 'rate(1 hour)'   tries one" }
  end
  refuse(policy, "schedule", failure.message, "plumb schedule next 'rate(1 hour)'   tries one")
end

local function place(policy, key, text, public, fix)
  local found = serve_policy.address(text)
  if found.loopback or public then return found end
  refuse(policy, key .. ".listen", ("%s is not an address of this machine alone"):format(text), fix)
end

local function health(policy, args)
  local given = args.http
  if given == "off" then return nil end
  if given and not serve_policy.address(given) then
    problem.raise { id = "E103", what = ("--http %s is no numeric address with a port"):format(given),
      fix = "--http 127.0.0.1:9464, or --http off" }
  end
  local text = given or policy.serve.health.listen
  return text and place(policy, "health", text, policy.serve.health.public,
    "serve.health.public = true   when others may see health and metrics") or nil
end

local function webhook(policy)
  local said = policy.serve.webhook
  if not said.listen then return nil end
  local found = place(policy, "webhook", said.listen, said.public,
    "serve.webhook.public = true   when a proxy with TLS is in front of it")
  if #said.topics == 0 then
    refuse(policy, "webhook.topics", "the webhook listens to no topic",
      'serve.webhook.topics = { "arn:aws:sns:eu-west-1:111122223333:plumb" }')
  end
  return { address = found.address, port = found.port, path = said.path, topics = said.topics,
    confirm = said.confirm, public = said.public }
end

---@param policy plumb.Policy
---@param args table  of the command line: schedule, http
---@return plumb.ServeSettings
function settings.of(policy, args)
  local said = policy.serve
  local found = { schedule = schedule(policy, args), jitter = serve_policy.jitter(said.jitter),
    poll = said.poll and time.duration(said.poll) or nil, queue = said.queue or nil, webhook = webhook(policy),
    health = health(policy, args) }
  if not (found.schedule or found.poll or found.queue or found.webhook) then
    problem.raise { id = "E403", what = "there is nothing to serve: no schedule, no poll, no queue, no webhook",
      where = policy:origin "serve", fix = "plumb init   writes a policy that says what there is" }
  end
  return found
end

return settings
