-- Figures beside their goals: what plumb takes in requests, time and memory, on the simulator on this machine.
--
--   plumb run tests/bench.lua [--only requests|resolve|latency|start|calls|memory|diff] [--scale 0.1]
--
-- A goal that is missed is said, and is no failure: machines differ, and tests never time anything.

package.path = "./tests/?.lua;" .. package.path

local options_of = require "proof.options"
local rows = require "bench.rows"

local options = options_of.read(arg, { only = "", scale = 1 })
local ORDER = { "start", "calls", "diff", "latency", "resolve", "requests", "memory" }

local function shown(figure, unit)
  if not figure then return "" end
  local text = math.type(figure) == "integer" and ("%d"):format(figure)
    or (figure >= 100 and "%.0f" or figure >= 10 and "%.1f" or "%.3g"):format(figure)
  return unit == "" and text or text .. " " .. unit
end

local missed = {}
print(("%-62s %10s %10s"):format("what", "figure", "goal"))
for _, name in ipairs(ORDER) do
  if options.only == "" or options.only == name then
    for _, row in ipairs(rows[name](options.scale)) do
      local what, figure, unit, goal = row[1], row[2], row[3], row[4]
      local word = goal and (figure <= goal and "ok" or "MISSED") or ""
      print(("%-62s %10s %10s %s"):format(what, shown(figure, unit), shown(goal, unit), word))
      if word == "MISSED" then missed[#missed + 1] = what end
    end
    io.stdout:flush()
  end
end
print(#missed == 0 and "All goals are met." or ("%d missed:\n  %s"):format(#missed, table.concat(missed, "\n  ")))
