-- A simulator on loopback in this process, and plumb as processes beside it: run, traced, killed, run again. The
-- simulator survives them all, and its world can be put back to where it was.

local files = require "plumb.files"
local json = require "plumb.json"
local oracle = require "proof.oracle"
local process = require "plumb.process"
local server = require "plumb.server"
local simulator = require "sim"
local support = require "support.process"
local time = require "plumb.time"

local stage = {}

---The binary under test, and the instrument.
stage.binary = support.shell("realpath " .. support.quote(os.getenv("PLUMB_BINARY") or "build/plumb"))
stage.tracer = os.getenv("PLUMB_TRACER") or stage.binary:gsub("[^/]*$", "tests/proof/tracer")

---@class proof.Stage
---@field sim sim.Simulator
---@field folder string
---@field state string
---@field env table<string, string>
---@field offset number   seconds that the simulator is ahead of the real clock
---@field marks table<integer, integer>  where the journal stood when a step of later.lua began
---@field hook? fun(request: table, answer: fun(): table): table  stands before the simulator
local Stage = {}
Stage.__index = Stage

-- Memory, where there is such a file system: what is under test is the order of calls, not the disk.
local function folder()
  return support.shell("mktemp -d -p /dev/shm plumb-proof.XXXXXX 2>/dev/null || mktemp -d")
end

local function answer(self, request)
  local step, offset = request.query:match("n=(%d+)&offset=(%d+)")
  if request.path == "/_proof/step" then
    self.offset, self.marks[math.tointeger(tonumber(step))] = tonumber(offset), self.sim.serial
    return { status = 204 }
  end
  local function execute() return self.sim:handle(request) end
  if self.hook then return self.hook(request, execute) end
  return execute()
end

-- What never changes is shared: the simulator itself, documents of lenses, answers (see sim/world.lua).
local function shared_tables(sim)
  local shared = { [sim] = true }
  for _, world in pairs(sim.worlds) do
    for _, lens in ipairs(world.lenses) do
      for _, version in ipairs(lens.versions) do shared[version.document] = true end
    end
    for _, workload in ipairs(world.workloads) do
      for _, review in ipairs(workload.reviews) do shared[review.answers] = true end
    end
  end
  return shared
end

local function copy(value, seen)
  if type(value) ~= "table" then return value end
  if seen[value] == true then return value end
  if seen[value] then return seen[value] end
  local new = {}
  seen[value] = new
  for key, member in pairs(value) do new[copy(key, seen)] = copy(member, seen) end
  return setmetatable(new, getmetatable(value))
end

---@param options { world: table }
---@return proof.Stage
function stage.new(options)
  local self = setmetatable({ offset = 0, marks = {}, folder = folder() }, Stage)
  self.sim = simulator.new { seed = options.world, random_seed = 1,
    now = function() return time.now() + self.offset end }
  self.first = copy(self.sim.worlds, shared_tables(self.sim))[self.sim.account .. "/" .. self.sim.region]
  self.oracle = oracle.new(self.sim, self.first)
  self.server = assert(server.serve { max_body = 8 << 20,
    handler = function(request) return answer(self, request) end })
  self.state = self.folder .. "/state/state.db"
  self.env = { HOME = self.folder .. "/home", LANG = "C", PLUMB_STATE = self.state, PATH = os.getenv("PATH"),
    AWS_ENDPOINT_URL = "http://127.0.0.1:" .. self.server.port, AWS_ACCESS_KEY_ID = simulator.ACCESS_KEY_ID,
    AWS_SECRET_ACCESS_KEY = simulator.SECRET_ACCESS_KEY, AWS_REGION = "us-east-1",
    PLUMB_SCRIPTS = os.getenv("PLUMB_SCRIPTS") or "",
    -- The leak checker cannot look into a process that is traced.
    ASAN_OPTIONS = "detect_leaks=0", UBSAN_OPTIONS = os.getenv("UBSAN_OPTIONS") }
  return self
end

---Ends the server and removes everything.
function Stage:close()
  self.server.close()
  support.remove(self.folder)
end

local function run(self, argv)
  local result, failure = process.run { argv = argv, env = self.env, timeout = 120, max_output = 1 << 20 }
  if not result then error(("%s: %s"):format(argv[1], tostring(failure)), 0) end
  return result
end

---Runs plumb to its end.
---@param words string[]
---@return integer code
---@return string out
function Stage:plumb(words)
  local result = run(self, table.move(words, 1, #words, 2, { stage.binary }))
  return result.code, result.output
end

---Runs plumb by way of a shell, which finds the program and its arguments in "$0" and "$@".
---@param script string
---@param words string[]
---@return integer code
function Stage:shell(script, words)
  return run(self, table.move(words, 1, #words, 5, { "/bin/sh", "-c", script, stage.binary })).code
end

---Runs plumb under the instrument; see tracer.c.
---@param order string[]
---@param words string[]
---@return { calls: integer, writes: integer, first: integer, exit: integer, signal: integer, struck: string }
function Stage:trace(order, words)
  local argv = { stage.tracer }
  table.move(order, 1, #order, 2, argv)
  argv[#argv + 1] = stage.binary
  table.move(words, 1, #words, #argv + 1, argv)
  local said, told = run(self, argv).output, {}
  for name, value in said:gmatch("(%w+)=(%S+)") do told[name] = math.tointeger(tonumber(value)) or value end
  if not told.calls then error("the tracer said: " .. said, 0) end
  return told
end

---Runs commands one after the other, each at its own time; see later.lua.
---@param steps table[]  { seconds from now, word... }
---@return integer[] codes
function Stage:later(steps)
  self.marks = {}
  local list = {}
  for i, step in ipairs(steps) do list[i] = json.list(step) end
  local result = run(self, { stage.binary, "run", "tests/proof/later.lua", json.encode(json.list(list)) })
  self.offset = 0
  local codes = result.code == 0 and json.decode(result.output)
  if not codes then error(("running it again ended with %d: %s"):format(result.code, result.output), 0) end
  return codes
end

-- ---- going back ----

local function state_files(self)
  local bytes = {}
  for _, ending in ipairs { "", "-wal", "-shm" } do bytes[ending] = support.read(self.state .. ending) end
  return bytes
end

---Remembers world, journal and state.
---@return table
function Stage:remember()
  return { worlds = copy(self.sim.worlds, shared_tables(self.sim)), journal = copy(self.sim.journal, {}),
    rules = self.sim.rules, files = state_files(self) }
end

---Puts everything back to a moment that was remembered, with an oracle that has seen all up to it.
---@param moment table
function Stage:go_back(moment)
  local sim = self.sim
  sim.worlds, sim.journal = copy(moment.worlds, shared_tables(sim)), copy(moment.journal, {})
  sim.world = sim:world_of(sim.account, sim.region)
  sim.rules = table.move(moment.rules, 1, #moment.rules, 1, {})
  self.oracle = oracle.new(sim, self.first)
  local place = self.folder .. "/state"
  for _, name in ipairs(files.list(place) or {}) do os.remove(place .. "/" .. name) end
  os.remove(place) -- a state that was never written has no folder either
  if next(moment.files) then assert(files.mkdir_all(place, tonumber("700", 8))) end
  for ending, bytes in pairs(moment.files) do support.write(self.state .. ending, bytes) end
  self.offset, self.hook = 0, nil
  self.oracle:begin_run()
end

return stage
