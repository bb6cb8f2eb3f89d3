-- The services with a table of their own in plumb/aws/service; any other comes from its published model.

return { "dynamodb", "organizations", "sns", "sqs", "ssm", "sts", "wellarchitected" }
