-- I want titles in our own language.
--
-- A table pairs AWS's words with ours. What a custom lens calls its own stays as it is.

local RISK = { HIGH = "Hohes Risiko", MEDIUM = "Mittleres Risiko" }

local PILLAR = {
  operationalExcellence = "Betrieb", security = "Sicherheit", reliability = "Zuverlässigkeit",
  performance = "Leistung", costOptimization = "Kosten", sustainability = "Nachhaltigkeit",
}

return {
  title = function(finding)
    local pillar = PILLAR[finding.question.PillarId] or finding.question.PillarId
    return ("%s – %s – %s: %s"):format(RISK[finding.risk], pillar, finding.workload.WorkloadName, finding.choice.Title)
  end,
}
