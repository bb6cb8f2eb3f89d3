-- I want titles that begin with the risk and say workload and pillar.
--
-- OpsCenter takes 1,024 characters; a longer title is cut at a character, with a mark.

return {
  title = function(finding)
    return ("[%s] %s / %s: %s"):format(finding.risk, finding.workload.WorkloadName, finding.question.PillarId,
      finding.choice.Title)
  end,
}
