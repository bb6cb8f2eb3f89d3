-- I want no more new items in a month than we can deal with.
--
-- The most severe come first; what is over the budget waits for the next month. `flood` stops a first run that would
-- make more than this at once, so that nobody is surprised.

return {
  budget = { run = 20, workload = 5, month = 60 },
  flood = 50,
}
