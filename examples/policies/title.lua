-- A title in your own form.
--
-- A hook is a small function. This one is called for each finding, one missing best practice, and what it
-- returns becomes the title of the work item. `..` joins texts.
--
-- Try it:   plumb scan --dry-run --policy title.lua

return {

  -- "[HIGH] sample-shop / security: Use strong sign-in mechanisms"
  title = function(finding)
    return "[" .. finding.risk .. "] " .. finding.workload.WorkloadName
      .. " / " .. finding.question.PillarId .. ": " .. finding.choice.Title
  end,
}
