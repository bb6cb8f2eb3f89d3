-- Many findings, one mistake: a hook that fails for a thousand of them is told once, with the count and the first
-- of them as the example. Problems of other kinds pass unchanged.

local problem = require("plumb.problem")

-- The same hook, the same line, the same cause.
local function kind(one)
  return one.hook and ("%s\0%s\0%s\0%s"):format(one.id, one.hook, one.line, one.because)
end

local function told_once(first, count)
  local copy = {}
  for key, value in pairs(first) do
    copy[key] = value
  end
  copy.what = ("%s (%d times)"):format(first.what, count)
  copy.where = first.where and first.where:gsub("\nwith ", "\nfirst with ")
  return problem.new(copy)
end

---@param problems plumb.Problem[]
---@return plumb.Problem[]  in the order in which each was first met
return function(problems)
  local order, counts = {}, {}
  for _, one in ipairs(problems) do
    local key = kind(one) or one
    if not counts[key] then
      counts[key] = 0
      order[#order + 1] = { key = key, first = one }
    end
    counts[key] = counts[key] + 1
  end
  local told = {}
  for i, entry in ipairs(order) do
    local count = counts[entry.key]
    told[i] = count > 1 and told_once(entry.first, count) or entry.first
  end
  return told
end
