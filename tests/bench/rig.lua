-- What the benchmarks stand on: a simulator on loopback in this process, plumb as processes beside it, and figures of
-- what they took. Requests are counted by the simulator, time and memory by the kernel.

local process = require "plumb.process"
local server = require "plumb.server"
local simulator = require "sim"
local support = require "support.process"

local rig = {}

rig.binary = support.shell("realpath " .. support.quote(os.getenv("PLUMB_BINARY") or "build/plumb"))
rig.measure = os.getenv("PLUMB_MEASURE") or rig.binary:gsub("[^/]*$", "tests/bench/measure")

---@class bench.Rig
---@field sim sim.Simulator?
---@field folder string
local Rig = {}
Rig.__index = Rig

---@param options { seed: table?, latency_ms: number? }  without a seed there is no simulator
---@return bench.Rig
function rig.new(options)
  local self = setmetatable({ folder = support.folder() }, Rig)
  self.env = { HOME = self.folder, LANG = "C", PATH = os.getenv("PATH"), PLUMB_STATE = self.folder .. "/state.db",
    AWS_ACCESS_KEY_ID = simulator.ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY = simulator.SECRET_ACCESS_KEY,
    AWS_REGION = "us-east-1", PLUMB_SCRIPTS = os.getenv("PLUMB_SCRIPTS") or "" }
  if options.seed then
    self.sim = simulator.new { seed = options.seed, random_seed = 1 }
    if options.latency_ms then self.sim:fault { kind = "latency", ms = options.latency_ms } end
    self:serve(function(request) return self.sim:handle(request) end)
  end
  return self
end

---Answers with a function in place of the simulator.
---@param handler function
function Rig:serve(handler)
  self.server = assert(server.serve { max_body = 8 << 20, handler = handler })
  self.env.AWS_ENDPOINT_URL = "http://127.0.0.1:" .. self.server.port
end

---Ends the server and removes everything.
function Rig:close()
  if self.server then self.server.close() end
  support.remove(self.folder)
end

Rig.__close = Rig.close

local function requests(self)
  local n = 0
  for _, count in pairs(self.sim and self.sim.counts or {}) do n = n + count end
  return n
end

local function creates(self) return self.sim and self.sim.counts["ssm.CreateOpsItem"] or 0 end

local function run(self, argv)
  return assert(process.run { argv = argv, env = self.env, timeout = 1800, max_output = 8 << 20 })
end

---Runs plumb and says what it took.
---@param ... string  the command line
---@return { exit: integer, requests: integer, creates: integer, wall: number, cpu: number, mib: number }  seconds and
---  MiB; creates: those of the requests that made an item
function Rig:plumb(...)
  local before, made = requests(self), creates(self)
  local said = run(self, { rig.measure, rig.binary, ... }).output
  local exit, wall, cpu, kib = said:match("exit=(%d+) wall_us=(%d+) cpu_us=(%d+) kib=(%d+)")
  if not exit then error("nothing was measured: " .. said, 0) end
  return { exit = math.tointeger(tonumber(exit)), requests = requests(self) - before,
    creates = creates(self) - made, wall = wall / 1e6, cpu = cpu / 1e6, mib = kib / 1024 }
end

---Runs plumb, which has to succeed.
---@param ... string
---@return table  as plumb
function Rig:must(...)
  local took = self:plumb(...)
  if took.exit ~= 0 then
    local words = table.pack(...)
    local said = run(self, { "/bin/sh", "-c", 'exec "$0" "$@" 2>&1', rig.binary, ... }).output
    error(("plumb %s ended with %d; once more it said:\n%s"):format(table.concat(words, " "), took.exit,
      said:sub(1, 2000)), 0)
  end
  return took
end

---Runs a script of this folder inside plumb and returns what it printed.
---@param name string
---@param ... string
---@return string
function Rig:script(name, ...)
  local result = run(self, { rig.binary, "run", "tests/bench/" .. name, ... })
  if result.code ~= 0 then error(("%s ended with %d: %s"):format(name, result.code, result.output), 0) end
  return result.output
end

return rig
