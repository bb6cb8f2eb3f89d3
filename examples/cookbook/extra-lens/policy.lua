-- I want two of AWS's own lenses, and no other.
--
-- Lenses are named by alias; `plumb call wa.ListLenses` lists those that there are.

return {
  lenses = { "wellarchitected", "serverless" },
}
