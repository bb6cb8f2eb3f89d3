-- Fewer items: one for each question with a checklist of its missing best practices, instead of one for each practice.
--
-- `group` is "practice" (as it is without this file), "question", "pillar" or "workload"; as a hook it decides for each
-- finding. Here security practices keep an item of their own, because different people work on them.
-- A practice that is fixed in the Tool gets its mark on the list. Whoever resolves the item says it of all that are
-- left; an entry `Outcome` on it is said of all of them too.
-- Items that exist stay as they are until they are closed, so a change of `group` doubles nothing.
--
-- Try it:   plumb scan --dry-run --policy one_item_per_question.lua

return {

  group = function(finding, default) -- luacheck: no unused args
    if finding.question.PillarId == "security" then
      return "practice"
    end
    return "question"
  end,

  -- Hooks that say something about an item get the group, too: its practices, and how many of them are missing.
  title = function(finding, default)
    local group = finding.group
    if not group then
      return default(finding)
    end
    return ("[%s] %s: %s (%d to do)"):format(finding.risk, finding.workload.WorkloadName, group.title, group.count)
  end,
}
