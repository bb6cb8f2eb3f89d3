-- Calls the hooks of a policy. A hook sees read-only views of what it is asked about and gets the default as
-- its last argument; its answer is checked before anybody uses it. Whatever goes wrong becomes a problem
-- that names the file, the line, the hook and the finding, and it costs that finding alone.

local complain = require("plumb.policy.complain")
local explain = require("plumb.policy.explain")
local guard = require("plumb.policy.guard")
local schema = require("plumb.policy.schema")
local view = require("plumb.policy.view")

local M = {}

-- After so many times over its budget a hook is not called again: a loop that never ends costs a second, and
-- there may be thousands of findings.
local PATIENCE = 3

---@class plumb.policy.Hook
---@field fn function
---@field source plumb.policy.Source
---@field line integer|nil  where it was written
---@field overruns integer|nil  how often it went over its budget
---@field at_once boolean|nil  never wait, even if the hook may; for trying it out

-- before_create gets a copy that it may change and return.
local function as_argument(name, kind, value)
  if type(value) ~= "table" then
    error(("%s: argument '%s' must be a table"):format(name, kind), 4)
  end
  return name == "before_create" and view.plain(value) or view.of(value, kind)
end

local function arguments(name, ...)
  local list = {}
  for i, kind in ipairs(schema.hooks[name].args) do
    list[i] = as_argument(name, kind, (select(i, ...)))
  end
  return list
end

-- default(finding) and default() mean the same inside a hook.
local function default_for(fn, list)
  return function(...)
    if select("#", ...) == 0 then
      return fn(table.unpack(list))
    end
    return fn(...)
  end
end

local function quoted(label, value)
  return value and ("%s '%s'"):format(label, (tostring(value):gsub("%c+", " "))) or nil
end

-- "workload 'billing', question 'sec02', choice 'x'", from whatever the arguments hold.
local function subject(...)
  local words = {}
  for _, value in ipairs({ ... }) do
    local finding = value.workload and value or value.finding or {}
    local workload = finding.workload or (value.WorkloadId and value) or {}
    words[#words + 1] = quoted("item", value.id)
    words[#words + 1] = quoted("workload", workload.WorkloadName or workload.WorkloadId)
    words[#words + 1] = quoted("lens", value.LensName or value.LensAlias or value.LensArn)
    words[#words + 1] = quoted("question", finding.question and finding.question.QuestionId)
    words[#words + 1] = quoted("choice", finding.choice and finding.choice.ChoiceId)
  end
  return #words > 0 and "with " .. table.concat(words, ", ") or nil
end

local function below(place, words)
  return words and place .. "\n" .. words or place
end

-- The problem with a hook that raised.
local function failed(name, hook, failure, ...)
  local source, line = failure.source or hook.source, failure.line or hook.line
  local because, fix = explain.words(failure.message)
  local budget = failure.message:find("^it ran longer than") or failure.message:find("^not enough memory")
  local place = complain.place_of(source, line, failure.message)
  hook.overruns = (hook.overruns or 0) + (budget and 1 or 0)
  if explain.is_translated(because, failure.message) and not budget then
    place = ("%s\n%s"):format(place, failure.message)
  end
  return complain.problem(budget and "budget" or "hook", {
    what = ("policy function '%s' %s"):format(name, budget and "took too much" or "failed"),
    where = below(place, subject(...)), because = because,
    fix = fix or ("correct %s; plumb check tries every function"):format(source.shown),
    hook = name, file = source.shown, line = line,
    certain = budget or failure.message:find("is not a field of") or failure.message:find("undefined name")
      or failure.message:find("assignment to global") or failure.message:find("is not available in a policy")
      or failure.message:find("is not a function of"),
  })
end

-- The problem with a hook that is not called any more.
local function given_up(name, hook, ...)
  return complain.problem("budget", {
    what = ("policy function '%s' is not called any more"):format(name),
    where = below(complain.place(hook.source, hook.line), subject(...)),
    because = ("it took too much %d times in this run"):format(hook.overruns), fix = "does a loop in it never end?",
    hook = name, file = hook.source.shown, line = hook.line, certain = true,
  })
end

-- The problem with what a hook returned.
local function refused(name, hook, message, ...)
  return complain.problem("result", {
    what = ("policy function '%s' returned the wrong thing"):format(name),
    where = below(complain.place(hook.source, hook.line), subject(...)), because = message,
    fix = ("look at %s in default.lua, which plumb init writes"):format(name),
    hook = name, file = hook.source.shown, line = hook.line, certain = true,
  })
end

-- The problem with what a person wrote into the Outcome of an OpsItem.
local function misread(item, message)
  return complain.problem("outcome", {
    what = ("the Outcome of %s is not understood"):format(item.id or "an item"),
    where = below(("Outcome = '%s'"):format(item.outcome_field), subject(item)), because = message,
    fix = "edit the entry Outcome of the OpsItem: implemented, not_applicable: REASON, accepted: until DATE or ignore\n"
      .. "(plumb help outcomes)",
    hook = "on_resolve",
  })
end

local function checked(name, hook, result, ...)
  local value, message = schema.hooks[name].result(view.plain(result))
  if message == nil then
    return value
  end
  local item = ...
  if name == "on_resolve" and type(result) == "string" and result == item.outcome_field then
    return nil, misread(item, message)
  end
  return nil, refused(name, hook, message, ...)
end

---Calls one hook.
---@param hook plumb.policy.Hook  the one in force
---@param default plumb.policy.Hook  the built-in one
---@param name string
---@param ... table  what it is asked about: see schema.hooks[name].args
---@return any value  nil with a problem
---@return plumb.Problem|nil problem
function M.call(hook, default, name, ...)
  if hook == default then
    -- plumb's own functions change nothing and end, so they need neither views nor a budget: this is
    -- the way of every finding of a policy without hooks.
    local ok, result = guard.unlimited({ default.source }, default.fn, ...)
    if not ok then
      return nil, failed(name, hook, result, ...)
    end
    return checked(name, hook, result, ...)
  end
  if (hook.overruns or 0) >= PATIENCE then
    return nil, given_up(name, hook, ...)
  end
  local list = arguments(name, ...)
  local sources = { hook.source, default.source }
  local run = schema.hooks[name].waits and not hook.at_once and guard.stepwise or guard.at_once
  list[#list + 1] = default_for(default.fn, table.move(list, 1, #list, 1, {}))
  local ok, result = run(sources, hook.fn, table.unpack(list))
  if not ok then
    return nil, failed(name, hook, result, ...)
  end
  return checked(name, hook, result, ...)
end

return M
