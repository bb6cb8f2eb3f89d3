-- What a world begins with. A seed is data:
--
--   lenses     list of: a path of a custom lens JSON file, or { file = path | document = decoded file,
--              alias = "serverless" (then it is an official lens), key = name for use below, version = "1.0" }.
--              Without `key` a lens goes by its alias, else by its file name without the ending.
--   workloads  list of { name, lenses = { key, ... }, answers = { [key] = { [question id] = answer } }, template?,
--              id?, owner?, share = { permission = "READONLY"|"CONTRIBUTOR" }?, updated_days_ago?, tags?,
--              and members of UpdateWorkload (Description, Environment, Notes, ...) }
--   templates  { [name] = answers }, shared by all workloads that name it
--   answer     "choice other -third": selected ids, with a dash those marked not applicable; "n/a": the question is
--              taken out; or { selected = "...", applicable = false, reason = , notes = , choice_notes = { [id] = } }
--   roles      { [role ARN] = { external_id = } }: only these can be assumed; absent: any
--   queues     { name, ... }
--   routes     { { queue = name, form = "sns"|"eventbridge", topic = ARN? } }: where OpsItem notifications go

local digest = require("plumb.digest")
local json = require("plumb.json")
local lens_of = require("sim.lens")
local review_of = require("sim.review")
local sqs = require("sim.sqs")
local view = require("sim.wa.view")
local world_of = require("sim.world")

local M = {}

local FOLDER = "sim/seed/"

local function from_binary(name)
  local ok, scripts = pcall(require, "plumb.scripts")
  return ok and scripts.source(name) or nil
end

