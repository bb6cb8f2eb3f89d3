-- plumb test: runs the specs of a policy, offline.

local FAILED = 1

-- What goes to standard output, by format; the last line says how it went wherever that does no harm.
local function show(format, results, cli)
  local views = require "plumb.test.show"
  local last = views.last_line(results)
  if format == "json" then
    cli.json(views.document(results))
  elseif format == "junit" then
    cli.out(views.junit(results))
    cli.note(last)
  elseif format == "tap" then
    cli.out(views.tap(results))
    cli.note(last)
  else
    cli.out(last)
  end
end

local function run(args, cli)
  local views = require "plumb.test.show"
  local format = args.json and "json" or args.format or "pretty"
  local paths = require("plumb.test.find").specs(args.path, cli.env)
  local results = require("plumb.test.run").run(paths, { filter = args.filter, tags = args.tags, seed = args.seed,
    on_result = format == "pretty" and views.pretty(cli) or nil })
  if #results == 0 then
    require("plumb.problem").raise { id = "E131", what = "there are no tests to run",
      because = "no test has a name that --filter or --tags asks for", fix = "plumb test     runs all of them" }
  end
  show(format, results, cli)
  return views.count(results).failed > 0 and FAILED or 0
end

return {
  name = "test",
  group = "WRITE POLICY",
  summary = "Run busted specs for your policy, offline",
  description = "Runs spec/*_spec.lua, or the files and folders named, with busted. Specs are ordinary Lua with\n"
    .. "the whole library; they find `plumb.test`: load(\"policy.lua\") gives the policy, finding{...} a\n"
    .. "sample finding, resolved{...} a resolved item, simulator{...} an AWS to scan. All of it is offline.\n"
    .. "The last line is `N passed, N failed`; exit code 1 when a test failed, 2 when there was none to run.",
  examples = {
    { "plumb test", "the specs in ./spec, or beside the policy in force" },
    { "plumb test reviews --filter title", "of a folder, only tests about titles" },
    { "plumb test --format junit > specs.xml", "for a CI system" },
  },
  arguments = { { name = "PATH", optional = true, many = true, help = "spec files or folders with them" } },
  flags = {
    { "--filter", value = "PATTERN", many = true, help = "only tests whose name matches the Lua pattern" },
    { "--tags", value = "TAG", many = true, help = "only tests with #TAG in their name" },
    { "--format", value = "FORMAT", choices = { "pretty", "tap", "junit", "json" },
      help = "pretty, tap, junit or json" },
    { "--seed", value = "N", type = "integer", help = "run tests in an order made of this number" },
  },
  uses = { "output" },
  run = run,
}
