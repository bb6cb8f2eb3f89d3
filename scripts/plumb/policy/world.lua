-- The names that a policy finds beside Lua's own: `default`, `policy` and `aws`. All of them can be read and none
-- can be changed.

local guard = require("plumb.policy.guard")
local suggest = require("plumb.suggest")
local view = require("plumb.policy.view")

local M = {}

local function call(handle, operation, input)
  return handle[operation](handle, view.plain(input))
end

---Services as policies see them: operations and nothing else of the client, `aws.ssm:GetOpsItem{...}`.
---@param self plumb.Policy  its client is bound later
---@return table
function M.aws(self)
  return setmetatable({}, { __metatable = false, __index = function(_, service)
    if not self.bound.aws then
      error("aws is not available here: this command makes no calls", 2)
    end
    local handle = self.bound.aws[service]
    return setmetatable({}, { __metatable = false, __index = function(_, operation)
      return function(_, ...)
        if not guard.may_wait() then
          error("this function cannot wait, so it cannot call AWS; before_create and on_resolve can", 2)
        end
        local reply, failure = guard.outside(call, handle, operation, ...)
        return reply, failure
      end
    end })
  end })
end

---The settings in force as hooks see them, and the account and Region of the run.
---@param self plumb.Policy
---@return table
function M.settings(self)
  return setmetatable({}, { __metatable = false,
    __newindex = function()
      error("the policy cannot be changed while it is in use", 2)
    end,
    __index = function(_, key)
      if not self.ready then
        error("policy is known only inside hooks; while the file is read, use default", 2)
      elseif key == "account" or key == "region" then
        if self.bound[key] == nil then error(("policy.%s is not known yet"):format(key), 2) end
        return self.bound[key]
      elseif self.views[key] == nil then
        local near = suggest.key(tostring(key), self.views)
        error(("'%s' is not a setting%s"):format(tostring(key),
          near and (" (did you mean '%s'?)"):format(near) or ""), 2)
      end
      return self.views[key]
    end })
end

---The defaults, for policies that build on them.
---@param defaults table
---@return table
function M.default(defaults)
  local open = {}
  for key, value in pairs(defaults) do
    open[key] = type(value) == "table" and view.open(value) or value
  end
  return view.closed(open, function(key)
    local near = suggest.key(tostring(key), open)
    return ("'%s' is not a setting%s"):format(tostring(key), near and (" (did you mean '%s'?)"):format(near) or "")
  end)
end

return M
