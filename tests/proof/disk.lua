-- A disk that fills up, or breaks, at every single write of the state: once, or for good. Plumb must say so, must
-- not call that done which is not, and must go on well when there is room again.
--
--   plumb run tests/proof/disk.lua [--story scan|resolve|rescan] [--every N] [--only WRITE]

package.path = "./tests/?.lua;" .. package.path

local options_of = require "proof.options"
local stories = require "proof.stories"
local sweep = require "proof.sweep"

local options = options_of.read(arg, { story = "scan", every = 1, only = 0, workers = 2 })
local story = stories.by_name[options.story] or error("no story " .. options.story, 0)
local tally = sweep.reference(story)

local ENOSPC, EIO = "28", "5" -- as errno(3) has them on Linux
local HARM = { { ENOSPC, "once" }, { ENOSPC, "ever" }, { EIO, "once" }, { EIO, "ever" } }
local BUG = 70

local points = {}
for n = 1, tally.writes do
  for i, harm in ipairs(HARM) do
    local wanted = options.only == 0 and (n * #HARM + i) % options.every == 0 or n == options.only
    if wanted then
      points[#points + 1] = { n = n, harm = harm, name = ("write %d, errno %s %s"):format(n, harm[1], harm[2]) }
    end
  end
end

local struck, loud = 0, 0
local failed = sweep.all(story, points, options.workers, function(stage, point)
  local done = stage:trace({ "fail", tostring(point.n), point.harm[1], point.harm[2] }, story.command)
  if done.struck ~= "-" then struck = struck + 1 end
  if done.exit ~= 0 then loud = loud + 1 end
  local early = {}
  if done.signal ~= 0 or done.exit == BUG then
    early[1] = ("%s failed, and it ended with exit %d, signal %d"):format(done.struck, done.exit, done.signal)
  elseif done.exit == 0 and stage.oracle:summary() ~= tally.summary then
    early[1] = done.struck .. " failed, and it ended as if all were well"
  end
  local wrong = stories.recover(stage, tally.summary)
  table.move(early, 1, #early, #wrong + 1, wrong)
  return wrong
end)

print(("%s: %d writes; %d points, struck at %d, said so at %d, %d failed"):format(options.story, tally.writes, #points,
  struck, loud, failed))
return failed == 0 and struck > 0
