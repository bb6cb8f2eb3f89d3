-- Severities by pillar: a missing security practice is more urgent than a missing cost practice.
--
-- OpsCenter's severities are texts, from "1" (critical) to "4" (low). A table in Lua pairs names with values;
-- `URGENCY[...]` looks a name up in it. A pillar that is not in the table keeps the usual severity:
-- `default` gives "2" for high risks and "3" for medium ones.
--
-- Try it:   plumb scan --dry-run --policy severity_by_pillar.lua

local URGENCY = {
  security = { HIGH = "1", MEDIUM = "2" },
  reliability = { HIGH = "1", MEDIUM = "3" },
  costOptimization = { HIGH = "3", MEDIUM = "4" },
}

return {

  severity = function(finding, default)
    local pillar = URGENCY[finding.question.PillarId]
    if pillar then
      return pillar[finding.risk]
    end
    return default(finding)
  end,
}
