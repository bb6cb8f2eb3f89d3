-- Puts the parts together into the one table `plumb` that workflows, scripts and the REPL get. It is
-- the only file that knows them all. A part is made when it is first looked at, so that a script
-- without AWS calls needs no credentials and `plumb check` opens no state.

local context = {}

---@class plumb.Context
---@field aws table            the client: plumb.aws.ssm:GetOpsItem{ OpsItemId = id }
---@field policy plumb.Policy
---@field store plumb.Store
---@field sink table           where work items live
---@field json table           plumb.json
---@field task table           plumb.task
---@field time table           plumb.time
---@field log table            plumb.log
---@field run_id string        the ULID of this run
---@field account string       whose workloads these are
---@field region string
---@field problems plumb.Problem[]  what went wrong without stopping the run

-- What is fatal stops the run: without credentials nothing else will work either. Anything else costs
-- the workload or lens at hand, and the run says so at its end.
local FATAL = { credentials = true, readonly = true, state = true, input = true }

local parts = {} -- name -> function(plumb) that makes the part

function parts.json() return require "plumb.json" end
function parts.task() return require "plumb.task" end
function parts.time() return require "plumb.time" end
function parts.log() return require "plumb.log" end
function parts.finding() return require "plumb.finding" end
function parts.progress(plumb) return require("plumb.view.progress").new(plumb.cli) end
function parts.problems() return {} end
function parts.unread() return {} end -- ARNs of workloads of which something could not be read
function parts.run_id() return require("plumb.random").ulid() end

function parts.session(plumb)
  return require("plumb.session").open(plumb.args, plumb.cli, plumb.args.on_call)
end

function parts.aws(plumb) return plumb.session.client end
function parts.region(plumb) return plumb.session.region end

function parts.policy(plumb)
  local args = plumb.args
  local policy = require("plumb.policy").load { path = args.policy, set = args.set }
  for _, note in ipairs(policy.notes) do plumb.cli.note(note) end
  return policy
end

function parts.store(plumb)
  local store = require "plumb.store"
  local path = plumb.args.state or require("plumb.session").state_path(plumb.args)
  local client = store.table_name(path) and plumb.session.client:with { gate = false } -- a file needs no credentials
  return store.open { path = path, read_only = plumb.args.dry_run or false, client = client or nil }
end

-- Items are made where the workload is, unless the policy names one account for all of them.
function parts.sink(plumb)
  local session, central = plumb.session, plumb.policy.items_in
  if central.role or central.region then
    session = require("plumb.places").session_at(plumb.home or session,
      { name = "items", role = central.role, external_id = central.external_id }, central.region or plumb.region)
  end
  return require("plumb.sink").new("opscenter", { client = session.client, source = plumb.policy.source,
    tags = plumb.item_tags })
end

-- The account is asked for once and remembered with the state, by access key.
function parts.account(plumb)
  local who = "account/" .. plumb.session.access_key_digest()
  local mark = plumb.store:get("mark", who)
  if mark then return mark.value end
  -- Keys of a role know whose they are. AWS_ACCOUNT_ID beside keys in the environment is anybody's word.
  local keys = plumb.session.credentials and plumb.session.credentials()
  if keys and keys.account and keys.source ~= "environment" then return keys.account end
  local account, failure, arn = plumb.reader:account()
  if not account and (FATAL[failure.kind] or failure.kind == "place") then error(failure, 0) end
  if not account then
    plumb.log.warn("could not ask AWS which account this is; workloads shared by other accounts count as own",
      { reason = tostring(failure) })
    return false
  end
  if not plumb.args.dry_run then
    local actor = require "plumb.actor"
    actor.note(plumb.store, who, account)
    actor.remember(plumb.store, plumb.session.access_key_digest(), arn)
  end
  return account
end

function parts.reader(plumb)
  local args = plumb.args
  return require("plumb.reader").new {
    client = plumb.aws,
    policy = plumb.policy,
    only = { workloads = args.workload, lenses = args.lens },
    matches = require("plumb.policy.glob").any,
    on_problem = function(problem) table.insert(plumb.problems, problem) end,
    elsewhere = function(arn) return require("plumb.places").is_read_elsewhere(plumb, arn) end,
    freshness = plumb.freshness,
    log = plumb.log,
  }
end

-- A changed policy may find what the old one did not, so its text is part of every fingerprint.
local function policy_salt(plumb)
  local digest, json = require "plumb.digest", require "plumb.json"
  local text = plumb.policy.text or ""
  local version = require("plumb.build").version
  return digest.hex(digest.sha256(json.encode { version, text, json.list(plumb.args.set or {}) }))
