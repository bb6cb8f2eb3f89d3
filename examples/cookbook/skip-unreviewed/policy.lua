-- I want no items for workloads whose review has only begun.
--
-- A review in which most questions have no answer yet says little. AWS leaves a count of zero out.

return {
  workload = function(workload, default)
    local counts = workload.RiskCounts or {}
    local open = counts.UNANSWERED or 0
    local done = (counts.HIGH or 0) + (counts.MEDIUM or 0) + (counts.NONE or 0) + (counts.NOT_APPLICABLE or 0)
    return done > open and default(workload)
  end,
}