-- A file of ours, out of the binary or next to the modules; or a file of the user's.
local function read(path)
  local text = from_binary(path)
  if text then
    return text
  end
  local places = { path }
  for template in package.path:gmatch("[^;]+") do
    local folder = template:match("^(.-)%?%.lua$")
    places[#places + 1] = folder and folder .. path
  end
  for _, place in ipairs(places) do
    local file = io.open(place, "rb")
    if file then
      local content = file:read("a")
      file:close()
      return content
    end
  end
  error(("cannot read %s"):format(path), 0)
end

local function decode(path)
  local value, message = json.decode(read(path))
  if type(value) ~= "table" then
    error(("%s is not JSON: %s"):format(path, tostring(message)), 0)
  end
  return value
end

-- One workload under a lens of the user's: every second choice is selected, so that there is something to see.
local function try_out(path)
  local document = assert(lens_of.load(read(path)))
  local answers = {}
  for _, question in ipairs(document.questions) do
    local ids = {}
    for i = 1, #question.choices, 2 do
      ids[#ids + 1] = not question.choices[i].none and question.choices[i].id or nil
    end
    answers[question.id] = table.concat(ids, " ")
  end
  return { lenses = { { file = FOLDER .. "lenses/wellarchitected.json", alias = "wellarchitected" },
    { file = path, key = "lens" } },
    workloads = { { name = "sample", lenses = { "lens" }, answers = { lens = answers } } } }
end

---The seed behind what `sim.new` was given.
---@param seed string|table
---@param options table?  for a seed that is a function
---@return table  raises a string when there is no such seed
function M.resolve(seed, options)
  if type(seed) == "table" then
    return seed
  elseif seed:find("%.json$") then
    return decode(seed).pillars and try_out(seed) or decode(seed)
  end
  local ok, value = pcall(require, "sim.seed." .. seed)
  if not ok then
    if value:find("module 'sim.seed." .. seed .. "' not found", 1, true) then
      error(("no seed %q; there are demo, empty, large, or a .json file"):format(seed), 0)
    end
    error(value, 0)
  end
  return type(value) == "function" and value(options or {}) or value
end

-- Lens files are read once per seed and shared by all worlds: documents never change.
local documents = setmetatable({}, { __mode = "k" })

local function document_of(entry)
  if not documents[entry] then
    local document, message = lens_of.load(entry.document or read(entry.file))
    if not document then
      error(("%s: %s"):format(entry.file or entry.key or "lens", message), 0)
    end
    documents[entry] = document
  end
  return documents[entry]
end

local by_path = {}

local function lens_entry(entry)
  if type(entry) ~= "string" then
    return entry
  end
  by_path[entry] = by_path[entry] or { file = entry }
  return by_path[entry]
end

local function add_lens(world, raw)
  local entry = lens_entry(raw)
  local document = document_of(entry)
  local key = entry.key or entry.alias or entry.file:match("([^/]+)%.%w+$")
  local lens = { alias = entry.alias, type = entry.alias and "AWS_OFFICIAL" or "CUSTOM_SELF" }
  if entry.alias then
    -- No Region, and `aws` where an account would be: what the live service answers.
    lens.arn = ("arn:%s:wellarchitected::aws:lens/%s"):format(world.partition, entry.alias)
  else
    lens.owner = entry.owner or world.account
    lens.arn = world:arn("wellarchitected", "lens/" .. world_of.stable_id("lens " .. key, 32), lens.owner)
  end
  return key, world:add_lens(lens, document, entry.version)
end

local function note_words(answer, question, text, where)
  for word in text:gmatch("%S+") do
    local dash, id = word:match("^(%-?)(.+)$")
    if not question.choice[id] then
      error(("%s: question %s has no choice %s"):format(where, question.id, id), 0)
    end
    answer.status[id] = dash == "-" and "NOT_APPLICABLE" or "SELECTED"
  end
end

local function answer_from(question, spec, where)
  local answer = review_of.draft(nil)
  if spec == "n/a" then
    answer.applicable, answer.reason = false, "OUT_OF_SCOPE"
  elseif type(spec) == "string" then
    note_words(answer, question, spec, where)
  else
    note_words(answer, question, spec.selected or "", where)
    answer.applicable, answer.reason, answer.notes = spec.applicable, spec.reason, spec.notes
    answer.choice_notes = review_of.copy(spec.choice_notes)
  end
  return review_of.finish(question, answer)
end

local function answers_from(lens, specs, where)
  local answers = {}
  local document = world_of.current(lens).document
  for id, spec in pairs(specs or {}) do
    local question = document.question[id] or error(("%s: lens %s has no question %s"):format(where, lens.name, id), 0)
    answers[id] = answer_from(question, spec, where)
  end
  return answers
end

local function add_workload(world, spec, lenses, shared)
  local id = spec.id or world_of.stable_id("workload " .. spec.name, 32)
  local owner = spec.owner or world.account
  local workload = { id = id, name = spec.name, owner = owner, reviews = {}, plain = {},
    arn = world:arn("wellarchitected", "workload/" .. id, owner),
    updated_at = world:now() - (spec.updated_days_ago or 0) * 86400, improvement_status = spec.ImprovementStatus }
  for _, name in ipairs(view.PLAIN) do
    workload.plain[name] = spec[name]
  end
  workload.plain.Description = workload.plain.Description or spec.name
  workload.plain.Environment = workload.plain.Environment or "PRODUCTION"
  workload.share = spec.share and { permission = spec.share.permission, invitation = world_of.stable_id(id, 32) }
  for i, key in ipairs(spec.lenses) do
    local lens = lenses[key] or error(("workload %s: no lens %s in the seed"):format(spec.name, key), 0)
    local answers = spec.template and shared(spec.template, key, lens)
      or answers_from(lens, spec.answers and spec.answers[key], "workload " .. spec.name)
    workload.reviews[i] = world:review(lens, answers)
    workload.reviews[i].updated_at = workload.updated_at
  end
  world.tags[workload.arn] = spec.tags
  world:add_workload(workload)
end

---Fills a world.
---@param world sim.World
---@param seed table  raises a string that names the place when it does not fit together
function M.apply(world, seed)
  local lenses, made = {}, {}
  for _, entry in ipairs(seed.lenses or {}) do
    local key, lens = add_lens(world, entry)
    lenses[key] = lens
  end
  local function shared(name, key, lens)
    local id = digest.sha256(name .. "\0" .. key)
    made[id] = made[id] or answers_from(lens, seed.templates[name][key], "template " .. name)
    return made[id]
  end
  for _, spec in ipairs(seed.workloads or {}) do
    add_workload(world, spec, lenses, shared)
  end
  for _, name in ipairs(seed.queues or {}) do
    sqs.create(world, name)
  end
  for i, route in ipairs(seed.routes or {}) do
    world.routes[i] = route
  end
end

return M
