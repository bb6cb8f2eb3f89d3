-- The stories that the sweeps interrupt everywhere: a first scan, a resolve, and a scan that finds much changed.
-- Each prepares a stage, and names the command under test and how the world must look in the end.

local people = require "proof.people"

local stories = {}

-- Five missing practices in two questions, all HIGH; the first choice of a question alone makes it MEDIUM.
local large = require "sim.seed.large"
local WORLD = large { workloads = 1, questions = 2, choices = 3, missing = 3, risky = 2, templates = 1 }
WORLD.templates.t1.wellarchitected.question_002 = "question_002_bp1"

---@return table seed
function stories.world() return WORLD end

local function scanned(stage)
  local code, out = stage:plumb { "scan", "--yes" }
  if code ~= 0 then error(("the first scan ended with %d: %s"):format(code, out), 0) end
end

local function item_ids(stage) return people.items(stage.sim, { Open = true }) end

local function place(stage, question)
  local workload = stage.sim.world.workloads[1]
  return { workload = workload.id, lens = "wellarchitected", question = question }
end

---The stories by name: prepare(stage), then `command` is run.
---@type table<string, { command: string[], prepare: fun(stage: proof.Stage) }>
stories.by_name = {
  scan = { command = { "scan", "--yes" }, prepare = function() end },

  resolve = { command = { "resolve", "--yes" }, prepare = function(stage)
    scanned(stage)
    for i, id in ipairs(item_ids(stage)) do
      people.change_item(stage.sim, id, { status = "Resolved",
        data = i == 1 and { Outcome = "not_applicable: OUT_OF_SCOPE" } or nil })
    end
  end },

  -- One practice ticked by hand, which makes the question MEDIUM for its neighbours, one settled and missing again.
  rescan = { command = { "scan", "--yes" }, prepare = function(stage)
    scanned(stage)
    people.change_item(stage.sim, item_ids(stage)[5], { status = "Resolved" })
    assert(stage:plumb { "resolve", "--yes" } == 0)
    people.change_answer(stage.sim, place(stage, "question_001"), { choices = { question_001_bp1 = "SELECTED" } })
    people.change_answer(stage.sim, place(stage, "question_002"), { choices = { question_002_bp2 = "UNSELECTED",
      question_002_bp3 = "UNSELECTED" } })
  end },
}

-- Past the quarantine, and past the time in which an update may be sent again.
local MUCH_LATER = 1500

---What makes everything well again: at once, when nothing can be decided yet, and later.
stories.RECOVERY = {
  { 0, "resolve", "--yes" }, { 0, "scan", "--yes" },
  { MUCH_LATER, "resolve", "--yes" }, { MUCH_LATER, "scan", "--yes" },
  { MUCH_LATER, "resolve", "--yes" }, { MUCH_LATER, "scan", "--yes" },
}

-- The last two steps of RECOVERY must write nothing.
local QUIET_FROM = 5

---Runs it again until all is well, and asks the oracle.
---@param stage proof.Stage
---@param expected string?  the summary of the undisturbed story
---@return string[] wrong
function stories.recover(stage, expected)
  stage.oracle:begin_run()
  local codes = stage:later(stories.RECOVERY)
  local wrong = stage.oracle:converged()
  stage.oracle:none_lost(function() return false end)
  for i, code in ipairs(codes) do
    local fine = code == 0 or i < 3 and code == 5
    if not fine then wrong[#wrong + 1] = ("step %d of running it again ended with %d"):format(i, code) end
  end
  for _, entry in ipairs(stage.oracle:writes(stage.marks[QUIET_FROM] or 0)) do
    wrong[#wrong + 1] = "another run wrote: " .. entry.operation
  end
  if expected and stage.oracle:summary() ~= expected then
    wrong[#wrong + 1] = "I6: it ended otherwise than without the interruption:\n" .. stage.oracle:summary()
  end
  return wrong
end

return stories
