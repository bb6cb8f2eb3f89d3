-- plumb sim: an AWS of one's own on this machine, for trying plumb, policies and scripts, and for tests.
-- It serves the same simulator that --sim uses in process, to plumb, the AWS CLI and the SDKs alike.

local ADDRESS = "127.0.0.1"
local MAX_BODY = 8 * 1024 * 1024

local function refuse(id, what, where, because, fix)
  require("plumb.problem").raise({ id = id, what = what, where = where, because = because, fix = fix })
end

-- The words after the place of a raised string, for a person.
local function reason(message)
  return (tostring(message):gsub("^[^\n:]+:%d+: ", ""))
end

local function faults_of(args)
  local fault = require("sim.fault")
  local rules = {}
  for _, text in ipairs(args.fault) do
    local ok, parsed = pcall(fault.parse, text)
    if not ok then
      refuse("E803", "the fault cannot be understood", "--fault " .. text, reason(parsed),
        "for example --fault throttle=5% or --fault exec_then_reset@ssm.CreateOpsItem#2")
    end
    table.move(parsed, 1, #parsed, #rules + 1, rules)
  end
  if args.latency then
    rules[#rules + 1] = { kind = "latency", ms = math.floor(args.latency * 1000 + 0.5) }
  end
  return rules
end

local function make(args)
  local ok, simulator = pcall(require("sim").new, {
    seed = args.seed or "demo",
    account = args.account,
    region = args.region,
  })
  if not ok then
    if type(simulator) ~= "string" or simulator:find("^[^\n:]+%.lua:%d+: ") then
      error(simulator, 0) -- not about the seed
    end
    refuse("E802", "the seed cannot be used", "--seed " .. tostring(args.seed), reason(simulator),
      "demo, empty, large, or a JSON file in AWS's custom lens format")
  end
  for _, rule in ipairs(faults_of(args)) do
    simulator:fault(rule)
  end
  return simulator
end

local function serve(simulator, port)
  local server, failure = require("plumb.server").serve({
    address = ADDRESS,
    port = port,
    max_body = MAX_BODY,
    handler = function(request)
      return simulator:handle(request)
    end,
  })
  if not server then
    refuse("E801", ("cannot listen on %s:%d"):format(ADDRESS, port), nil, failure.code .. ": " .. failure.message,
      "is another plumb sim running?   plumb sim --port 0 takes a free port")
  end
  return server
end

local function count_answers(world)
  local answered = 0
  for _, workload in ipairs(world.workloads) do
    for _, review in ipairs(workload.reviews or {}) do
      for _ in pairs(review.answers or {}) do
        answered = answered + 1
      end
    end
  end
  return answered
end

local function count(n, one, many)
  return ("%d %s"):format(n, n == 1 and one or many)
end

local function contents(world)
  return table.concat({ count(#world.workloads, "workload", "workloads"), count(#world.lenses, "lens", "lenses"),
    count(count_answers(world), "answer", "answers"), count(#world.opsitems, "OpsItem", "OpsItems") }, ", ")
end

local function environment(url, region)
  local sim = require("sim")
  return {
    { "AWS_ENDPOINT_URL", url },
    { "AWS_ACCESS_KEY_ID", sim.ACCESS_KEY_ID },
    { "AWS_SECRET_ACCESS_KEY", sim.SECRET_ACCESS_KEY },
    { "AWS_REGION", region },
    { "AWS_DEFAULT_REGION", region }, -- the AWS CLI and botocore read only this one
  }
end

local function announce(simulator, url, args, cli)
  local world = simulator.world
  local lines = environment(url, world.region)
  if args.json then
    local map = {}
    for _, line in ipairs(lines) do
      map[line[1]] = line[2]
    end
    cli.json({ url = url, account = world.account, region = world.region, workloads = #world.workloads,
      lenses = #world.lenses, answers = count_answers(world), items = #world.opsitems, environment = map })
  else
    cli.out(("%s Simulator on %s   %s"):format(cli.symbol("ok"), url, contents(world)))
    cli.out(("  account %s, %s"):format(world.account, world.region))
    for _, line in ipairs(lines) do
      cli.out(("export %s=%s"):format(line[1], line[2]))
    end
    cli.out("  Next, in another terminal with these lines: plumb scan --dry-run")
  end
  io.stdout:flush() -- whoever started us in a script waits for these lines
end

local function write_ready_file(path, port)
  local ok, message = require("plumb.files").write_atomic(path, port .. "\n", tonumber("600", 8))
  if not ok then
    refuse("E700", "cannot write the ready file", path, message, "--ready-file PATH in a folder that can be written")
  end
end

local function run(args, cli)
  local simulator = make(args)
  local server = serve(simulator, args.port or 4599)
  local _ <close> = setmetatable({}, { __close = server.close })
  local url = ("http://%s:%d"):format(ADDRESS, server.port)
  announce(simulator, url, args, cli)
  if args.ready_file then
    write_ready_file(args.ready_file, server.port)
  end
  require("plumb.task").wait_stop()
  cli.note("Simulator stopped.")
end

return {
  name = "sim",
  group = "OPERATE",
  summary = "Serve an offline AWS on this machine",
  description = "Faults: KIND[=VALUE][@OPERATION][#NTH], several separated by commas. Kinds: latency, hang,\n"
    .. "throttle, 5xx, reset, garbage, short, garbage_before, exec_then_5xx, exec_then_reset, exec_then_hang,\n"
    .. "redirect, expired_token, unprocessed, skew and index_lag.\n"
    .. "Values: a rate (5%), a time (50ms), a status (503) or a count (3).",
  examples = {
    { "plumb sim", "serve the demo world until Ctrl-C" },
    { "plumb sim --port 0 --ready-file port", "any free port, written to a file for scripts" },
    { "plumb sim --fault throttle=5% --latency 50ms", "a slow AWS in a bad mood" },
  },
  flags = {
    { "--port", value = "N", type = "integer", max = 65535, help = "port, 4599 unless told; 0 for a free one" },
    { "--seed", value = "NAME", completes = "seeds", help = "demo, empty, large, or a custom lens FILE" },
    { "--fault", value = "TEXT", many = true, help = "trouble to order, such as throttle=5%" },
    { "--latency", value = "TIME", type = "duration", help = "delay every reply, such as 50ms" },
    { "--account", value = "ID", help = "account number, 111122223333 unless told" },
    { "--region", value = "NAME", help = "Region, us-east-1 unless told" },
    { "--ready-file", value = "PATH", help = "write the port there once it listens" },
  },
  uses = { "output" },
  run = run,
}
