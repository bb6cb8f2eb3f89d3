-- What plumb should do differently for you.
--
-- This file returns a table; what it leaves out stays as it is. Every setting and hook, each with its
-- default and a sentence, is in default.lua beside this file. Take the two dashes off a line to use it,
-- then type `plumb check` (is it right?) and `plumb scan --dry-run` (what would it do?).

---@type plumb.PolicyFile  editors complete by it
local my_policy = {

  -- Which lenses to read: aliases, ARNs or globs. Default: all of them.
  -- lenses = { "wellarchitected", "arn:aws:wellarchitected:*:111122223333:lens/*" },

  -- Which workloads to read: globs on their name or id. Default: all of this account.
  -- workloads = { "prod-*" },

  -- Only the high risks. Default: high and medium.
  -- risks = { "HIGH" },

  -- The severity of the items for each risk, "1" (critical) to "4" (low).
  -- severities = { HIGH = "1", MEDIUM = "3" },

  -- The title of an item. `default` makes the usual one: High Risk - WORKLOAD - BEST PRACTICE.
  -- title = function(finding, default)
  --   return "[platform] " .. default(finding)
  -- end,

  -- Whether a finding, one missing best practice, becomes an item.
  -- filter = function(finding, default)
  --   return default(finding) and finding.question.PillarId ~= "sustainability"
  -- end,

  -- The severity, where it takes more than the risk to tell.
  -- severity = function(finding, default)
  --   if finding.question.PillarId == "security" then
  --     return "1"
  --   end
  --   return default(finding)
  -- end,
}

return my_policy
