-- I want to leave out practices that we decided against, and to remember why.
--
-- The reasons are for people: whoever asks finds them here, in version control, with date and author.

local DECIDED = {
  cost_pricing_spot = "2026-03: our jobs cannot be interrupted",
  rel_backup_offsite = "2026-05: the law keeps the data in the country",
}

return {
  filter = function(finding, default)
    return not DECIDED[finding.choice.ChoiceId] and default(finding)
  end,
}
