-- Where the calls of a session go: profile, Region or simulator, and whether they may change anything. What stands
-- behind it is put together at the first call, and again after something was changed.

local problem = require("plumb.problem")
local signer = require("plumb.aws.signer")

local M = {}

---@class plumb.repl.Place
---@field args table        the command line, as dot-commands changed it
---@field interactive boolean  somebody is there to ask
---@field counts { calls: integer, retries: integer }
local Place = {}
Place.__index = Place

---@param args table
---@param cli plumb.Cli
---@param opts? { ask: (fun(question: string): string?)? }  asks the person before each change; nobody is asked
---  without it, and a read-only session stays so
---@return plumb.repl.Place
function M.new(args, cli, opts)
  local copy = {}
  for key, value in pairs(args) do
    copy[key] = value
  end
  local self = setmetatable({ args = copy, cli = cli, ask = opts and opts.ask, all_changes = false,
    counts = { calls = 0, retries = 0 } }, Place)
  self.interactive = self.ask ~= nil
  if self.interactive and not args.write then
    signer.hold()
  end
  return self
end

-- A session that somebody leads looks at the state and does not hold it: changes are put down one by one.
local function context_args(self)
  local args = {}
  for key, value in pairs(self.args) do
    args[key] = value
  end
  args.dry_run = self.interactive or not self.args.write
  args.gate_is_held = self.interactive
  return args
end

local function count(self)
  return function(info)
    self.counts.calls = self.counts.calls + 1
    if info.attempt > 1 then
      self.counts.retries = self.counts.retries + 1
    end
  end
end

---The parts of plumb as they are now. May raise a plumb.Problem: no Region, a broken policy.
---@return plumb.Context
function Place:context()
  if not self.opened then
    self.opened = require("plumb.context").open(context_args(self), self.cli)
  end
  return self.opened
end

---The client that calls go through.
---@return plumb.aws.Client
function Place:client()
  local client = self:context().aws
  rawset(client, "on_call", rawget(client, "on_call") or count(self))
  return client
end

---A context for one look at everything: it shares client and policy, knows nothing that was read before, and puts
---nothing down, wherever the session may write.
---@return plumb.Context
function Place:fresh()
  local old, args = self:context(), context_args(self)
  args.full, args.dry_run, args.gate_is_held = true, true, true
  local context = require("plumb.context").open(args, self.cli)
  self:client()
  for _, part in ipairs({ "session", "policy", "store" }) do
    rawset(context, part, old[part])
  end
  return context
end

---How many requests were sent so far.
---@return integer
function Place:calls()
  return self.counts.calls
end

---Changes where calls go; keeps everything as it was when that place cannot be used.
---@param change table<string, any>  profile=, region=, sim=; false takes one away
function Place:go(change)
  local before = self.args
  local args = {}
  for key, value in pairs(before) do
    args[key] = value
  end
  for key, value in pairs(change) do
    args[key] = value or nil
  end
  if not args.sim then
    require("plumb.session").settings(args, self.cli.env) -- raises for a profile that there is not
  end
  self.args = args
  self:close()
end

---Reads the policy anew; the one so far stays when the other is wrong. Raises a plumb.Problem.
---@param path? string  nil for the one that is found in its usual places
function Place:use_policy(path)
  local before = self.args.policy
  local session, old = self:context().session, self.opened
  self.args.policy, self.opened = path, nil
  local ok, failure = pcall(function()
    rawset(self:context(), "session", session)
    return self:context().policy
  end)
  if not ok then
    self.args.policy, self.opened = before, old
    error(failure, 0)
  end
  old:close()
end

---Shows each request and its answer on standard error, or no longer.
---@param on boolean
function Place:trace(on)
  self.args.debug = on or nil
  local shown = on and require("plumb.aws.trace").new({ write = function(text) io.stderr:write(text) end,
    ascii = not self.cli.utf8 }) or nil
  rawset(self:client(), "trace", shown)
end

---Profile and Region for people, without asking anybody: "prod:eu-west-1".
---@return string
function Place:name()
  local args = self.args
  if args.sim then
    return "sim:" .. (args.region or "us-east-1")
  end
  local ok, settings = pcall(require("plumb.session").settings, args, self.cli.env)
  if not ok then
    return args.profile or "default"
  end
  return settings.region and settings.profile_name .. ":" .. settings.region or settings.profile_name
end

---@return boolean
function Place.is_writing()
  return not signer.is_read_only()
end

---What to say to somebody who tried to change something.
---@param what string|plumb.Error  the call
---@return plumb.Problem
function Place:read_only_problem(what)
  return problem.new({
    id = "E107", what = "this session is read-only",
    where = type(what) == "table" and what.operation and what.service .. "." .. what.operation or tostring(what),
    fix = self.interactive and ".write on     asks before each change, and puts it down in the audit trail"
      or "plumb repl --write",
  })
end

-- What says which thing is changed: ids, names and the like. The rest may be long, or nobody's business.
local function identifying(input)
  local kept = {}
  for key, value in pairs(input) do
    local telling = key:find("Id$") or key:find("Arn$") or key:find("Name$") or key:find("Alias$") or key:find("Url$")
    if telling and type(value) == "string" and #value <= 256 then
      kept[key] = value
    end
  end
  return kept
end

local function put_down(store, context, operation, input)
  assert(store:commit({}, { { at = context.time.now(), run = context.run_id, operation = operation,
    detail = { by = "repl", input = identifying(input) } } }))
end

-- Before the call: a trail that misses a change would be worse than one that names a change that failed.
local function audit(self, operation, input)
  local context = self:context()
  if self.args.sim then
    return -- a world that ends with the session
  elseif not context.args.dry_run then
    put_down(context.store, context, operation, input)
    return
  end
  local path = self.args.state or require("plumb.session").state_path(self.args, self.cli.env)
  local store = require("plumb.store").open({ path = path, read_only = false,
    client = require("plumb.store").table_name(path) and context.session.client:with({ gate = false }) or nil })
  local ok, failure = pcall(put_down, store, context, operation, input)
  store:close()
  if not ok then
    error(failure, 0)
  end
end

local function described(input)
  local words = {}
  for key, value in pairs(identifying(input)) do
    words[#words + 1] = key .. " " .. value
  end
  table.sort(words)
  return #words > 0 and " (" .. table.concat(words, ", ") .. ")" or ""
end

local function confirm(self, operation, input)
  local answer = self.ask(("%s%s in %s? [y/N/a] "):format(operation, described(input), self:name()))
  answer = answer and answer:lower():match("^%s*(.-)%s*$") or ""
  if answer == "a" or answer == "all" then
    self.all_changes = true
  elseif answer ~= "y" and answer ~= "yes" then
    problem.raise({ id = "E108", what = ("%s was not sent"):format(operation), because = "you did not say yes",
      fix = "y sends this change, a this one and all further ones until .write off" })
  end
end

---Asks and puts down, before a call that changes something. Raises a plumb.Problem when it may not be made.
---@param service plumb.aws.Service
---@param operation string
---@param input table
function Place:before_change(service, operation, input)
  local name = service.name .. "." .. operation
  if not self:is_writing() then
    error(self:read_only_problem(name), 0)
  end
  if self.interactive and not self.all_changes then
    confirm(self, name, input)
  end
  audit(self, name, input)
end

---Lets go of what is open; the next call puts it together anew.
function Place:close()
  if self.opened then
    self.opened:close()
  end
  self.opened = nil
end

return M
