-- The simulator as a process of its own on loopback, and a plumb beside it with an empty home: what a user has after
-- `plumb sim`. Each stage has its own world, state and configuration, and leaves nothing behind.

local aws = require("plumb.aws")
local canary = require("support.canary")
local endpoint = require("plumb.aws.endpoint")
local json = require("plumb.json")
local process = require("support.process")
local secret = require("plumb.secret")
local transport = require("plumb.transport")

local M = {}

---The binary under test.
M.binary = process.shell("realpath " .. process.quote(os.getenv("PLUMB_BINARY") or "build/plumb"))

---@class spec.Stage
---@field folder string   removed at the end
---@field home string     empty at the start
---@field state string    where plumb keeps its state
---@field env table<string, string>  what plumb gets: home, keys and the address of the simulator
---@field url string
---@field canary spec.Canary  knows the secret key in all its forms
local Stage = {}
Stage.__index = Stage

-- Files that specs write to give plumb its keys.
local INPUTS = { ".aws", "keys.sh", "crooked.json" }

-- Scripts from the tree instead of the binary, for whoever works on them.
local function scripts_dir() return os.getenv("PLUMB_SCRIPTS") or "" end

local function base_environment(folder)
  return { HOME = folder .. "/home", LANG = "C.UTF-8", PLUMB_SCRIPTS = scripts_dir(), TERM = "xterm",
    AWS_EC2_METADATA_DISABLED = "true" }
end

local function seed_file(folder, seed)
  if type(seed) ~= "table" then return seed end
  return process.write(folder .. "/seed.json", json.encode(seed))
end

