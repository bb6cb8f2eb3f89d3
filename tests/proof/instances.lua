-- Several plumbs at once: on one state file or one table, where one works and the others leave with exit 8; and on a
-- state file each, where OpsCenter's own dedup and what is looked up keep the items single. Replies are slow, so that
-- they meet; some are lost.
--
--   plumb run tests/proof/instances.lua [--rounds N] [--only file|table|own] [--without-lock]
--
-- --without-lock takes the lock away, by an instrument that answers flock without making it: then this must fail.

package.path = "./tests/?.lua;" .. package.path

local options_of = require "proof.options"
local people = require "proof.people"
local stage_of = require "proof.stage"
local stories = require "proof.stories"
local task = require "plumb.task"

local options = options_of.read(arg, { rounds = 10, only = "", without_lock = false })

local LOCKED = 8
local failed = 0

local function report(name, round, wrong)
  if not wrong[1] then return end
  failed = failed + 1
  print(("%s, round %d: %s"):format(name, round, table.concat(wrong, "\n  ")))
end

local function start(stage, words, state)
  local all = table.move(words, 1, #words, 1, {})
  if state then table.move({ "--state", state }, 1, 2, #all + 1, all) end
  if options.without_lock then return stage:trace({ "unlock" }, all).exit end
  return (stage:plumb(all))
end

-- Runs n of them at once; their exit codes.
local function together(stage, words, states)
  local codes = {}
  task.map(states, function(state, i) codes[i] = start(stage, words, state or nil) end, { limit = #states })
  return codes
end

-- Slow replies, so that those who start together also work together.
local function slow_down(stage, seconds)
  stage.hook = function(_, execute)
    local response = execute()
    task.sleep(seconds)
    return response
  end
end

local function append(list, more)
  for _, entry in ipairs(more) do list[#list + 1] = entry end
end

-- ---- one state, in a file or in a table ----

-- One that begins when another has begun with its work; their exit codes.
local function latecomer(stage, words, state)
  local second
  stage.hook = function(request, execute)
    local is_state = (request.headers["x-amz-target"] or ""):find "^DynamoDB"
    if not second and not is_state then
      second = "running"
      second = start(stage, words, state)
    end
    return execute()
  end
  return start(stage, words, state), second
end

---@param state string|false  false for the file that plumb takes by itself
local function one_state(name, round, count, state)
  local stage = stage_of.new { world = stories.world() }
  local _ <close> = setmetatable({}, { __close = function() stage:close() end })
  if state then stage:plumb { "state", "init", "--yes", "--state", state } end
  slow_down(stage, 0.01)
  local wrong, refused = {}, 0
  local states = {}
  for i = 1, count do states[i] = state end
  for _, words in ipairs { { "scan", "--yes" }, { "resolve", "--yes" } } do
    stage.oracle:begin_run()
    for _, code in ipairs(together(stage, words, states)) do
      if code == LOCKED then
        refused = refused + 1
      elseif code ~= 0 then
        wrong[#wrong + 1] = ("%s ended with %d"):format(words[1], code)
      end
    end
    for _, id in ipairs(people.items(stage.sim, { Open = true })) do
      people.change_item(stage.sim, id, { status = "Resolved" })
    end
  end
  if refused == 0 then wrong[#wrong + 1] = "none was refused: two worked at once on one state" end
  local first, second = latecomer(stage, { "scan", "--yes", "--full" }, state)
  if first ~= 0 or second ~= LOCKED then
    wrong[#wrong + 1] = ("one that had begun ended with %s, another that came with %s"):format(first, second)
  end
  stage.hook = nil
  append(wrong, stories.recover(stage))
  report(name, round, wrong)
end

-- ---- a state file each ----

local function own_stores(round, count)
  local stage = stage_of.new { world = stories.world() }
  local _ <close> = setmetatable({}, { __close = function() stage:close() end })
  slow_down(stage, 0.005)
  local states = { false }
  for i = 2, count do states[i] = ("%s/other%d/state.db"):format(stage.folder, i) end
  local creates = round % 5 + 1
  stage.sim:fault { kind = "exec_then_reset", operation = "ssm.CreateOpsItem", nth = creates }
  stage.oracle:begin_run()
  together(stage, { "scan", "--yes" }, states)
  stage.sim:clear_faults()
  stage.hook = nil
  -- Each of them once more, later, one by one; then people resolve, and one of them writes it back.
  for _, state in ipairs(states) do
    local words = { 1500, "scan", "--yes", "--full" }
    if state then table.move({ "--state", state }, 1, 2, #words + 1, words) end
    stage:later { words }
  end
  local wrong = stage.oracle:converged()
  for _, id in ipairs(people.items(stage.sim, { Open = true })) do
    people.change_item(stage.sim, id, { status = "Resolved" })
  end
  append(wrong, stories.recover(stage))
  report("own states", round, wrong)
end

local function wanted(name) return options.only == "" or options.only == name end

for round = 1, options.rounds do
  for count = 2, 3 do
    if wanted "file" then one_state("one state", round, count, false) end
    if wanted "table" and not options.without_lock then one_state("one table", round, count, "dynamodb:proof") end
    if wanted "own" and not options.without_lock then own_stores(round, count) end
  end
end
print(("%d rounds of two and of three at once: %d failed"):format(options.rounds, failed))
return failed == 0
