-- What the sweeps have in common: a story is prepared once for each worker, every point puts the stage back to the
-- start, does its harm, and asks the oracle.

local stage_of = require "proof.stage"
local stories = require "proof.stories"
local task = require "plumb.task"

local sweep = {}

---@param story table  of stories.by_name
---@return proof.Stage
---@return table start  for stage:go_back
function sweep.prepared(story)
  local stage = stage_of.new { world = stories.world() }
  story.prepare(stage)
  return stage, stage:remember()
end

---The story undisturbed: how many calls there are, how many change something, what the end looks like.
---@param story table
---@return { calls: integer, writes: integer, first: integer, changing: integer, summary: string }
function sweep.reference(story)
  local stage, start = sweep.prepared(story)
  local _ <close> = setmetatable({}, { __close = function() stage:close() end })
  stage:go_back(start)
  local since = stage.sim.serial
  local tally = stage:trace({ "count" }, story.command)
  if tally.exit ~= 0 then error(("undisturbed, it ended with %d"):format(tally.exit), 0) end
  tally.changing = #stage.oracle:writes(since)
  local wrong = stories.recover(stage)
  if wrong[1] then error("undisturbed, it goes wrong: " .. table.concat(wrong, "; "), 0) end
  tally.summary = stage.oracle:summary()
  return tally
end

---Tries every point, on a stage that is back at the start.
---@param story table
---@param points table[]  each with a `name`
---@param workers integer
---@param try fun(stage: proof.Stage, point: table): string[]  what went wrong
---@return integer failed
function sweep.all(story, points, workers, try)
  local next_point, failed = 0, 0
  local function work()
    local stage, start = sweep.prepared(story)
    local _ <close> = setmetatable({}, { __close = function() stage:close() end })
    while next_point < #points do
      next_point = next_point + 1
      local point = points[next_point]
      stage:go_back(start)
      local wrong = try(stage, point)
      if wrong[1] then
        failed = failed + 1
        print(("%s: %s"):format(point.name, table.concat(wrong, "\n  ")))
      end
    end
  end
  local list = {}
  for i = 1, workers do list[i] = work end
  task.map(list, function(worker) worker() end, { limit = workers })
  return failed
end

return sweep
