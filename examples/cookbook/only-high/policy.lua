-- I want items for HIGH risks only, and a pipeline that fails while there are any.
--
--   plumb scan --dry-run --policy policy.lua --fail-on high        exit code 3 when there is one

return {
  risks = { "HIGH" },
}
