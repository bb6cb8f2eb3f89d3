-- I want each item in one of OpsCenter's own categories, by its pillar.
--
-- The console filters by these five. Whatever has no category of its own goes without.

local CATEGORY = {
  security = "Security", reliability = "Availability", performance = "Performance", costOptimization = "Cost",
}

return {
  before_create = function(item)
    item.category = CATEGORY[item.fields.Pillar]
    return item
  end,
}
