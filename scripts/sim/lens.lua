-- Custom lens files: read, checked, and brought into the form the simulator works with. Reading is tolerant, because
-- published lenses break their own specification in many small ways; what only ImportLens refuses is a warning here
-- and carries `import = true`. What cannot be worked with at all is an error that says where.

local json = require("plumb.json")
local risk = require("plumb.lens.risk")

local M = {}

M.MAX_BYTES = 500000
local SCHEMA = "2021-11-01"
local RISKS = { NO_RISK = "NONE", MEDIUM_RISK = "MEDIUM", HIGH_RISK = "HIGH" }

---@class sim.LensProblem
---@field where string    "pillars[1].questions[2].title"
---@field text string
---@field import boolean? ImportLens would refuse the file for this

---@class sim.LensDocument
---@field name string
---@field description string?
---@field pillars table[]    { id, name, questions }
---@field questions table[]  all of them in order: { id, pillar_id, title, description, helpful, choices, choice,
---  rules }
---@field question table     by id
---@field source table       the decoded file
---@field warnings sim.LensProblem[]

-- Letters, digits and the marks the import accepts in names and titles. Bytes beyond ASCII pass: the service takes
-- letters of any script.
local PLAIN = "^[%w%s%-_%.,:/%(%)@!&#%+'%?\128-\255]*$"

local Reader = {}
Reader.__index = Reader

