-- Can the state be used, and is it whole?

local files = require "plumb.files"

local function size(bytes)
  if bytes >= 1 << 20 then return ("%.1f MB"):format(bytes / (1 << 20)) end
  return ("%d kB"):format((bytes + 1023) // 1024)
end

---@param facts plumb.DoctorFacts
return function(facts)
  local path = facts.args.state or require("plumb.session").state_path(facts.args, facts.env)
  if path == ":memory:" then return facts.report("state", "ok", "in memory only, it ends with the run") end
  local shown = require("plumb.policy.find").display(path, facts.env)
  if not path:find("^%a+:") and not files.stat(path) then
    return facts.report("state", "ok", shown .. " is not there yet; the first scan makes it")
  end
  local store = require("plumb.store").open { path = path, read_only = true }
  local _ <close> = setmetatable({}, { __close = function() store:close() end })
  local about, complaints = store:describe(), store:check()
  for _, complaint in ipairs(complaints) do
    facts.report("state", "fail", tostring(complaint), "plumb state verify says more")
  end
  if #complaints == 0 then
    facts.report("state", "ok", ("%s, schema %s%s, no damage"):format(shown, about.schema,
      about.bytes and ", " .. size(about.bytes) or ""))
  end
end
