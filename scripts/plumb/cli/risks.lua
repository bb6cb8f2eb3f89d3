-- What people write for --risk: "high", "high,medium", the flag several times.

local problem = require("plumb.problem")

local RISKS = { high = "HIGH", medium = "MEDIUM" }

---Reads the values of --risk. Raises plumb.Problem E103.
---@param values string[]|nil
---@return string[]|nil risks  in AWS's words; nil for all of them
return function(values)
  local list = {}
  for _, text in ipairs(values or {}) do
    for word in text:gmatch("[^,%s]+") do
      list[#list + 1] = RISKS[word:lower()] or problem.raise({ id = "E103",
        what = ("--risk %s is not a risk"):format(word), fix = "--risk high, --risk medium or --risk high,medium" })
    end
  end
  return list[1] and list or nil
end
