-- plumb lambda: the program in the zip of a Lambda function.

return {
  name = "lambda",
  group = "OPERATE",
  summary = "Run as an AWS Lambda function (started by its bootstrap)",
  description = "Speaks Lambda's custom runtime API: takes events until the sandbox ends. A schedule of EventBridge\n"
    .. "resolves and scans; an SNS message, an SQS batch or an OpsItem event resolves what it names, and an\n"
    .. "SQS batch gets back what failed; {\"command\": \"scan\", \"args\": {\"risk\": \"high\"}} runs a command.\n"
    .. "Ten seconds before its time is over it begins nothing new; the next event goes on.\n"
    .. "Settings come from the function's environment: PLUMB_STATE=dynamodb:TABLE, which it needs, and\n"
    .. "PLUMB_POLICY; a policy.lua beside the bootstrap is used without being named. See examples/deploy.\n"
    .. "The log is as AWS_LAMBDA_LOG_FORMAT and AWS_LAMBDA_LOG_LEVEL say, with the request id in every line.\n"
    .. "To try it, start plumb sim, which serves the runtime API as well, and then, with the variables that it\n"
    .. "prints and AWS_LAMBDA_RUNTIME_API=127.0.0.1:4599, plumb lambda. An event for it:\n"
    .. "curl 127.0.0.1:4599/_sim/invoke -d '{\"event\": {\"command\": \"scan\"}}'",
  examples = {
    { "plumb lambda", "what the bootstrap of the zip starts" },
  },
  uses = {},
  run = function(args, cli)
    local env = cli.env
    local host = env "AWS_LAMBDA_RUNTIME_API"
    if not host or host == "" then
      require("plumb.problem").raise { id = "E104", what = "there is no Lambda here",
        because = "AWS_LAMBDA_RUNTIME_API is not set; AWS sets it where it runs a function",
        fix = "plumb help lambda   shows how to try it on the simulator" }
    end
    local lambda = require "plumb.lambda"
    lambda.configure_log(env)
    return lambda.serve { host = host, env = env, args = args }
  end,
}
