-- Rules of a policy that can never decide anything: written with care, obeyed by nobody. `plumb check` warns of them.
-- Each is found without running the policy; where it cannot be told for sure, nothing is said.

local complain = require("plumb.policy.complain")
local glob = require("plumb.policy.glob")
local locate = require("plumb.policy.locate")
local overlay = require("plumb.policy.overlay")
local suggest = require("plumb.suggest")

local M = {}

-- Words that people mistype, for a suggestion; there are others.
local KNOWN = {
  pillars = { "security", "reliability", "performance", "costOptimization", "operationalExcellence",
    "sustainability" },
  lenses = { "wellarchitected", "serverless", "softwareasaservice", "foundationaltechnicalreview", "sap", "migration",
    "machinelearning", "dataanalytics", "containerbuild", "devops", "financialservices", "genai" },
}

-- Which settings only the default of a hook reads.
local READ_BY = { risks = "filter", pillars = "filter", workloads = "workload", shared = "workload",
  lenses = "lens", severities = "severity" }

-- Where a value of the user's own file was written; nil when it is somebody else's.
local function own(policy, path)
  local origin = overlay.lookup(policy.origins, path)
  return origin and origin.kind == "file" and origin or nil
end

local function warning(origin, path, what, because, fix)
  local place = origin and origin.source.places[path]
  local where = origin and complain.place(origin.source, place and place.key.line or origin.line,
    place and place.key.col, place and place.key.width)
  local made = complain.problem("dead", { what = what, where = where, because = because, fix = fix, field = path })
  made.line = place and place.key.line or origin and origin.line
  return made
end

local function add(list, ...)
  list[#list + 1] = warning(...)
end

local function empty_lists(policy, list)
  for _, name in ipairs({ "lenses", "workloads", "pillars", "risks" }) do
    if #policy[name] == 0 then
      add(list, own(policy, name), name, ("nothing ever becomes an item: %s is an empty list"):format(name),
        "an empty list matches nothing", ("leave %s out for the default"):format(name))
    end
  end
end

-- A glob behind one that takes the same and more.
local function shadowed(policy, list)
  for _, name in ipairs({ "lenses", "workloads", "pillars" }) do
    local globs, origin = policy[name], own(policy, name)
    for i, entry in ipairs(origin and globs or {}) do
      for j, other in ipairs(globs) do
        if j ~= i and glob.match(entry, other) and (j < i or entry ~= other) then
          add(list, origin, ("%s[%d]"):format(name, i), ("'%s' in %s decides nothing"):format(entry, name),
            ("'%s' takes all that it does"):format(other), "remove one of the two")
          break
        end
      end
    end
  end
end

local function misspelt(policy, list)
  for name, known in pairs(KNOWN) do
    local origin = own(policy, name)
    for i, entry in ipairs(origin and policy[name] or {}) do
      local near = not entry:find("[*?:]") and suggest.suggest(entry, known)
      if near and near ~= entry then
        add(list, origin, ("%s[%d]"):format(name, i), ("'%s' in %s matches nothing that AWS has"):format(entry, name),
          "names are compared letter by letter, capitals included", ("did you mean '%s'?"):format(near))
      end
    end
  end
end

-- A setting whose only reader was replaced by a function that asks neither the default nor the setting.
local function unread(policy, list)
  for name, hook_name in pairs(READ_BY) do
    local hook = rawget(policy.hooks, hook_name)
    local origin = own(policy, name)
    if hook and hook.source and origin then
      local info = debug.getinfo(hook.fn, "S")
      local text = table.concat(hook.source.lines, "\n", info.linedefined, info.lastlinedefined)
      local _, mentions = text:gsub("%f[%w_]default%f[^%w_]", "")
      if mentions < 2 and not text:find("%f[%w_]policy%f[^%w_]") then
        add(list, origin, name, ("%s has no effect"):format(name),
          ("the function '%s' (line %d) decides instead, and never asks its default, which would heed it"):format(
            hook_name, info.linedefined), ("call default in '%s', or remove %s"):format(hook_name, name))
      end
    end
  end
end

local function contradictions(policy, list)
  for risk in pairs({ HIGH = true, MEDIUM = true }) do
    local wanted = policy.risks[1] == risk or policy.risks[2] == risk
    if not wanted and not policy:is_own("filter") and #policy.risks > 0 and own(policy, "severities." .. risk) then
      add(list, own(policy, "severities." .. risk), "severities." .. risk,
        ("the severity for %s is never used"):format(risk), ("%s is not among risks"):format(risk),
        ("add \"%s\" to risks, or remove this"):format(risk))
    end
  end
  local budget = policy.budget
  if budget.run and budget.workload and budget.workload >= budget.run and own(policy, "budget.workload") then
    add(list, own(policy, "budget.workload"), "budget.workload", "the budget of a workload is never reached",
      ("that of the whole run is %d"):format(budget.run), ("make it less than %d, or remove it"):format(budget.run))
  end
  if policy.ambiguous == "retry" and own(policy, "quarantine") then
    add(list, own(policy, "quarantine"), "quarantine", "quarantine has no effect",
      "ambiguous = \"retry\" does not wait", "remove one of the two")
  end
end

-- Rules about the none-choices of a lens that is never read.
local function unread_lenses(policy, list)
  if policy:is_own("lens") then
    return
  end
  for key in pairs(policy.none_choices.lenses) do
    local read = not key:find("^arn:")
    for _, entry in ipairs(policy.lenses) do
      read = read or glob.match(key, entry) or glob.match(entry, key)
    end
    local path = locate.path({ "none_choices", "lenses", key })
    local source = policy.file_source
    if not read and source and source.places[path] then
      add(list, { source = source }, path, "the rules for a lens are never used", "no entry of lenses matches it",
        "add the lens to lenses, or remove the rules")
    end
  end
end

-- A field written twice: Lua takes the last and says nothing.
local function written_twice(policy, list)
  local origin = policy.file_source
  for path, place in pairs(origin and origin.places or {}) do
    if place.before then
      local key = place.before.key
      local made = complain.problem("dead", { what = ("'%s' is written twice"):format(path), field = path,
        where = complain.place(origin, key.line, key.col, key.width),
        because = ("line %d sets it again, and only that counts"):format(place.key.line),
        fix = "remove one of the two" })
      made.line = key.line
      list[#list + 1] = made
    end
  end
end

---Every rule that can never have an effect, as warnings in the order of the file.
---@param policy plumb.Policy
---@return plumb.Problem[]
function M.find(policy)
  local list = {}
  for _, look in ipairs({ empty_lists, shadowed, misspelt, unread, contradictions, unread_lenses, written_twice }) do
    look(policy, list)
  end
  table.sort(list, function(a, b)
    if (a.line or 0) ~= (b.line or 0) then
      return (a.line or 0) < (b.line or 0)
    end
    return a.what < b.what
  end)
  return list
end

return M
