-- Lives by chance, many of them: scans and resolves under faults, kills at any request, people at work in
-- between, requests that are lost, late or doubled. Each life follows from its seed and ends with a run in
-- quiet, after which everything must be as promised.
--
--   plumb run tests/proof/seeds.lua [--seeds N] [--from S] [--trace] [--without ACT] [--group MODE] [--until WHAT]
--
-- MODE is a word of the policy's `group`. A seed that fails is printed; `--seeds 1 --from SEED --trace` tells its
-- story. WHAT is a pattern: the first failure that is like it is the last.

package.path = "./tests/?.lua;" .. package.path

local life_of = require "proof.life"
local options_of = require "proof.options"
local people = require "proof.people"

local options = options_of.read(arg, { seeds = 100, from = 1, trace = false, without = "", group = "practice",
  ["until"] = "" })

-- `--without delete` keeps people from doing one thing, to see what else there is.
local function without(weights, name)
  local left = {}
  for _, entry in ipairs(weights) do
    if entry[1] ~= name then left[#left + 1] = entry end
  end
  return left
end

-- Small worlds, so that people and plumb meet. Documents are shared by all lives.
local large = require "sim.seed.large"
local WORLDS = {
  large { workloads = 2, questions = 2, choices = 3, missing = 2, risky = 2, templates = 2 },
  large { workloads = 1, questions = 3, choices = 2, missing = 1, risky = 3, lenses = 2, templates = 1 },
  large { workloads = 3, questions = 1, choices = 2, missing = 2, risky = 1, templates = 1 },
}

local SCAN, RESOLVE = { "scan", "--yes", "--json" }, { "resolve", "--yes", "--json" }

-- Some lives have an OpsCenter that refuses no double: then plumb alone keeps the items single. What it cannot do,
-- and nobody could, stays out of them: a network that doubles, people who open a second item, a state that is lost
-- while lists lag.
local function is_without_dedup(seed) return seed % 5 == 3 end

local CHAPTERS = { { "scan", 8 }, { "resolve", 8 }, { "people", 8 }, { "rest", 4 }, { "lose", 0.15 } }

local chapters = {}

local function run(life, words)
  life.wire.trouble = life.dice:chance(0.7) and life.dice:number() * 0.15 or 0
  life.wire.acts = life.dice:chance(0.4) and life.dice:number() * 0.2 or 0
  life.wire.crash_in = life.dice:chance(0.25) and life.dice:between(1, 30) or nil
  life:run(words)
  life.wire.crash_in = nil
end

function chapters.scan(life) run(life, life.dice:chance(0.2) and { "scan", "--yes", "--json", "--full" } or SCAN) end
function chapters.resolve(life) run(life, RESOLVE) end

function chapters.people(life)
  for _ = 1, life.dice:between(1, 5) do
    life:say("somebody: %s", people.act(life.sim, life.dice, life.wire.weights) or "nothing")
    life:later(life.dice:between(1, 90))
  end
end

function chapters.rest(life)
  local seconds = life.dice:one_of { 5, 60, 400, 1300, 4000, 90000 }
  life:say("%d seconds pass", seconds)
  life:later(seconds)
end

function chapters.lose(life)
  life:say("the state file is lost")
  life:lose_state()
end

-- Lists that lag: by less than the quarantine, as everything else here.
local function set_up(seed)
  local life = life_of.new { seed = seed, world = WORLDS[seed % #WORLDS + 1], trace = options.trace,
    updated_at_moves = seed % 4 ~= 0, group = options.group, dedup = not is_without_dedup(seed) }
  if life.dice:chance(0.3) then
    life.sim:fault { kind = "index_lag", seconds = life.dice:between(1, 600), operation = "ssm.DescribeOpsItems" }
  end
  life.wire.doubles = not is_without_dedup(seed)
  life.wire.weights = without(people.WEIGHTS, options.without)
  if is_without_dedup(seed) then life.wire.weights = without(life.wire.weights, "reopen") end
  return life
end

-- Resolve sees what people did to the items that plumb knows, scan finds the others and what is left to ask.
local function cycle(life, wrong)
  for _, words in ipairs { RESOLVE, SCAN } do
    local code = life:run(words)
    if code ~= 0 and code ~= 5 then wrong[#wrong + 1] = ("a quiet %s ended with %s"):format(words[1], code) end
  end
end

-- The end: faults stop and a day passes. The first cycle finds what nobody knew of, such as an item whose create
-- was never answered and which people have resolved since; the second puts it right; a third writes nothing.
local function come_to_rest(life)
  local wrong = life.oracle:check()
  life.sim:clear_faults()
  life.wire.trouble, life.wire.acts = 0, 0
  life:say("quiet")
  life:later(90000)
  cycle(life, wrong)
  cycle(life, wrong)
  local visible = function(id, identity) return life:is_visible(id, identity) end
  life.oracle:converged { visible = visible }
  life.oracle:none_lost(visible)
  local since = life.sim.serial
  life:later(60)
  cycle(life, wrong)
  for _, entry in ipairs(life.oracle:writes(since)) do
    wrong[#wrong + 1] = "another run wrote: " .. entry.operation
  end
  return wrong
end

local function live(seed)
  local life = set_up(seed)
  local contents = is_without_dedup(seed) and without(CHAPTERS, "lose") or CHAPTERS
  for _ = 1, life.dice:between(4, 14) do
    local name = life.dice:by_weight(contents)
    chapters[name](life)
    if life.oracle:check()[1] then break end
  end
  return come_to_rest(life), life
end

-- Whether one of the things that went wrong is what somebody is looking for.
local function is_found(wrong)
  for _, line in ipairs(wrong) do
    if options["until"] ~= "" and line:find(options["until"]) then return true end
  end
  return false
end

local failed, residual, requests, lives = 0, 0, 0, 0
for seed = options.from, options.from + options.seeds - 1 do
  lives = lives + 1
  local ok, wrong, life = xpcall(live, function(failure)
    return { options.trace and debug.traceback(tostring(failure)) or tostring(failure) }
  end, seed)
  if options.trace and ok then life:tell() end
  if not ok or wrong[1] then
    failed = failed + 1
    print(("seed %d fails:"):format(seed))
    for i = 1, math.min(#wrong, 5) do print("  " .. wrong[i]) end
  end
  if ok then residual, requests = residual + life.oracle.residual, requests + life.wire.sent end
  if is_found(wrong) then break end
end
life_of.restore()
print(("%d seeds from %d on: %d failed; %d requests; %d selections within the residual windows"):format(lives,
  options.from, failed, requests, residual))
return failed == 0
