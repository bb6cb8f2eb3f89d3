-- plumb doctor: is everything in order? Credentials, clock, endpoints, permissions, policy, sink and state, in one
-- look and without a single write.

local FAILED = 1
local SYMBOLS = { ok = "ok", warn = "warn", fail = "fail", skip = "dot" }

local function count(found, status)
  local n = 0
  for _, one in ipairs(found) do
    if one.status == status then n = n + 1 end
  end
  return n
end

local function plural(n, word) return ("%d %s%s"):format(n, word, n == 1 and "" or "s") end

local function show(found, cli)
  local line = require("plumb.cli.printable").line
  for _, one in ipairs(found) do
    cli.out(("%s %-13s %s"):format(cli.symbol(SYMBOLS[one.status]), one.name, line(one.text)))
    if one.fix then cli.out(("  %-13s fix: %s"):format("", line(one.fix))) end
  end
  local problems, warnings = count(found, "fail"), count(found, "warn")
  cli.out(problems + warnings == 0 and "everything is in order"
    or ("%s, %s"):format(plural(problems, "problem"), plural(warnings, "warning")))
end

local function run(args, cli)
  local session = require("plumb.session")
  local found = require("plumb.doctor").run({
    args = args, env = cli.env, offline = args.offline or false,
    open = function() return session.open(args, cli) end,
  })
  local problems = count(found, "fail")
  if args.json then
    cli.json({ schema = "plumb.doctor/1", ok = problems == 0, problems = problems, warnings = count(found, "warn"),
      checks = require("plumb.json").list(found) })
  else
    show(found, cli)
  end
  return problems > 0 and FAILED or 0
end

return {
  name = "doctor",
  group = "OPERATE",
  summary = "Check credentials, clock, permissions, policy, sink and state",
  description = "Reads and never writes: what only a write could tell, such as the permission to update an answer, is\n"
    .. "named and not tried. Where there are several accounts or Regions, every one is tried. Exit code 1 when\n"
    .. "something is wrong, 0 with warnings alone.",
  examples = {
    { "plumb doctor", "before the first scan, or when something is odd" },
    { "plumb doctor --offline", "without asking AWS" },
    { "plumb doctor --sim", "on the built-in simulator" },
  },
  flags = {
    { "--offline", help = "look at settings, policy and state only" },
    { "--accounts", value = "FILE", help = "look at these accounts: JSON list of name, role, regions" },
  },
  uses = { "aws", "policy", "state", "output" },
  places = true,
  run = run,
}
