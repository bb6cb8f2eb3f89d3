-- I want a missing security practice to be more urgent than a missing cost practice.
--
-- OpsCenter's severities are texts, "1" (critical) to "4" (low). What is not in the table keeps the default.

local SEVERITY = {
  security = { HIGH = "1", MEDIUM = "2" },
  costOptimization = { HIGH = "3", MEDIUM = "4" },
}

return {
  severity = function(finding, default)
    local pillar = SEVERITY[finding.question.PillarId]
    return pillar and pillar[finding.risk] or default(finding)
  end,
}
