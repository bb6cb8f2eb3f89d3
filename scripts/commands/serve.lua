-- plumb serve: the daemon.

-- A daemon tells what it does without being asked, and to machines unless somebody looks on.
local function configure_log(args, cli)
  local log = require "plumb.log"
  local format = cli.env "PLUMB_LOG_FORMAT"
  if format ~= "text" and format ~= "json" then
    format = (cli.env "INVOCATION_ID" or not cli.tty.stderr) and "json" or "text"
  end
  log.configure { format = format, level = not args.quiet and args.verbose == 0 and not args.debug and "info" or nil }
end

local function or_problem(fn, ...)
  local err, problem = require "plumb.err", require "plumb.problem"
  local ok, result = pcall(fn, ...)
  if ok then return result end
  error(err.is(result) and problem.from(result) or result, 0)
end

return {
  name = "serve",
  group = "OPERATE",
  summary = "Run as a daemon: schedule, triggers, health and metrics",
  description = "Resolves and scans by the policy's `serve.schedule`, and between that resolves what it is told of by\n"
    .. "a poll of OpsCenter, an SQS queue and a webhook for SNS, as `serve` in the policy says. One run at a\n"
    .. "time; a run that fails is logged and the next one goes on. What was missed while plumb or the computer\n"
    .. "slept is done once, at once.\n"
    .. "/healthz says whether it works, /readyz whether it has started, /metrics has numbers for Prometheus.\n"
    .. "SIGHUP reads the policy again, and the one in force stays when the new one is wrong. SIGTERM ends it\n"
    .. "within 5 seconds, when the items in hand are done. Under systemd (Type=notify) it says when it is\n"
    .. "ready and answers the watchdog. The log goes to standard error, as JSON unless that is a terminal.",
  examples = {
    { "plumb serve", "by the policy; every hour unless it says otherwise" },
    { "plumb serve --schedule 'cron(0 6 ? * MON-FRI *)' --set serve.time_zone=Europe/Berlin", "at 6:00 in Berlin" },
    { "plumb serve --set serve.queue=https://sqs.eu-west-1.amazonaws.com/111122223333/plumb", "with a queue" },
    { "plumb serve --once", "resolve and scan now, and end; the log says what was done" },
    { "plumb serve --sim --http 127.0.0.1:9464", "offline, to look at; then: curl 127.0.0.1:9464/metrics" },
  },
  flags = {
    { "--schedule", value = "EXPR", help = "rate(...), cron(...) or at(...), instead of the policy's serve.schedule" },
    { "--http", value = "PLACE", help = "ADDRESS:PORT of health and metrics, or off; 127.0.0.1:9464 unless told" },
    { "--once", help = "resolve and scan once and end, for cron and timers; serves nothing" },
    { "--accounts", value = "FILE", help = "read these accounts: JSON list of name, role, regions" },
    { "--json", help = "say on standard output, in JSON, where it serves, once it does" },
  },
  uses = { "aws", "policy", "state" },
  places = true,
  run = function(args, cli)
    configure_log(args, cli)
    return or_problem(require("plumb.serve").run, args, cli)
  end,
}
