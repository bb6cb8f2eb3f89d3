-- Tries the hooks of a policy on two made-up findings, so that `plumb check` finds a misspelt field or a
-- missing `return` before a run does. One finding is as full as AWS makes them, the other as bare. What is
-- wrong whatever the finding is a problem; what may only be due to the made-up values is a warning.

local complain = require("plumb.policy.complain")
local sample = require("plumb.policy.sample")
local schema = require("plumb.policy.schema")

local M = {}

local ON_GROUPS = { title = true, describe = true, severity = true, fields = true, on_resolve = true }

local function samples(policy, name)
  local grouping = policy.group ~= "practice" or policy:is_own("group")
  local list = { sample.full(), sample.bare() }
  list[3] = grouping and ON_GROUPS[name] and sample.grouped() or nil
  return list
end

local ARGUMENTS = {
  workload = function(finding)
    return finding.workload
  end,
  lens = function(finding)
    return finding.workload, finding.lens
  end,
  before_create = sample.new_item,
  on_resolve = sample.resolved_item,
}

local function itself(finding)
  return finding
end

-- Longer texts are cut when an item is made; a hook that makes one for a short sample always will.
local LIMITS = {
  title = { 1024, "a title has at most 1,024 characters; longer ones are cut" },
  describe = { 2048, "a description has at most 2,048 characters; longer ones are cut" },
}

local FIELD_LIMIT = 20 * 1024

local function too_long(policy, name, value)
  for field, text in pairs(name == "fields" and value or {}) do
    if #text > FIELD_LIMIT then
      return complain.problem("result", { what = ("policy function 'fields' makes %d bytes of '%s'"):format(#text,
        field), where = policy:origin(name), because = "a field has at most 20 KB; longer ones are cut",
        fix = "make it shorter" })
    end
  end
  local limit = LIMITS[name]
  local length = limit and (utf8.len(value) or #value)
  if limit and length > limit[1] then
    return complain.problem("result", { what = ("policy function '%s' makes %d characters"):format(name, length),
      where = policy:origin(name), because = limit[2], fix = "make it shorter" })
  end
end

-- What a waiting hook raises when it meets the call that it cannot make here.
local function needs_aws(failure)
  return failure.because:find("aws is not available here", 1, true) ~= nil
end

---Tries every hook that is the user's own. Makes no call to anybody.
---@param policy plumb.Policy  not used for anything else afterwards
---@return plumb.Problem[] problems
---@return plumb.Problem[] warnings
function M.run(policy)
  local problems, warnings, seen = {}, {}, {}
  policy:bind({ account = sample.ACCOUNT, region = sample.REGION })
  local function add(list, failure)
    local same = ("%s %s %s"):format(failure.what, failure.line, failure.because)
    if not seen[same] then
      seen[same] = true
      list[#list + 1] = failure
    end
  end
  for _, name in ipairs({ "group", table.unpack(schema.hook_order) }) do
    if policy:is_own(name) then
      policy.hooks[name].at_once = true
      for _, finding in ipairs(samples(policy, name)) do
        local value, failure = policy:call(name, (ARGUMENTS[name] or itself)(finding))
        if not failure then
          failure = too_long(policy, name, value)
        elseif needs_aws(failure) then
          failure = nil
        end
        if failure then
          add(failure.certain and problems or warnings, failure)
        end
        if failure and failure.id == "E409" then -- another sample would take as long
          break
        end
      end
    end
  end
  return problems, warnings
end

return M