function Reader:warn(where, text, import)
  self.warnings[#self.warnings + 1] = { where = where, text = text, import = import }
end

function Reader.stop(_, where, text)
  error({ where = where, text = text }, 0)
end

function Reader:text(owner, key, where, max, plain)
  local value = owner[key]
  if value == nil or value == json.null then
    return nil
  elseif type(value) ~= "string" then
    self:stop(where .. "." .. key, "text expected")
  end
  local size = utf8.len(value)
  if not size then
    self:stop(where .. "." .. key, "not valid UTF-8")
  elseif size > max then
    self:warn(where .. "." .. key, ("%d characters, %d are allowed"):format(size, max), true)
  elseif plain and not value:find(PLAIN) then
    self:warn(where .. "." .. key, ("the character %q is not accepted on import"):format(
      value:match("[^%w%s%-_%.,:/%(%)@!&#%+'%?\128-\255]")), true)
  end
  return value
end

function Reader:required(owner, key, where, max, plain)
  return self:text(owner, key, where, max, plain) or self:stop(where, ("no %s"):format(key))
end

function Reader:id(owner, where, max)
  local id = self:required(owner, "id", where, 128)
  if not id:find("^[%w_]+$") or #id < 3 then
    -- A dash is what published files have most often; conditions cannot name such a choice.
    self:warn(where .. ".id", ("%q is not 3 to 128 letters, digits and underscores"):format(id), true)
  elseif #id > max then
    self:warn(where .. ".id", ("%q has more than %d characters, which the API does not take"):format(id, max))
  end
  return id
end

function Reader:list(owner, key, where, max)
  local value = owner[key]
  if type(value) ~= "table" or #value == 0 then
    self:stop(where, ("no %s"):format(key))
  elseif #value > max then
    self:warn(where .. "." .. key, ("%d entries, %d are allowed"):format(#value, max), true)
  end
  return value
end

function Reader:resource(owner, key, where)
  local value = owner[key]
  if type(value) ~= "table" then
    return nil
  end
  where = where .. "." .. key
  local text, url = self:text(value, "displayText", where, 2048), self:text(value, "url", where, 2048)
  if url == "" then
    self:warn(where .. ".url", "empty")
    url = nil
  elseif url and not url:find("^https?://") then
    self:warn(where .. ".url", ("%q is no http address"):format(url), true)
  elseif url and not text then
    self:warn(where, "a url needs a displayText", true)
  end
  return { text = text, url = url }
end

function Reader:more(owner, where)
  local list = {}
  for i, entry in ipairs(type(owner.additionalResources) == "table" and owner.additionalResources or {}) do
    local content = {}
    for j, resource in ipairs(type(entry.content) == "table" and entry.content or {}) do
      content[j] = self:resource({ content = resource }, "content", ("%s.additionalResources[%d]"):format(where, i))
    end
    list[i] = { type = entry.type, content = content }
  end
  return #list > 0 and list or nil
end

local NONE_TITLES = { ["none of these"] = true, ["none of the above"] = true, ["none of these apply"] = true,
  none = true }

function Reader:choice(raw, where)
  local choice = { id = self:id(raw, where, 64), title = self:required(raw, "title", where, 128, true),
    description = self:text(raw, "description", where, 2048), helpful = self:resource(raw, "helpfulResource", where),
    plan = self:resource(raw, "improvementPlan", where), more = self:more(raw, where) }
  choice.none = choice.id:find("_no$") ~= nil
  local none_title = NONE_TITLES[choice.title:lower():gsub("^%s+", ""):gsub("%s+$", "")] == true
  if none_title ~= choice.none then
    self:warn(where, none_title and ("titled %q but its id does not end in _no"):format(choice.title)
      or ("its id ends in _no but it is titled %q"):format(choice.title))
  end
  if not choice.plan and not choice.none then
    self:warn(where, "no improvementPlan", true)
  end
  return choice
end

function Reader:rule(raw, where, question)
  local text, word = self:required(raw, "condition", where, math.maxinteger), self:required(raw, "risk", where, 32)
  local condition, message = risk.parse(text)
  if not condition then
    self:stop(where .. ".condition", message)
  elseif not RISKS[word] then
    self:stop(where .. ".risk", ("%q is none of NO_RISK, MEDIUM_RISK, HIGH_RISK"):format(word))
  end
  for _, id in ipairs(risk.choices(condition)) do
    if not question.choice[id] then
      self:warn(where .. ".condition", ("names %q, which is no choice of the question"):format(id), true)
    end
  end
  return { condition = condition, risk = RISKS[word], text = text }
end

function Reader:rules(raw, where, question)
  local rules, default = {}, nil
  for i, entry in ipairs(self:list(raw, "riskRules", where, 3)) do
    rules[i] = self:rule(entry, ("%s.riskRules[%d]"):format(where, i), question)
    if rules[i].condition.op == "default" then
      default = default or i
    end
  end
  if not default then
    self:warn(where .. ".riskRules", "no default rule")
  elseif default < #rules then
    self:warn(where .. ".riskRules", "the rules after the default are never reached")
  end
  return rules
end

function Reader:question(raw, where, pillar_id)
  local question = { id = self:id(raw, where, 128), pillar_id = pillar_id, choices = {}, choice = {},
    title = self:required(raw, "title", where, 128, true),
    description = self:text(raw, "description", where, 2048, true),
    helpful = self:resource(raw, "helpfulResource", where) }
  for i, entry in ipairs(self:list(raw, "choices", where, 15)) do
    local place = ("%s.choices[%d]"):format(where, i)
    local choice = self:choice(entry, place)
    if question.choice[choice.id] then
      self:stop(place .. ".id", ("%q is there twice in one question"):format(choice.id))
    end
    question.choices[i], question.choice[choice.id] = choice, choice
  end
  question.rules = self:rules(raw, where, question)
  return question
end

function Reader:pillar(raw, where, document)
  local pillar = { id = self:id(raw, where, 64), name = self:required(raw, "name", where, 128, true), questions = {} }
  for i, entry in ipairs(self:list(raw, "questions", where, 20)) do
    local place = ("%s.questions[%d]"):format(where, i)
    local question = self:question(entry, place, pillar.id)
    if document.question[question.id] then
      self:stop(place .. ".id", ("%q is there twice in one lens"):format(question.id))
    end
    pillar.questions[i], document.question[question.id] = question, question
    document.questions[#document.questions + 1] = question
  end
  return pillar
end

function Reader:document(raw)
  local document = { name = self:required(raw, "name", "lens", 128, true), source = raw, warnings = self.warnings,
    description = self:text(raw, "description", "lens", 2048, true), pillars = {}, questions = {}, question = {} }
  if raw.schemaVersion ~= SCHEMA then
    self:warn("lens.schemaVersion", ("%s is not %s"):format(tostring(raw.schemaVersion), SCHEMA))
  end
  local ids = {}
  for i, entry in ipairs(self:list(raw, "pillars", "lens", 10)) do
    local where = ("pillars[%d]"):format(i)
    local pillar = self:pillar(entry, where, document)
    if ids[pillar.id] then
      self:stop(where .. ".id", ("%q is there twice"):format(pillar.id))
    end
    ids[pillar.id], document.pillars[i] = true, pillar
  end
  return document
end

local function decode(text)
  local value, message = json.decode(text)
  if value == nil and text:find("[:%[,]%s*NaN") then
    return nil, "NaN is not JSON; put the text in quotes: " .. tostring(message)
  elseif type(value) ~= "table" then
    return nil, "not a JSON object" .. (message and ": " .. message or "")
  end
  return value
end

---Reads a lens.
---@param source string|table  JSON text, or the same decoded
---@param options { import: boolean? }?  import: refuse what ImportLens refuses
---@return sim.LensDocument? lens
---@return string? message  "pillars[1].questions[2]: no choices"
function M.load(source, options)
  local raw, reader = source, setmetatable({ warnings = {} }, Reader)
  if type(source) == "string" then
    local message
    raw, message = decode(source)
    if not raw then
      return nil, message
    elseif #source > M.MAX_BYTES then
      reader:warn("lens", ("%d bytes, %d are allowed"):format(#source, M.MAX_BYTES), true)
    end
  end
  local ok, document = pcall(reader.document, reader, raw)
  if not ok then
    if type(document) ~= "table" then
      error(document, 0)
    end
    return nil, document.where .. ": " .. document.text
  end
  for _, problem in ipairs(options and options.import and document.warnings or {}) do
    if problem.import then
      return nil, problem.where .. ": " .. problem.text
    end
  end
  return document
end

---What changed between two versions of a lens, pillar by pillar, in the words of GetLensVersionDifference.
---@param base sim.LensDocument
---@param target sim.LensDocument
---@return table[] pillar_differences
function M.difference(base, target)
  local differences = {}
  local function questions_of(document, pillar_id)
    local list = {}
    for _, question in ipairs(document.questions) do
      if question.pillar_id == pillar_id then
        list[#list + 1] = question
      end
    end
    return list
  end
  local function compare(pillar_id)
    local found = {}
    for _, question in ipairs(questions_of(target, pillar_id)) do
      local old = base.question[question.id]
      local status = not old and "NEW" or not M.same_choices(old, question) and "UPDATED"
        or old.title ~= question.title and "UPDATED" or nil
      if status then
        found[#found + 1] = { QuestionId = question.id, QuestionTitle = question.title, DifferenceStatus = status }
      end
    end
    for _, question in ipairs(questions_of(base, pillar_id)) do
      if not target.question[question.id] then
        found[#found + 1] = { QuestionId = question.id, QuestionTitle = question.title, DifferenceStatus = "DELETED" }
      end
    end
    return found
  end
  local function visit(document, other, word)
    local others = {}
    for _, pillar in ipairs(other.pillars) do
      others[pillar.id] = true
    end
    for _, pillar in ipairs(document.pillars) do
      local known = others[pillar.id]
      local questions = not (known and word == "DELETED") and compare(pillar.id) or {}
      if #questions > 0 then
        differences[#differences + 1] = { PillarId = pillar.id, PillarName = pillar.name,
          DifferenceStatus = known and "UPDATED" or word, QuestionDifferences = questions }
      end
    end
  end
  visit(target, base, "NEW")
  visit(base, target, "DELETED")
  return differences
end

---Whether two versions of a question have the same choice ids; if not, an upgrade clears what was selected.
---@param a table
---@param b table
---@return boolean
function M.same_choices(a, b)
  if #a.choices ~= #b.choices then
    return false
  end
  for _, choice in ipairs(a.choices) do
    if not b.choice[choice.id] then
      return false
    end
  end
  return true
end

return M
