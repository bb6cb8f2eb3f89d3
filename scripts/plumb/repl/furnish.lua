-- What typed code finds beside Lua: services, jobs, the policy, help. Nothing of it opens anything before it is used.

local aws = require("plumb.aws")
local help = require("plumb.repl.help")
local jobs = require("plumb.repl.jobs")
local operations = require("plumb.repl.operations")
local problem = require("plumb.problem")
local try_policy = require("plumb.repl.try_policy")
local what_if = require("plumb.repl.what_if")

local SERVICES = { wa = "wellarchitected", ssm = "ssm", sts = "sts", sqs = "sqs", sns = "sns", dynamodb = "dynamodb",
  organizations = "organizations" }

local function add_services(env, place, before_change)
  for short, name in pairs(SERVICES) do
    rawset(env, short, operations.service(short, require("plumb.aws.service." .. name), {
      open = function() return place:client()[name] end, before_change = before_change }))
  end
end

-- Operations of a service whose published model is in a file.
local function from_model(place, path, before_change)
  local service, message = aws.load_model(path)
  if not service then
    problem.raise({ id = "E111", what = "this model cannot be used", because = message,
      fix = "name a service-2.json, as it is in every AWS CLI" })
  end
  return operations.service(service.name, service, {
    open = function() return place:client():handle(service) end, before_change = before_change })
end

---@param session plumb.Repl
---@param place plumb.repl.Place
return function(session, place)
  local env = session.env
  local function before_change(...)
    place:before_change(...)
  end
  add_services(env, place, before_change)
  for name, job in pairs(jobs.jobs) do
    rawset(env, name, function(...) return job.call(place, ...) end)
  end
  rawset(env, "policy", try_policy.new(place))
  rawset(env, "whatif", function(...) return what_if.try(place, ...) end)
  rawset(env, "help", function(subject) session.out(help.text(session, subject)) end)
  rawset(env, "model", function(path)
    if type(path) ~= "string" then
      error("model takes the path of a service-2.json", 2)
    end
    return from_model(place, path, before_change)
  end)
end
