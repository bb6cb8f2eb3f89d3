-- Only what you want to hear about: production workloads, and three pillars.
--
-- The first two are plain settings. In a glob, * stands for anything.
-- `filter` is a hook: it is asked about each finding, one missing best practice, and answers true (make an
-- item) or false (leave it out). `default` is the answer that plumb would give; it heeds the settings above.
--
-- Try it:   plumb scan --dry-run --policy filter.lua

return {

  workloads = { "prod-*", "*-prod" },

  pillars = { "security", "reliability", "operationalExcellence" },

  filter = function(finding, default)
    -- Game days are planned once a year here, so they need no item.
    if finding.choice.Title == "Conduct game days regularly" then
      return false
    end
    return default(finding)
  end,
}
