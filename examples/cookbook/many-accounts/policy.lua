-- I want to read several accounts, and to keep all items in one.
--
-- plumb assumes the roles with the credentials it has. `plumb generate iam-policy --for scan` prints what the caller
-- may do, with `--role account` and `--role items` what the roles may.

return {
  accounts = {
    { name = "shop", role = "arn:aws:iam::111122223333:role/plumb-read", regions = { "eu-west-1", "eu-central-1" } },
    { name = "billing", role = "arn:aws:iam::444455556666:role/plumb-read", regions = { "eu-west-1" } },
  },

  items_in = { role = "arn:aws:iam::777788889999:role/plumb-items", region = "eu-west-1" },
}
