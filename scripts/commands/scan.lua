-- plumb scan: every missing practice behind a risk becomes one item.

local function question(plan, facts)
  local narrate, tally, parts = require "plumb.view.narrate", plan:tally(), {}
  local function add(verb, n)
    if n > 0 then parts[#parts + 1] = ("%s %s"):format(verb, narrate.plural(n, "OpsItem")) end
  end
  add("create", tally.create + tally["return"])
  add("change", tally.update + tally.close + tally.obsolete)
  return ("%s in %s?"):format(table.concat(parts, " and "):gsub("^%l", string.upper), narrate.place(facts))
end

return {
  name = "scan",
  group = "DO THE WORK",
  summary = "Plan and create OpsItems for missing best practices",
  description = "Reads every workload in the Well-Architected Tool, finds the best practices that are missing\n"
    .. "behind a HIGH or MEDIUM risk, and makes one OpsItem for each that has none. A second run makes\n"
    .. "nothing new. On a terminal it shows the plan and asks; elsewhere it writes only with --yes.",
  examples = {
    { "plumb scan --dry-run", "show what would be created" },
    { "plumb scan", "show the plan, ask, create" },
    { "plumb scan --yes --json", "in a script: create and print one JSON document" },
    { "plumb scan --workload 'shop-*' --risk high", "only some workloads, only HIGH risks" },
  },
  flags = {
    { "--workload", value = "GLOB", many = true, help = "only workloads with this name or id" },
    { "--lens", value = "GLOB", many = true, help = "only lenses with this alias or ARN" },
    { "--risk", value = "high,medium", many = true, help = "new items for these risks only" },
    { "--full", help = "read everything, also where nothing seems to have moved" },
    { "--baseline", help = "know what is missing today; items only for what comes later" },
    { "--ignore-legacy", help = "make items even beside those of the Python solution" },
    { "--accounts", value = "FILE", help = "read these accounts: JSON list of name, role, regions" },
    { "--save", value = "FILE", help = "keep the plan in a file for plumb apply; write nothing else" },
    { "--pending-exit", help = "exit with 6 when a plan that is not carried out has changes" },
    { "--fail-on", value = "LEVEL", choices = { "high", "medium" }, help = "exit with 3 when there is such a risk" },
  },
  uses = { "aws", "policy", "state", "output", "write" },
  places = true,
  run = function(args, cli)
    args.risk = require("plumb.cli.risks")(args.risk)
    args.workload = args.workload and args.workload[1] and args.workload
    args.lens = args.lens and args.lens[1] and args.lens
    return require("plumb.runner").run("scan", args, cli, { question = question })
  end,
}