---Starts a simulator.
---@param opts? { seed: string|table|nil, args: string[]?, crooked: table? }  seed: as --seed, or its data; args: more
---  arguments of `plumb sim`; crooked: options of support/crooked_aws.lua, which then takes its place
---@return spec.Stage
function M.start(opts)
  opts = opts or {}
  local folder = process.folder()
  os.execute("mkdir " .. process.quote(folder .. "/home"))
  local self = setmetatable({ folder = folder, home = folder .. "/home", env = base_environment(folder),
    state = folder .. "/home/.local/state/plumb/state.db" }, Stage)
  local seed = seed_file(folder, opts.seed)
  local list = { M.binary, "sim", "--port", "0", "--json" }
  if opts.crooked then
    opts.crooked.seed = seed
    list = { M.binary, "run", "tests/support/crooked_aws.lua",
      process.write(folder .. "/crooked.json", json.encode(opts.crooked)) }
  elseif seed then
    table.move({ "--seed", seed }, 1, 2, #list + 1, list)
  end
  table.move(opts.args or {}, 1, #(opts.args or {}), #list + 1, list)
  self.server = process.start(list, { env = base_environment(folder), err = folder .. "/simulator.err" })
  local said = assert(json.decode(self.server.first))
  self.url, self.region, self.account = said.url, said.region, said.account
  for name, value in pairs(said.environment) do self.env[name] = value end
  -- What it begins with is no secret: it is the name of the simulator.
  self.canary = canary.new({ self.env.AWS_SECRET_ACCESS_KEY }, "plumb-simulator-")
  return self
end

---Raises when something that plumb printed holds the secret key of this stage.
---@param text string
---@param what string
function Stage:check_said(text, what)
  local form = self.canary:find(text)
  if form then error(("%s says the secret key, as %s"):format(what, form), 3) end
end

---Ends the simulator, looks whether the secret key is in anything that was written, and removes everything.
function Stage:stop()
  self.server:stop()
  local leaks = self.canary:search(self.folder, INPUTS)
  process.remove(self.folder)
  if leaks[1] then error("the secret key was written to " .. table.concat(leaks, ", "), 2) end
end

local function merged(env, more)
  local all = {}
  for name, value in pairs(env) do all[name] = value end
  for name, value in pairs(more or {}) do all[name] = value end
  return all
end

---Runs plumb to its end.
---@param arguments string|string[]  a string is split at spaces
---@param opts? table  as process.run; env is added, and "" takes a variable away
---@return spec.Result
function Stage:plumb(arguments, opts)
  local list = { M.binary }
  if type(arguments) == "string" then
    for word in arguments:gmatch("%S+") do list[#list + 1] = word end
  else
    table.move(arguments, 1, #arguments, 2, list)
  end
  local all = {}
  for key, value in pairs(opts or {}) do all[key] = value end
  all.env = merged(self.env, all.env)
  local result = process.run(list, all)
  self:check_said(result.all, table.concat(list, " "))
  return result
end

---Runs plumb, which must succeed, and returns the JSON document it printed.
---@param arguments string|string[]
---@param opts? table
---@return table document
---@return spec.Result result
function Stage:document(arguments, opts)
  local result = self:plumb(arguments, opts)
  if result.code ~= 0 then error(("exit %d\n%s"):format(result.code, result.all), 2) end
  return M.one_document(result.out), result
end

---Standard output as exactly one JSON document on one line.
---@param text string
---@return table
function M.one_document(text)
  if select(2, text:gsub("\n", "")) ~= 1 or text:sub(-1) ~= "\n" then
    error("not one line: " .. text:sub(1, 400), 2)
  end
  local value, message = json.decode(text)
  if value == nil then error(message .. ": " .. text:sub(1, 400), 2) end
  return value
end

local function ask(self, method, path, query, body)
  local response = assert(transport.send({ method = method, scheme = "http", host = self.url:match("//(.+)$"),
    path = "/_sim/" .. path, query = query or "", headers = {}, body = body and json.encode(body) or "" }))
  local value = assert(json.decode(response.body))
  if response.status ~= 200 then error(tostring(value.error), 3) end
  return value
end

---Executed calls, oldest first.
---@param mutating? boolean  only those that change something
---@return table[]
function Stage:journal(mutating)
  return ask(self, "GET", "journal", mutating and "mutating=true" or "").calls
end

---How many calls of a changing operation were carried out since the last forget.
---@param operation string  "UpdateAnswer"
---@return integer
function Stage:change_count(operation)
  local n = 0
  for _, call in ipairs(self:journal(true)) do n = n + (call.operation == operation and 1 or 0) end
  return n
end

---Forgets the calls up to now.
function Stage:forget() ask(self, "DELETE", "journal") end

---How often each operation was called since the start, executed or not.
---@return table<string, integer>
function Stage:calls() return ask(self, "GET", "state").calls end

---How many calls arrived, of all operations.
---@return integer
function Stage:call_count()
  local n = 0
  for _, count in pairs(self:calls()) do n = n + count end
  return n
end

---Orders a fault, by its text or its fields.
---@param rule string|table
function Stage:fault(rule) ask(self, "POST", "faults", "", type(rule) == "string" and { text = rule } or rule) end

function Stage:clear_faults() ask(self, "DELETE", "faults") end

---What a person does to an OpsItem in the console.
---@param change { id: string, status: string?, title: string?, data: table<string, string>? }
function Stage:person(change) ask(self, "POST", "opsitem", "", change) end

---What a person does to an answer in the Well-Architected Tool.
---@param change { workload: string, lens: string, question: string, select: string[]?, unselect: string[]?,
---  not_applicable: string[]?, applicable: boolean? }
---@return { risk: string, selected: string[] }
function Stage:tick(change) return ask(self, "POST", "answer", "", change) end

---A client of the spec's own, for looking at the world without plumb's commands.
---@param region? string  the simulator's unless told
---@return table
function Stage:client(region)
  local token = self.env.AWS_SESSION_TOKEN
  local keys = { access_key_id = self.env.AWS_ACCESS_KEY_ID, secret = secret.new(self.env.AWS_SECRET_ACCESS_KEY),
    session_token = token and secret.new(token), source = "spec" }
  return aws.new({ region = region or self.region, credentials = function() return keys end,
    endpoint = function() return endpoint.parse_url(self.url) end })
end

---Every OpsItem there is, by id, with its description.
---@return table<string, table>
function Stage:items()
  local client, items = self:client(), {}
  local filters = { { Key = "CreatedTime", Operator = "GreaterThan", Values = { "2000-01-01T00:00:00Z" } } }
  for summary in client.ssm:each("DescribeOpsItems", { OpsItemFilters = filters }) do
    items[summary.OpsItemId] = assert(client.ssm:GetOpsItem({ OpsItemId = summary.OpsItemId })).OpsItem
  end
  return items
end

return M
