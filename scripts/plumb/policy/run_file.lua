-- Runs one policy file in its sandbox, and says what is wrong with it when it cannot be run.

local complain = require("plumb.policy.complain")
local explain = require("plumb.policy.explain")
local guard = require("plumb.policy.guard")
local schema = require("plumb.policy.schema")
local view = require("plumb.policy.view")

local function runtime_problem(source, failure)
  local because, fix = explain.words(failure.message)
  local budget = failure.message:find("^it ran longer than") or failure.message:find("^not enough memory")
  local place = complain.place_of(source, failure.line, failure.message)
  if explain.is_translated(because, failure.message) and not budget then
    place = place .. "\n" .. failure.message
  end
  local result = complain.problem(budget and "budget" or "failed", {
    what = ("the policy %s %s"):format(source.shown, budget and "took too much" or "failed while it was read"),
    where = place, because = because, fix = fix or "correct this line" })
  result.line = failure.line
  return result
end

---Runs a policy file: plain data and functions, or the problem.
---@param source plumb.policy.Source
---@param env table  from sandbox.environment
---@return table|nil values
---@return plumb.Problem|nil problem  E404, E405, E406 or E409
local function run(source, env)
  -- pcall, because the parser's "C stack overflow" would go through the handler of an xpcall around us.
  local _, chunk, message = pcall(load, source.text, "@" .. source.chunk, "t", env)
  if not chunk then
    return nil, complain.syntax(source, explain.text(message))
  end
  local ok, value = guard.at_once({ source }, chunk)
  if not ok then
    return nil, runtime_problem(source, value)
  elseif type(value) ~= "table" then
    return nil, complain.problem("no_table", {
      what = ("the policy %s returns %s, not a table"):format(source.shown, schema.named(value)),
      where = source.shown, fix = "end the file with: return { ... }" })
  end
  return view.plain(value)
end

return run