end

function parts.freshness(plumb)
  return require("plumb.freshness").new {
    store = plumb.store, now = plumb.time.now, full_check = plumb.policy.seconds("full_check"),
    salt = policy_salt(plumb), full = plumb.args.full,
  }
end

-- What belongs to one place is kept under this name.
function parts.mark(plumb) return ("%s/%s"):format(plumb.account or "", plumb.region) end

function parts.opener(plumb)
  return require("plumb.open").new {
    store = plumb.store, sink = plumb.sink, policy = plumb.policy, now = plumb.time.now, run = plumb.run_id,
    place = plumb.mark,
  }
end

function parts.settler(plumb)
  return require("plumb.settle").new {
    client = plumb.aws, store = plumb.store, policy = plumb.policy, now = plumb.time.now, run = plumb.run_id,
  }
end

function parts.inbox(plumb)
  local central = plumb.policy.items_in
  return require("plumb.inbox").new {
    store = plumb.store, sink = plumb.sink, policy = plumb.policy, now = plumb.time.now,
    place = plumb.mark, central = central.role ~= nil or central.region ~= nil, one_of_several = plumb.place ~= nil,
    takes = function(account)
      return require("plumb.places").wants_shared(plumb.policy)
        and not (plumb.owners or {})[account .. "/" .. plumb.region]
    end,
    on_failure = function(id, failure)
      local shown = require("plumb.problem").from(failure)
      shown.item, shown.where = id, ("OpsItem %s%s"):format(id, shown.where and "\n" .. shown.where or "")
      table.insert(plumb.problems, shown)
    end,
  }
end

function parts.baseline(plumb)
  return require("plumb.baseline").new { store = plumb.store, opener = plumb.opener, policy = plumb.policy,
    dry_run = plumb.args.dry_run or false }
end

-- New items that an account may still get this calendar month; asked for once, however many want to know at the same
-- time, since nothing is made meanwhile. false where the policy has no such limit.
function parts.month_left(plumb)
  local task = require "plumb.task"
  local budget, known, turn = plumb.policy.budget.month, {}, task.lock()
  local function ask(account)
    known[account] = known[account] or math.max(0, budget - plumb.opener:created_this_month(account))
  end
  return budget and function(account)
    if not known[account] then turn:with(ask, account) end
    return known[account]
  end
end

function parts.links(plumb)
  return require("plumb.links").new { store = plumb.store, reader = plumb.reader, log = plumb.log,
    keep = not plumb.args.dry_run }
end

local Context = {}

function Context.__index(plumb, name)
  if Context[name] then return Context[name] end
  local make = parts[name]
  if not make then return nil end
  local part = make(plumb)
  rawset(plumb, name, part)
  return part
end

-- ---- what a workflow calls ----

-- What AWS refuses is noted as a problem of what it is about. Raises what concerns everything.
local function note(plumb, failure, what)
  local err, problem = require "plumb.err", require "plumb.problem"
  if not err.is(failure) or FATAL[failure.kind] then error(failure, 0) end
  local shown = problem.from(failure)
  shown.where = what .. (shown.where and "\n" .. shown.where or "")
  table.insert(plumb.problems, shown)
end

local function attempt(plumb, workload, what, fn, ...)
  local result = table.pack(pcall(fn, ...))
  if result[1] then return table.unpack(result, 2, result.n) end
  note(plumb, result[2], what)
  plumb.unread[workload.WorkloadArn] = true
  return nil
end

-- A list that breaks off is of use as far as it goes; one of which nothing came ends the run. `shown`: what came.
local function as_far_as_it_goes(plumb, each, shown, what)
  local broken = false
  return function()
    if broken then return nil end
    local ok, entry = pcall(each)
    if ok then return entry end
    if not next(shown) then error(entry, 0) end
    broken = true
    note(plumb, entry, what)
    return nil
  end
end

