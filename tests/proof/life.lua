-- One life of an installation, in this process and on a virtual clock: a simulator, a state in memory, runs of
-- the real commands, and everything that can go wrong in between. What happens follows from one seed.
--
-- The commands are plumb's own, unchanged; only clock, chance, sleep, transport and the place of the state are
-- other ones, each through the seam that plumb has for it; and the default policy is read once for all lives.

local asked = require "proof.asked"
local cli = require "plumb.cli"
local dice_of = require "proof.dice"
local log = require "plumb.log"
local opsitem = require "sim.opsitem"
local oracle = require "proof.oracle"
local policy_of = require "plumb.policy"
local problem = require "plumb.problem"
local random = require "plumb.random"
local simulator = require "sim"
local store_of = require "plumb.store"
local task = require "plumb.task"
local time = require "plumb.time"
local transport = require "plumb.transport"
local wire = require "proof.wire"

local life = {}

local START = 1767323045 -- 2026-01-02T03:04:05Z
local KEY, SECRET = "AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"

local ENVIRONMENT = { AWS_ACCESS_KEY_ID = KEY, AWS_SECRET_ACCESS_KEY = SECRET, AWS_REGION = "us-east-1",
  HOME = "/nonexistent", LANG = "C" }

---@class proof.Life
---@field clock number
---@field dice proof.Dice
---@field sim sim.Simulator
---@field oracle proof.Oracle
---@field wire proof.Wire
---@field store plumb.Store
local Life = {}
Life.__index = Life

local check_duplicate = opsitem.check_duplicate
local open_store, load_policy = store_of.open, policy_of.load
local policies = {}

-- The policy of a run that names no file.
local function kept_policy(options)
  local name = table.concat(options.set or {}, "\0")
  policies[name] = policies[name] or load_policy(options)
  return policies[name]
end

---@param options { seed: integer, world: table, trace: boolean?, updated_at_moves: boolean?, dedup: boolean?,
---  group: string? }  group: as in the policy
---@return proof.Life
function life.new(options)
  local self = setmetatable({ clock = START, dice = dice_of.new(options.seed), trace = options.trace }, Life)
  local chance = dice_of.new(options.seed ~ 0x5DEECE66D)
  time.set(function() return self.clock end)
  random.set(function(n) return chance:bytes(n) end)
  task.set_sleep(function(seconds) self.clock = self.clock + seconds end)
  log.configure { write = function(line) self:say("    log: %s", line) end }
  self.sim = simulator.new { seed = options.world, now = function() return self.clock end, random_seed = options.seed,
    sleep = function(seconds) self.clock = self.clock + seconds end, credentials = { [KEY] = SECRET },
    updated_at_moves = options.updated_at_moves }
  self.oracle = oracle.new(self.sim)
  self.words = options.group and { "--set", "group=" .. options.group } or {}
  self.wire = wire.new(self)
  policy_of.load = kept_policy
  opsitem.check_duplicate = options.dedup == false and function() end or check_duplicate
  transport.send = function(request) return self.wire:send(request) end
  self:lose_state()
  return self
end

---Puts the real clock, chance, sleep, state and policy back.
function life.restore()
  time.set(nil)
  random.set(nil)
  task.set_sleep(nil)
  log.configure { write = function(line) io.stderr:write(line) end }
  store_of.open, policy_of.load = open_store, load_policy
end

---Something worth telling when this seed has to be replayed.
function Life:say(text, ...)
  if self.trace then io.stdout:write(("%9.2f %s\n"):format(self.clock - START, text:format(...))) end
end

