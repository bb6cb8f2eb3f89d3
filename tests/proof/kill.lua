-- The kill sweep: plumb is killed at every system call that it makes, and before and after every execution of a
-- call that changes something; each time it is run again, and the simulator's journal tells whether anything was
-- doubled or lost.
--
--   plumb run tests/proof/kill.lua [--story scan|resolve|rescan] [--every N] [--deep N] [--only POINT]
--
-- --every N takes every Nth system call; --deep N also kills the run after the kill, at N points of its own.

package.path = "./tests/?.lua;" .. package.path

local dice_of = require "proof.dice"
local options_of = require "proof.options"
local stage_of = require "proof.stage"
local stories = require "proof.stories"
local support = require "support.process"
local task = require "plumb.task"

local options = options_of.read(arg, { story = "scan", every = 1, deep = 0, only = 0, workers = 2, dull = 20 })
local story = stories.by_name[options.story] or error("no story " .. options.story, 0)

local function prepared()
  local stage = stage_of.new { world = stories.world() }
  story.prepare(stage)
  return stage, stage:remember()
end

-- Undisturbed: how many calls there are, what the end looks like, which calls change something.
local function reference()
  local stage, start = prepared()
  stage:go_back(start)
  local since = stage.sim.serial
  local tally = stage:trace({ "count" }, story.command)
  if tally.exit ~= 0 then error(("undisturbed, it ended with %d"):format(tally.exit), 0) end
  local changing = #stage.oracle:writes(since)
  local wrong = stories.recover(stage)
  if wrong[1] then error("undisturbed, it goes wrong: " .. table.concat(wrong, "; "), 0) end
  tally.summary, tally.changing = stage.oracle:summary(), changing
  stage:close()
  return tally
end

-- Before the first write every call is like the next: the program is loaded, and nothing has happened.
local function system_call_points(tally)
  local points = {}
  for n = 1, tally.calls do
    local step = n < tally.first and options.dull * options.every or options.every
    if n % step == 0 then points[#points + 1] = { kind = "call", n = n } end
  end
  return points
end

local function execution_points(tally)
  local points = {}
  for n = 1, tally.changing do
    points[#points + 1] = { kind = "before", n = n }
    points[#points + 1] = { kind = "after", n = n }
  end
  return points
end

local function deep_points(tally)
  local dice, points = dice_of.new(1), {}
  for _ = 1, options.deep do
    points[#points + 1] = { kind = "deep", n = dice:between(tally.first, tally.calls), again = dice:number() }
  end
  return points
end

-- Kills the client when the nth call that changes something arrives.
local function kill_at_execution(stage, point)
  local pid_file = stage.folder .. "/pid"
  local seen = 0
  stage.hook = function(request, execute)
    local target = request.headers["x-amz-target"] or ""
    local changes = target:find("%.Create") or target:find("%.Update") or request.method == "PATCH"
    seen = seen + (changes and 1 or 0)
    if not changes or seen ~= point.n then return execute() end
    if point.kind == "after" then execute() end
    os.execute("kill -KILL " .. support.read(pid_file))
    return { status = 500, headers = {}, body = "", fault = "reset" }
  end
  local code = stage:shell(("echo $$ > '%s'; exec \"$0\" \"$@\""):format(pid_file), story.command)
  stage.hook = nil
  return code == 128 + 9
end

local function interrupt(stage, point, tally)
  if point.kind == "before" or point.kind == "after" then return kill_at_execution(stage, point) end
  local done = stage:trace({ "kill", tostring(point.n) }, story.command)
  if point.kind == "deep" then
    stage.oracle:begin_run()
    local n = tally.first + math.floor(point.again * (tally.calls - tally.first))
    stage:trace({ "kill", tostring(n) }, story.command)
  end
  return done.signal == 9
end

local killed, failed = 0, 0

local function try(stage, start, point, tally)
  stage:go_back(start)
  if interrupt(stage, point, tally) then killed = killed + 1 end
  local wrong = stories.recover(stage, tally.summary)
  if wrong[1] then
    failed = failed + 1
    print(("%s %d: %s"):format(point.kind, point.n, table.concat(wrong, "\n  ")))
  end
end

local tally = reference()
local points = system_call_points(tally)
table.move(execution_points(tally), 1, tally.changing * 2, #points + 1, points)
table.move(deep_points(tally), 1, options.deep, #points + 1, points)
if options.only > 0 then points = { { kind = "call", n = options.only } } end

local next_point = 0
local function work()
  local stage, start = prepared()
  local _ <close> = setmetatable({}, { __close = function() stage:close() end })
  while next_point < #points do
    next_point = next_point + 1
    try(stage, start, points[next_point], tally)
  end
end

local workers = {}
for i = 1, options.workers do workers[i] = work end
task.map(workers, function(worker) worker() end, { limit = options.workers })

print(("%s: %d system calls, %d calls that change something; %d points, killed at %d, %d failed"):format(options.story,
  tally.calls, tally.changing, #points, killed, failed))
return failed == 0 and killed > 0
