-- I want each item to say how many days people have, by risk and pillar.
--
-- Entries of the operational data can be searched in OpsCenter, and read by whatever makes tickets of OpsItems.

local DAYS = { HIGH = 30, MEDIUM = 90 }

return {
  fields = function(finding, default)
    local fields = default(finding)
    local days = DAYS[finding.risk]
    if finding.question.PillarId == "security" then
      days = days // 2
    end
    fields["Due in days"] = days
    return fields
  end,
}
