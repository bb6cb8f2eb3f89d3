-- plumb serve as a process beside a simulator, and what one sees of it from outside: its log, its health, its numbers,
-- what it tells a service manager, and how it ends.

local json = require("plumb.json")
local process = require("support.process")
local simulator = require("support.simulator_process")
local task = require("plumb.task")
local transport = require("plumb.transport")

local M = {}

local PATIENCE = 60 -- seconds until something that must come counts as not coming

---@class spec.Daemon
---@field said table  what it printed when it was ready: health, webhook, schedule
---@field pid integer of plumb itself
local Daemon = {}
Daemon.__index = Daemon

---Waits until fn returns something, and returns that.
---@param fn fun(): any
---@param what string|fun(): string
---@return any
function M.eventually(fn, what)
  local left = PATIENCE * 50
  repeat
    local value = fn()
    if value then return value end
    task.sleep(0.02)
    left = left - 1
  until left == 0
  error("it never came: " .. (type(what) == "function" and what() or what), 2)
end

-- process.start wraps a program in one that ends it some time; signals are for the program.
local function child_of(pid)
  return M.eventually(function()
    return math.tointeger(tonumber((process.read(("/proc/%d/task/%d/children"):format(pid, pid)) or ""):match("%d+")))
  end, "a process")
end

---Starts it and waits until it says that it is ready.
---@param stage spec.Stage
---@param arguments? string[]
---@param opts? { env: table<string, string>?, trusting: string? }  trusting: a folder for support/serve_trusting.lua
---@return spec.Daemon
function M.start(stage, arguments, opts)
  opts = opts or {}
  local env = {}
  for name, value in pairs(stage.env) do env[name] = value end
  for name, value in pairs(opts.env or {}) do env[name] = value end
  local list = { simulator.binary, "serve" }
  if opts.trusting then list = { simulator.binary, "run", "tests/support/serve_trusting.lua", opts.trusting } end
  for _, word in ipairs({ "--json", "--http", "127.0.0.1:0", table.unpack(arguments or {}) }) do
    list[#list + 1] = word
  end
  local self = setmetatable({ err = os.tmpname(), stage = stage }, Daemon)
  local ok, started = pcall(process.start, list, { env = env, err = self.err })
  if not ok then
    local text = process.read(self.err)
    os.remove(self.err)
    error(started .. "\n" .. (text or ""), 2)
  end
  self.process, self.said = started, assert(json.decode(started.first))
  self.pid = child_of(started.pid)
  return self
end

---Everything it logged so far, as fields.
---@return table[]
function Daemon:log()
  local list = {}
  for line in (process.read(self.err) or ""):gmatch("([^\n]*)\n") do
    list[#list + 1] = assert(json.decode((line:gsub("^<%d>", ""))), line)
  end
  return list
end

---The lines of the log with that event.
---@param event string
---@return table[]
function Daemon:logged(event)
  local list = {}
  for _, line in ipairs(self:log()) do
    if line.event == event then list[#list + 1] = line end
  end
  return list
end

---Waits for so many lines with an event and returns the last of them.
---@param event string
---@param count? integer
---@return table
function Daemon:wait_for(event, count)
  return M.eventually(function() return self:logged(event)[count or 1] end,
    function() return event .. "\n" .. (process.read(self.err) or "") end)
end

---@param path string
---@param method? string
---@return integer status
---@return string body
---@return table headers
function Daemon:get(path, method)
  local response = assert(transport.send({ method = method or "GET", scheme = "http",
    host = self.said.health:match("//(.*)$"), path = path, query = "", headers = {}, body = "" }))
  self.stage:check_said(response.body, path)
  return response.status, response.body, response.headers
end

---The numbers at /metrics, by name with labels, as they stand there; raises for a text that is none.
---@return table<string, number>
function Daemon:metrics()
  local _, text = self:get("/metrics")
  local numbers, types = {}, {}
  for line in text:gmatch("([^\n]*)\n") do
    local kind = line:match("^# TYPE ([%w_]+) %l+$")
    if kind then
      assert(not types[kind], "twice: " .. line)
      types[kind] = true
    elseif not line:find("^# HELP [%w_]+ %S") then
      local name, value = line:match("^([%w_]+%b{}) (%S+)$")
      if not name then name, value = line:match("^([%w_]+) (%S+)$") end
      local family = name and name:match("^[%w_]+")
      assert(name and (types[family] or types[family:gsub("_%l+$", "")]), "no metric: " .. line)
      assert(not numbers[name], "twice: " .. line)
      numbers[name] = assert(tonumber((value:gsub("^%+Inf$", "1e999"))), line)
    end
  end
  return numbers
end

---@param name string  "HUP"
function Daemon:signal(name) assert(os.execute(("kill -%s %d"):format(name, self.pid))) end

---Ends it, when it runs still, and waits for its end.
---@param signal? string  TERM unless told
---@return integer code
function Daemon:stop(signal)
  if not self.process then return self.code end
  os.execute(("kill -%s %d 2>/dev/null"):format(signal or "TERM", self.pid))
  local _, how, code = self.process.pipe:close()
  self.process.pipe, self.process = nil, nil
  self.code = how == "signal" and 128 + code or code
  return self.code
end

---To be called at the end of a spec.
function Daemon:remove()
  self:stop("KILL")
  local log = process.read(self.err) or ""
  os.remove(self.err)
  self.stage:check_said(log, "the log of plumb serve")
end

return M
