-- I want an SNS topic to be told about every change of an item, and tags on the items.
--
-- The topic has to be in the Region and the account of the items. With tags, plumb needs ssm:AddTagsToResource as well.

return {
  notifications = { "arn:aws:sns:eu-west-1:111122223333:reviews" },
  tags = { Team = "platform", ManagedBy = "plumb" },
}
