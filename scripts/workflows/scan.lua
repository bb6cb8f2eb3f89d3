-- Every missing practice behind a HIGH or MEDIUM risk becomes one item; run twice, nothing doubles.
return function(plumb)
  local plan = plumb.plan()
  plumb.task.map(plumb.workloads(), function(workload)
    for _, lens in ipairs(plumb.lenses(workload)) do
      plan:review(workload, lens, plumb.findings(workload, lens))
    end
  end, { limit = plumb.policy.parallel })
  return plan                     -- the command shows it, asks, and applies it
end
