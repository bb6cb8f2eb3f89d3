-- As many workloads as a benchmark wants. Answers are drawn once per template and shared by the workloads that use it,
-- so ten thousand workloads fit into little memory; a changed answer becomes the workload's own.

local json = require("plumb.json")

local PILLARS = { "operationalExcellence", "security", "reliability", "performance", "costOptimization",
  "sustainability" }

local function choice(question, index)
  local id = ("%s_bp%d"):format(question, index)
  return { id = id, title = ("Practice %d of %s"):format(index, question:gsub("_", " ")),
    improvementPlan = { displayText = ("Do what practice %d asks for."):format(index),
      url = "https://docs.example.com/" .. id } }
end

local function question(number, choices)
  local id = ("question_%03d"):format(number)
  local list, all = {}, {}
  for i = 1, choices do
    list[i], all[i] = choice(id, i), ("%s_bp%d"):format(id, i)
  end
  list[choices + 1] = { id = id .. "_no", title = "None of these" }
  return { id = id, title = ("How do you do thing %d?"):format(number), description = "A question for benchmarks.",
    choices = json.list(list), riskRules = json.list({
      { condition = table.concat(all, " && "), risk = "NO_RISK" },
      { condition = all[1], risk = "MEDIUM_RISK" },
      { condition = "default", risk = "HIGH_RISK" },
    }) }
end

-- Questions are dealt to the pillars in turn; a pillar takes twenty.
local function lens(name, questions, choices)
  local pillars = {}
  for i, id in ipairs(PILLARS) do
    pillars[i] = { id = id, name = id, questions = json.list({}) }
  end
  for i = 1, questions do
    table.insert(pillars[(i - 1) % #PILLARS + 1].questions, question(i, choices))
  end
  local used = {}
  for _, pillar in ipairs(pillars) do
    used[#used + 1] = #pillar.questions > 0 and pillar or nil
  end
  return { schemaVersion = "2021-11-01", name = name, description = "Made for benchmarks", pillars = json.list(used) }
end

-- Exactly `risky` of `questions` lack `missing` practices each; which ones differs from template to template.
local function template(number, p)
  local answers = {}
  for i = 1, p.questions do
    local id, selected = ("question_%03d"):format(i), {}
    local risky = (i * 7 + number * 3) % p.questions < p.risky
    for j = 1, p.choices do
      local keep = not risky or (number + i) % 2 == 0 and j <= p.choices - p.missing
        or (number + i) % 2 == 1 and j > p.missing
      selected[#selected + 1] = keep and ("%s_bp%d"):format(id, j) or nil
    end
    answers[id] = #selected > 0 and table.concat(selected, " ") or id .. "_no"
  end
  return answers
end

---A seed for benchmarks.
---@param options { workloads: integer?, questions: integer?, risky: integer?, missing: integer?, choices: integer?,
---  lenses: integer?, templates: integer? }  per lens: `questions` in all, `risky` of them with `missing` of their
---  `choices` missing; defaults 1000, 57, 20, 3, 5, 1, 8
---@return table seed
return function(options)
  local p = { workloads = options.workloads or 1000, questions = options.questions or 57,
    choices = options.choices or 5, missing = options.missing or 3,
    lenses = options.lenses or 1, templates = options.templates or 8 }
  p.risky = options.risky or math.floor(p.questions * 20 / 57 + 0.5)
  local seed = { lenses = {}, workloads = {}, templates = {} }
  local names = {}
  for i = 1, p.lenses do
    names[i] = i == 1 and "wellarchitected" or "lens" .. i
    seed.lenses[i] = { alias = names[i], version = "1.0", document = lens("Lens " .. i, p.questions, p.choices) }
  end
  for i = 1, p.templates do
    local answers = template(i, p)
    seed.templates["t" .. i] = {}
    for _, name in ipairs(names) do
      seed.templates["t" .. i][name] = answers
    end
  end
  for i = 1, p.workloads do
    seed.workloads[i] = { name = ("workload-%05d"):format(i), lenses = names, template = "t" .. (i % p.templates + 1),
      updated_days_ago = i % 300, ReviewOwner = "bench@example.com", AwsRegions = { "us-east-1" } }
  end
  return seed
end