local function bind_workflow(plumb)
  ---The workloads that policy and command line want. Waits.
  ---@return fun(): table?  WorkloadSummary
  function plumb.workloads()
    plumb:bind_policy()
    local each = as_far_as_it_goes(plumb, plumb.reader:workloads(), plumb.reader.listed,
      "the list of workloads broke off; the next run reads the others")
    local read_until = plumb.args.read_until
    return function()
      -- Where time is short, what was read still wants to be carried out; the rest is due the next time.
      if read_until and plumb.time.now() >= read_until then
        plumb.cut_short = true
        return nil
      end
      return each()
    end
  end

  ---The lenses of a workload that policy and command line want; none when they could not be read,
  ---which is noted. Waits.
  ---@param workload table
  ---@return table[]
  function plumb.lenses(workload)
    return attempt(plumb, workload, ("workload '%s'"):format(workload.WorkloadName), plumb.reader.lenses, plumb.reader,
      workload) or {}
  end

  ---What was read of one lens of one workload, its findings among it; nil when it could not be read
  ---completely, which is noted. Waits.
  ---@param workload table
  ---@param lens table
  ---@return plumb.Review?
  function plumb.findings(workload, lens)
    local review = attempt(plumb, workload, ("workload '%s', lens '%s'"):format(workload.WorkloadName,
      lens.LensAlias or lens.LensArn), plumb.reader.findings, plumb.reader, workload, lens)
    if review then plumb.progress:read(review) end
    return review
  end

  ---An empty plan: plan:review adds what a reviewed lens needs, plan:settle what a resolved item means.
  ---@return plumb.Plan
  function plumb.plan()
    local args = plumb.args
    return require("plumb.plan").new {
      budget = not args.keep_all and plumb.policy.budget or nil,
      month_left = not args.keep_all and plumb.month_left or nil,
      baseline = args.baseline and plumb.baseline or nil, rows = args.json or false,
      policy = plumb.policy, store = plumb.store, now = plumb.time.now,
      problems = plumb.problems, unread = plumb.unread, risks = args.risk,
      links = function(review, findings) plumb.links:add(review, findings) end,
      read_again = function(workload, lens) return plumb.findings(workload, lens) end,
      note = not args.dry_run and function(review)
        require("plumb.history").note(plumb.store, review, plumb.time.now())
      end or nil,
    }
  end

  ---The items that people resolved and nobody has written back yet. Waits.
  ---@return fun(): table?
  function plumb.resolved()
    plumb:bind_policy()
    if plumb.args.hints then return plumb.inbox:hinted(plumb.args.hints) end
    if #(plumb.args.item or {}) > 0 then return plumb.inbox:resolved(plumb.args.item) end
    return as_far_as_it_goes(plumb, plumb.inbox:resolved(), plumb.inbox.seen,
      "the list of resolved items broke off; the next run reads the others")
  end

  ---What the resolving of an item means, by the policy. May wait.
  ---@param item table
  ---@return table? outcome  { outcome, reason?, expires? }
  ---@return plumb.Problem? problem
  function plumb.outcome(item) return plumb.policy:call("on_resolve", item) end
end

---Tells the policy whose workloads these are, before its hooks are asked about them.
function Context:bind_policy()
  self.policy:bind { account = self.account, region = self.region, aws = self.aws }
end

---Lets go of what is open, but for what was lent.
function Context:close()
  local store = rawget(self, "store")
  if store and not (self.args.parts or {}).store then store:close() end
  rawset(self, "store", nil)
end

Context.__close = Context.close

---@param args table  the command line, see plumb.cli; `parts`: parts that exist already and outlive this run, by name;
---  `gate_is_held`: somebody at the terminal may allow changes later
---@param cli plumb.Cli
---@return plumb.Context
function context.open(args, cli)
  if args.dry_run and not args.gate_is_held then
    require("plumb.aws.signer").read_only() -- also of a command that only looks
  end
  local plumb = setmetatable({ args = args, cli = cli }, Context)
  for name, part in pairs(args.parts or {}) do rawset(plumb, name, part) end
  bind_workflow(plumb)
  return plumb
end

-- What the places of a run share; everything else each of them has for itself.
local SHARED = { "policy", "store", "run_id" }

local function child(parent, fields)
  local plumb = setmetatable({ args = parent.args, cli = parent.cli }, Context)
  for _, name in ipairs(SHARED) do rawset(plumb, name, parent[name]) end
  for name, value in pairs(fields) do rawset(plumb, name, value) end
  bind_workflow(plumb)
  return plumb
end

---The places a run covers, accounts times Regions; just the context itself where neither policy nor command
---line names any. Waits when accounts come from Organizations.
---@param plumb plumb.Context
---@return plumb.Context[]
function context.places(plumb)
  local places = require "plumb.places"
  if not places.are_several(plumb.args, plumb.policy) then return { plumb } end
  return places.of(plumb, child)
end

---Runs a workflow by name: the user's copy in the configuration folder when there is one, the built-in
---one otherwise. Waits.
---@param plumb plumb.Context
---@param name string  "scan"
---@return any  what the workflow returns
function context.run_workflow(plumb, name)
  local run, path = require("plumb.workflow").load(name)
  if path then plumb.cli.note("Workflow " .. require("plumb.policy.find").display(path, os.getenv)) end
  return run(plumb)
end

return context
