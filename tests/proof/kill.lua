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
local stories = require "proof.stories"
local support = require "support.process"
local sweep = require "proof.sweep"

local options = options_of.read(arg, { story = "scan", every = 1, deep = 0, only = 0, workers = 2 })
local story = stories.by_name[options.story] or error("no story " .. options.story, 0)
local tally = sweep.reference(story)

local DULL = 20 -- before the first write every call is like the next: the program is loaded, nothing has happened

local function add_system_calls(points)
  for n = 1, tally.calls do
    if n % (n < tally.first and DULL * options.every or options.every) == 0 then
      points[#points + 1] = { kind = "call", n = n }
    end
  end
end

local function add_executions(points)
  for n = 1, tally.changing do
    points[#points + 1] = { kind = "before", n = n }
    points[#points + 1] = { kind = "after", n = n }
  end
end

local function add_deep(points)
  local dice = dice_of.new(1)
  for _ = 1, options.deep do
    points[#points + 1] = { kind = "deep", n = dice:between(tally.first, tally.calls),
      again = dice:between(tally.first, tally.calls) }
  end
end

local function changes(request)
  local target = request.headers["x-amz-target"] or ""
  return target:find("%.Create") or target:find("%.Update") or request.method == "PATCH"
end

-- Kills the client when the nth call that changes something arrives.
local function kill_at_execution(stage, point)
  local pid_file, seen = stage.folder .. "/pid", 0
  stage.hook = function(request, execute)
    if not changes(request) then return execute() end
    seen = seen + 1
    if seen ~= point.n then return execute() end
    if point.kind == "after" then execute() end
    os.execute("kill -KILL " .. support.read(pid_file))
    return { status = 500, headers = {}, body = "", fault = "reset" }
  end
  local code = stage:shell(("echo $$ > '%s'; exec \"$0\" \"$@\""):format(pid_file), story.command)
  stage.hook = nil
  return code == 128 + 9
end

local function interrupt(stage, point)
  if point.kind == "before" or point.kind == "after" then return kill_at_execution(stage, point) end
  local done = stage:trace({ "kill", tostring(point.n) }, story.command)
  if point.again then
    stage.oracle:begin_run()
    stage:trace({ "kill", tostring(point.again) }, story.command)
  end
  return done.signal == 9
end

local points = {}
if options.only > 0 then
  points[1] = { kind = "call", n = options.only }
else
  add_system_calls(points)
  add_executions(points)
  add_deep(points)
end
for _, point in ipairs(points) do point.name = ("%s %d"):format(point.kind, point.n) end

local killed = 0
local failed = sweep.all(story, points, options.workers, function(stage, point)
  if interrupt(stage, point) then killed = killed + 1 end
  return stories.recover(stage, tally.summary)
end)

print(("%s: %d system calls, %d calls that change something; %d points, killed at %d, %d failed"):format(options.story,
  tally.calls, tally.changing, #points, killed, failed))
return failed == 0 and killed > 0
