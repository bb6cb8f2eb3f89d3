-- The benchmarks, one function for each setting; each gives rows { what, figure, unit, goal }. A figure is good when it
-- is at most the goal.

local json = require "plumb.json"
local large = require "sim.seed.large"
local people = require "proof.people"
local rig_of = require "bench.rig"
local store_of = require "plumb.store"
local time = require "plumb.time"

local rows = {}

local QUIET = { "--set", "flood=1000000", "--set", "budget.run=1000000", "--set", "budget.month=1000000" }

local function scan(rig, ...)
  local words = { "scan", "--yes", ... }
  table.move(QUIET, 1, #QUIET, #words + 1, words)
  return rig:must(table.unpack(words))
end

local function resolve_all(sim)
  for _, id in ipairs(people.items(sim, { Open = true })) do people.change_item(sim, id, { status = "Resolved" }) end
end

-- A practice that was selected is not any more, in the first n workloads: one new finding each.
local function change(sim, n)
  for i = 1, n do
    local workload = sim.world.workloads[i]
    local question = workload.reviews[1].document.questions[10]
    local selected = workload.reviews[1].answers[question.id].order[1]
    people.change_answer(sim, { workload = workload.id, lens = "wellarchitected", question = question.id },
      { choices = { [selected] = "UNSELECTED" } })
  end
end

---Requests for 1,000 workloads of 57 questions; 1,000 findings.
---@param scale number  1 for the real thing; less has no goals
---@return table[]
function rows.requests(scale)
  local workloads = math.floor(1000 * scale)
  local rig <close> = rig_of.new { seed = large { workloads = workloads, questions = 57, risky = 1, missing = 1 } }
  local first = scan(rig)
  local same = scan(rig)
  change(rig.sim, 10)
  local changed = scan(rig)
  local full = scan(rig, "--full")
  local is_whole = scale == 1
  return {
    { ("requests, %d workloads of 57 questions, nothing changed"):format(workloads), same.requests, "",
      is_whole and 21 or nil },
    { "  CPU of it", same.cpu, "s" },
    { "requests, 10 of them changed, beside the creates", changed.requests - changed.creates, "",
      is_whole and 51 or nil },
    { "  creates, one new item each", changed.creates, "" },
    { "requests, full check", full.requests, "", is_whole and 2021 or nil },
    { "  CPU of it", full.cpu, "s" },
    { ("requests, first scan, %d new items"):format(workloads), first.requests, "" },
    { "  CPU of it", first.cpu, "s" },
  }
end

---Resolving 999 items of 333 questions found by a poll.
---@return table[]
function rows.resolve()
  local rig <close> = rig_of.new { seed = large { workloads = 9, questions = 37, risky = 37, missing = 3 } }
  scan(rig)
  resolve_all(rig.sim)
  local took = rig:must("resolve", "--yes")
  return { { "requests, resolve 999 items of 333 questions by poll", took.requests, "", 353 },
    { "  CPU of it", took.cpu, "s" } }
end

-- What the disk alone costs: each create waits for two of these, one after the other.
local function commit_ms(folder)
  local store = store_of.open { path = folder .. "/commits.db" }
  local before = time.monotonic()
  for i = 1, 50 do assert(store:commit { { "put", "mark", { name = "mark " .. i, value = i } } }) end
  local ms = (time.monotonic() - before) / 50 * 1000
  store:close()
  return ms
end

---Three workloads with 318 new items, at 50 ms a request and at none.
---@return table[]
function rows.latency()
  local list = {}
  for _, ms in ipairs { 50, 0 } do
    local rig <close> = rig_of.new { seed = large { workloads = 3, questions = 57, risky = 53, missing = 2 },
      latency_ms = ms > 0 and ms or nil }
    local first, again = scan(rig), scan(rig)
    local created = #people.items(rig.sim, { Open = true })
    if ms > 0 then list[1] = { "one durable commit on this disk", commit_ms(rig.folder), "ms" } end
    list[#list + 1] = { ("3 workloads, %d new items, %d ms a request"):format(created, ms), first.wall, "s",
      ms == 50 and 1.0 or nil }
    list[#list + 1] = { ("the same again, nothing new, %d ms a request"):format(ms), again.wall, "s",
      ms == 50 and 0.2 or nil }
    resolve_all(rig.sim)
    list[#list + 1] = { ("all of them resolved, %d ms a request"):format(ms), rig:must("resolve", "--yes").wall, "s" }
  end
  return list
end

local function median(rig, ...)
  local times, mib = {}, 0
  for i = 1, 21 do
    local took = rig:must(...)
    times[i], mib = took.wall * 1000, math.max(mib, took.mib)
  end
  table.sort(times)
  return times[11], mib
end

---Start to exit, and what a Tab costs.
---@return table[]
function rows.start()
  local rig <close> = rig_of.new {}
  local version, mib = median(rig, "version")
  return { { "start to exit of `plumb version`, median of 21", version, "ms", 5 },
    { "  its memory", mib, "MiB", 12 },
    { "a Tab behind `plumb`, median of 21", median(rig, "__complete", "fish", "--", ""), "ms", 20 },
    { "a Tab behind `plumb call wa.ListAnswers`", median(rig, "__complete", "fish", "--", "call", "wa.ListAnswers", ""),
      "ms", 20 },
    { "a Tab behind `plumb item show`", median(rig, "__complete", "fish", "--", "item", "show", ""), "ms", 20 } }
end

---CPU of a signed call.
---@return table[]
function rows.calls()
  local rig <close> = rig_of.new {}
  local body = json.encode { WorkloadId = ("0a"):rep(16), LensReview = { LensAlias = "x", LensName = "a lens" } }
  rig:serve(function()
    return { status = 200, body = body,
      headers = { ["content-type"] = "application/json", ["x-amzn-requestid"] = "1" } }
  end)
  local one, eight = rig:script("calls.lua"):match("(%S+) (%S+)")
  return { { "CPU of a signed call from Lua, one by one", tonumber(one), "us", 60 },
    { "CPU of a signed call from Lua, eight at a time", tonumber(eight), "us", 60 } }
end

---Peak memory of scans, by the number of workloads.
---@param scale number
---@return table[]
function rows.memory(scale)
  local list, few, many = {}, math.floor(1000 * scale), math.floor(10000 * scale)
  local mib = { first = {}, same = {} }
  for _, n in ipairs { few, many } do
    local rig <close> = rig_of.new { seed = large { workloads = n, questions = 10, choices = 3, risky = 0 } }
    mib.first[n], mib.same[n] = scan(rig).mib, scan(rig).mib
    list[#list + 1] = { ("peak memory, %d workloads, first scan"):format(n), mib.first[n], "MiB", 64 }
    list[#list + 1] = { ("peak memory, %d workloads, nothing changed"):format(n), mib.same[n], "MiB", 64 }
  end
  do
    local rig <close> = rig_of.new { seed = large { workloads = few, questions = 57, risky = 20, missing = 3 } }
    list[#list + 1] = { ("peak memory, %d workloads with %d findings, first plan"):format(few, few * 60),
      rig:must("scan", "--dry-run").mib, "MiB", 64 }
  end
  local function each(of) return (of[many] - of[few]) * 1024 / (many - few) end
  list[#list + 1] = { "  each workload more, first scan", each(mib.first), "KiB" }
  list[#list + 1] = { "  each workload more, nothing changed", each(mib.same), "KiB" }
  return list
end

---The diff of 100,000 findings.
---@return table[]
function rows.diff()
  local rig <close> = rig_of.new {}
  local seconds, mib = rig:script("many_findings.lua", rig.folder .. "/many.db"):match("(%S+) (%S+)")
  return { { "CPU of the diff, 100,000 findings in state", tonumber(seconds), "s", 1.0 },
    { "  its memory", tonumber(mib), "MiB" } }
end

return rows
