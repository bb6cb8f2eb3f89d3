-- I want the lens that we wrote ourselves, and nothing else.
--
-- A custom lens has no alias: it is known by its ARN, which holds the account that published it. Its questions may
-- have their own "none of these": `none` names what looks like a practice and is none, `practices` the other way.

local OURS = "arn:aws:wellarchitected:*:111122223333:lens/*"

return {
  lenses = { OURS },

  none_choices = {
    lenses = { [OURS] = { none = { "*_none", "*_undecided" }, practices = { "house_public_no" } } },
  },
}
