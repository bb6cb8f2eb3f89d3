-- A policy as a spec asks it: each question is answered by a plain value, and a hook that fails, fails the test
-- with what a run would say.

local item_of = require "plumb.item"
local policies = require "plumb.policy"
local problem = require "plumb.problem"
local sample = require "plumb.policy.sample"
local schema = require "plumb.policy.schema"

local M = {}

---@class plumb.test.Policy
---@field policy plumb.Policy  the policy itself: policy.policy.risks is a setting
local Policy = {}

local function words(failure)
  return require("plumb.test").words(failure)
end

local function ask(self, name, ...)
  self.policy:bind { account = sample.ACCOUNT, region = sample.REGION }
  local value, failure = self.policy:call(name, ...)
  if failure then error(words(failure), 3) end
  return value
end

---A setting or a hook: policy.risks is a list, policy:title(finding) calls the hook.
function Policy:__index(name)
  if Policy[name] then return Policy[name] end
  if schema.hooks[name] then
    return function(_, ...)
      local value = ask(self, name, ...)
      return value
    end
  end
  return rawget(self, "policy")[name]
end

---Whether a scan would make an item of a finding, and if not, what said no.
---@param finding table
---@return boolean
---@return string? who  "workload", "lens", "none_choices" or "filter"
function Policy:wants(finding)
  if not ask(self, "workload", finding.workload) then return false, "workload" end
  if not ask(self, "lens", finding.workload, finding.lens) then return false, "lens" end
  if self.policy:is_none_choice(finding.lens, finding.choice) then return false, "none_choices" end
  if not ask(self, "filter", finding) then return false, "filter" end
  return true
end

---The work item for a finding, as a sink would get it, before_create included. It does not ask whether the finding is
---wanted: that is `wants`.
---@param finding table
---@return plumb.Item|nil  nil when before_create left it out
function Policy:item(finding)
  self.policy:bind { account = sample.ACCOUNT, region = sample.REGION }
  local made, failure = item_of.of(finding, self.policy)
  if failure then error(words(failure), 2) end
  if not self.policy:is_own "before_create" then return made end
  local answer = ask(self, "before_create", made)
  if answer == false then return nil end
  local changed, message = item_of.changed(answer, made)
  if not changed then error(message, 2) end
  return changed
end

---What it means that people resolved an item.
---@param item table  from plumb.test.resolved
---@return { outcome: string, reason: string?, expires: number? }
function Policy:outcome(item) return ask(self, "on_resolve", item) end

---@param opts table  as for plumb.policy.read
---@return plumb.test.Policy
function M.new(opts)
  opts.env = function() return nil end
  local ok, policy = pcall(policies.load, opts)
  if not ok then error(problem.is(policy) and words(policy) or policy, 0) end
  return setmetatable({ policy = policy }, Policy)
end

return M
