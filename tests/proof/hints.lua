-- Many hints: that each resolution is written back once, however often it is told of, in whatever order and by
-- whatever way; and that a thousand who resolve one question at the same time lose nothing. The daemon's own worker and
-- triggers, on a simulator in this process.
--
--   plumb run tests/proof/hints.lua [--hints N] [--at-once N]

package.path = "./tests/?.lua;" .. package.path

local daemon_world = require "proof.daemon_world"
local dice_of = require "proof.dice"
local options_of = require "proof.options"
local task = require "plumb.task"

local options = options_of.read(arg, { hints = 10000, at_once = 1000 })
local wrong = {}

local function check(good, text, ...)
  if not good then wrong[#wrong + 1] = text:format(...) end
end

-- How often each choice was selected by UpdateAnswer, by finding.
local function selections(stage)
  local counts, calls = {}, 0
  for _, input in ipairs(stage.world:inputs "UpdateAnswer") do
    calls = calls + 1
    for choice, change in pairs(input.ChoiceUpdates) do
      local key = table.concat({ input.WorkloadId, input.LensAlias, input.QuestionId, choice }, " ")
      if change.Status == "SELECTED" then counts[key] = (counts[key] or 0) + 1 end
    end
  end
  return counts, calls
end

local function key_of(record)
  return table.concat({ record.workload_arn:match "workload/(.+)$", record.lens_alias or record.lens_arn,
    record.question_id, record.choice_id }, " ")
end

-- Everything was settled by one selection each, nothing else was selected, and no message is left.
local function check_settled(stage, resolved)
  local counts, calls = selections(stage)
  local n = 0
  for _, record in ipairs(resolved) do
    n = n + 1
    check(counts[key_of(record)] == 1, "%s was selected %d times", key_of(record), counts[key_of(record)] or 0)
    check(stage.world.store:get("finding", record.key).status == "settled", "%s is not settled", record.item_id)
    check(stage.world.store:get("item", record.item_id).processed, "%s is not used up", record.item_id)
    counts[key_of(record)] = nil
  end
  for key in pairs(counts) do check(false, "%s was selected, and nobody resolved its item", key) end
  return n, calls
end

-- ---- many hints, three in ten doubled, shuffled, by queue and by webhook ----

local function many()
  local distinct = options.hints * 7 // 10
  local stage = daemon_world.new { workloads = (distinct + 19) // 20, questions = 20 }
  local dice, hints, resolved = dice_of.new(1), {}, {}
  for i, record in ipairs(stage.records) do
    if i > distinct then break end
    hints[i] = record.item_id
    if i % 10 ~= 0 then -- every tenth is told of, and was not resolved
      stage.world:person_resolves(record.item_id)
      resolved[#resolved + 1] = record
    end
  end
  for i = 1, options.hints - #hints do hints[#hints + 1] = hints[i * 7 % distinct + 1] end
  dice:shuffle(hints)
  local told = stage:start()
  for i, id in ipairs(hints) do
    if i % 4 == 0 then stage:post(id) else stage:send(id) end
  end
  stage:run_until_quiet()
  local n, calls = check_settled(stage, resolved)
  -- One question has one item here, so that there is nothing to write together.
  check(calls == n, "%d UpdateAnswer calls for %d resolutions", calls, n)
  check(stage:left() == 0, "%d messages are left", stage:left())
  print(("%d hints about %d items, %d of them resolved: %d UpdateAnswer calls in %d runs"):format(#hints, distinct, n,
    calls, told.runs))
  stage:close()
end

-- ---- one question, resolved a thousand times at once ----

local PRACTICES = 14 -- a question has fifteen choices at most, and one of them is the none-choice

local function one()
  local stage = daemon_world.new { workloads = 1, questions = 1, choices = PRACTICES, missing = PRACTICES }
  check(#stage.records == PRACTICES, "%d items, not %d", #stage.records, PRACTICES)
  local dice, done, tasks = dice_of.new(2), 0, {}
  for _, record in ipairs(stage.records) do stage.world:person_resolves(record.item_id) end
  stage:slow_down(0.001)
  for i = 1, options.at_once do
    local hint = { id = stage.records[dice:between(1, PRACTICES)].item_id, source = "id" }
    tasks[i] = task.spawn(function()
      if i % 50 == 0 then -- in between, a scan or a resolve of everything
        return i % 100 == 0 and stage.worker:tick() or stage.worker:resolve_all()
      end
      local good, failure = stage.worker:follow { hint }
      check(good, "%s", failure and tostring(failure))
      done = done + (good and 1 or 0)
    end)
    if i % 7 == 0 then task.sleep(0) end -- so that they come at all moments of a run
  end
  for _, one_of_them in ipairs(tasks) do task.join(one_of_them) end
  stage:run_until_quiet()
  local _, calls = check_settled(stage, stage.records)
  check(calls <= PRACTICES, "%d UpdateAnswer calls for %d practices", calls, PRACTICES)
  print(("one question resolved %d times at once: %d answered, %d practices selected by %d UpdateAnswer calls"):format(
    options.at_once, done, PRACTICES, calls))
  stage:close()
end

many()
one()
for i = 1, math.min(#wrong, 20) do print("WRONG: " .. wrong[i]) end
return #wrong == 0
