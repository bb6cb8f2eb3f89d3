-- A plan kept in a file, to be looked at by somebody else and carried out later. The file says what was
-- going to be done, not how: applying it reads everything again and does exactly those steps that are
-- still the same; the others are stale, and named.

local digest = require "plumb.digest"
local files = require "plumb.files"
local json = require "plumb.json"
local problem = require "plumb.problem"
local view = require "plumb.view.outcome"

local plan_file = {}

local SCHEMA = "plumb.plan/1"
local LIMIT = 64 * 1024 * 1024 -- bytes

-- What of a step is compared: texts, where they are there at all.
local COMPARED = { "action", "key", "id", "outcome", "title", "severity", "risk", "reason", "shown", "outcome_reason",
  "accepted_until", "region" }

local function is_step(row)
  if type(row) ~= "table" or type(row.action) ~= "string" then return false end
  for _, name in ipairs(COMPARED) do
    if row[name] ~= nil and type(row[name]) ~= "string" then return false end
  end
  return true
end

-- What makes a step the same step.
local function identity(row)
  local id = row.action ~= "create" and row.id or ""
  return table.concat({ row.action, row.key or "", id, row.outcome or "" }, " ")
end

-- What may not have changed since it was looked at.
local function content(row)
  return table.concat({ row.title or "", row.severity or "", row.risk or "", row.reason or "",
    row.shown or "", row.outcome_reason or "", row.accepted_until or "" }, "\0")
end

---Writes a plan. The file is 0600: it names workloads and what is wrong with them.
---@param path string
---@param facts { command: string, run: string, account: string?, region: string }
---@param plan plumb.Plan  finished
---@param now number
---@return string sha256  of the file, hexadecimal
function plan_file.save(path, facts, plan, now)
  local rows = {}
  for i, step in ipairs(plan.steps) do rows[i] = view.planned(step) end
  local text = json.encode {
    schema = SCHEMA, command = facts.command, run = facts.run, account = facts.account or nil,
    region = facts.region, made_at = now, steps = json.list(rows), planned = plan:tally(),
  } .. "\n"
  local written, failure = files.write_atomic(path, text, 384) -- 0600
  if not written then
    problem.raise { id = "E111", what = "the plan could not be saved", where = path, because = tostring(failure),
      fix = "name a file in a folder that can be written" }
  end
  return digest.hex(digest.sha256(text))
end

local function refuse(path, because)
  problem.raise { id = "E111", what = "the plan cannot be used", where = path, because = because,
    fix = "make a new one: plumb scan --save " .. path }
end

---Reads a plan back.
---@param path string
---@return { command: string, made_at: number, account: string?, region: string, steps: table[] }
function plan_file.load(path)
  local text, failure = files.read(path, LIMIT)
  if not text then refuse(path, tostring(failure)) end
  local plan, message = json.decode(text)
  if type(plan) ~= "table" then refuse(path, message or "it is not a JSON document") end
  if plan.schema ~= SCHEMA then
    refuse(path, ("it is not a plan of this plumb (schema %s, not %s)"):format(tostring(plan.schema), SCHEMA))
  end
  if not json.is_list(plan.steps) or (plan.command ~= "scan" and plan.command ~= "resolve")
    or type(plan.made_at) ~= "number" then
    refuse(path, "parts of it are missing")
  end
  for i, row in ipairs(plan.steps) do
    if not is_step(row) then refuse(path, ("step %d of it is none that plumb wrote"):format(i)) end
  end
  return plan
end

---Sorts the steps of a new plan by a saved one: those that are the same in both stay.
---@param saved { steps: table[] }
---@param steps table[]   of the plan drawn up now
---@param regions table<string, boolean>  those that were looked at now
---@return table[] same   steps to carry out
---@return table[] stale  rows of the saved plan that are left out: { action, key, id, title, reason }
function plan_file.match(saved, steps, regions)
  local by_identity = {}
  for _, step in ipairs(steps) do by_identity[identity(view.planned(step))] = step end
  local same, stale = {}, {}
  for _, row in ipairs(saved.steps) do
    local step = by_identity[identity(row)]
    local reason
    if row.region and not regions[row.region] then
      reason = ("this run does not look at %s; name it with --region"):format(row.region)
    elseif not step then
      reason = "it is not to be done any more"
    elseif content(view.planned(step)) ~= content(row) then
      reason = "it has changed since the plan was made"
    end
    if reason then
      stale[#stale + 1] = { action = row.action, key = row.key, id = row.id, title = row.title, reason = reason }
    else
      same[#same + 1] = step
    end
  end
  return same, stale
end

return plan_file