---The whole story as the service saw it: what changed something, and what became of the items.
function Life:tell()
  for _, entry in ipairs(self.sim.journal) do
    if entry.mutating then
      print(("%4d %9.2f %-14s %d %s"):format(entry.n, entry.at - START, entry.operation, entry.status,
        entry.person and "person" or entry.late and "late" or entry.replied or ""))
    end
  end
  for _, item in ipairs(self.oracle.order) do
    local names = {}
    for _, practice in pairs(item.asks) do names[#names + 1] = practice.choice end
    table.sort(names)
    print(("%s from call %d: %s %s%s"):format(item.id, item.n, table.concat(names, " "), item.status,
      item.deleted and ", deleted" or ""))
  end
end

---The state file is gone; the next run begins with a new one.
function Life:lose_state()
  self.store = open_store { path = ":memory:" }
  self.losses = (self.losses or 0) + 1
  -- It outlives the runs, as a file does.
  local kept = setmetatable({ close = function() end }, { __index = self.store })
  store_of.open = function() return kept end
end

local silent = { write = function(stream) return stream end, flush = function(stream) return stream end }

local function printer(self)
  return { flush = silent.flush, write = function(stream, ...)
    self:say("    | %s", (table.concat({ ... }):gsub("\n$", ""):gsub("\n", "\n            | ")))
    return stream
  end }
end

local function begin(self, words)
  local parsed = cli.parse(words)
  local stderr = self.trace and printer(self) or silent
  local console = cli.console { args = parsed.args, stdout = silent, stderr = stderr,
    env = function(name) return ENVIRONMENT[name] end, tty = { stdin = false, stdout = false, stderr = false } }
  local ok, code = pcall(parsed.command.run, parsed.args, console)
  if ok then return code or 0 end
  if not problem.is(code) and tostring(code) ~= "cancelled" then error(code, 0) end
  return problem.exit_code(code), tostring(code)
end

local never = task.lock()
never.held = true

---Ends the run at hand as SIGKILL would: nothing of it goes on. Called from within the run; does not return.
function Life:crash()
  local run = self.running
  self.crashed = true
  task.spawn(function() task.cancel(run) end)
  never:with(function() end)
end

---Runs a command of plumb.
---@param words string[]
---@return integer|"killed" code
---@return string? said  the problem that ended it
function Life:run(words)
  self.oracle:begin_run()
  words = table.move(self.words, 1, #self.words, #words + 1, table.move(words, 1, #words, 1, {}))
  self:say("plumb %s", table.concat(words, " "))
  self.crashed = false
  self.running = task.spawn(begin, self, words)
  local ok, code, said = pcall(task.join, self.running)
  self.running = nil
  if not ok and not self.crashed then error(code, 0) end
  code = ok and code or "killed"
  if words[1] == "scan" and code == 0 then self.oracle:end_scan() end
  self:say("  exit %s %s", code, said or "")
  return code, said
end

---Lets time pass, and what the network held back arrive.
---@param seconds number
function Life:later(seconds)
  local goal = self.clock + seconds
  table.sort(self.wire.held, function(a, b) return a.at < b.at end)
  while self.wire.held[1] and self.wire.held[1].at <= goal do
    self.clock = math.max(self.clock, self.wire.held[1].at)
    self.wire:let_through()
    table.sort(self.wire.held, function(a, b) return a.at < b.at end)
  end
  self.clock = goal
end

local SEEN = { accepted = true, contested = true, parked = true, obsolete = true }

-- A finding's, as the oracle names it.
local function identity_of(record)
  local answer = asked.answer(record.workload_arn:match "workload/(.+)$", record.lens_arn, record.question_id)
  return answer .. "\0" .. record.choice_id
end

---Whether `plumb status` or the audit trail has a line about the end of an item for one of its practices.
---@param id string
---@param identity string
---@return boolean  true also for one from before the state was lost: plumb cannot know whether it was used up, and
---  asks again
function Life:is_visible(id, identity)
  local item = self.store:get("item", id)
  if not item and self.losses > 1 then return true end
  for record in self.store:each("finding", { item_id = id }) do
    if SEEN[record.status] and identity_of(record) == identity then return true end
  end
  for row in self.store:trail() do
    if row.resource == id and row.operation == "settle" and row.detail:find('"status":"contested"', 1, true) then
      return true
    end
  end
  return false
end

return life
