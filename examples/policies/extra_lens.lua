-- A custom lens beside AWS's own.
--
-- Custom lenses are known by their ARN. A glob takes any lens that the account 111122223333 published, in any
-- Region. Write the ARN of yours in full to be exact: it is on the lens's page in the console.
--
-- Every question has a choice for "none of these", which is no best practice. AWS's own lenses mark it by an
-- id that ends in _no. A custom lens may do otherwise, so this file says how this one does it:
-- practices:  ids that look like "none of these" but are best practices
-- none:       ids that are "none of these" although they do not look like it
--
-- Try it:   plumb scan --dry-run --policy extra_lens.lua

return {

  lenses = {
    "wellarchitected",
    "arn:aws:wellarchitected:*:111122223333:lens/*",
  },

  none_choices = {
    lenses = {
      ["arn:aws:wellarchitected:*:111122223333:lens/*"] = {
        practices = { "public_buckets_no" },
        none = { "skip_for_now", "*_undecided" },
      },
    },
  },
}
