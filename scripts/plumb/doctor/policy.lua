-- Is the policy right? The same reading as plumb check, without trying its functions.

---@param facts plumb.DoctorFacts
return function(facts)
  local policy, problems = require("plumb.policy").read { path = facts.args.policy, env = facts.env,
    set = facts.args.set }
  for _, one in ipairs(problems) do
    facts.report("policy", "fail", one.what .. (one.where and ", " .. one.where:gsub("%s*\n.*$", "") or ""), one.fix)
  end
  for _, note in ipairs(policy.notes) do facts.report("policy", "warn", note) end
  if #problems == 0 then
    local shown = policy.path and require("plumb.policy.find").display(policy.path, facts.env)
    facts.report("policy", "ok", shown or "no file, so the defaults are in force")
  end
end
