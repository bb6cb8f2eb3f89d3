-- plumb cleanup: resolves plumb's open items without ticking anything.

local function given(list) return list and list[1] and list or nil end

return {
  name = "cleanup",
  group = "OPERATE",
  summary = "Resolve plumb's open OpsItems without touching the Tool",
  description = "Resolves open OpsItems that plumb made, all of them or those that the flags name, and marks\n"
    .. "nothing as done in the Well-Architected Tool. Each is left with the entry ClosedByPlumb, by which\n"
    .. "its echo is known: plumb resolve never selects a practice for it. The practices count as accepted: the next\n"
    .. "scan makes no item for them, until somebody deals with one in the Tool and it goes missing again.\n"
    .. "With --renew the next scan makes new items for whatever is still missing.",
  examples = {
    { "plumb cleanup --dry-run", "show what would be resolved" },
    { "plumb cleanup --workload 'retired-*'", "show the items of some workloads, ask, resolve them" },
    { "plumb cleanup --risk medium --older-than 180d --yes", "in a script: what nobody got round to" },
    { "plumb cleanup --renew --yes", "start over with a changed policy: the next scan makes new items" },
  },
  flags = {
    { "--workload", value = "GLOB", many = true, help = "only items of workloads with this name or id" },
    { "--lens", value = "GLOB", many = true, help = "only items of lenses with this alias or ARN" },
    { "--risk", value = "high,medium", many = true, help = "only items of these risks" },
    { "--older-than", value = "DURATION", type = "duration", help = "only items made longer ago, such as 90d" },
    { "--renew", help = "let the next scan make new items for what is still missing" },
    { "--accounts", value = "FILE", help = "read these accounts: JSON list of name, role, regions" },
  },
  uses = { "aws", "policy", "state", "output", "write" },
  places = true,
  run = function(args, cli)
    local errand = require "plumb.errand"
    args.risk = require("plumb.cli.risks")(args.risk)
    args.workload, args.lens = given(args.workload), given(args.lens)
    errand.check_may_write(args, cli)
    local plumb <close> = require("plumb.context").open(args, cli)
    return errand.or_problem(require("plumb.cleanup").run, plumb)
  end,
}
