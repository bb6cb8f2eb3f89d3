-- An account in which nobody has done anything yet: the official lenses and nothing else.

local LENSES = "sim/seed/lenses/"

return {
  lenses = {
    { file = LENSES .. "wellarchitected.json", alias = "wellarchitected", version = "2026-02-25" },
    { file = LENSES .. "serverless.json", alias = "serverless", version = "2025-11-10" },
  },
}
