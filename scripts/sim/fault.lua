-- Faults to order. A rule says for which operation, at which call or how often, and what goes wrong; the simulator asks
-- before and after it executes a call. Rules are data, so they can be written in a spec, on the command line
-- (`--fault throttle=5%`) or sent to /_sim/faults.

local M = {}

---@class sim.FaultRule
---@field kind string        see KINDS
---@field operation string?  "ssm.CreateOpsItem", "ssm.*", "*.List*"; absent means every call
---@field nth integer?       the nth matching call (and the `count`-1 after it)
---@field rate number?       0 to 1: each matching call by chance
---@field count integer?     how often it may strike; absent: once with `nth`, without end otherwise
---@field ms number?         latency: how long
---@field seconds number?    hang: how long (default 3600); skew, index_lag: by how much
---@field status integer?    5xx and exec_then_5xx: default 500

-- Value: when it strikes. "before" and "instead" keep the call from being executed, "after" spoils its reply.
M.KINDS = {
  latency = "delay", hang = "instead", throttle = "instead", ["5xx"] = "instead", reset = "instead",
  garbage = "after", short = "after", exec_then_5xx = "after", exec_then_reset = "after", exec_then_hang = "after",
  garbage_before = "instead", redirect = "instead", skew = "state", expired_token = "instead", index_lag = "state",
  unprocessed = "state",
}

-- Other spellings that people bring along.
local ALIASES = { throttling = "throttle", ["5xx_before"] = "5xx", exec_then_rst = "exec_then_reset",
  exec_then_close = "exec_then_reset", rst = "reset", short_body = "short", close_mid_body = "short", lag = "index_lag",
  delay = "latency", clock_skew = "skew" }

local function matcher(glob)
  if not glob or glob == "*" then
    return ".*"
  elseif not glob:find(".", 1, true) then
    glob = "*." .. glob -- an operation by its name alone, of whichever service
  end
  return "^" .. glob:gsub("[%^%$%(%)%%%.%[%]%+%-%?]", "%%%0"):gsub("%*", ".*") .. "$"
end

local FIELDS = { kind = "string", operation = "string", nth = "number", rate = "number", count = "number",
  ms = "number", seconds = "number", status = "number" }

---Checks a rule and returns its working form; raises a string with what is wrong.
---@param rule sim.FaultRule
---@return table
function M.rule(rule)
  for key, value in pairs(rule) do
    if FIELDS[key] ~= type(value) then
      error(("a fault has no field %s of type %s"):format(tostring(key), type(value)), 2)
    end
  end
  local kind = ALIASES[rule.kind] or rule.kind
  if not M.KINDS[kind] then
    local names = {}
    for name in pairs(M.KINDS) do
      names[#names + 1] = name
    end
    table.sort(names)
    error(("unknown fault %q; one of %s"):format(tostring(rule.kind), table.concat(names, ", ")), 2)
  end
  local copy = { kind = kind, seen = 0, struck = 0, operation = rule.operation, matches = matcher(rule.operation) }
  for key in pairs(FIELDS) do
    copy[key] = copy[key] or rule[key]
  end
  copy.count = rule.count or rule.nth and 1 or math.huge
  return copy
end

---Whether the rule strikes this call; counts it.
---@param rule table      from M.rule
---@param name string     "ssm.CreateOpsItem"
---@param chance function () -> number in [0, 1)
---@return boolean
function M.strikes(rule, name, chance)
  if not name:find(rule.matches) then
    return false
  end
  rule.seen = rule.seen + 1
  if rule.struck >= rule.count or (rule.nth and rule.seen < rule.nth) or (rule.rate and chance() >= rule.rate) then
    return false
  end
  rule.struck = rule.struck + 1
  return true
end

local SECONDS = { ms = 0.001, s = 1, m = 60, h = 3600 }

local function value_into(rule, text, whole)
  local percent = text:match("^(%d+%.?%d*)%%$")
  local amount, unit = text:match("^(%-?%d+%.?%d*)(%a+)$")
  if percent then
    rule.rate = tonumber(percent) / 100
  elseif amount and SECONDS[unit] then
    rule.seconds = tonumber(amount) * SECONDS[unit]
    rule.ms = rule.seconds * 1000
  elseif text:find("^[45]%d%d$") then
    rule.status = math.tointeger(tonumber(text))
  elseif text:find("^%d+$") then
    rule.count = math.tointeger(tonumber(text))
  else
    error(("cannot read %q in fault %q: a rate (5%%), a time (50ms), a status (503) or a count (3) is wanted"):format(
      text, whole), 0)
  end
end

---Reads faults from text: `kind[=value[/value]][@operation][#nth]`, several separated by commas. Values are a rate
---(`5%`), a time (`50ms`, `2s`), a status (`503`) or a count (`3`).
---@param text string  for example "throttle=5%,exec_then_reset@ssm.CreateOpsItem#2,latency=50ms"
---@return sim.FaultRule[] rules  raises a string with what is wrong
function M.parse(text)
  local rules = {}
  for part in text:gmatch("[^,%s]+") do
    local kind, values, rest = part:match("^([%w_]+)=?([^@#]*)(.*)$")
    if not kind then
      error(("cannot read fault %q"):format(part), 0)
    end
    local rule = { kind = kind, operation = rest:match("@([^#]+)"),
      nth = math.tointeger(tonumber(rest:match("#(%d+)"))) }
    for value in values:gmatch("[^/]+") do
      value_into(rule, value, part)
    end
    local ok, message = pcall(M.rule, rule)
    if not ok then
      error((message:gsub("^.-:%d+: ", "")), 0)
    end
    rules[#rules + 1] = rule
  end
  return rules
end

return M
