-- Every item that people resolved becomes an updated answer; run twice, nothing is written twice.
return function(plumb)
  local plan = plumb.plan()
  for item in plumb.resolved() do
    plan:settle(item, plumb.outcome(item))
  end
  return plan                     -- the command shows it, asks, and applies it
end
